"""What is worked out for one sheet and remembered for the next changes nothing but the time it takes."""

from __future__ import annotations

from random import Random

import pytest
from homework.assignments import assessor
from homework.sheets import catalogue, mark, marker

from archcalc.homework.diagnosis import diagnose
from archcalc.homework.marking.mark import mark_answer
from archcalc.homework.reading.sheet import read_sheet
from archcalc.report.marks.json import result

NO_IN_CHANNELS = "(5*5+1)*16"  # conv2 of LeNet-5 has 6 input channels


def test_the_same_answer_is_told_at_the_place_of_each_sheet():
    (first,) = mark("lenet5", f"conv2.params: {NO_IN_CHANNELS}").answers
    _, second = mark("lenet5", f"conv1.params: 156\nconv2.params:   {NO_IN_CHANNELS}").answers
    assert [(answer.place.line, answer.place.column) for answer in (first, second)] == [(2, 17), (3, 19)]
    assert [(answer.pointed.line, answer.pointed.column) for answer in (first, second)] == [(2, 17), (3, 19)]
    assert first.misconceptions[0] == second.misconceptions[0] == "par.no_in_channels"


def test_an_answer_is_another_ones_only_on_sheets_that_ask_it():
    alone, together, again = "fc3.params: 48120", "fc3.params: 48120\nfc1.params: 48120", "fc3.params: 48120"
    verdicts = [mark("lenet5", sheet).answers[0].misconceptions for sheet in (alone, together, again)]
    assert verdicts == [(), ("slip.swapped_answers",), ()]


@pytest.mark.parametrize("order", [1, -1])
def test_the_digits_that_are_enough_belong_to_the_question(order):
    entry = read_sheet("answers: {conv1.macs: 117611}\n", "sheet.yaml").entries[0]
    found = {
        digits: mark_answer(catalogue("lenet5", "conv1.macs"), entry, {}, digits).verdict
        for digits in (None, 3)[::order]
    }
    assert found == {None: "wrong", 3: "accepted"}  # 5*5*6*28*28 = 117,600 to three digits


@pytest.mark.parametrize("order", [1, -1])
def test_the_working_beside_a_value_counts(order):
    right = "(5*5*6+1)*16"
    found = {}
    for work in (right, NO_IN_CHANNELS)[::order]:
        (answer,) = mark("lenet5", f'conv2.params: {{value: 2416, work: "{work}"}}').answers
        found[work] = answer.misconceptions[:1]
    assert found == {right: (), NO_IN_CHANNELS: ("par.no_in_channels",)}


def test_each_answer_is_worked_out_once_and_a_full_memory_begins_again(monkeypatch):
    monkeypatch.setattr(diagnose, "MOST_REMEMBERED", 3)
    fresh = diagnose.Catalogue(marker("lenet5").catalogue("params").question)
    made: list[int] = []

    def ask(number):
        return fresh.remembered(("number", number), lambda: made.append(number) or -number)

    assert [ask(number) for number in (1, 2, 1, 2, 3, 1, 4, 4, 1)] == [-1, -2, -1, -2, -3, -1, -4, -4, -1]
    assert made == [1, 2, 3, 4, 1]  # of the fourth all before it is forgotten


QUESTIONS = """
{id: a, spec: lenet5, get: conv2.params, points: 2, partial: {par.no_in_channels: 1}}
{id: b, spec: alexnet, table: {layers: [conv1, pool1, conv2], columns: [out, params]}, points: 6, follow: {credit: 1/2}}
{id: c, layer: conv $cout 5, input: $cinx32x32, vary: {cin: [3, 7], cout: [11, 13]}, get: params, points: 1}
{id: d, spec: lenet5, get: params, points: 1}
"""
REST = "(400+1)*120 + (120+1)*84 + (84+1)*10"
VALUES = {
    "a": (2416, 416, NO_IN_CHANNELS, "(5*5*6+1)*", 2400, "{value: 2416, work: 416}"),
    "out": ("96x55x55", "96x54x54", "96x27x27", "96x26x26", "256x27x27", "about"),
    "params": ("(11*11*3+1)*96", 0, 614656, "(5*5*96+1)*256", 34848, 614400),
    "d": (f"(25+1)*6 + (25+1)*16 + {REST}", f"25*6 + (25*6+1)*16 + {REST}", f"25*6 + 25*6*16 + {REST}", 61470),
    "c": ("(5*5*7+1)*13", "(5*5*3+1)*11", 836, 2288, 2275, 77),
}


def _sheet(number: int) -> str:
    """One of many sheets, its answers drawn from the lists."""
    draw = Random(number)
    rows = ", ".join(
        f"{layer}: {{out: {draw.choice(VALUES['out'])}, params: {draw.choice(VALUES['params'])}}}"
        for layer in ("conv1", "pool1", "conv2")
    )
    drawn = f"{{c: {{cin: {draw.choice((3, 7))}, cout: {draw.choice((11, 13))}}}}}"
    answers = ", ".join(f"{name}: {draw.choice(VALUES[name])}" for name in ("a", "c", "d"))
    return f"drawn: {drawn}\nanswers: {{{answers}, b: {{{rows}}}}}\n"


@pytest.mark.parametrize("feedback", ["hint", "full"])
def test_a_sheet_is_marked_the_same_after_any_others(feedback):
    sheets = [read_sheet(_sheet(number), f"s{number}.yaml") for number in range(12)]
    alone = [result(assessor(QUESTIONS, f"feedback: {feedback}\n").mark(sheet)) for sheet in sheets]
    shared = assessor(QUESTIONS, f"feedback: {feedback}\n")
    assert [result(shared.mark(sheet)) for sheet in sheets] == alone
    assert [result(shared.mark(sheet)) for sheet in sheets[::-1]] == alone[::-1]
    assert len({str(one["results"]) for one in alone}) == len(sheets)
