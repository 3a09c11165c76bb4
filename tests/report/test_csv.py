"""CSV: every line is a row, every number is plain, no cell is a formula."""

from __future__ import annotations

import csv
from io import StringIO

import pytest

from archcalc.report.csv import render
from archcalc.report.table import Column, Table

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
