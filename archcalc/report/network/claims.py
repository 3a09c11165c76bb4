"""Claims for people: a line each, with the place of what does not hold."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis.changes.diff import Difference
from archcalc.analysis.claims import ClaimResult
from archcalc.report.formats.escape import one_line
from archcalc.report.formats.page import ANYWHERE, Page
from archcalc.report.formats.table import Column, Table, cell_text
from archcalc.report.formats.text import plain
from archcalc.report.network.diff import diff_table, told


def claims_text(
    checked: Sequence[tuple[str, str, Sequence[ClaimResult]]],
    quiet: bool = False,
    moved: Difference | None = None,
    page: Page = ANYWHERE,
) -> str:
    """`ok    alexnet  conv1.params  34,944`; with `quiet` only what fails; a count at the end.

    Args:
        moved: from the lock file to the spec, told as `diff` tells it.
    """
    lines = []
    for spec, _, results in checked:
        lines += [_line(spec, result) for result in results if not quiet or result.holds is False]
        if not results and not quiet:
            lines.append(f"-     {spec}  no claims")
    if moved is not None and told(moved, named=True):
        lines += ["", plain(diff_table(moved, named=True), page)]
    return "\n".join([*lines, claims_count(checked)]) + "\n"


def claims_count(checked: Sequence[tuple[str, str, Sequence[ClaimResult]]]) -> str:
    """`13 claims of 1 spec: 12 hold, 1 false`."""
    return _count(len(checked), [result for _, _, group in checked for result in group])


def claims_table(spec: str, results: Sequence[ClaimResult]) -> Table:
    """A row a claim."""
    return Table(
        title=f"{spec}: {_count(1, results)}",
        columns=(
            Column("Holds", "holds"), Column("Claim", "subject"), Column("Claimed", "claimed"),
            Column("Computed", "actual", True), Column("Source", "source", wraps=16), Column("Line", "line", True),
        ),
        rows=tuple(
            (_WORDS[result.holds], result.subject, result.claimed, computed(result), result.source, result.place.line)
            for result in results
        ),
    )  # fmt: skip


_WORDS = {True: "ok", False: "FALSE", None: "skip"}


def computed(result: ClaimResult) -> str:
    """What is computed for a claim, or why there is no such figure."""
    return one_line(result.reason) if result.actual is None else cell_text(result.actual)


def _line(spec: str, result: ClaimResult) -> str:
    claimed = one_line(result.claimed)
    source = f"  [{one_line(result.source)}]" if result.source else ""
    if result.holds is None:
        return f"skip  {spec}  {result.subject}  {claimed}  {result.reason}"
    if result.holds:
        return f"ok    {spec}  {result.subject}  {claimed}{source}"
    found = computed(result) if result.actual is None else f"computed {computed(result)}"
    return f"FALSE {spec}  {result.subject}  claimed {claimed}, {found}  ({result.place})"


def _count(specs: int, results: Sequence[ClaimResult]) -> str:
    held = sum(result.holds is True for result in results)
    false = sum(result.holds is False for result in results)
    skipped = sum(result.holds is None for result in results)
    parts = [f"{held} hold", f"{false} false"] + ([f"{skipped} skipped"] if skipped else [])
    return f"{len(results)} claims of {specs} {'spec' if specs == 1 else 'specs'}: {', '.join(parts)}"
