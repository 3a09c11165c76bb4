"""Chains of filters: the layers, the one filter that they are, and its numbers."""

from __future__ import annotations

from archcalc.analysis.values.collapse import Collapsed, FilterChain
from archcalc.report.formats import text as texts
from archcalc.report.formats.json import document
from archcalc.report.formats.page import ANYWHERE, Page
from archcalc.report.formats.table import Column, Table
from archcalc.report.values.arrays import lines, nested
from archcalc.version import __version__


def text(found: Collapsed, page: Page = ANYWHERE) -> str:
    """A sentence a chain, its numbers where they are given, and the table."""
    parts = []
    for chain in found.chains:
        names = ", ".join(f"{link.name} ({link.call})" for link in chain.links)
        parts += [f"{names}: one filter {_sizes(chain.kernel)} at stride {_sizes(chain.stride)}", ""]
        parts += [*lines(chain.filter), ""] if chain.filter else []
    return "\n".join([*parts, texts.plain(table(found), page)])


def table(found: Collapsed) -> Table:
    """A row a chain."""
    columns = (
        Column("Layers", "layers", wraps=16), Column("Kernel", "kernel"), Column("Stride", "stride"),
        Column("Weights", "weights", True), Column("As one", "as_one", True), Column("Filter", "filter", wraps=16),
    )  # fmt: skip
    rows = tuple(
        (
            ", ".join(link.name for link in chain.links), _sizes(chain.kernel), _sizes(chain.stride), chain.weights,
            chain.shape.elements, "; ".join(line.strip() for line in lines(chain.filter)) if chain.filter else None,
        )
        for chain in found.chains
    )  # fmt: skip
    notes = []
    if any(chain.padded for chain in found.chains):
        notes.append("padding between the layers: at the border the one filter gives other values")
    if any(chain.biased for chain in found.chains):
        notes.append("the biases are one bias a filter, which is not counted here")
    return Table(found.spec, columns, rows, notes=tuple(notes), provenance=f"archcalc {__version__} · {found.spec}")


def json(found: Collapsed) -> str:
    """`archcalc/collapse/1`."""
    return document("archcalc/collapse/1", {"spec": found.spec, "chains": [_entry(chain) for chain in found.chains]})


def _entry(chain: FilterChain) -> dict[str, object]:
    return {
        "layers": [link.name for link in chain.links],
        "kernel": list(chain.kernel),
        "stride": list(chain.stride),
        "weights": chain.weights,
        "as_one": chain.shape.elements,
        "padded": chain.padded,
        "filter": chain.filter and nested(chain.filter),
    }


def _sizes(sizes: tuple[int, ...]) -> str:
    return "x".join(map(str, sizes))
