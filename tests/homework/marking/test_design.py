"""Design questions: a network of the student's own, each requirement by itself, and files that lead nowhere else."""

from __future__ import annotations

import os
from fractions import Fraction

import pytest
from homework.assignments import assessor

from archcalc.homework.asking.assignment import AssignmentErrors
from archcalc.homework.marking.design import opener
from archcalc.homework.reading.sheet import read_sheet

NET = """\
input: 3x64x64
layers:
  conv1: conv 8 3x3 padding=1
  pool1: max_pool 2
  conv2: conv 16 5x5
  flat: flatten
  fc: linear 10
"""
"""On 3x32x32: conv1 (9*3 + 1)*8 = 224, conv2 on 8x16x16 (25*8 + 1)*16 = 3,216 and 16x12x12, fc (2304 + 1)*10 = 23,050;
in all 26,490. The last layer sees all 32x32; conv2 sees 1 + 2 + 1 + 4*2 = 12 cells."""

QUESTION = "{{id: q, points: 4, design: {{input: 3x32x32, require: [{}]}}}}"


def made(*require, head=""):
    return assessor(QUESTION.format(", ".join(f'"{one}"' for one in require)), head)


def marked(assess, folder, name="net.yaml"):
    sheet = read_sheet(f'answers:\n  q: {{spec: "{name}"}}\n', str(folder / "sheet.yaml"))
    (answer,) = assess.mark(sheet).answers
    return answer


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "net.yaml").write_text(NET)
    return tmp_path


@pytest.mark.parametrize(
    ("require", "points"),
    [
        (["params <= 26490", "params == 26490", "params >= 26490", "params != 26491"], 4),
        (["params < 26,490", "params > 26490", "params <= 26489", "params == 26.6K"], 0),
        (["params = 26490", "params == 26.5K", "params 20K..30K", "params ~27K"], 4),  # 26,490 is 26.5K in three digits
        (["conv2.rf=12", "out 10..20", "out: 10", "conv2.rf != 11"], 4),
        (["out == 10", "last.out == 10", "fc.out == 10", "flat.out == 2304"], 4),
        (["conv2.out == 16x12x12", "conv2.out == 2304", "conv2.out != 16x12x11", "conv2.out.h > 11"], 4),
        (["conv2.out == 12x12x16", "conv2.out != 16x12x12"], 0),
        (["last.rf >= 32", "conv2.rf == 12", "conv2.rf > 12", "pool1.rf < 4"], Fraction(2)),
        (["macs < 5e6", "weight_bytes < 1MiB", "conv9.params < 9", "conv1.rf.w == 3"], 3),
        (["params < 30K", "params < 20K", "params < 10K"], Fraction(4, 3)),
    ],
)
def test_each_requirement_earns_its_share(folder, require, points):
    answer = marked(made(*require), folder)
    assert (answer.points, answer.verdict) == (points, "exact" if points == 4 else "wrong")


@pytest.mark.parametrize(
    ("feedback", "message"),
    [
        ("none", ""),
        ("verdict", ""),
        ("hint", "`params < 20K` does not hold. `conv9.params < 9` does not hold."),
        ("steps", "`params < 20K` does not hold. Here params is 26,490. "
         "`conv9.params < 9` does not hold. net has no layer `conv9`."),
        ("full", "`params < 20K` does not hold. Here params is 26,490. "
         "`conv9.params < 9` does not hold. net has no layer `conv9`."),
    ],
)  # fmt: skip
def test_what_is_told(folder, feedback, message):
    answer = marked(made("params < 20K", "out == 10", "conv9.params < 9", head=f"feedback: {feedback}\n"), folder)
    assert answer.message == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("input: 3x32x32\nlayers:\n  a: cnov 8 3x3\n", "net.yaml:3:6: unknown kind `cnov`; did you mean `conv`?."),
        ("input: 3x64x64\nlayers:\n  a: conv 8 40x40\n",
         "net.yaml:3:6: a does not fit its input (the window spans 40 cells, the padded axis has 32 (32 + 2·0)); "
         "kernel up to 32, or padding of at least 4."),
        ("inputs: {a: 3x8x8, b: 3x8x8}\nlayers:\n  x: add a b\n",
         "The network has 2 inputs, not one; write input: 3x32x32."),
        ("- 1\n", "net.yaml:1:1: a spec is a list of sections; start with `input:` and `layers:`."),
        ("input: 3x32x32\nlayers:\n  a: {op: relu, repeat: 3000}\n",
         "The network has 3,000 layers; the limit is 2,000."),
    ],
)  # fmt: skip
def test_a_spec_that_does_not_load_is_quoted(folder, text, message):
    (folder / "net.yaml").write_text(text)
    answer = marked(made("out == 10"), folder)
    assert (answer.verdict, answer.points, answer.message) == ("unreadable", 0, message)


@pytest.mark.parametrize(
    "name", ["../net.yaml", "/etc/passwd", "a/../../net.yaml", "..", "C:\\\\net.yaml", "a\\\\b.yaml", "~/net.yaml", "-"]
)
def test_names_that_could_lead_out(folder, name):
    inside = folder / "inside"
    inside.mkdir()
    answer = marked(made("out == 10"), inside, name)
    assert (answer.verdict, answer.points) == ("unreadable", 0)
    assert "Conv" not in answer.message


