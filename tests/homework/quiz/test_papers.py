"""Papers: what a student gets, that it can be read back, the key, and answers to other students' papers."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archcalc.errors import AssignmentError, UsageError
from archcalc.homework.asking.assignment import read_assignment
from archcalc.homework.asking.question import AskedNetwork
from archcalc.homework.marking.assess import Assessor
from archcalc.homework.quiz.papers import Papers, checked_sheet
from archcalc.homework.reading.sheet import read_sheet
from archcalc.network import load
from archcalc.report.quiz.paper import paper_markdown, paper_sheet
from archcalc.tables.quiz import Paper, PaperQuestion

SECRET = b"a secret of this test, 32 bytes."
HW = """\
archcalc: assignment/1
id: hw1
course: dl
title: Sums
points: 7.5
conventions: {layout: HWC}
questions:
  - {id: q1, spec: lenet5, get: conv1.out, points: 1/2, ask: "How large?"}
  - {id: q2, layer: conv $c 3, input: 5x13x11, vary: {c: [7]}, get: params, points: 1}
  - {id: q3, spec: lenet5, table: {layers: [conv1, pool1], columns: [out, rf]}, points: 2}
  - {id: q4, formula: conv.params, points: 1}
  - {id: q5, design: {input: 3x32x32, require: ["params < 5e6", "out == 10"]}, points: 2}
  - {id: q6, spec: lenet5, get: "ratio(conv2.params, conv1.params)", points: 1}
"""


def network(spec):
    found = load(spec)
    return AskedNetwork.of(found.graph, found.document, found.choices)


def papers(text=HW, secret=SECRET):
    return Papers(Assessor(read_assignment(text, "hw1.yaml"), network), secret)


def test_the_sheet():
    """One variant only, so that nothing depends on the draw but the tag."""
    paper = papers().paper("s1")
    assert (
        checked_sheet(paper)
        == f"""\
# hw1: Sums
# Write each answer behind its colon: a number, an expression or a shape.
archcalc: answers/1
assignment: "hw1"
student: "s1"
# These numbers are yours alone. Leave them as they are.
drawn:
  q2: {{c: 7}}
tag: "{paper.tag}"
answers:
  # How large? (0.5 points)
  q1:
  # Parameters of conv 7 3x3 on 5x13x11 (1 point)
  q2:
  # Layer by layer, in lenet5. out: Output shape (H x W x C); rf: Receptive field (2 points)
  q3:
    conv1:
      out:
      rf:
    pool1:
      out:
      rf:
  # Formula in letters: parameters of conv (1 point)
  q4: {{formula: }}
  # A network of your own on 3x32x32 with params < 5e6, out == 10 (2 points)
  q5: {{spec: }}
  # Ratio of parameters of conv2 to parameters of conv1: lenet5 (1 point)
  q6:
"""
    )


def test_the_page_to_print():
    assert (
        paper_markdown(papers().paper("_s1_"))
        == """\
# hw1: Sums

Student: \\_s1\\_

dl, 7.5 points in all.

1. **q1** (0.5 points) How large?

   Answer: ____________________

2. **q2** (1 point) Parameters of conv 7 3x3 on 5x13x11

   Answer: ____________________

3. **q3** (2 points) Layer by layer, in lenet5

   | Layer | Output shape (H x W x C) | Receptive field |
   |---|---|---|
   | conv1 | | |
   | pool1 | | |

4. **q4** (1 point) Formula in letters: parameters of conv

   Formula: ____________________

5. **q5** (2 points) A network of your own on 3x32x32 with params &lt; 5e6, out == 10

   File: ____________

6. **q6** (1 point) Ratio of parameters of conv2 to parameters of conv1: lenet5

   Answer: ____________________
"""
    )


def test_the_key():
    """28 = 32 - 5 + 1; (3*3*5 + 1)*7 = 322; pool1 sees 5 + 1 = 6; (5*5*6 + 1)*16 = 2416 over (5*5 + 1)*6 = 156."""
    assert [(answer.id, answer.answer) for answer in papers().key("s1")] == [
        ("q1", "28x28x6"), ("q2", "322"), ("q3.conv1.out", "28x28x6"), ("q3.conv1.rf", "5"),
        ("q3.pool1.out", "14x14x6"), ("q3.pool1.rf", "6"), ("q4", "(K*K*Cin + 1)*Cout"), ("q5", "(any that meets it)"),
        ("q6", "604/39"),
    ]  # fmt: skip


def test_what_the_key_says_is_right_on_the_paper():
    made = papers()
    lines = checked_sheet(made.paper("s1"))
    for id, answer in (("q1", "28x28x6"), ("q2", "322"), ("q6", "604/39")):
        lines = lines.replace(f"  {id}:\n", f"  {id}: {answer}\n")
    marked = made.assessor.mark(read_sheet(lines, "s1.yaml"), "s1", SECRET)
    verdicts = {answer.id: answer.verdict for answer in marked.answers}
    assert (verdicts["q1"], verdicts["q2"], verdicts["q6"], marked.flags) == ("exact", "exact", "exact", ())


@pytest.mark.parametrize("student", ['O"Hara', "s1 # x", "ä\u202eb", "a: b", "'", "{s}", "\\", "😀"])
def test_every_id_of_a_student_comes_back(student):
    paper = papers().paper(student)
    assert read_sheet(checked_sheet(paper), "x.yaml").student == student


def test_a_student_whose_paper_could_not_be_read():
    with pytest.raises(AssignmentError) as refused:
        checked_sheet(papers().paper("a\ud800"))
    assert refused.value.help == "an id of a student or a question is the cause"


def test_a_paper_that_would_say_something_else(monkeypatch):
    monkeypatch.setattr(
        "archcalc.homework.quiz.papers.paper_sheet", lambda paper: paper_sheet(paper).replace("c: 7", "c: 8")
    )
    with pytest.raises(AssignmentError) as refused:
        checked_sheet(papers().paper("s1"))
    assert refused.value.what == "the paper of `s1` would not say what was drawn"


def test_no_text_steers_a_terminal_or_leaves_its_line():
    paper = Paper("hw", "s1", (PaperQuestion(("q1",), "a\x1b[2J\nq2: 3", Fraction(1)),), title="b\x1b[2J\nanswers: 1")
    for text in (paper_sheet(paper), paper_markdown(paper)):
        assert "\x1b" not in text
        assert not any(line.startswith(("answers: 1", "q2: 3", "  q2: 3")) for line in text.splitlines())


def test_the_teachers_words_cannot_leave_their_comment():
    text = HW.replace('ask: "How large?"', 'ask: "How\\nanswers: {q1: 3}"')
    assert "  # How answers: {q1: 3} (0.5 points)\n  q1:\n" in checked_sheet(papers(text).paper("s1"))


def test_a_kernel_is_written_in_full_for_images_only():
    text = HW.replace("input: 5x13x11", "input: 5x13")
    assert "conv 7 3 on 5x13 " in checked_sheet(papers(text).paper("s1"))


def test_numbers_are_not_drawn_without_a_secret():
    with pytest.raises(UsageError) as refused:
        papers(secret=None)
    assert (refused.value.what, refused.value.help) == (
        "q2 draws other numbers for each student, and there is no secret to draw them with",
        "set the variable ARCHCALC_SECRET, or name a file with --secret-file",
    )


def test_a_paper_for_all_needs_no_secret():
    text = "\n".join(line for line in HW.replace("7.5", "6.5").split("\n") if "id: q2" not in line)
    paper = papers(text, None).paper("s1")
    assert (paper.drawn, paper.tag) == ({}, "")
    assert "drawn" not in checked_sheet(paper)
