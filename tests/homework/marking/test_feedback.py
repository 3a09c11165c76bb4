"""How much is told: from `received` to the answer, and the rule with its numbers in between."""

from __future__ import annotations

from io import StringIO

import pytest
from homework.assignments import assessor, marked, one

from archcalc.cli.main import main
from archcalc.cli.session import Session
from archcalc.core.record import replace
from archcalc.homework.reading.sheet import read_sheet

WIDTH = "{id: q, spec: alexnet, get: conv1.out.w, points: 1}"


@pytest.mark.parametrize(
    ("feedback", "verdict", "message"),
    [
        ("none", "received", ""),
        ("verdict", "wrong", ""),
        ("hint", "misconception", "Count the first position of the window too: add 1."),
        ("steps", "misconception", "Count the first position of the window too: add 1. "
         "O = ⌊(W − K + 2P)/s⌋ + 1 with W = 227, K = 11, P = 0, s = 4."),
        ("full", "misconception", "Count the first position of the window too: add 1. "
         "O = ⌊(W − K + 2P)/s⌋ + 1 with W = 227, K = 11, P = 0, s = 4. The answer is 55."),
    ],
)  # fmt: skip
def test_a_wrong_answer(feedback, verdict, message):
    found = one(WIDTH, "(227-11)/4", f"feedback: {feedback}\n")
    assert (found.verdict, found.message) == (verdict, message)


@pytest.mark.parametrize("feedback", ["verdict", "hint", "steps", "full"])
def test_a_right_answer_needs_no_words(feedback):
    found = one(WIDTH, "55", f"feedback: {feedback}\n")
    assert (found.verdict, found.message, found.points) == ("exact", "", 1)


@pytest.mark.parametrize("feedback", ["none", "verdict", "hint", "steps", "full"])
def test_what_cannot_be_read_is_always_told(feedback):
    found = one(WIDTH, "'(227-11'", f"feedback: {feedback}\n")
    assert (found.verdict, found.remarks[0].message) == ("unreadable", "The `(` is never closed: add `)`.")


@pytest.mark.parametrize(("feedback", "message"), [("hint", ""), ("steps", ""), ("full", "The answer is 55.")])
def test_an_answer_that_is_missing(feedback, message):
    found = one(WIDTH, "skip", f"feedback: {feedback}\n")
    assert (found.verdict, found.message) == ("unanswered", message)


@pytest.mark.parametrize(
    ("question", "answer", "steps"),
    [
        ("spec: alexnet, get: conv2.params", 1, "params = (K·K·C_in + 1)·C_out with C_out = 256, C_in = 96, K = 5."),
        ("spec: alexnet, get: conv2.rf", 1, "r' = r + (K − 1)·j with K = 5, r and j of the layer before."),
        ("spec: alexnet, get: fc6.params", 1, "params = (F_in + 1)·F_out with F_out = 4096, F_in = 9216."),
        ("spec: lenet5, get: conv2.macs", 1,
         "macs = C_in·C_out·K·K·O·O with C_in = 6, C_out = 16, K = 5, O = 10."),
        ("layer: conv 8 3x3 dilation=2, input: 3x16x16, get: out.w", 1,
         "K_eff = d(K − 1) + 1 with d = 2, K = 3. O = ⌊(W − K_eff + 2P)/s⌋ + 1 with W = 16, K_eff = 5, P = 0, s = 1."),
        ("spec: alexnet, get: conv1.out.c", 1, ""),  # the number of filters is the answer itself
        ("spec: lenet5, get: params", "(5*5+1)*6 + (5*5+1)*16 + (5*5*16+1)*120 + (120+1)*84 + (84+1)*10",
         "conv2: params = (K·K·C_in + 1)·C_out with C_out = 16, C_in = 6, K = 5."),
    ],
)  # fmt: skip
def test_steps(question, answer, steps):
    found = one(f"{{id: q, {question}, points: 1}}", answer, "feedback: steps\n")
    assert " ".join(remark.message for remark in found.remarks if remark.told_from == "steps") == steps


def test_the_teacher_sees_it_all():
    made = assessor(WIDTH, "feedback: none\n")
    sheet = read_sheet("answers: {q: (227-11)/4}\n", "sheet.yaml")
    told, all_of_it = made.mark(sheet), made.assess(sheet)
    assert (told.withheld, all_of_it.withheld) == (True, False)
    assert (told.answers[0].verdict, told.points) == ("received", 0)
    assert (all_of_it.answers[0].verdict, all_of_it.answers[0].misconceptions[0]) == ("misconception", "out.no_plus1")
    made = assessor(WIDTH, "feedback: none\n")
    assert made.assess(read_sheet("answers: {q: 55}\n", "sheet.yaml")).points == 1
    assert made.mark(read_sheet("answers: {q: 55}\n", "sheet.yaml")).points == 0


def test_received_says_nothing_about_right_and_wrong():
    """Two sheets that differ in what is right look the same."""
    made = assessor(WIDTH, "feedback: none\n")
    right, wrong = (marked(made, f"{{q: {answer}}}")["q"] for answer in (55, 54))
    assert replace(right, place=None) == replace(wrong, place=None)


def test_the_command_when_nothing_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    (tmp_path / "hw.yaml").write_text(
        f"id: hw\nfeedback: none\nquestions:\n  - {WIDTH}\n  - {WIDTH.replace('q,', 'r,')}\n"
    )
    (tmp_path / "sheet.yaml").write_text("answers: {q: 54, r: skip}\n")
    out, err = StringIO(), StringIO()
    code = main(["check", "sheet.yaml", "--assignment", "hw.yaml"], Session(out, err, terminal=False, color=False))
    assert (code, err.getvalue()) == (0, "")
    assert out.getvalue() == (
        "sheet.yaml:1:14  q  received\nsheet.yaml:1:21  r  not answered\n2 answers: 1 received, 1 not answered\n"
    )
