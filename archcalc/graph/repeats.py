"""One repeated child of a step, and what steps are called."""

from __future__ import annotations

import re

from archcalc.core.record import replace
from archcalc.spec.document import Body, Branches, Call, Step, Sugar, Value


def overridden(step: Step, index: int, times: int) -> Body:
    """The body of one repeated child, with its `first.` and `last.` values."""
    changes = {**(step.first if index == 0 else {}), **(step.last if index == times - 1 else {})}
    if not changes or not isinstance(step.body, Call):
        return step.body
    values = {name: value for name, value in changes.items() if isinstance(value, Value)}
    words = {name: word for name, word in changes.items() if isinstance(word, Sugar)}
    body = step.body
    return replace(body, values={**body.values, **values}, sugar={**body.sugar, **words}, cache={})


def child_name(first_name: str | None, index: int) -> str:
    """`conv3` for the third of those that begin with `conv1`; else the index."""
    if first_name is None:
        return str(index)
    return re.sub(r"(\d+)(?!.*\d)", lambda match: str(int(match[1]) + index), first_name)


def label_of(body: Body) -> str:
    """What a group is: the block it calls, its merge, the word it stands for."""
    if isinstance(body, Call):
        return body.target.name
    if isinstance(body, Sugar):
        return body.word
    return body.merge.target.name if isinstance(body, Branches) else "group"
