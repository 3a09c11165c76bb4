"""Markdown: the expected text follows GitHub's rules for tables and backslash escapes."""

from __future__ import annotations

import pytest

from archcalc.report.markdown import escape, render
from archcalc.report.table import Column, Table

EXPECTED = r"""**net_1 &amp; co**

| Layer (type)             | Output Shape | Param # |
| ------------------------ | ------------ | ------: |
| a\|b \`c\` &lt;i&gt;     | 3x11x13      |   1,234 |
| =SUM(A1)                 |              |  61,706 |
| 50% \_x\_ \~{y}^2 \[\*\] | 17           |      -5 |

- **Total params**: 62,935
- **Of which**: 0.06 (M)

> note: 224 − 11 is no multiple; use \`--input\`

*archcalc · net_1 · 1 &lt; 2*
"""


def test_the_whole_table(table):
    assert render(table) == EXPECTED


def test_a_table_alone():
    assert render(Table("", (Column("A", "a"),), (("b",),))) == "| A   |\n| --- |\n| b   |\n"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("avg_pool", "avg_pool"),  # GitHub reads no emphasis inside a word
        ("_init_", r"\_init\_"),
        ("# heading", r"\# heading"),
        ("- item", r"\- item"),
        ("-5", "-5"),
        ("1. item", r"1\. item"),
        ("2) item", r"2\) item"),
        ("3.5", "3.5"),
        ("back\\slash", r"back\\slash"),
        ("two\nlines", "two lines"),
        ("a & b", "a &amp; b"),
    ],
)
def test_what_markdown_would_read_as_markup_is_escaped(text, escaped):
    assert escape(text) == escaped
