"""Comparisons: few networks as columns, many as rows; for scripts always one row or object a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from archcalc.analysis.compare import COMPARED, ComparedNetwork, Comparison
from archcalc.core import Shape
from archcalc.report.formats.json import document
from archcalc.report.formats.table import Cell, Column, Table
from archcalc.report.network.published import OF_WEIGHTS, challenge_entry, published_notes
from archcalc.report.network.ratio import factor, times
from archcalc.version import __version__

LABELS, COLUMN = 28, 21
"""Width of the labels, and of the numbers of one network; where that is too much they stand one below the other."""

MOST_RATIOS = 8
"""Ratios of more networks than this are not said in words."""


def _field(side: ComparedNetwork) -> Cell:
    if not side.field:
        return None
    return side.field[0] if len(set(side.field)) == 1 else Shape(side.field)


def _quantity(name: str) -> Callable[[ComparedNetwork], Cell]:
    return lambda side: side.figures[name]


_ROWS: tuple[tuple[str, str, Callable[[ComparedNetwork], Cell]], ...] = (
    ("Input", "input", lambda side: " ".join(map(str, side.inputs))),
    *((row.compared, row.name, _quantity(row.name)) for row in COMPARED),
    ("Receptive field of last map", "field", _field),
    ("Last map", "field_layer", lambda side: side.field_layer),
    ("Top-1 (%)", "top1", lambda side: None if side.accuracy is None else side.accuracy.top1),
    ("Top-5 (%)", "top5", lambda side: None if side.accuracy is None else side.accuracy.top5),
    ("Top-1 per M params", "top1_per_million", lambda side: side.top1_per_million),
    ("ILSVRC top-5 error (%)", "top5_error", lambda side: side.challenge.top5_error if side.challenge else None),
    ("ILSVRC entry", "challenge", lambda side: side.challenge.words if side.challenge else None),
    ("Params in conv / fc / other", "params_share", lambda side: _shares(side, "params")),
    ("MACs in conv / fc / other", "macs_share", lambda side: _shares(side, "macs")),
)
"""Heading, key and value of every figure."""

_MEMORY = Column("Memory (MB)", "inference_mb", True, drop=6, decimals=1)
_LINE: dict[str, Column] = {
    "params": Column("Params", "params", True),
    "macs": Column("MACs", "macs", True),
    "inference_bytes": _MEMORY,
    "depth": Column("Depth", "depth", True, drop=5),
    "field": Column("Field", "field", True, drop=4),
    "top1": Column("Top-1", "top1", True),
    "top5": Column("Top-5", "top5", True, drop=2),
    "top1_per_million": Column("Top-1/M", "top1_per_million", True, drop=7, decimals=2),
    "top5_error": Column("ILSVRC", "top5_error", True, drop=3),
}
"""What stands in one line for each of many networks, and which of it gives way where a terminal is narrow."""


def comparison_table(comparison: Comparison, width: int = 120) -> Table:
    """As many networks as fit side by side with ratios in words below; more one below the other."""
    wide = LABELS + COLUMN * len(comparison.sides) <= width
    columns, rows = _side_by_side(comparison) if wide else _one_below_the_other(comparison)
    return Table(
        title="Comparison",
        columns=columns,
        rows=rows,
        footer=_ratios(comparison) if len(comparison.sides) <= MOST_RATIOS else (),
        notes=(*(() if wide else (_MEMORY_SAYS,)), *_stated(comparison), *published_notes(comparison)),
        provenance=f"archcalc {__version__} · {_CONVENTIONS}",
    )


def _stated(comparison: Comparison) -> Iterator[str]:
    """What of a network's figures nothing computes."""
    return (f"{side.name}: {note}" for side in comparison.sides for note in side.notes)


_CONVENTIONS = "batch 1 · float32 · macs: conv, linear and products with weights, no bias"
_MEMORY_SAYS = "memory: weights, and activations at the peak of a forward pass"


def comparison_rows(comparison: Comparison) -> Table:
    """A row a network with every figure, plain."""
    keys = [row for row in _ROWS if not row[1].endswith("_share")]
    shares = [
        (f"{quantity}_{sort}", quantity, index) for quantity in ("params", "macs") for index, sort in _sorts(comparison)
    ]
    return Table(
        title="Comparison",
        columns=(
            Column("Network", "name"),
            *(Column(title, key, key not in ("input", "field_layer", "challenge")) for title, key, _ in keys),
            *(Column(key, key, True) for key, _, _ in shares),
            *(Column(title, key) for title, key, _ in OF_WEIGHTS),
            Column("ILSVRC from", "challenge_source"),
        ),
        rows=tuple(
            (
                side.name,
                *(value(side) for _, _, value in keys),
                *(int(getattr(side.shares[index], quantity)) for _, quantity, index in shares),
                *(value(side.accuracy) if side.accuracy else None for _, _, value in OF_WEIGHTS),
                side.challenge.source if side.challenge else None,
            )
            for side in comparison.sides
        ),
    )  # fmt: skip


