"""Where a number comes from, in sentences and as JSON."""

from __future__ import annotations

from typing import Any

from archcalc.analysis.quoted import Figure, Part
from archcalc.analysis.reconcile import Finding, Reconciliation
from archcalc.report.formats.escape import printable
from archcalc.report.formats.json import document


def reconciliation_text(found: Reconciliation) -> str:
    """A paragraph a finding: what it is, and the terms it is the sum of."""
    lines = [f"{found.spec}: {printable(found.claim)}"]
    for finding in found.findings:
        lines.append(f"  {_headline(finding)}")
        lines += [f"    {line}" for line in _explained(finding)]
    if not found.findings:
        lines.append("  no figure, convention, variant, input size or slip gives this number; the nearest are")
        lines += [
            f"    {figure.name}: {figure.value:,} ({_gap(found.value - figure.value)})" for figure in found.nearest
        ]
    return "\n".join(lines) + "\n"


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
                    "slip": finding.slip,
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
    slip = f"{finding.slip}: " if finding.slip else ""
    return f"{slip}{finding.figure.name}{where}{also}"


def _explained(finding: Finding) -> list[str]:
    figure = finding.figure
    if not _has_sum(figure):
        return [f"= {figure.value:,}"] if finding.slip else []
    return [f"= {figure.value:,} = {sum_in_words(figure.parts)}"]


def _has_sum(figure: Figure) -> bool:
    return len(figure.parts) > 1 or any(part.times != 1 for part in figure.parts)


def _gap(difference: int) -> str:
    return f"the number is {abs(difference):,} {'more' if difference > 0 else 'less'}"


def _part(part: Part) -> dict[str, Any]:
    return {"times": part.times, "amount": part.amount, "what": part.what}
