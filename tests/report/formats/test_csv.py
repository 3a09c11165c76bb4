"""CSV: every line is a row, every number is plain, no cell is a formula."""

from __future__ import annotations

import csv
from fractions import Fraction
from io import StringIO

import pytest

from archcalc.report.formats.csv import render
from archcalc.report.formats.table import Column, Sides, Span, Table, cell_text, plain_value

EXPECTED = """\
layer,output,params
a|b `c` <i>,3x11x13,1234
'=SUM(A1),,61706
50% _x_ ~{y}^2 [*],17,-5
"""


def test_the_whole_table(table):
    assert render(table) == EXPECTED


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_a_text_that_a_spreadsheet_would_run_is_marked_as_text(text):
    written = render(Table("", (Column("A", "a"), Column("B", "b")), ((text, -1),)))
    assert list(csv.reader(StringIO(written, newline="")))[1] == [f"'{text}".replace("\t", " "), "-1"]


def test_quotes_and_commas_read_back():
    written = render(Table("", (Column("A", "a"),), (('say "3, 5"',),)))
    assert written == 'a\n"say ""3, 5"""\n'


def test_a_row_is_a_line():
    assert render(Table("", (Column("A", "a"),), (("two\nlines\r",),))) == "a\ntwo lines \n"


@pytest.mark.parametrize(
    ("cell", "text", "field", "value"),
    [
        (None, "-", "", None),
        (-2, "-2", "-2", -2),
        (1234, "1,234", "1234", 1234),
        (0.75, "0.75", "0.75", 0.75),
        (Fraction(9, 2), "4.5", "4.5", 4.5),
        (Fraction(-1, 3), "-1/3", "-0.3333333333333333", -1 / 3),
        (Fraction(4), "4", "4", 4),
        (True, "yes", "yes", True),
        ("-2", "-2", "'-2", "-2"),  # a text is not a number, whatever it looks like
        (Sides((-2, -2)), "-2", "-2", -2),
        (Sides((1027, 7)), "1027x7", "1027x7", [1027, 7]),
        (Sides((-2, Fraction(1, 2))), "-2x0.5", "-2x0.5", [-2, 0.5]),
        (Sides((None, None)), "-", "", None),
        (Sides((Span(3, 5), Span(3, 5))), "3..5", "3..5", [3, 5]),
        (Sides((Span(3, 3), Span(4, 6))), "3 x 4..6", "3 x 4..6", [3, [4, 6]]),
        (Span(7, 7), "7", "7", 7),
    ],
)
def test_a_cell_is_a_value_that_each_format_writes(cell, text, field, value):
    column = Column("A", "a", missing="-")
    assert cell_text(cell, column) == text
    assert render(Table("", (column, Column("B", "b")), ((cell, 0),))) == f"a,b\n{field},0\n"
    assert plain_value(cell) == value


def test_decimals_and_units_are_for_people():
    column = Column("A", "a", decimals=1, unit=" %", missing="-")
    assert [cell_text(cell, column) for cell in (41.25, Sides((41.25, 7.0)), None)] == ["41.2 %", "41.2x7.0 %", "-"]
    assert render(Table("", (column, Column("B", "b")), ((41.25, 0),))) == "a,b\n41.25,0\n"
