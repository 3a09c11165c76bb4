"""LaTeX: no TeX here, so structure is tested: escapes by table, braces and environments balanced."""

from __future__ import annotations

import re

import pytest

from archcalc.report.formats.latex import escape, render

EXPECTED = r"""% archcalc · net_1 · 1 < 2
\begin{table}
  \centering
  \caption{net\_1 \& co}
  \begin{tabular}{llr}
    \toprule
    Layer (type) & Output Shape & Param \# \\
    \midrule
    a\textbar{}b `c` \textless{}i\textgreater{} & 3x11x13 & 1{,}234 \\
    =SUM(A1) &  & 61{,}706 \\
    50\% \_x\_ \textasciitilde{}\{y\}\textasciicircum{}2 {[}{*}{]} & 17 & -5 \\
    \midrule
    \multicolumn{3}{l}{Total params: 62{,}935} \\
    \multicolumn{3}{l}{Of which: 0.06 (M)} \\
    \bottomrule
  \end{tabular}
  \par\smallskip{\footnotesize note: 224 $-$ 11 is no multiple; use `-{}-input`\par}
  \par\smallskip{\footnotesize archcalc $\cdot$ net\_1 $\cdot$ 1 \textless{} 2\par}
\end{table}
"""


def test_the_whole_table(table):
    assert render(table) == EXPECTED


def test_braces_and_environments_are_balanced(table):
    tex = render(table)
    bare = re.sub(r"\\[{}]|%.*", "", tex)
    depth = 0
    for brace in re.findall("[{}]", bare):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    assert re.findall(r"\\begin{(\w+)}", tex) == ["table", "tabular"]
    assert re.findall(r"\\end{(\w+)}", tex) == ["tabular", "table"]


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("100%", r"100\%"),
        ("a_b & c#1 $x", r"a\_b \& c\#1 \$x"),
        ("\\x{y}", r"\textbackslash{}x\{y\}"),
        ("⌊(227 − 11 + 2·0)/4⌋ + 1", r"$\lfloor$(227 $-$ 11 + 2$\cdot$0)/4$\rfloor$ + 1"),
        ("1,234,567", "1{,}234{,}567"),
        ("3, 5", "3, 5"),
        ("two\nlines", "two lines"),
        ('"quoted"', "''quoted''"),
        ("---", "-{}-{}-"),
        ("a–b", "a--b"),
    ],
)
def test_what_latex_would_read_as_a_command_is_escaped(text, escaped):
    assert escape(text) == escaped


def test_every_row_has_a_cell_for_each_column(table):
    rows = [line for line in render(table).splitlines() if line.endswith(r"\\") and "multicolumn" not in line]
    assert [len(re.findall(r"(?<!\\)&", row)) for row in rows] == [2, 2, 2, 2]
