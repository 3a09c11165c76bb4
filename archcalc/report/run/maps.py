"""Feature maps and heat maps as text: signs for a terminal, plain numbers for scripts."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.layers import find
from archcalc.layers.traits import PROBABILITIES
from archcalc.report.formats.json import document
from archcalc.report.run.forward import number, origin_json, origin_lines
from archcalc.tables.maps import FeatureMap, FeatureMaps, HeatMap, Rows

_RAMP = " .:-=+*#%@"
_NEGATIVE = " 123456789"
_HEAT_WIDTH = 56
_MAP_WIDTH = 32
_GAP = 2
_MOST_IN_TEXT = 12
"""Maps that text shows; a picture shows more."""


def maps_title(found: FeatureMaps) -> str:
    """`lenet5 conv1: 6 maps of 28x28 (tanh)`."""
    return f"{found.origin.spec} {found.layer}: {found.shape} ({found.kind})"


def maps_scale(found: FeatureMaps, shown: int) -> str:
    """How many of the maps are there, and what dark and bright mean."""
    count = f"{shown} of {found.shape.channels} shown" if shown < found.shape.channels else f"all {shown} maps"
    if found.scale == "each":
        return f"{count}; each from its own smallest value to its own largest"
    least, most = found.bounds(found.maps[0])
    return f"{count}; all from {number(least)} to {number(most)}"


def maps_text(found: FeatureMaps, width: int) -> str:
    """As many maps as text can show, side by side in `width` columns, with their smallest and largest values."""
    shown = found.maps[:_MOST_IN_TEXT]
    blocks = [_block(found, one) for one in shown]
    across = max(1, (width + _GAP) // (len(blocks[0][0]) + _GAP))
    lines = [maps_title(found), maps_scale(found, len(shown)), ""]
    for start in range(0, len(blocks), across):
        for parts in zip(*blocks[start : start + across], strict=True):
            lines.append((" " * _GAP).join(parts).rstrip())
        lines.append("")
    lines.append(f"from the smallest value to the largest: `{_RAMP}`")
    if len(found.maps) > len(shown):
        lines.append(f"--output maps.png draws {len(found.maps)} maps")
    return "\n".join([*lines, *origin_lines(found.origin)]) + "\n"


def maps_json(found: FeatureMaps) -> str:
    """`archcalc/maps/1`: the maps that a picture shows, each row by row."""
    return document(
        "archcalc/maps/1",
        {
            **origin_json(found.origin),
            "layer": found.layer,
            "kind": found.kind,
            "shape": found.shape,
            "shown": len(found.maps),
            "maps": [
                {"channel": one.channel, "min": one.minimum, "max": one.maximum, "values": one.values}
                for one in found.maps
            ],
        },
    )


def heat_title(heat: HeatMap) -> str:
    """Which class, and what its score is."""
    scored = heat.scored
    label = f" ({scored.label})" if scored.label is not None else ""
    kind = find(scored.kind)
    what = "probability" if kind is not None and kind.traits.scores == PROBABILITIES else "score"
    return f"{heat.origin.spec}: class {scored.index}{label} of {scored.output}, {what} {number(scored.score)}"


def heat_meaning(heat: HeatMap) -> str:
    """What the values are."""
    least, most = _bounds(heat.values)
    span = f"{number(least)} to {number(most)}"
    if heat.patches is None:
        rows, columns = len(heat.values), len(heat.values[0])
        return f"class activation map of {heat.layer} ({rows}x{columns}), values {span}"
    patches = heat.patches
    side = f"{patches.size}x{patches.size}"
    return f"drop of the score under a {patches.fill} patch of {side}, stride {patches.stride}: {span}"


def heat_text(heat: HeatMap) -> str:
    """A sign for each place; digits are tenths of the largest value below 0."""
    most = max(map(abs, _bounds(heat.values))) or 1.0
    lines = [heat_title(heat), heat_meaning(heat), ""]
    for row in _coarse(heat.values, _HEAT_WIDTH):
        lines.append("".join(_RAMP[_tenth(v, most)] if v >= 0 else _NEGATIVE[_tenth(-v, most)] for v in row).rstrip())
    legend = f"`{_RAMP}` from 0 to {number(most)}; digits: tenths of it below 0"
    return "\n".join([*lines, "", legend, *origin_lines(heat.origin)]) + "\n"


def heat_json(heat: HeatMap) -> str:
    """`archcalc/heat/1`: the values place by place, and where the patches stood."""
    scored, patches = heat.scored, heat.patches
    return document(
        "archcalc/heat/1",
        {
            **origin_json(heat.origin),
            "method": "cam" if patches is None else "occlusion",
            "output": scored.output,
            "class": scored.index,
            "label": scored.label,
            "score": scored.score,
            "layer": heat.layer,
            "size": heat.size,
            "patch": None
            if patches is None
            else {"size": patches.size, "stride": patches.stride, "fill": patches.fill,
                  "tops": patches.tops, "lefts": patches.lefts},
            "values": heat.values,
        },
    )  # fmt: skip


def _block(found: FeatureMaps, one: FeatureMap) -> list[str]:
    """A map as lines of one width, its channel and bounds above."""
    least, most = found.bounds(one)
    span = most - least or 1.0
    lines = ["".join(_RAMP[_tenth(v - least, span)] for v in row) for row in _coarse(one.values, _MAP_WIDTH)]
    heading = f"{one.channel}: {number(one.minimum)} to {number(one.maximum)}"
    width = max(len(lines[0]), _MAP_WIDTH)
    return [line.ljust(width) for line in (heading[:width], *lines)]


def _coarse(values: Rows, width: int) -> list[list[float]]:
    """Means of blocks, so that a line has at most `width` signs; a sign is about twice as high as wide.

    Maps narrower than half the width are drawn with two signs a place instead of one line for two rows.
    """
    height, length = len(values), len(values[0])
    if 2 * length <= width:
        return [[value for value in row for _ in range(2)] for row in values]
    step = -(-length // width)
    rows = range(0, height, 2 * step) if height > 1 else range(1)
    return [
        [
            _mean([value for line in values[row : row + 2 * step] for value in line[left : left + step]])
            for left in range(0, length, step)
        ]
        for row in rows
    ]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _tenth(value: float, most: float) -> int:
    return min(9, max(0, int(10 * value / most)))


def _bounds(values: Rows) -> tuple[float, float]:
    return min(map(min, values)), max(map(max, values))
