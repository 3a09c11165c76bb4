"""A table as LaTeX; needs the package booktabs and nothing else."""

from __future__ import annotations

import re

from archcalc.report.formats.table import Table, row_texts

_SIGNS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': "''", "[": "{[}", "]": "{]}", "*": "{*}",
    "×": r"$\times$", "·": r"$\cdot$", "−": "$-$", "≈": r"$\approx$", "→": r"$\to$", "≥": r"$\geq$", "≤": r"$\leq$",
    "⌊": r"$\lfloor$", "⌋": r"$\rfloor$", "⌈": r"$\lceil$", "⌉": r"$\rceil$", "σ": r"$\sigma$", "…": r"\ldots{}",
    "–": "--", "—": "---",
}  # fmt: skip
"""What LaTeX would read as a command, and signs that its fonts lack in text. [ and * would belong to a `\\\\`."""


def render(table: Table) -> str:
    """A `table` with caption, footer and notes; its source stands in a comment as well."""
    lines = [
        *([f"% {_one_line(table.provenance)}"] if table.provenance else []),
        r"\begin{table}",
        r"  \centering",
        *([rf"  \caption{{{escape(table.title)}}}"] if table.title else []),
        *(f"  {line}" for line in _tabular(table)),
        *(f"  {line}" for line in _below(table)),
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """A text as LaTeX prints it; `--` stays two hyphens, 61,706 has no gap after its comma."""
    apart = re.sub("-(?=-)", "-\0", _one_line(text))  # two hyphens would become a dash
    escaped = "".join(_SIGNS.get(sign, sign) for sign in apart)
    return re.sub(r"(?<=\d),(?=\d{3})", "{,}", escaped.replace("\0", "{}"))


def _tabular(table: Table) -> list[str]:
    width = len(table.columns)
    alignment = "".join("r" if column.numeric else "l" for column in table.columns)
    footer = [rf"\multicolumn{{{width}}}{{l}}{{{escape(label)}: {escape(value)}}} \\" for label, value in table.footer]
    rows = [
        r"\toprule",
        _row([column.title for column in table.columns]),
        r"\midrule",
        *map(_row, row_texts(table)),
        *([r"\midrule", *footer] if footer else []),
        r"\bottomrule",
    ]
    return [rf"\begin{{tabular}}{{{alignment}}}", *(f"  {row}" for row in rows), r"\end{tabular}"]


def _row(cells: list[str]) -> str:
    return " & ".join(map(escape, cells)) + r" \\"


def _below(table: Table) -> list[str]:
    notes = [f"note: {note}" for note in table.notes]
    sentences = [*notes, *([table.provenance] if table.provenance else [])]
    return [rf"\par\smallskip{{\footnotesize {escape(sentence)}\par}}" for sentence in sentences]


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
