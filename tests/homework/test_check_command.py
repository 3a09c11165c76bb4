"""`archcalc check SHEET`: formats, exit codes, and that no text of a sheet is taken for anything but text."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest

from archcalc.cli.main import main
from archcalc.cli.session import Session
from archcalc.errors import AssignmentError
from archcalc.homework.asking.assignment import AssignmentErrors

WRONG = """\
of: lenet5
student: "s1"
answers:
  conv1.params: 156
  params: (5*5+1)*6 + (5*5+1)*16 + (400+1)*120 + (120+1)*84 + (84+1)*10
  fc3.params: skip
"""


@pytest.fixture(autouse=True)
def _no_actions(monkeypatch):
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


@pytest.fixture
def sheet(tmp_path, monkeypatch):
    """Writes a sheet into the working folder and names it."""
    monkeypatch.chdir(tmp_path)

    def write(text, name="sheet.yaml"):
        Path(name).write_text(text, encoding="utf-8")
        return name

    return write


def check(*arguments):
    out, err = StringIO(), StringIO()
    code = main(["check", *arguments], Session(out, err, terminal=False, color=False))
    return code, out.getvalue(), err.getvalue()


def test_text(sheet):
    code, out, err = check(sheet(WRONG))
    assert (code, err) == (1, "")
    assert out == (
        "sheet.yaml:4:17  conv1.params  right\n"
        "sheet.yaml:5:11  params  par.no_in_channels in conv2 (or par.image_channels, par.previous_in_channels,"
        " par.stride_for_channels)\n"
        "   (5*5+1)*6 + (5*5+1)*16 + (400+1)*120 + (120+1)*84 + (84+1)*10\n"
        "               ^^^^^^^^^^\n"
        "   Each filter spans all 6 input channels. The other four terms are right.\n"
        "sheet.yaml:6:15  fc3.params  not answered\n"
        "3 answers: 1 right, 1 wrong (1 explained), 1 not answered\n"
    )


def at_terminal(name, width, color):
    out = StringIO()
    main(["check", name], Session(out, StringIO(), terminal=True, color=color, width=width))
    return out.getvalue()


def test_a_terminal_breaks_no_word_and_no_caret(sheet):
    sheet(WRONG.replace("(400+1)*120", "(5*5*16 + 1)*120 + 0*0*0"))
    assert at_terminal("sheet.yaml", 60, color=False) == (
        "sheet.yaml:4:17  conv1.params  right\n"
        "sheet.yaml:5:11  params  par.no_in_channels in conv2 (or\n"
        "   par.image_channels, par.previous_in_channels,\n"
        "   par.stride_for_channels)\n"
        "   (5*5+1)*6 + (5*5+1)*16 + (5*5*16 + 1)*120 + 0*0*0 ...\n"
        "               ^^^^^^^^^^\n"
        "   Each filter spans all 6 input channels. The other five\n"
        "   terms are right.\n"
        "sheet.yaml:6:15  fc3.params  not answered\n"
        "3 answers: 1 right, 1 wrong (1 explained), 1 not answered\n"
    )


def test_colours_of_a_terminal(sheet):
    name = sheet("of: lenet5\nanswers: {params: 61706, macs: 833040, fc1.params: 5, fc2: {params: skip}}\n")
    text = at_terminal(name, 160, color=True)
    lines = [line for line in text.split("\n") if line.startswith(("sheet", "\x1b"))]
    assert [line.partition("sheet.yaml:2:")[0] for line in lines] == ["", "\x1b[33m", "\x1b[31m", "\x1b[2m"]
    assert all(line.endswith("\x1b[0m") for line in lines[1:])


def test_json(sheet):
    code, out, _ = check(sheet(WRONG), "--format", "json")
    found = json.loads(out)
    assert code == 1
    assert {key: found[key] for key in ("schema", "student", "assignment", "points", "max_points", "passed")} == {
        "schema": "archcalc/result/1", "student": "s1", "assignment": None, "points": 1, "max_points": 3,
        "passed": False,
    }  # fmt: skip
    assert [result["verdict"] for result in found["results"]] == ["exact", "misconception", "unanswered"]
    wrong = found["results"][1]
    assert {key: wrong[key] for key in ("id", "layers", "line", "column", "points", "max_points", "message")} == {
        "id": "params", "layers": ["conv2"], "line": 5, "column": 23, "points": 0, "max_points": 1,
        "message": "Each filter spans all 6 input channels. The other four terms are right.",
    }  # fmt: skip
    assert wrong["misconceptions"][0] == "par.no_in_channels"


def test_github(sheet):
    code, out, _ = check(sheet(WRONG), "--format", "github")
    assert code == 1
    assert out.splitlines() == [
        "::error file=sheet.yaml,line=5,col=23,endColumn=33,title=params%3A par.no_in_channels in conv2 "
        "(or par.image_channels%2C par.previous_in_channels%2C par.stride_for_channels)"
        "::Each filter spans all 6 input channels. The other four terms are right.",
        "::notice file=sheet.yaml,line=6,col=15,endColumn=19,title=fc3.params%3A not answered::not answered",
        "1 of 3 answers are right",
    ]


def test_github_is_chosen_in_actions_and_writes_the_summary(sheet, monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    _, out, _ = check(sheet(WRONG))
    assert out.startswith("::error file=sheet.yaml,")
    assert (tmp_path / "summary.md").read_text(encoding="utf-8").splitlines() == [
        "### sheet.yaml · s1",
        "",
        "3 answers: 1 right, 1 wrong (1 explained), 1 not answered",
        "",
        "| question | verdict | at | what to look at |",
        "| --- | --- | --- | --- |",
        "| conv1.params | right | 4:17 |  |",
        "| params | par.no_in_channels in conv2 (or par.image_channels, par.previous_in_channels, "
        r"par.stride_for_channels) | 5:23 | <code>(5\*5+1)\*16</code>: Each filter spans all 6 input channels. "
        "The other four terms are right. |",
        "| fc3.params | not answered | 6:15 |  |",
    ]
    _, out, _ = check("sheet.yaml", "--format", "text")
    assert out.startswith("sheet.yaml:4:17")


def test_at_most_ten_annotations(sheet):
    answers = "".join(
        f"  {layer}.{word}: 3\n" for layer in ("conv1", "conv2", "fc1", "fc2") for word in ("params", "macs", "rf")
    )
    text = (
        "of: lenet5\nanswers:\n" + answers.replace("  fc1.rf: 3\n", "").replace("  fc2.rf: 3\n", "") + "  params: 1\n"
    )
    _, out, _ = check(sheet(text), "--format", "github")
    assert out.count("::error ") == 10
    assert out.splitlines()[-2:] == ["1 more are in the step summary", "0 of 11 answers are right"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("of: lenet5\nanswers: {params: 61706}\n", 0),
        ("of: lenet5\nanswers: {params: 61706, conv1.params: skip}\n", 0),
        ("of: lenet5\nanswers: {params: 61707}\n", 1),
        ("of: lenet5\nanswers: {params: what}\n", 1),
        ("of: lenet5\nanswers: {pool2.out: 5x5x16}\n", 1),
        ("of: lenet5\nanswers: {parms: 61706}\n", 3),
        ("of: lenet9\nanswers: {params: 61706}\n", 3),
        ("answers: {params: 61706}\n", 3),
        ("of: lenet5\nanswers: {params: *a}\n", 3),
        ("of: lenet5\n", 3),
        ("of: lenet5\nanswers: {params: skip}\n", 5),
        ("of: lenet5\nanswers: {}\n", 5),
    ],
)
def test_exit_codes(sheet, text, code):
    assert check(sheet(text))[0] == code


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("of: zzz\nanswers: {}\n",
         "error: there is no spec `zzz`\n --> sheet.yaml:1:5\n1 | of: zzz\n  |     ^^^\n"
         "  = help: `archcalc list` names the bundled ones\n"),
        ("of: lenet5\n",
         "error: the section `answers` is missing\n --> sheet.yaml:1:1\n1 | of: lenet5\n  | ^\n"
         "  = help: write answers: and below it, each with two spaces before it, lines such as q1: 55\n"),
        ("answers: {q: 1}\n",
         "error: the sheet does not say which network it is about\n --> sheet.yaml:1:1\n1 | answers: {q: 1}\n  | ^\n"
         "  = help: name a spec at its top: `of: lenet5`\n"),
        ("assignment: hw1\nanswers: {q: 1}\n",
         "error: the sheet belongs to `hw1`\n --> sheet.yaml:1:13\n1 | assignment: hw1\n  |             ^^^\n"
         "  = help: say where that is: --assignment FILE\n"),
        ("of: lenet5\ninput: 3x\nanswers: {}\n",
         "error: `3x` is no shape\n --> sheet.yaml:2:8\n2 | input: 3x\n  |        ^^\n"
         "  = help: sizes joined by x: 3x224x224\n"),
        ("of: lenet5\ninput: left=1x9x9\nanswers: {}\n",
         "error: LeNet-5 has no input `left`\n --> sheet.yaml:2:8\n2 | input: left=1x9x9\n  |        ^^^^^^^^^^\n"
         "  = help: its inputs are `input`\n"),
        ("of: lenet5\ninput: 1x4x4\nanswers: {}\n",
         "error: conv1.conv does not fit its input\n --> sheet.yaml:2:8\n2 | input: 1x4x4\n  |        ^^^^^\n"
         "  = the window spans 5 cells, the padded axis has 4 (4 + 2·0)\n"),
    ],
)  # fmt: skip
def test_errors(sheet, text, said):
    code, out, err = check(sheet(text))
    assert (code, out, err) == (3, "", said)


def test_every_csv_file_is_a_sheet(sheet):
    """It is never read as a spec, whose errors would help nobody."""
    code, out, err = check(sheet("q;a\nparams;61706\n", "a.csv"))
    assert (code, out, err) == (
        3, "", "error: a CSV sheet begins with the line question,answer\n --> a.csv:1:1\n1 | q;a\n  | ^\n"
    )  # fmt: skip


def test_options_of_specs_are_not_passed_over(sheet):
    code, out, err = check(sheet(WRONG), "--max-params", "5M")
    assert (code, out, err) == (
        2, "", "error: --max-params is about specs, and this is an answer sheet\n= help: check them one by one\n"
    )  # fmt: skip
    assert check("sheet.yaml", "--input", "1x28x28")[0] == 2


def test_several_sheets_go_on_after_a_wrong_one(sheet):
    first, second = sheet("of: lenet5\nanswers: {parms: 1}\n", "a.yaml"), sheet(WRONG, "b.yaml")
    code, out, err = check(first, second)
    assert code == 3
    assert "b.yaml:4:17  conv1.params  right" in out
    assert err.startswith("error: unknown quantity `parms`")


def test_several_sheets_in_one_document(sheet):
    code, out, _ = check(sheet(WRONG, "a.yaml"), sheet(WRONG, "b.yaml"), "--format", "json")
    assert code == 1
    assert [result["file"] for result in json.loads(out)["sheets"]] == ["a.yaml", "b.yaml"]
    code, out, err = check("a.yaml", "b.yaml", "--format", "gradescope")
    assert (code, out) == (2, "")
    assert err == (
        "error: --format gradescope is for one sheet at a time, got 2\n"
        "= help: a sheet a run, each with its own --output\n"
    )


ASSIGNMENT = """\
archcalc: assignment/1
id: hw1
questions:
  - {id: q1, spec: lenet5, get: params, points: 3}
