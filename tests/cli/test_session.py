"""Where a command writes: the renderer of the format is the one that is called."""

from __future__ import annotations

from io import StringIO

import pytest

from archcalc.cli.session import Session
from archcalc.report.formats.table import Column, Table


def written(format, **renderers):
    out = StringIO()
    Session(out, StringIO(), terminal=False, color=False).report(format, **renderers)
    return out.getvalue()


def never():
    pytest.fail("this renderer was not asked for")


TABLE = Table("t", (Column("A", "a"),), ((7,),))


def test_a_text_of_its_own_comes_before_the_table():
    assert written("json", table=never, text=never, json=lambda: "{}\n") == "{}\n"
    assert written("text", table=never, text=lambda: "seven\n", json=never) == "seven\n"


def test_every_other_format_draws_the_table():
    assert written("csv", table=lambda: TABLE, text=never, json=never).split() == ["a", "7"]


def test_a_renderer_may_give_a_table_of_its_own():
    assert written("csv", table=never, csv=lambda: TABLE).split() == ["a", "7"]
