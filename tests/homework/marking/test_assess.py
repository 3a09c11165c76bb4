"""Assignments: reading them, points, partial credit, errors carried forward, conventions, and how much is told."""

from __future__ import annotations

from fractions import Fraction
from io import StringIO

import pytest

from archcalc.cli.main import main
from archcalc.cli.session import Session
from archcalc.homework.asking.assignment import AssignmentErrors, read_assignment
from archcalc.homework.asking.question import AskedNetwork
from archcalc.homework.marking.assess import Assessor
from archcalc.homework.reading.sheet import read_sheet
from archcalc.network import load

HW1 = """\
archcalc: assignment/1
id: hw1
course: dl-2026-spring
title: Convolution arithmetic
points: 20
feedback: hint
conventions: {flops: macs, pool_rounding: floor, layout: HWC, kilo: 1000}
questions:
  - {id: q1, spec: alexnet, get: conv1.out.w, points: 1, ask: "Width after conv1?"}
  - id: q2
    layer: conv 8 7x7 stride=2
    input: 3x32x32
    get: params
    points: 3
    partial: {par.no_bias: 2, par.no_in_channels: 1/2}
  - id: q5
    spec: alexnet
    table: {layers: [conv1, pool1, conv2, pool2], columns: [out, params, rf]}
    points: 12
    follow: {credit: 3/4}
  - {id: q8, spec: lenet5, get: conv1.neurons, accept: {sig: 2}, points: 2}
  - {id: q9, spec: lenet5, get: flops, points: 2}
"""


def load_network(spec):
    network = load(spec)
    return AskedNetwork.of(network.graph, network.document, network.choices)


def assessor(text=HW1):
    return Assessor(read_assignment(text, "hw1.yaml"), load_network)


@pytest.fixture(scope="module")
def hw1():
    return assessor()


def mark(hw1, answers):
    marked = hw1.mark(read_sheet(f"assignment: hw1\nanswers: {answers}\n", "sheet.yaml"))
    return {answer.id: answer for answer in marked.answers}


def test_every_question_has_its_points(hw1):
    marked = hw1.mark(read_sheet("answers: {}\n", "sheet.yaml"))
    assert (marked.points, marked.max_points, len(marked.answers)) == (0, 20, 1 + 1 + 12 + 2)
    assert {answer.verdict for answer in marked.answers} == {"unanswered"}


@pytest.mark.parametrize(
    ("answer", "verdict", "points"),
    [
        ("(7*7*3 + 1)*8", "exact", 3),
        ("1,184", "exact", 3),
        ("7*7*3*8", "misconception", 2),  # no biases
        ("(7*7 + 1)*8", "misconception", Fraction(1, 2)),  # no input channels
        ("7*7*3*8 + 1", "misconception", 0),  # one bias for the layer: no credit was agreed on
        ("1148", "slip", 0),
        ("nothing", "unreadable", 0),
        ("skip", "unanswered", 0),
    ],
)
def test_partial_credit(hw1, answer, verdict, points):
    marked = mark(hw1, f'{{q2: "{answer}"}}' if answer != "skip" else "{q2: skip}")["q2"]
    assert (marked.verdict, marked.points) == (verdict, points)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [("55x55x96", "exact"), ("96x55x55", "convention"), ("55x55x3", "misconception"), ("54x54x96", "misconception")],
)
def test_the_agreed_layout(hw1, answer, verdict):
    marked = mark(hw1, f"{{q5: {{conv1: {{out: {answer}}}}}}}")["q5.conv1.out"]
    assert marked.verdict == verdict
    if verdict == "convention":
        assert marked.message == "Right numbers, other order: this sheet wants H, W, C."


def test_the_agreed_flops_are_macs(hw1):
    assert mark(hw1, "{q9: 416520}")["q9"].verdict == "exact"
    assert mark(hw1, "{q9: 833040}")["q9"].verdict == "convention"


def test_an_error_is_carried_forward(hw1):
    """54x54 after conv1 makes 26x26 after pool1 right in its own way: (54 - 3)//2 + 1 = 26."""
    rows = "{conv1: {out: 54x54x96}, pool1: {out: 26x26x96}, conv2: {out: 26x26x256}, pool2: {out: 12x12x256}}"
    marked = mark(hw1, f"{{q5: {rows}}}")
    found = {layer: (marked[f"q5.{layer}.out"].verdict, marked[f"q5.{layer}.out"].points) for layer in rows_of(rows)}
    assert found == {
        "conv1": ("misconception", 0),
        "pool1": ("accepted", Fraction(3, 4)),
        "conv2": ("accepted", Fraction(3, 4)),
        "pool2": ("accepted", Fraction(3, 4)),  # (26 - 3)//2 + 1 = 12
    }
    assert marked["q5.pool1.out"].message == "Right for your own conv1, which is not."


def rows_of(rows):
    return [row for row in ("conv1", "pool1", "conv2", "pool2") if row in rows]


