"""Claims for people: a line each, with the place of what does not hold."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis.claims import ClaimResult
from archcalc.report.escape import one_line
from archcalc.report.table import cell_text


def claims_text(checked: Sequence[tuple[str, str, Sequence[ClaimResult]]], quiet: bool = False) -> str:
    """`ok    alexnet  conv1.params  34,944`; with `quiet` only what fails; a count at the end."""
    lines = []
    for spec, _, results in checked:
        lines += [_line(spec, result) for result in results if not quiet or result.holds is False]
        if not results and not quiet:
            lines.append(f"-     {spec}  no claims")
    results = [result for _, _, group in checked for result in group]
    return "\n".join([*lines, _count(len(checked), results)]) + "\n"


def _line(spec: str, result: ClaimResult) -> str:
    claimed = one_line(result.claimed)
    source = f"  [{one_line(result.source)}]" if result.source else ""
    if result.holds is None:
        return f"skip  {spec}  {result.subject}  {claimed}  {result.reason}"
    if result.holds:
        return f"ok    {spec}  {result.subject}  {claimed}{source}"
    computed = one_line(result.reason) if result.actual is None else f"computed {cell_text(result.actual)}"
    return f"FALSE {spec}  {result.subject}  claimed {claimed}, {computed}  ({result.place})"


def _count(specs: int, results: Sequence[ClaimResult]) -> str:
    held = sum(result.holds is True for result in results)
    false = sum(result.holds is False for result in results)
    skipped = sum(result.holds is None for result in results)
    parts = [f"{held} hold", f"{false} false"] + ([f"{skipped} skipped"] if skipped else [])
    return f"{len(results)} claims of {specs} {'spec' if specs == 1 else 'specs'}: {', '.join(parts)}"
