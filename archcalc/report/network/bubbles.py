"""Networks side by side as bubbles, as in Canziani et al. 2017: accuracy against MACs, the area the params.

A network without a published accuracy stands in a strip below; where none has one, params stand against MACs.
"""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis.compare import ComparedNetwork, Comparison
from archcalc.errors import UsageError
from archcalc.report.drawing.chart import ColourEntry, tick_text
from archcalc.report.drawing.palette import Theme, marks
from archcalc.report.drawing.points import ChartAxis, ChartPoint, PointChart
from archcalc.report.network.published import weights_named

IN_STRIP = 16
"""More networks than this without an accuracy, beside some that have one, are left out."""

_KNOWN, _UNKNOWN = "known", "unknown"


def bubble_chart(comparison: Comparison, theme: Theme) -> tuple[PointChart, tuple[str, ...]]:
    """The chart, and the names of the networks that are left out of it. Raises UsageError for nothing to draw."""
    counted = _once([side for side in comparison.sides if side.macs and side.params])
    if not counted:
        raise UsageError("no network of these has both params and MACs, so there is nothing to draw")
    known = [side for side in counted if side.accuracy is not None]
    unknown = [side for side in counted if side.accuracy is None]
    shown = counted if not known or len(unknown) <= IN_STRIP else known
    names = {side.name for side in comparison.sides if not (side.macs and side.params)}
    names |= {side.name for side in counted if side not in shown}
    left_out = tuple(side.name for side in comparison.sides if side.name in names)
    return (_accuracies(shown, comparison.weights, theme) if known else _costs(shown, theme)), left_out


def _once(sides: Sequence[ComparedNetwork]) -> list[ComparedNetwork]:
    """Twins, which would cover each other, once: the first of them."""
    return [*{(side.accuracy, side.macs, side.params): side for side in reversed(sides)}.values()][::-1]


def _accuracies(sides: Sequence[ComparedNetwork], weights: str, theme: Theme) -> PointChart:
    known = [side for side in sides if side.accuracy is not None]
    return PointChart(
        "Accuracy against MACs",
        f"{len(sides)} networks; the area of a bubble is the number of params",
        _MACS,
        ChartAxis("ImageNet top-1 accuracy (%), published", tick_text, log=False),
        tuple(_point(side, side.accuracy.top1 if side.accuracy else None) for side in sides),
        _colours(theme),
        _PARAMS,
        strip="without a published accuracy",
        note=weights_named(known, weights),
    )


def _costs(sides: Sequence[ComparedNetwork], theme: Theme) -> PointChart:
    return PointChart(
        "Params against MACs",
        f"{len(sides)} networks; the area of a bubble is the number of params",
        _MACS,
        ChartAxis("params", tick_text, log=True),
        tuple(_point(side, side.params) for side in sides),
        _colours(theme),
        _PARAMS,
    )


_MACS = ChartAxis("MACs, batch 1", tick_text, log=True)
_PARAMS = ChartAxis("params", tick_text)


def _point(side: ComparedNetwork, y: float | None) -> ChartPoint:
    accuracy = f" · top-1 {side.accuracy.top1:g} %" if side.accuracy else ""
    says = f"{side.name}: {side.params:,} params · {side.macs:,} MACs{accuracy}"
    return ChartPoint(side.name, side.macs, y, side.params, _KNOWN if side.accuracy else _UNKNOWN, says)


def _colours(theme: Theme) -> dict[str, ColourEntry]:
    first, *_, last = marks(theme)
    return {
        _KNOWN: ColourEntry("with a published accuracy", first, True),
        _UNKNOWN: ColourEntry("without one", last, True),
    }
