"""One layer without a file, and its rule read backwards: which kernel, stride, padding, dilation or input gives a size.

Every candidate is put through the layer's own rule (solve_axis.py), so a solution is one because the layer says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

from archcalc.analysis.inverse.axis import UNKNOWNS, RuleAxis, Sizes, around, giving, sizes_along
from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.errors import Place, UsageError
from archcalc.graph.graph import Graph, Node
from archcalc.layers import Kind, Layer, all_kinds, find
from archcalc.layers.arguments import CELLS
from archcalc.layers.traits import NORM, POOL, TRANSPOSED
from archcalc.spec.names import did_you_mean, listed, nearest
from archcalc.spec.operations import LARGEST

ALIASES = {"pool": "max_pool"}
"""Words that `calc` takes for a kind."""

_WINDOW = ("kernel_size", "stride", "padding", "dilation", "output_padding", "ceil_mode")
WIDEST_KERNEL = 15
WIDEST_DILATION = 8
"""With several unknowns nothing wider is tried."""

MOST_TRIED = 150_000
"""Steps of the search for several unknowns."""

MOST_LISTED = 1000
"""Solutions that are listed; the others are counted."""


@record
class Solution:
    """Values of the unknowns, in their order, that give the wanted size along every axis."""

    values: tuple[int, ...]


@record
class Solutions:
    """All solutions of one question."""

    kind: str
    unknowns: tuple[str, ...]
    lengths: tuple[int, ...]
    """The input along each axis; empty where the input is the unknown."""
    sizes: tuple[int, ...]
    """What is wanted along each axis."""
    common: tuple[Solution, ...]
    """One value for all axes; of very many the first."""
    per_axis: tuple[tuple[int, ...], ...]
    """For one unknown the values along each axis, where no value serves all."""
    count: int
    """How many values serve all axes."""
    last: Solution | None
    """The largest of them."""
    tried: tuple[tuple[str, int, int], ...]
    """Unknown, smallest and largest value tried."""


def find_kind(name: str) -> Kind:
    """The kind that `calc` takes under this name. Raises UsageError with the nearest."""
    kind = find(ALIASES.get(name, name))
    if kind is None or not _is_taken(kind):
        from archcalc.spec.kind_names import nearest_kind

        known = [kind.name for kind in all_kinds() if _is_taken(kind)]
        help = did_you_mean(nearest_kind(name, known)) or f"it computes {listed([*known, *ALIASES], 20)}"
        raise UsageError(f"calc has no `{name}`", help=help)
    return kind


def _is_taken(kind: Kind) -> bool:
    """What `calc` computes: a window, a kernel, a norm, or what its options say all of; none needs another layer."""
    if kind.traits.undoes or kind.inputs != (1, 1):
        return False
    if kind.traits.slides or kind.traits.weighted:
        return True
    needed = {parameter.name for parameter in kind.parameters if parameter.required}
    told = any(parameter.positional and parameter.name in _OPTIONS for parameter in kind.parameters)
    return is_border(kind) or (needed <= _OPTIONS.keys() and (told or kind.traits.family in (POOL, NORM)))


def is_border(kind: Kind) -> bool:
    """Whether padding is all that the layer does: its `--padding` are its `cells`."""
    cells = kind.parameter("cells")
    return cells is not None and cells.type is CELLS


def one_layer(kind: Kind, x: Shape, values: Mapping[str, Any], written: str = "") -> Graph:
    """A graph of this one layer. Raises UsageError where an argument is missing or unknown, ShapeError.

    Args:
        written: its values as they were written.
    """
    _check_values(kind, values)
    layer = kind.make(len(x.spatial), **values)
    assert isinstance(layer, Layer)
    node = Node(kind.name, layer, (0,), (x,), layer.output(x), Place("<calc>", 1, 1, len(written), written))
    return Graph(kind.name, (("input", x),), (node,), {}, (1,), {"input": 0, kind.name: 1})


def solve(
    kind: Kind, x: Shape | None, values: Mapping[str, Any], unknowns: Sequence[str], sizes: tuple[int, ...]
) -> Solutions:
    """All values of the unknowns that give `sizes`.

    Raises UsageError where there is none, with the nearest size that there is.
    """
    _check_question(kind, x, values, unknowns)
    count = len(x.spatial) if x is not None else max([len(sizes), *map(_axes_of, values.values())])
    count = 2 if x is None and count == 1 else count
    sizes = sizes * count if len(sizes) == 1 else sizes
    if len(sizes) != count:
        raise UsageError(f"--size has {len(sizes)} numbers, the map has {count} axes", help="one number serves all")
    lengths = x.spatial if x is not None else (0,) * count
    for option, largest in (("--size", max(sizes)), ("--in", max(lengths))):
        if largest > LARGEST:
            raise UsageError(f"{option}: {largest} is more than 10^15, the limit")
    axes = [_axis(kind, values, axis, lengths[axis], sizes[axis]) for axis in range(count)]
    ranges = [_range(unknown, axes, len(unknowns) > 1) for unknown in unknowns]
    found: list[Sequence[tuple[int, ...]]] = []
    for number, axis in enumerate(axes):
        alike = axes.index(axis)
        found.append(found[alike] if alike < number else _solutions(axis, unknowns, ranges))
        if not found[-1]:
            raise _no_solution(axis, unknowns, ranges)
    common = _shared(found)
    per_axis: tuple[tuple[int, ...], ...] = ()
    if not common:
        if len(unknowns) > 1:
            raise UsageError(
                f"no {' and '.join(unknowns)} serves all axes", help="each axis has solutions: solve for one of them"
            )
        per_axis = tuple(tuple(values.values[:MOST_LISTED]) for values in found if isinstance(values, _Stretch))
    tried = tuple((unknown, values[0], values[-1]) for unknown, values in zip(unknowns, ranges, strict=True))
    return Solutions(
        kind.name, tuple(unknowns), lengths if x is not None else (), sizes,
        tuple(map(Solution, common[:MOST_LISTED])), per_axis, len(common), Solution(common[-1]) if common else None,
        tried,
    )  # fmt: skip


class _Stretch(Sequence[tuple[int, ...]]):
    """The solutions for one unknown: all values from a first to a last one, however many."""

    def __init__(self, values: Sequence[int]) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: Any) -> Any:
        found = self.values[index]
        return [(value,) for value in found] if isinstance(index, slice) else (found,)


def _shared(found: Sequence[Sequence[tuple[int, ...]]]) -> Sequence[tuple[int, ...]]:
    """The solutions of all axes."""
    stretches = [values.values for values in found if isinstance(values, _Stretch)]
    if stretches:
        return _Stretch(range(max(values[0] for values in stretches), min(values[-1] for values in stretches) + 1))
    shared = set(found[0]).intersection(*found[1:])
    return [values for values in found[0] if values in shared]


def _solutions(axis: RuleAxis, unknowns: Sequence[str], ranges: Sequence[range]) -> Sequence[tuple[int, ...]]:
    """One unknown by halving; of several the one with most values by halving, for each choice of the others."""
    if len(unknowns) == 1:
        return _Stretch(giving(sizes_along(axis, unknowns[0], ranges[0]), axis.wanted))
    lines = _lines(axis, unknowns, ranges)
    return sorted(valued(value) for line, valued in lines for value in giving(line, axis.wanted))


def _lines(
    axis: RuleAxis, unknowns: Sequence[str], ranges: Sequence[range]
) -> Iterator[tuple[Sizes, Callable[[int], tuple[int, ...]]]]:
    """For each choice of all unknowns but one its line, and how a value of that one stands among the others."""
    widest = max(range(len(unknowns)), key=lambda number: len(ranges[number]))
    others = [*ranges[:widest], *ranges[widest + 1 :]]
    if prod(map(len, others)) * len(ranges[widest]).bit_length() > MOST_TRIED:
        what = f"there are too many values of {' and '.join(unknowns)} to try"
        raise UsageError(what, help="solve for fewer of them at a time")
    names = [unknown for unknown in unknowns if unknown != unknowns[widest]]
    for chosen in product(*others):
        given = dict(zip((UNKNOWNS[name] for name in names), chosen, strict=True))
        values = {name: value for name, value in given.items() if name != "input"}
        known = RuleAxis(axis.kind, {**axis.values, **values}, given.get("input", axis.length), axis.wanted)

        def valued(value: int, chosen: tuple[int, ...] = chosen) -> tuple[int, ...]:
            return (*chosen[:widest], value, *chosen[widest:])

        line: Sequence[int] = ranges[widest]
        if len(unknowns) > 1 and unknowns[widest] != "input":
            line = [value for value in line if not _unusual(unknowns, valued(value), axis)]
        elif len(unknowns) > 1 and _unusual(unknowns, valued(1), axis):
            continue
        yield sizes_along(known, unknowns[widest], line), valued


def _unusual(unknowns: Sequence[str], values: Sequence[int], axis: RuleAxis) -> bool:
    """With several unknowns only what nets use: no cell is skipped, no window lies in the padding alone."""
    given = dict(zip(unknowns, values, strict=True))
    kernel = given.get("kernel", axis.values.get("kernel_size", 1))
    dilation = given.get("dilation", axis.values.get("dilation", 1))
    if "padding" in given and given["padding"] > (dilation * (kernel - 1) + 1) // 2:
        return True
    if "stride" in given and given["stride"] > kernel:
        return True
    return "dilation" in given and dilation > 1 and kernel == 1


def _range(unknown: str, axes: Sequence[RuleAxis], several: bool) -> range:
    """The values to try: all that could matter along the longest axis; with several unknowns what nets use."""
    return _candidates(unknown, axes, several)[:LARGEST]


def _candidates(unknown: str, axes: Sequence[RuleAxis], several: bool) -> range:
    length = max(axis.length for axis in axes)
    wanted = max(axis.wanted for axis in axes)
    kernel, stride, padding, dilation = (max(_number(axis, name) for axis in axes) for name in _WINDOW[:4])
    extent = dilation * (kernel - 1) + 1
    if unknown == "input":
        return range(1, (wanted + 2) * stride + extent + 2 * padding + 2)
    if several:
        widest = kernel if any("kernel_size" in axis.values for axis in axes) else WIDEST_KERNEL
        last = {"padding": (WIDEST_DILATION * (widest - 1) + 1) // 2, "dilation": WIDEST_DILATION}.get(unknown, widest)
        return range(0 if unknown == "padding" else 1, last + 1)
    if unknown == "padding":
        return range((max(wanted, length) * stride + extent) // 2 + 2)
    if axes[0].kind.traits.slides == TRANSPOSED:
        return range(1, wanted + 2 * padding + 2)
    if any(axis.values.get("padding") == "full" for axis in axes):  # the size grows with the window
        length = max(length + 2 * extent, wanted * stride)
    if any(axis.values.get("ceil_mode") for axis in axes):  # a window may be larger than the map
        length = max(length, extent)
    return range(1, length + 2 * padding + 1)


def _no_solution(axis: RuleAxis, unknowns: Sequence[str], ranges: Sequence[range]) -> UsageError:
    """What the nearest sizes are, and what gives them."""
    sizes: dict[int, tuple[int, ...]] = {}
    for line, valued in _lines(axis, unknowns, ranges):
        for size, value in around(line, axis.wanted):
            sizes[size] = min(sizes.get(size, valued(value)), valued(value))
    asked = " and ".join(unknowns)
    what = f"no {asked} gives {axis.wanted}" + (f" from {axis.length}" if axis.length else "")
    if not sizes:
        return UsageError(what, help="no value fits: the window is larger than the padded input")
    below = max((size for size in sizes if size < axis.wanted), default=None)
    above = min((size for size in sizes if size > axis.wanted), default=None)
    nearest_ = [f"{_assignments(unknowns, sizes[size])} gives {size}" for size in (below, above) if size is not None]
    return UsageError(what, notes=_one_sided(axis, unknowns), help=f"the nearest: {', '.join(nearest_)}")


def _one_sided(axis: RuleAxis, unknowns: Sequence[str]) -> Iterator[str]:
    """A padding with one cell more after the axis, where no equal sides do it."""
    if list(unknowns) != ["padding"]:
        return

    values = range(axis.wanted * _number(axis, "stride") + 1)
    sizes = sizes_along(axis, "padding", values, lambda before: ((before, before + 1),))
    for before in giving(sizes, axis.wanted)[:1]:
        yield f"unequal sides do: padding={before}:{before + 1} gives {axis.wanted}"


def _assignments(unknowns: Sequence[str], values: Sequence[int]) -> str:
    return " ".join(f"{unknown} {value}" for unknown, value in zip(unknowns, values, strict=True))


def _axis(kind: Kind, values: Mapping[str, Any], axis: int, length: int, wanted: int) -> RuleAxis:
    """The rule along one axis, with the values of that axis."""
    own = {name: _along(values[name], axis) for name in _WINDOW if values.get(name) is not None}
    if kind.parameter("out_channels") is not None:
        own["out_channels"] = 1
    return RuleAxis(kind, own, length, wanted)


def _along(value: Any, axis: int) -> Any:
    if not isinstance(value, tuple):
        return value
    own = value[axis] if len(value) > 1 else value[0]
    return (own,) if isinstance(own, tuple) else own


def _axes_of(value: Any) -> int:
    return len(value) if isinstance(value, tuple) else 1


def _number(axis: RuleAxis, name: str) -> int:
    """The attribute as one number; its usual value where it is unknown or a word."""
    value = axis.values.get(name)
    if value is None and name == "stride" and axis.kind.traits.family == POOL:
        value = axis.values.get("kernel_size")
    if isinstance(value, tuple):
        sides: tuple[int, ...] = value[0]
        return max(sides)
    if isinstance(value, int):
        return value
    return 0 if name == "padding" else 1


def _check_values(kind: Kind, values: Mapping[str, Any], found: Iterable[str] = ()) -> None:
    """Refuse attributes that the kind has not, and ask for those it needs."""
    known = [parameter.name for parameter in kind.parameters]
    for name in values:
        if name not in known:
            raise UsageError(f"{kind.name} has no {_option(name)}", help=f"it has {_options(known)}")
    for parameter in kind.parameters:
        if parameter.required and parameter.name not in values and parameter.name not in found:
            raise UsageError(f"{kind.name} needs {_option(parameter.name)}", help=parameter.doc)


_OPTIONS = {
    "out_channels": "--out", "out_features": "--out", "kernel_size": "--kernel", "bias": "--no-bias",
    "stride": "--stride", "padding": "--padding", "dilation": "--dilation", "groups": "--groups",
    "output_padding": "--output-padding", "ceil_mode": "--ceil-mode",
    "multiplier": "--multiplier",
}  # fmt: skip


def _option(name: str) -> str:
    return _OPTIONS.get(name, name)


def _options(names: Iterable[str]) -> str:
    return listed(_OPTIONS[name] for name in names if name in _OPTIONS)


def _check_question(kind: Kind, x: Shape | None, values: Mapping[str, Any], unknowns: Sequence[str]) -> None:
    for unknown in unknowns:
        if unknown not in UNKNOWNS:
            help = did_you_mean(nearest(unknown, UNKNOWNS)) or f"it finds {listed(UNKNOWNS)}"
            raise UsageError(f"--find {unknown} is unknown", help=help)
        if kind.parameter("kernel_size") is None:
            raise UsageError(f"{kind.name} has no window to solve for", help="--find works for convolutions and pools")
        name = UNKNOWNS[unknown]
        if name in values:
            raise UsageError(f"--find {unknown} and --{unknown} are both given", help=f"leave --{unknown} out")
        if name != "input" and kind.parameter(name) is None:
            raise UsageError(f"{kind.name} has no {unknown}")
    if x is None and "input" not in unknowns:
        raise UsageError("calc needs --in", help="the input's shape: --in 3x227x227")
    names = [UNKNOWNS[unknown] for unknown in unknowns]
    _check_values(kind, values, [*names, "out_channels"])
    if x is not None and len(x) < 2:
        raise UsageError(f"--in {x} has no spatial axes", help="channels and sizes: --in 3x227x227")
