"""Whatever one answer does, it is wrong or unreadable, and the other answers of the sheet keep their marks."""

from __future__ import annotations

import json
from functools import cache

import pytest
from homework.assignments import assessor, load_network, marked
from hypothesis import given, settings
from hypothesis import strategies as st

from archcalc.errors import AssignmentError
from archcalc.homework.asking.assignment import read_assignment
from archcalc.homework.asking.question import AskedNetwork
from archcalc.homework.marking import paper
from archcalc.homework.marking.assess import Assessor
from archcalc.homework.marking.guard import guarded
from archcalc.homework.reading.sheet import read_sheet
from archcalc.network import loads
from archcalc.report.marks.json import result

NET = """
input: 2x31x23
layers:
  conv1: conv 5 3x4
  pool1: max_pool 2
  conv2: conv 7 3
  flat: flatten
  fc: linear 11
"""
ROWS = ("conv1", "pool1", "conv2", "flat", "fc")
COLUMNS = ("out", "params", "macs", "rf")
CELLS = ", ".join(COLUMNS)
QUESTIONS = f"""
{{id: t, spec: net, points: 5, follow: {{credit: 1/2}}, table: {{layers: [{", ".join(ROWS)}], columns: [{CELLS}]}}}}
{{id: n, spec: net, get: params, points: 1}}
{{id: s, spec: net, get: pool1.out, points: 1}}
{{id: r, spec: net, get: "ratio(conv2.params, conv1.params)", points: 1}}
{{id: l, layer: conv 5 3, input: 2x7x7, get: out, points: 1}}
{{id: f, formula: conv.params, points: 1}}
{{id: d, design: {{input: 2x7x7, require: ["params < 5"]}}, points: 1}}
"""


def load(spec):
    if spec != "net":
        return load_network(spec)
    network = loads(NET)
    return AskedNetwork.of(network.graph, network.document, network.choices)


@cache
def made():
    lines = "".join(f"  - {line}\n" for line in QUESTIONS.strip().split("\n"))
    return Assessor(read_assignment(f"id: hw\nfeedback: full\nquestions:\n{lines}", "hw.yaml"), load)


SIZES = st.sampled_from(["0", "1", "2", "5", "14", "20", "29", "1/2", "-3", "10**9", "9" * 30])
SHAPES = st.lists(SIZES, min_size=1, max_size=6).map("x".join)
ANSWERS = st.one_of(
    SHAPES,
    SHAPES.map(lambda text: f"({text.replace('x', ', ')})"),
    st.sampled_from(["", "skip", "5x29x20", "1x5x29x20", "29x20", "5", "None", "(3*4*2+1)*5", "K*K*Cin", "4x3"]),
    st.text("0123456789x*+-/^(),. KMG%=→", max_size=12),
    st.text(st.characters(exclude_categories=("C", "Z")), max_size=8),
)


@st.composite
def sheets(draw):
    """A sheet with any answers; every one of them quoted."""
    cells = {row: {column: draw(ANSWERS) for column in COLUMNS} for row in ROWS}
    others = {id: draw(ANSWERS) for id in "nsrlf"} | {"d": {"spec": draw(ANSWERS)}}
    return json.dumps({"answers": {"t": cells, **others}}, ensure_ascii=False)


@settings(max_examples=60)
@given(sheets())
def test_any_answer_is_marked(text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARCHCALC_DEBUG", "1")  # a failure of ours is raised
        found = result(made().mark(read_sheet(text, "sheet.json")))
    assert len(found["results"]) == len(ROWS) * len(COLUMNS) + 6


FOLLOWED = "{id: q, spec: alexnet, points: 6, follow: {credit: 1/2}, table: {layers: [conv1, pool1], columns: [%s]}}"


@pytest.mark.parametrize("before", ["1x96x55x55", "55x55", "96", "96x55", "96x55x55x1", "1x1x1x1x1", "0x0"])
@pytest.mark.parametrize(("column", "answer"), [("out", "96x27x27"), ("params", "1"), ("macs", "1"), ("rf", "18")])
def test_nothing_follows_from_a_shape_of_another_rank(monkeypatch, before, column, answer):
    monkeypatch.setenv("ARCHCALC_DEBUG", "1")
    columns = "out" if column == "out" else f"out, {column}"
    rows = f"{{q: {{conv1: {{out: {before}}}, pool1: {{{column}: {answer}}}}}}}"
    found = marked(assessor(FOLLOWED % columns), rows)
    assert found["q.conv1.out"].verdict == "wrong"
    assert (found[f"q.pool1.{column}"].verdict == "exact") == ((column, answer) == ("out", "96x27x27"))
    assert found[f"q.pool1.{column}"].verdict != "accepted"


def test_fields_of_two_axes_follow_by_what_they_grow():
    """conv1 3x4 sees 3x4; pool1 2 with stride 2 adds (2 - 1)*1 on each axis: 4x5, and conv2 3 adds 2*2: 8x9."""
    found = marked(made(), "{t: {conv1: {rf: 5x5}, pool1: {rf: 6x6}, conv2: {rf: 9x10}}}")
    assert [found[f"t.{row}.rf"].verdict == "accepted" for row in ("pool1", "conv2")] == [True, False]
    found = marked(made(), "{t: {conv1: {rf: 5x5x5}, pool1: {rf: 6x6}}}")
    assert found["t.pool1.rf"].verdict != "accepted"  # of another number of axes: nothing follows


def failing(monkeypatch, on):
    """Makes the marking of answers with this text fail."""
    mark = paper.mark_answer

    def fail(catalogue, entry, *rest):
        if entry.text == on:
            raise ZeroDivisionError
        return mark(catalogue, entry, *rest)

    monkeypatch.setattr(paper, "mark_answer", fail)


BUG = "archcalc 0.1.0 failed on this answer: ZeroDivisionError. That is a bug of archcalc."


@pytest.mark.parametrize("feedback", ["none", "verdict", "hint", "full"])
def test_a_failure_costs_one_answer_and_is_told_whatever_the_feedback(monkeypatch, feedback):
    failing(monkeypatch, "13")
    questions = (
        "{id: a, spec: lenet5, get: conv1.params, points: 2}\n{id: b, spec: lenet5, get: conv2.params, points: 3}"
    )
    found = marked(assessor(questions, f"feedback: {feedback}\n"), "{a: 13, b: 2416}")
    assert (found["a"].verdict, found["a"].message, found["a"].bug) == ("unreadable", BUG, True)
    assert (found["a"].points, found["a"].max_points) == (0, 2)
    assert (found["b"].verdict, found["b"].bug) == ("received" if feedback == "none" else "exact", False)


def test_what_the_teacher_did_wrong_is_no_bug():
    def fail():
        raise AssignmentError("no numbers can be drawn")

    (entry,) = read_sheet("answers: {q: 1}", "s.yaml").entries
    with pytest.raises(AssignmentError):
        guarded(entry, fail)
