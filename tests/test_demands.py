"""All that takes a demand takes the same language: claims, budgets, `rf --require`, designs and `sweep --where`."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.analysis.budget import check_budgets, field_demand, hold_option, required
from archcalc.analysis.quantities import Figures
from archcalc.analysis.sweep.sweep import SweepTask, compute, condition
from archcalc.analysis.sweep.variation import VariedAxis
from archcalc.errors import Place
from archcalc.graph.choices import Choices
from archcalc.homework.asking.asked import Design, Requirement
from archcalc.homework.asking.requirement import requirement_fault
from archcalc.homework.marking.design import hold_all

NET = "input: 3x11x13\nparams: {c: 5}\nlayers: {conv: conv c 2x3, flat: flatten, fc: linear 7}\n"
"""conv: 5x10x11, 5*3*2*3 weights and 5 biases, 90*110 MACs; 550 values; fc: 550*7 + 7. In all 3,952 params."""


def claimed(subject, value):
    (result,) = archcalc.loads(f'{NET}expect: {{{subject}: "{value}"}}\n').check()
    return result.holds


def budgeted(subject, value):
    graph = archcalc.loads(NET).graph
    (result,) = check_budgets(graph, "net.yaml", [required(f"{subject}: {value}")])
    return result.holds


def of_fields(subject, value):
    graph = archcalc.loads(NET).graph
    return hold_option(Figures(graph), field_demand(graph, f"{subject}: {value}"), "--require").holds


def designed(subject, value):
    requirement = Requirement(f"{subject}: {value}", Place("hw.yaml", 1, 1))
    assert requirement_fault(requirement) is None
    (held,) = hold_all(Design("3x11x13", (requirement,)), "net.yaml", NET)
    return held.holds


def swept(subject, value):
    axes = (VariedAxis("c", ("5",)),)
    wanted = condition(f"{subject}: {value}", axes)
    (point,) = compute(SweepTask(NET, "net.yaml", Choices(), axes, wanted.demands), [("5",)])
    return wanted.holds(point, axes)


READERS = (claimed, budgeted, of_fields, designed, swept)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
@pytest.mark.parametrize(
    ("subject", "value", "holds"),
    [
        ("params", "3952", True),
        ("params", "= 3,951", False),
        ("params", "== 3.95K", True),
        ("params", "~4000", True),
        ("params", "!= 3952", False),
        ("params", "<= 4K", True),
        ("params", "< 3952", False),
        ("params", "3.9K..4K", True),
        ("conv.params", "90..94", False),
        ("weight_bytes", "<= 16kB", True),  # 4 * 3,952 = 15,808
        ("conv.out", "5x10x11", True),
        ("conv.out", "!= 5x11x10", True),
        ("conv.out", "= 550", True),
        ("conv.out", "<= 549", False),
        ("conv.out.h", "> 9", True),
        ("conv.rf", "2x3", True),
        ("conv.rf", ">= 2", True),
        ("conv.rf", ">= 3", False),
        ("conv.rf", "2..3", True),
        ("layers", "3", True),
    ],
)
def test_one_language(reader, subject, value, holds):
    assert reader(subject, value) is holds