@pytest.mark.parametrize("before", ["skip", "54", "54.25x54.25x96", "0x0x96", "what"])
def test_nothing_follows_from_what_is_no_shape(hw1, before):
    marked = mark(hw1, f"{{q5: {{conv1: {{out: {before}}}, pool1: {{out: 26x26x96}}}}}}")
    assert marked["q5.pool1.out"].verdict != "accepted"
    assert marked["q5.pool1.out"].points == 0


def test_enough_digits(hw1):
    """6*28*28 = 4704 output values; two digits are enough."""
    assert [mark(hw1, f"{{q8: {answer}}}")["q8"].verdict for answer in (4704, 4700, 4800)] == [
        "exact",
        "accepted",
        "wrong",
    ]


SIG = "questions: [{id: q, spec: %s, get: %s, points: 1, accept: {sig: %d}}]"


@pytest.mark.parametrize(
    ("spec", "subject", "digits", "answers"),
    [
        # 62,378,344; without biases 62,367,776: both are 62.4M
        ("alexnet", "params", 3, {
            "62.4M": "accepted", "62400000": "accepted", "62.38M": "accepted", "62,378,000": "accepted",
            "~62.4M": "accepted", "6.24e7": "accepted", "62,367,776": "misconception", "62.3M": "slip",
            "62.5M": "misconception", "62M": "slip", "62,378,344": "exact", "58.7M": "misconception",
        }),
        ("alexnet", "params", 4, {"62.38M": "accepted", "62.37M": "slip", "62.4M": "slip"}),
        ("vgg16", "params", 3, {"138M": "accepted", "138.4M": "accepted", "138,344,128": "misconception"}),
        ("vgg16", "macs", 3, {"15.5G": "accepted", "15.5 GMACs": "accepted", "30.9G": "convention"}),
        ("resnet50", "params", 3, {"25.6M": "accepted", "25.5M": "slip"}),  # 25,557,032
        ("lenet5", "conv2.params", 3, {"2420": "accepted", "2.42K": "accepted", "2400": "misconception"}),  # 2,416
        ("lenet5", "conv2.params", 2, {"2400": "accepted", "2.4K": "accepted"}),  # rounded, though also without biases
        ("lenet5", "ratio(conv1.params, conv2.params)", 3, {"0.0646": "accepted", "0.06457": "accepted"}),  # 156/2416
    ],
)  # fmt: skip
def test_a_teacher_who_says_how_many_digits_do_is_obeyed(spec, subject, digits, answers):
    made = assessor(SIG % (spec, f'"{subject}"', digits))
    assert {answer: mark(made, f'{{q: "{answer}"}}')["q"].verdict for answer in answers} == answers


def test_what_digits_cannot_tell_is_said():
    """614,656 and, without biases, 614,400 are 614,000 and something; 615K is the right one rounded, 614.7K tells."""
    message = "3 digits are enough here; someone who forgot the biases would have the same."
    found = mark(assessor(SIG % ("alexnet", "params", 3)), "{q: 62.4M}")["q"]
    assert (found.message, found.misconceptions, found.points) == (message, (), 1)
    assert mark(assessor(SIG % ("alexnet", "conv2.params", 4)), "{q: 614.7K}")["q"].message == ""
    coarse = mark(assessor(SIG % ("alexnet", "params", 3)), "{q: 62M}")["q"]
    assert coarse.message == "Give 3 digits: rounded like this, a wrong one looks the same."


@pytest.mark.parametrize(
    ("feedback", "message"),
    [("verdict", ""), ("hint", "You counted the weights but not the biases."),
     ("full", "You counted the weights but not the biases. "
      "params = (K·K·C_in + 1)·C_out with C_out = 8, C_in = 3, K = 7. The answer is 1,184.")],
)  # fmt: skip
def test_how_much_is_told(feedback, message):
    marked = mark(assessor(HW1.replace("feedback: hint", f"feedback: {feedback}")), "{q2: 7*7*3*8}")["q2"]
    assert (marked.message, marked.points) == (message, 2)


def test_the_answer_told_is_written_in_the_agreed_layout():
    marked = mark(assessor(HW1.replace("feedback: hint", "feedback: full")), "{q5: {conv1: {out: 1x1x1}}}")
    assert marked["q5.conv1.out"].remarks[-1].message == "The answer is 55x55x96."