"""


def test_a_sheet_that_is_missing_has_a_result_for_machines(sheet):
    code, out, err = check("answers.yaml", "--assignment", sheet(ASSIGNMENT, "hw1.yaml"), "--format", "gradescope")
    said = "answers.yaml cannot be read: No such file or directory"
    assert (code, err) == (3, f"error: {said}\n")
    found = json.loads(out)
    assert (found["score"], found["tests"][0]["max_score"]) == (0, 3)
    assert found["tests"][0]["output"] == f"cannot be read\n   {said}."


@pytest.mark.parametrize("format", ["markdown", "csv", "json", "github", "junit", "sarif"])
def test_a_sheet_that_is_wrong_is_in_the_result_and_on_stderr(sheet, format):
    code, out, err = check(sheet("of: lenet5\nanswers: {parms: 1}\n"), "--format", format)
    assert code == 3
    assert err.startswith("error: unknown quantity `parms`\n --> sheet.yaml:2:11\n")
    assert "unknown quantity" in out


@pytest.mark.parametrize("text", ["id: hw1\nquestions: []\nx: 1\n", None, "", "id: \xff"])
def test_an_assignment_that_is_wrong_is_no_result(sheet, tmp_path, text):
    if text is not None:
        (tmp_path / "hw1.yaml").write_bytes(text.encode("latin-1"))
    code, out, err = check(sheet(WRONG), "--assignment", "hw1.yaml", "--format", "gradescope")
    assert (code, out) == (4, "")
    assert err.startswith("error: ")


def test_an_assignment_that_turns_out_wrong_is_no_result_of_a_sheet(sheet, monkeypatch):
    def wrong(*_):
        raise AssignmentErrors([AssignmentError("q1 has no numbers to draw")])

    monkeypatch.setattr("archcalc.cli.check.sheets.mark_against", wrong)
    code, out, err = check(sheet(WRONG), "--assignment", sheet(ASSIGNMENT, "hw1.yaml"), "--format", "gradescope")
    assert (code, out, err) == (4, "", "error: q1 has no numbers to draw\n")


def test_every_format_goes_to_a_file(sheet, tmp_path):
    for format in ("text", "markdown", "csv", "json", "github", "junit", "sarif", "gradescope"):
        _, out, _ = check(sheet(WRONG), "--format", format)
        _, nothing, err = check("sheet.yaml", "--format", format, "--output", f"out.{format}")
        assert (nothing, err) == ("", f"wrote out.{format}\n")
        assert (tmp_path / f"out.{format}").read_text(encoding="utf-8") == out


def test_sarif_has_the_catalogue_in_words(sheet):
    (run,) = json.loads(check(sheet(WRONG), "--format", "sarif")[1])["runs"]
    assert run["tool"]["driver"]["rules"][0]["help"]["text"] == "par.no_in_channels: forgot the input's channels"


def test_csv_and_json_sheets(sheet):
    assert check(sheet('question,answer\nof,lenet5\nparams,"61,706"\n', "a.csv"))[0] == 0
    assert check(sheet('{"of": "lenet5", "answers": {"params": 61706}}', "a.json"))[0] == 0


def test_a_spec_is_still_a_spec(sheet):
    text = "name: x\ninput: 3x5x7\nlayers: {answers: conv 2 1x1}\nexpect: {params: 8}\n"
    assert check(sheet(text, "net.yaml"))[0] == 0


def test_a_spec_in_the_folder_of_the_sheet(sheet):
    sheet("name: x\ninput: 3x5x7\nlayers: {c: conv 2 1x1}\n", "net.yaml")
    assert check(sheet("of: net.yaml\nanswers: {params: 8, c.params: (3+1)*2}\n"))[0] == 0


@pytest.mark.parametrize("of", ["../net.yaml", "/etc/passwd", "-", "sub/../../net.yaml", "C:\\\\net.yaml", ".hidden"])
def test_no_sheet_names_a_file_outside_its_folder(sheet, tmp_path, of):
    (tmp_path.parent / "net.yaml").write_text("name: x\ninput: 3x5x7\nlayers: {c: conv 2 1x1}\n")
    code, _, err = check(sheet(f'of: "{of}"\nanswers: {{params: 8}}\n'))
    assert code == 3
    assert "names no spec that a sheet may use" in err


HOSTILE = [
    "::add-mask::secret",
    "::stop-commands::x",
    "%0A::error::x",
    "##[group]x",
    "\x1b[31mred",
    "<script>alert(1)</script>",
    "| a | b |",
    "[x](javascript:alert(1))",
    "=cmd()",
    "\u202egnol",
    "a\n::error::x",
    "a\r\n  ::error::x",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("format", ["text", "github", "json"])
def test_hostile_answers_reach_no_output_unescaped(sheet, tmp_path, monkeypatch, text, format):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    quoted = json.dumps(text)
    name = sheet(f"of: lenet5\nanswers:\n  params: {quoted}\n  conv1.params: {{value: 150, work: {quoted}}}\n")
    code, out, err = check(name, "--format", format)
    assert code == 1, err
    if format != "github":
        assert not any(line.lstrip().startswith("::") or "##[" in line for line in out.splitlines())
    assert not set(out) & {"\x1b", "\u202e", "\r"}
    if format == "github":
        assert all(line.startswith("::error file=") for line in out.splitlines()[:-1])
        summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
        assert "<script>" not in summary
        assert "](" not in summary
        assert "\x1b" not in summary
    elif format == "json":
        json.loads(out)
    else:
        assert all(line.startswith(("sheet.yaml:", "   ", "2 answers")) for line in out.splitlines())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_question_names_are_drawn_as_text(sheet, text):
    code, out, err = check(sheet(f"of: lenet5\nanswers: {{{json.dumps(text)}: 1}}\n"))
    assert (code, out) == (3, "")
    assert not set(err) & {"\x1b", "\u202e", "\r"}
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in err.splitlines())


@pytest.mark.parametrize("name", ["::error::x.yaml", "##[group]x.yaml", "a\n::error::x.yaml", "\x1b[31mx.yaml"])
@pytest.mark.parametrize("text", [WRONG, "of: lenet5\nanswers: {parms: 1}\n"], ids=["marked", "refused"])
def test_hostile_names_of_files_are_drawn_as_text(sheet, name, text):
    for format in ("text", "markdown", "csv", "json", "junit", "sarif", "gradescope"):
        _, out, err = check(sheet(text, name), "--format", format)
        lines = [*out.splitlines(), *err.splitlines()]
        assert not any(line.lstrip().startswith("::") or "##[" in line or "\x1b" in line for line in lines)


def test_percent_signs_and_line_ends_are_escaped_in_annotations(sheet):
    _, out, _ = check(sheet('of: lenet5\nanswers: {params: "5%0A\\n::error::x"}\n'), "--format", "github")
    assert out.splitlines()[0] == (
        "::error file=sheet.yaml,line=2,col=20,endColumn=35,title=params%3A cannot be read"
        "::`%25` means nothing in an answer."
    )


def test_a_sheet_that_is_too_large_is_refused(sheet):
    code, _, err = check(sheet("of: lenet5\nanswers:\n" + "# filler\n" * 10_000))
    assert code == 3
    assert err.startswith("error: the file holds 65,537 bytes; the limit is 65,536 (64 KiB)")


def test_a_sheet_that_is_not_text(sheet, tmp_path):
    name = sheet("")
    (tmp_path / name).write_bytes(b"of: lenet5\nanswers: {params: \xff}\n")
    code, _, err = check(name)
    assert (code, err) == (3, "error: sheet.yaml is not UTF-8 text (line 2)\n= help: save it as UTF-8\n")


def _failing(monkeypatch, name, on):
    """Makes a function of archcalc.homework.marking.mark fail where its arguments hold this text."""
    from archcalc.homework.marking import mark

    own = getattr(mark, name)

    def fail(*arguments):
        if any(on in str(argument) for argument in arguments):
            raise ZeroDivisionError("x/0")
        return own(*arguments)

    monkeypatch.setattr(mark, name, fail)


@pytest.mark.parametrize("format", ["text", "json", "github", "markdown", "junit"])
def test_a_bug_in_one_answer_leaves_the_others_marked(sheet, monkeypatch, format):
    _failing(monkeypatch, "mark_answer", "text='156'")
    name = sheet("of: lenet5\nanswers: {conv1.params: 156, conv2.params: 2416}\n")
    code, out, _ = check(name, "--format", format, "--output", "out")
    assert (code, out) == (70, "")
    written = Path("out").read_text(encoding="utf-8")
    assert "archcalc 0.1.0 failed on this answer: ZeroDivisionError. That is a bug of archcalc." in written.replace(
        "%3A", ":"
    ).replace("\\", "")
    if format == "json":
        assert [one["verdict"] for one in json.loads(written)["results"]] == ["unreadable", "exact"]


def test_a_bug_in_one_sheet_leaves_the_others_marked(sheet, monkeypatch):
    from archcalc.cli.check import sheets as check_sheet

    own = check_sheet.mark_file

    def fail(address):
        if address == "b.yaml":
            raise ZeroDivisionError("x/0")
        return own(address)

    monkeypatch.setattr(check_sheet, "mark_file", fail)
    names = [sheet("of: lenet5\nanswers: {conv1.params: 156}\n", name) for name in ("a.yaml", "b.yaml", "c.yaml")]
    code, out, err = check(*names, "--format", "json")
    assert code == 70
    assert [one["results"][0]["verdict"] for one in json.loads(out)["sheets"]] == ["exact", "unreadable", "exact"]
    assert err == (
        "error: archcalc 0.1.0 failed on this sheet: ZeroDivisionError: x/0\n"
        "= help: please report it with the sheet; ARCHCALC_DEBUG=1 shows where it happened\n"
    )


def test_carets_stand_under_a_working_whose_signs_have_grown(tmp_path):
    """In ASCII a floor takes more signs than its brackets: 29 instead of 24."""
    import io

    sheet = tmp_path / "sheet.yaml"
    sheet.write_text("of: alexnet\nanswers:\n  conv1.out.w: ⌊(227 − 11 + 2·0)/4⌋ + 2\n", encoding="utf-8")
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    assert main(["check", str(sheet), "--format", "text"], Session(out, StringIO(), False, False)) == 1
    out.flush()
    lines = raw.getvalue().decode("ascii").splitlines()
    assert lines[1:3] == ["   floor((227 - 11 + 2*0)/4) + 2", "   " + "^" * 29]
