"""Work shared among processes: every item once, a death costs one item, and what a tool raises reaches the caller."""

from __future__ import annotations

import os
import signal
from functools import partial

import pytest

from archcalc.errors import AnswerError, BackendError
from archcalc.homework.grading.workers import Died, shared


def square(number):
    """A tool that squares, dies of 13 and refuses 17."""
    if number == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 17:
        raise AnswerError("seventeen", help="take another")
    return number * number


def make(deadly=False):
    if deadly:
        os.kill(os.getpid(), signal.SIGKILL)
    return square


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_item_is_done_once(jobs):
    items = range(20, 90)
    assert sorted(shared(make, items, jobs)) == [(item, item**2) for item in items]


def test_a_death_costs_the_item_in_hand():
    found = dict(shared(make, [2, 13, 3, 5, 7, 11], 1 + 1))
    assert found == {2: 4, 13: Died, 3: 9, 5: 25, 7: 49, 11: 121}


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_a_tool_raises_reaches_the_caller(jobs):
    with pytest.raises(AnswerError) as caught:
        list(shared(make, [2, 17, 3], jobs))
    assert (str(caught.value), caught.value.help) == ("seventeen", "take another")


def test_processes_that_all_die_end_the_work(monkeypatch):
    monkeypatch.setattr("archcalc.homework.grading.workers.MOST_DEATHS", 1)
    with pytest.raises(BackendError) as caught:
        list(shared(partial(make, deadly=True), [2, 3, 5, 7, 11, 19, 23], 2))
    assert str(caught.value) == "the processes die one after the other"
    assert caught.value.help == "try --jobs 1"