@pytest.mark.parametrize(
    ("old", "new", "error", "help"),
    [
        ("points: 20", "points: 21", "hw1.yaml:5:9: the questions have 20 points together, not 21", "write points: 20"),
        ("feedback: hint", "feedback: loud", "hw1.yaml:6:11: unknown feedback `loud`",
         "there are `none`, `verdict`, `hint`, `steps` and `full`"),
        ("layout: HWC", "layout: WHC", "hw1.yaml:7:58: `layout` cannot be `WHC`", "it may be `CHW` and `HWC`"),
        ("title:", "titel:", "hw1.yaml:4:1: unknown key `titel` of an assignment", "did you mean `title`?"),
        ("get: params\n", "get: parms\n", "hw1.yaml:10:9: unknown quantity `parms`", "did you mean `params`?"),
        ("spec: lenet5, get: flops", "spec: zzz, get: flops", "hw1.yaml:22:10: there is no spec `zzz`",
         "`archcalc list` names the bundled ones"),
        ("conv 8 7x7", "cnov 8 7x7", "hw1.yaml:10:9: unknown kind `cnov`", "did you mean `conv`?"),
        ("input: 3x32x32", "input: 3x5x5", "hw1.yaml:10:9: layer does not fit its input",
         "kernel up to 5, or padding of at least 1"),
        ("id: q9", "id: q8", "hw1.yaml:22:5: two questions are called `q8`", "rename one of them"),
        ("points: 3\n", "points: many\n", "hw1.yaml:14:13: `many` is no number of points", "write 2, 0.5 or 1/2"),
        ("get: conv1.out.w, points: 1", "get: conv1.out.w", "hw1.yaml:9:5: the question has no `points`", None),
        ("{id: q1, spec: alexnet,", "{id: q1,",
         "hw1.yaml:9:5: a question names a `spec` or a `layer`, and what to `get` or a `table`",
         "write spec: lenet5 and get: conv1.params; or formula: conv.params"),
        ("accept: {sig: 2}", "formula: conv.params",
         "hw1.yaml:21:5: a question names a `spec` or a `layer`, and what to `get` or a `table`",
         "write spec: lenet5 and get: conv1.params; or formula: conv.params"),
        ("par.no_bias: 2", "par.nobias: 2", "hw1.yaml:15:15: there is no misconception `par.nobias`",
         "did you mean `par.no_bias`?"),
        ("{par.no_bias: 2, par.no_in_channels: 1/2}", "2", "hw1.yaml:15:14: `partial` holds misconceptions and points",
         "write partial: {par.no_bias: 1}"),
        ("sig: 2", "sig: 2.5", "hw1.yaml:21:62: `2.5` is no number of digits", "write accept: {sig: 3}"),
        ("credit: 3/4", "credit: 4/3", "hw1.yaml:20:22: a credit of 4/3 is more than the cell",
         "write a share: credit: 3/4"),
        ("accept: {sig: 2}", "follow: {credit: 1}", "hw1.yaml:21:56: a single figure takes no `follow`", "delete it"),
        ("archcalc: assignment/1", "archcalc: answers/1", "hw1.yaml:1:11: `answers/1` is no assignment",
         "write archcalc: assignment/1"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_assignment(old, new, error, help):
    with pytest.raises(AssignmentErrors) as caught:
        assessor(HW1.replace(old, new, 1))
    assert (str(caught.value.errors[0]), caught.value.errors[0].help) == (error, help)
    assert caught.value.exit_code == 4


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    (tmp_path / "hw1.yaml").write_text(HW1.replace("points: 20", "points: 6").replace(table_of(HW1), ""))
    (tmp_path / "sheet.yaml").write_text("assignment: hw1\nanswers: {q1: 55, q2: 7*7*3*8, q8: 4.7K, q9: skip}\n")
    code, out, err = check("sheet.yaml", "--assignment", "hw1.yaml")
    assert (code, out) == (4, "")
    assert err.startswith("error: the questions have 8 points together, not 6\n")
    (tmp_path / "hw1.yaml").write_text(HW1.replace("points: 20", "points: 8").replace(table_of(HW1), ""))
    code, out, err = check("sheet.yaml", "--assignment", "hw1.yaml")
    assert (code, err) == (1, "")
    assert out == (
        "sheet.yaml:2:15  q1  1.0/1  right\n"
        "sheet.yaml:2:23  q2  2.0/3  par.no_bias\n"
        "   7*7*3*8\n"
        "   ^^^^^^^\n"
        "   You counted the weights but not the biases.\n"
        "sheet.yaml:2:36  q8  2.0/2  right\n"
        "sheet.yaml:2:46  q9  0.0/2  not answered\n"
        "4 answers: 2 right, 1 wrong (1 explained), 1 not answered, 5.0 of 8 points\n"
    )


def table_of(text):
    return text[text.index("  - id: q5") : text.index("  - {id: q8")]


def test_a_sheet_for_another_assignment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hw1.yaml").write_text(HW1)
    (tmp_path / "sheet.yaml").write_text("assignment: hw2\nanswers: {q1: 55}\n")
    code, _, err = check("sheet.yaml", "--assignment", "hw1.yaml")
    said = "error: the sheet is for `hw2`, the assignment is `hw1`\n --> sheet.yaml:1:13\n"
    assert (code, err) == (3, said + "1 | assignment: hw2\n  |             ^^^\n")


def test_questions_that_the_assignment_does_not_ask(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hw1.yaml").write_text(HW1)
    (tmp_path / "sheet.yaml").write_text("answers: {q1: 55, Q2: 5}\n")
    code, _, err = check("sheet.yaml", "--assignment", "hw1.yaml")
    assert code == 3
    assert err.startswith("error: unknown question `Q2`\n --> sheet.yaml:1:19\n")
    assert "did you mean" in err


def check(*arguments):
    out, err = StringIO(), StringIO()
    code = main(["check", *arguments], Session(out, err, terminal=False, color=False))
    return code, out.getvalue(), err.getvalue()