def stages_table(comparison: Comparison) -> Table:
    """Where each network spends its params and MACs: a row for every resolution."""
    sizes = dict.fromkeys(stage.size for side in comparison.sides for stage in side.stages)
    ordered = sorted(sizes, key=lambda size: (not size, -size.elements))
    columns = [Column("Map", "size")]
    for side in comparison.sides:
        columns += [
            Column(f"{side.name} layers", f"{side.name} layers", True),
            Column("Params", f"{side.name} params", True),
            Column("MACs", f"{side.name} macs", True),
        ]
    rows = []
    for size in ordered:
        cells: list[Cell] = [size or "none"]
        for side in comparison.sides:
            stage = next((stage for stage in side.stages if stage.size == size), None)
            cells += [stage.layers, stage.params, stage.macs] if stage else [None, None, None]
        rows.append(tuple(cells))
    return Table(
        title="Stages by the size of the map",
        columns=tuple(columns),
        rows=tuple(rows),
        provenance=f"archcalc {__version__} · batch 1 · macs",
    )


def comparison_json(comparison: Comparison) -> str:
    """`archcalc/compare/1`."""
    return document(
        "archcalc/compare/1",
        {
            "base": comparison.base.name,
            "weights": comparison.weights,
            "networks": [_entry(comparison, side) for side in comparison.sides],
        },
    )


def _side_by_side(comparison: Comparison) -> tuple[tuple[Column, ...], tuple[tuple[Cell, ...], ...]]:
    columns = (Column("", "figure"), *(Column(side.name, side.name, True) for side in comparison.sides))
    rows = [(title, *(_rounded(value(side)) for side in comparison.sides)) for title, _, value in _ROWS]
    return columns, tuple(row for row in rows if any(cell is not None for cell in row[1:]))


def _one_below_the_other(comparison: Comparison) -> tuple[tuple[Column, ...], tuple[tuple[Cell, ...], ...]]:
    values = {key: value for _, key, value in _ROWS}
    columns = (Column("Network", "name"), *_LINE.values(), Column("Params ratio", "params_ratio", True, drop=1))
    rows = [
        (side.name, *(_in_line(key, values[key](side)) for key in _LINE), _factor(comparison, side))
        for side in comparison.sides
    ]
    filled = [index for index in range(len(columns)) if any(row[index] is not None for row in rows)]
    return tuple(columns[i] for i in filled), tuple(tuple(row[i] for i in filled) for row in rows)


def _in_line(key: str, value: Cell) -> Cell:
    return value / 1e6 if key == "inference_bytes" and isinstance(value, int) else value


def _rounded(value: Cell) -> Cell:
    """To three digits where it is a quotient; published percents have no more than three decimals."""
    return round(value, 3) if isinstance(value, float) else value


def _factor(comparison: Comparison, side: ComparedNetwork) -> str | None:
    ratio = comparison.ratio(side, "params")
    return None if ratio is None else factor(ratio)


def _ratios(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    """`googlenet vs vgg16: 19.8x fewer params, 9.77x fewer MACs, ...`."""
    words = (
        ("params", "params"), ("macs", "MACs"), ("neurons", "neurons"),
        ("peak_activation_bytes", "bytes of activations at the peak"),
    )  # fmt: skip
    lines = []
    for side in comparison.sides:
        if side is comparison.base:
            continue
        ratios = [(comparison.ratio(side, quantity), word) for quantity, word in words]
        said = ", ".join(f"{times(ratio)} {word}" for ratio, word in ratios if ratio)
        lines.append((f"{side.name} vs {comparison.base.name}", said))
    return tuple(lines)


def _shares(side: ComparedNetwork, quantity: str) -> str | None:
    total = side.figures[quantity]
    if not total:
        return None
    return " / ".join(_percent(getattr(share, quantity) / total) for share in side.shares)


def _percent(part: float) -> str:
    """Whole percents; a small rest is not rounded away."""
    return "<1 %" if 0 < part < 0.005 else f"{part * 100:.0f} %"


def _sorts(comparison: Comparison) -> list[tuple[int, str]]:
    return [*enumerate(share.sort for share in comparison.base.shares)]


def _entry(comparison: Comparison, side: ComparedNetwork) -> dict[str, Any]:
    ratios = {key: comparison.ratio(side, key) for key in ("params", "macs", "neurons", "peak_activation_bytes")}
    return {
        "name": side.name,
        "input": side.inputs[0] if len(side.inputs) == 1 else side.inputs,
        **side.figures,
        "receptive_field": list(side.field) or None,
        "last_map": side.field_layer,
        "top1": side.accuracy.top1 if side.accuracy else None,
        "top5": side.accuracy.top5 if side.accuracy else None,
        "accuracy_of": side.accuracy.weights if side.accuracy else None,
        "accuracy": {key: value(side.accuracy) for _, key, value in OF_WEIGHTS} if side.accuracy else None,
        "top1_per_million_params": side.top1_per_million,
        "ilsvrc": challenge_entry(side.challenge) if side.challenge else None,
        "ratios": {key: None if ratio is None else float(ratio) for key, ratio in ratios.items()},
        "shares": {s.sort: {"layers": s.layers, "params": s.params, "macs": s.macs} for s in side.shares},
        "stages": [
            {"size": stage.size, "layers": stage.layers, "params": stage.params, "macs": stage.macs}
            for stage in side.stages
        ],
        "notes": side.notes,
    }