@pytest.mark.parametrize(
    "name", ["../net.yaml", "/net.yaml", "a//b.yaml", "C:\\\\x", ".net.yaml", "a/.b", "\\x01", "a" * 200]
)
def test_names_that_could_lead_out_are_never_read(name):
    """Not even where a zip would be asked."""
    sheet = read_sheet(f'answers: {{q: {{spec: "{name}"}}}}\n', "sheet.yaml")
    (answer,) = made("out == 10").mark(sheet, open_spec=opener(lambda *_: pytest.fail("read"))).answers
    assert answer.message == "This names no file of the submission; write the file's name: spec: my_net.yaml."


def test_every_axis_has_to_hold(folder):
    (folder / "net.yaml").write_text("input: 3x32x32\nlayers:\n  a: conv 4 3x5\n")
    answer = marked(made("a.rf >= 3", "a.rf >= 4", "a.rf.w >= 5", "last.rf > 5"), folder)
    assert [remark.message for remark in answer.remarks if remark.told_from == "hint"] == [
        "`a.rf >= 4` does not hold.",
        "`last.rf > 5` does not hold.",
    ]


def test_links_are_not_followed(folder):
    (folder / "link.yaml").symlink_to(folder / "net.yaml")
    inside = folder / "inside"
    (folder / "away").mkdir()
    (folder / "away" / "net.yaml").write_text(NET)
    inside.mkdir()
    (inside / "away").symlink_to(folder / "away")
    assert marked(made("out == 10"), folder, "away/net.yaml").verdict == "exact"
    assert marked(made("out == 10"), folder, "link.yaml").verdict == "unreadable"
    assert marked(made("out == 10"), inside, "away/net.yaml").verdict == "unreadable"


def test_what_is_no_plain_file(folder):
    os.mkfifo(folder / "pipe.yaml")
    (folder / "large.yaml").write_text(NET + "#" * 300_000)
    (folder / "bytes.yaml").write_bytes(b"\xff\xfe")
    (folder / "sub.yaml").mkdir()
    assess = made("out == 10")
    messages = {
        name: marked(assess, folder, f"{name}.yaml").message for name in ("pipe", "large", "bytes", "sub", "no")
    }
    assert messages == {
        "pipe": "pipe.yaml is no plain file.",
        "large": "large.yaml is larger than 256 KiB, the limit.",
        "bytes": "bytes.yaml is not UTF-8 text (line 1); save it as UTF-8.",
        "sub": "sub.yaml is no plain file.",
        "no": "no.yaml cannot be read: No such file or directory.",
    }


def test_specs_may_come_from_elsewhere():
    """As from a zip."""
    sheet = read_sheet("answers: {q: {spec: net.yaml}}\n", "sheet.yaml")
    opened = []
    (answer,) = made("params < 30K").mark(sheet, open_spec=lambda name: opened.append(name) or NET).answers
    assert (answer.verdict, answer.points, opened) == ("exact", 4, ["net.yaml"])


def test_a_design_that_is_not_there(folder):
    sheet = read_sheet("answers: {q: skip}\n", str(folder / "sheet.yaml"))
    (answer,) = made("out == 10").mark(sheet).answers
    assert (answer.verdict, answer.points) == ("unanswered", 0)


@pytest.mark.parametrize(
    ("design", "error", "help"),
    [
        ('{input: 3x32x32, require: ["params 5"]}', "hw.yaml:3:60: `params 5` compares nothing",
         "such as params <= 20K, conv5.rf >= 163, macs = 4.0G..4.2G or out = 10"),
        ('{input: 3x32x32, require: ["parms < 5"]}', "hw.yaml:3:60: unknown quantity `parms`",
         "did you mean `params`?"),
        ('{input: 3x32x32, require: ["params < ~5"]}', "hw.yaml:3:60: a bound is exact, here `~5`", "write 5"),
        ('{input: 3x32x32, require: ["out < 3x2"]}', "hw.yaml:3:60: shapes are equal or not, here `<`",
         "write out = 16x5x5, or elements <= 400"),
        ('{input: 3by32, require: ["out == 3"]}', "hw.yaml:3:40: `3by32` is no shape", "sizes joined by x: 3x224x224"),
        ("{input: 3x32x32, require: []}", "hw.yaml:3:32: a `design` has its `input` and what to `require`",
         'write design: {input: 3x32x32, require: ["params < 5e6", "out == 10"]}'),
        ("{input: 3x32x32}", "hw.yaml:3:32: a `design` has its `input` and what to `require`",
         'write design: {input: 3x32x32, require: ["params < 5e6", "out == 10"]}'),
    ],
)  # fmt: skip
def test_requirements_that_are_none(design, error, help):
    with pytest.raises(AssignmentErrors) as caught:
        assessor(f"{{id: q, points: 4, design: {design}}}")
    assert (str(caught.value.errors[0]), caught.value.errors[0].help) == (error, help)
