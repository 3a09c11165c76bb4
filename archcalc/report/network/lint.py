"""Advice: a line each for people, JSON for scripts, annotations for GitHub."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archcalc.analysis.lint import RULES, Advice, explained
from archcalc.report.formats.annotations import annotation
from archcalc.report.formats.escape import one_line
from archcalc.report.formats.json import document
from archcalc.report.formats.table import Column, Table

Linted = Sequence[tuple[str, Sequence[Advice]]]
"""A spec and the advice on it."""


def lint_text(linted: Linted) -> str:
    """`net.yaml:3:5: conv1: its 64 biases do nothing: ... [bias-before-norm]`, and a count at the end."""
    lines = [
        f"{advice.place}: {advice.layer}: {one_line(advice.says)} [{advice.rule}]"
        for _, found in linted
        for advice in found
    ]
    specs = f"{len(linted)} {'spec' if len(linted) == 1 else 'specs'}"
    return "\n".join([*lines, f"{len(lines)} {'piece' if len(lines) == 1 else 'pieces'} of advice on {specs}"]) + "\n"


def lint_table(spec: str, found: Sequence[Advice]) -> Table:
    """A row a piece of advice."""
    return Table(
        title=f"{spec}: advice",
        columns=(
            Column("Layer", "layer"), Column("Advice", "says", wraps=24), Column("Rule", "rule"),
            Column("Line", "line", True),
        ),
        rows=tuple((advice.layer, advice.says, advice.rule, advice.place.line) for advice in found),
    )  # fmt: skip


def lint_json(linted: Linted) -> str:
    """`archcalc/lint/1`."""
    return document(
        "archcalc/lint/1",
        {
            "specs": [
                {
                    "spec": spec,
                    "advice": [
                        {
                            "rule": advice.rule,
                            "layer": advice.layer,
                            "says": advice.says,
                            "file": advice.place.file,
                            "line": advice.place.line,
                            "column": advice.place.column,
                        }
                        for advice in found
                    ],
                }
                for spec, found in linted
            ]
        },
    )


def lint_annotations(linted: Linted) -> str:
    """One warning each."""
    return "".join(
        annotation("warning", advice.rule, f"{advice.layer}: {advice.says}", advice.place)
        for _, found in linted
        for advice in found
    )


def rules_text(names: Iterable[str] = RULES) -> str:
    """Every rule with what it looks for."""
    width = max(map(len, RULES))
    return "".join(f"{name:<{width}}  {explained(RULES[name])}\n" for name in names)
