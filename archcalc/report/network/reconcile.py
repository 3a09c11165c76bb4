"""Where a number comes from, in sentences and as JSON."""

from __future__ import annotations

from typing import Any

from archcalc.analysis.origins.quoted import Part, QuotableFigure
from archcalc.analysis.origins.reconcile import Finding, Reconciliation
from archcalc.analysis.origins.slips import NO_SLIP
from archcalc.report.formats.escape import printable
from archcalc.report.formats.json import document
from archcalc.report.formats.table import Cell, Column, Table
from archcalc.version import __version__


def reconciliation_text(found: Reconciliation) -> str:
    """A paragraph a finding: what it is, and the terms it is the sum of."""
    lines = [f"{found.spec}: {printable(found.claim)}"]
    for finding in found.findings:
        lines.append(f"  {_headline(finding)}")
        lines += [f"    {line}" for line in _explained(finding, found.exact)]
    if not found.findings:
        lines.append(f"  {NOTHING}")
        lines += [
            f"    {figure.name}: {figure.value:,} ({_gap(found.value - figure.value)})" for figure in found.nearest
        ]
    return "\n".join(lines) + "\n"


def reconciliation_table(found: Reconciliation) -> Table:
    """A row a finding; where there is none, the nearest figures."""
    columns = (
        Column("Figure", "figure"), Column("Value", "value", True), Column("Where", "change"),
        Column("How", "slip", wraps=24), Column("Source", "source", wraps=24), Column("Sum", "sum", wraps=30),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (
            ", ".join((one.figure.name, *one.also)), one.figure.value, one.change, one.slip.says, one.source,
            sum_in_words(one.figure.parts) if _has_sum(one.figure) else "",
        )
        for one in found.findings
    ]  # fmt: skip
    nearest: list[tuple[Cell, ...]] = [
        (figure.name, figure.value, "", _gap(found.value - figure.value), "", "") for figure in found.nearest
    ]
    return Table(
        title=f"{found.spec}: {found.claim}",
        columns=columns,
        rows=tuple(rows or nearest),
        notes=() if rows else (NOTHING,),
        provenance=f"archcalc {__version__} · {found.spec} · {found.claim}",
    )


NOTHING = "no figure, convention, variant, input size or slip gives this number; the nearest are"


def reconciliation_json(found: Reconciliation) -> str:
    """`archcalc/reconcile/1`."""
    return document(
        "archcalc/reconcile/1",
        {
            "spec": found.spec,
            "claim": found.claim,
            "value": found.value,
            "findings": [
                {
                    "figure": finding.figure.name,
                    "value": finding.figure.value,
                    "also": list(finding.also),
                    "change": finding.change,
                    "slip": finding.slip.says,
                    "source": finding.source,
                    "terms": [_part(part) for part in finding.figure.parts],
                }
                for finding in found.findings
            ],
            "nearest": [{"figure": figure.name, "value": figure.value} for figure in found.nearest],
        },
    )


def sum_in_words(parts: tuple[Part, ...]) -> str:
    """`416,520 MACs + 6,518 bias additions + 2 x 6,304 pooled inputs`."""
    words = ""
    for part in parts:
        sign = "-" if part.total < 0 else "+"
        times = f"{abs(part.times)} x " if abs(part.times) != 1 else ""
        words += f" {sign} {times}{abs(part.amount):,} {part.what}"
    return words.removeprefix(" + ").strip()


def _headline(finding: Finding) -> str:
    where = f" {finding.change}" if finding.change else ""
    also = f" (also {', '.join(finding.also)})" if finding.also else ""
    said = f"as its source has it ({printable(finding.source)}): " if finding.source else ""
    slip = f"{finding.slip.says}: " if finding.slip.says else ""
    return f"{said}{slip}{finding.figure.name}{where}{also}"


def _explained(finding: Finding, exact: bool) -> list[str]:
    """The figure, where the claim does not have all its digits, and its terms."""
    figure = finding.figure
    if not _has_sum(figure):
        return [] if exact and finding.slip == NO_SLIP and not finding.source else [f"= {figure.value:,}"]
    return [f"= {figure.value:,} = {sum_in_words(figure.parts)}"]


def _has_sum(figure: QuotableFigure) -> bool:
    return len(figure.parts) > 1 or any(part.times != 1 for part in figure.parts)


def _gap(difference: int) -> str:
    return f"the number is {abs(difference):,} {'more' if difference > 0 else 'less'}"


def _part(part: Part) -> dict[str, Any]:
    return {"times": part.times, "amount": part.amount, "what": part.what}
