"""Markdown: the expected text follows GitHub's rules for tables and backslash escapes."""

from __future__ import annotations

from archcalc.report.formats.markdown import render
from archcalc.report.formats.table import Column, Table

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
