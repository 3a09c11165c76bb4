"""How the results of the Python interface look: the table and the document that the command line shows of each."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from archcalc.analysis.fold import fold
from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.report.fields import receptive, uses
from archcalc.report.formats import html, text
from archcalc.report.formats.table import Table
from archcalc.report.network import (
    check_json,
    claims,
    compare,
    diff,
    explain,
    lint,
    lock,
    memory,
    notes,
    reconcile,
    summary,
    summary_json,
    sweep,
)
from archcalc.report.run import forward
from archcalc.report.values import backward as values_backward
from archcalc.report.values import collapse as values_collapse
from archcalc.report.values import matrix as values_matrix
from archcalc.report.values import pieces as values_pieces
from archcalc.report.values import steps as values_steps


@record
class View:
    """What draws one kind of result."""

    table: Callable[[Any], Table]
    """For people."""
    json: Callable[[Any], str]
    """The document of `--format json`."""
    rows: Callable[[Any], Table] | None = None
    """One row a thing, where the table folds or spreads them."""
    text: Callable[[Any], str | None] | None = None
    """What a pipe gets, where that is another text than the table."""


VIEWS = {
    "Summary": View(
        lambda found: summary.summary_table(found, fold(found)),
        summary_json.summary_json,
        lambda found: summary.summary_table(found, fold(found, 1000), ("name", "kind", "output", "params", "macs")),
    ),
    "Memory": View(
        lambda found: memory.memory_table(found, fold(found.summary)), memory.memory_json, memory.memory_rows
    ),
    "Comparison": View(compare.comparison_table, compare.comparison_json, compare.comparison_rows),
    "Difference": View(
        diff.diff_table, diff.diff_json, diff.diff_rows, lambda found: diff.same_text(found) if found.same else None
    ),
    "FieldSummary": View(receptive.field_table, receptive.field_json),
    "LayerField": View(receptive.one_table, receptive.one_json),
    "PixelUses": View(uses.uses_table, uses.uses_json, text=uses.uses_text),
    "Explanation": View(explain.explanation_table, explain.explanation_json, text=explain.explanation_text),
    "LintResult": View(
        lambda found: lint.lint_table(found.spec, found.advice),
        lambda found: lint.lint_json([(found.spec, found.advice)]),
        text=lambda found: lint.lint_text([(found.spec, found.advice)]),
    ),
    "Notes": View(notes.notes_table, notes.notes_json, text=notes.notes_text),
    "CheckResult": View(
        lambda found: claims.claims_table(found.spec, found.claims),
        lambda found: check_json.claims_json([(found.spec, found.file, found.claims)], (), _moved(found)),
        text=lambda found: claims.claims_text([(found.spec, found.file, found.claims)], False, _moved(found)),
    ),
    "Reconciliation": View(
        reconcile.reconciliation_table, reconcile.reconciliation_json, text=reconcile.reconciliation_text
    ),
    "Lock": View(lock.lock_table, lock.lock_json, text=lock.lock_json),
    "Sweep": View(sweep.sweep_table, sweep.sweep_json),
    "LayerValues": View(values_steps.table, values_steps.json, text=values_steps.text),
    "LayerGradients": View(values_backward.table, values_backward.json, text=values_backward.text),
    "Collapsed": View(values_collapse.table, values_collapse.json, text=values_collapse.text),
    "Pieces": View(values_pieces.table, values_pieces.json, text=values_pieces.text),
    "Matrix": View(values_matrix.table, values_matrix.json, text=values_matrix.text),
    "ForwardPass": View(
        lambda found: forward.tables(found.table, forward.TablesWanted())[0],
        lambda found: forward.run_json(found.table),
    ),
}
"""By the name of the result's class: some are in folders that import NumPy."""


@record
class Presented:
    """A result with what draws it."""

    result: Any

    @property
    def _view(self) -> View:
        return VIEWS[type(self.result).__name__]

    def text(self) -> str:
        """As a pipe gets it."""
        said = self._view.text(self.result) if self._view.text else None
        return said or text.plain(self._view.table(self.result))

    def html(self) -> str:
        """A fragment for a notebook."""
        return html.fragment(self._view.table(self.result))

    def json(self) -> str:
        """The document of `--format json`."""
        return self._view.json(self.result)

    def columns(self) -> dict[str, list[Any]]:
        """The cells by column: numbers stay numbers, shapes become text."""
        table = (self._view.rows or self._view.table)(self.result)
        return {column.key: [_plain(row[i]) for row in table.rows] for i, column in enumerate(table.columns)}


def _moved(found: Any) -> Any:
    return found.moved.difference if found.moved else None


def _plain(cell: Any) -> Any:
    if isinstance(cell, Fraction):
        return int(cell) if cell.denominator == 1 else float(cell)
    return str(cell) if isinstance(cell, Shape) or not isinstance(cell, int | float | str | bool | None) else cell
