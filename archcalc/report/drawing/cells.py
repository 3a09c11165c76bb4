"""The blocks of a textbook's picture: what is a block of its own, what a slab on one, and how large each is.

A block is as thick as the logarithm of its channels and as high and deep as the root of its map. Norms, activations and
pools are slabs on the block that they follow.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import log2, sqrt

from archcalc.analysis.diagram import INPUT, Diagram, DiagramLeaf
from archcalc.core import Shape
from archcalc.core.record import draft, record
from archcalc.layers import KINDS, Layer
from archcalc.layers.traits import TRANSPOSED
from archcalc.report.drawing.metrics import cut, width
from archcalc.report.drawing.palette import drawn_as

TYPE = 8.5
"""The size of captions."""

LINE = 11
"""From caption to caption."""

_NAME_MOST = 64

_THIN = ("activation", "norm", "pool")
"""Families that are slabs on the block before them."""

MERGE, VECTOR, MAPS, SLAB, BLOCK = "merge", "vector", "maps", "slab", "block"

OBLIQUE = 0.27
"""How far a block's depth goes to the right and up, for its side."""

MERGE_SIZE, VECTOR_WIDTH, SLAB_WIDTH, POOL_WIDTH = 17, 9, 2.5, 5

MOST_MAPS, MAP_STEP = 8, 4.5
"""So many maps are drawn behind each other at most, and how far apart."""

_TURNED = 14
"""Under a block that stands for several: their number."""


@record
class Slab:
    """A thin layer on a block."""

    family: str
    side: float
    """Of its own map."""
    width: float


@draft
class DrawnCell:
    """A block with its slabs and captions."""

    leaf: DiagramLeaf
    number: int
    """Of the leaf in the diagram."""
    shape: Shape
    thin: list[tuple[str, Shape, bool]]
    """The layers on it: the family of colours, the shape after, and whether it is drawn."""
    glyph: str = BLOCK
    name: str = ""
    captions: tuple[str, ...] = ()
    thick: float = 0
    high: float = 0
    oblique: float = 0
    slabs: tuple[Slab, ...] = ()

    @property
    def drawn(self) -> float:
        """The length of what is drawn, along the flow."""
        return self.thick + self.oblique + sum(slab.width for slab in self.slabs)

    @property
    def length(self) -> float:
        """The length of the cell: no caption reaches into the next."""
        texts = [width(self.name, TYPE, True), *(width(text, TYPE) + 1 for text in self.captions)]
        return max(self.drawn, *texts)

    @property
    def above(self) -> float:
        """From the cell's top to its axis."""
        name = 13 if self.name else 2
        return self.high / 2 + self.oblique + name + (5 if self.leaf.times > 1 else 0)

    @property
    def below(self) -> float:
        """From its axis to the bottom."""
        return self.high / 2 + 3 + LINE * len(self.captions) + (_TURNED if self.leaf.times > 1 else 0)


@record
class Blocks:
    """A picture's blocks and wires."""

    diagram: Diagram
    """Its leaves are the blocks' own; what became a slab is gone."""
    cells: tuple[DrawnCell, ...]
    """One a leaf of the diagram, in its order."""
    largest: int
    """The longest side of a map."""


def blocks(diagram: Diagram, maps: bool = False) -> Blocks:
    """The blocks of a diagram, with their sizes.

    Args:
        maps: as in LeCun et al. 1998, maps behind each other with pools of their own; for few channels.
    """
    cells, host = _absorbed(diagram, maps)
    number = {cell.number: index for index, cell in enumerate(cells)}
    wires = {(number[host[a]], number[host[b]]): None for a, b in diagram.wires if host[a] != host[b]}
    scopes = {cell.leaf.scope for cell in cells}
    around = {name for scope in scopes for name in _around(diagram, scope)}
    frames = {name: frame for name, frame in diagram.frames.items() if name in around}
    largest = max((side(cell.shape) for cell in cells), default=1)
    _name(cells)
    for cell in cells:
        _measure(cell, largest, maps)
    return Blocks(Diagram(tuple(cell.leaf for cell in cells), frames, tuple(wires)), tuple(cells), largest)


def few_channels(diagram: Diagram) -> bool:
    """Whether maps can be drawn one by one: none has more than 16 channels."""
    maps = [leaf.shape for leaf in diagram.leaves if len(leaf.shape) > 2]
    return bool(maps) and max(shape[0] for shape in maps) <= 16


def side(shape: Shape) -> int:
    """The longer side of a map; of tokens or a signal its length; 1 for a vector."""
    return max(shape[-2:]) if len(shape) > 2 else shape[-1] if len(shape) == 2 else 1


def scaled(length: int, largest: int) -> float:
    """The side of a map in the picture."""
    return 12 + 86 * sqrt(length / largest)


def _around(diagram: Diagram, scope: str) -> list[str]:
    found = []
    while scope:
        found.append(scope)
        scope = diagram.frames[scope].scope
    return found


def _absorbed(diagram: Diagram, maps: bool) -> tuple[list[DrawnCell], dict[int, int]]:
    """The cells, and the leaf whose cell each leaf is on."""
    sources: dict[int, list[int]] = defaultdict(list)
    readers: Counter[int] = Counter(source for source, _ in diagram.wires)
    for source, reader in diagram.wires:
        sources[reader].append(source)
    cells: dict[int, DrawnCell] = {}
    host: dict[int, int] = {}
    for number, leaf in sorted(enumerate(diagram.leaves), key=lambda pair: pair[1].first):
        read = sources[number]
        on = host[read[0]] if len(read) == 1 and readers[read[0]] == 1 else None
        if on is not None and _is_thin(leaf, maps) and _near(diagram, cells[on].leaf.scope, leaf.scope):
            host[number] = on
            cells[on].thin += _thin_layers(leaf.layers, leaf.last_shape)
        else:
            host[number] = number
            rest = leaf.layers[1:] if _kept(leaf) else ()
            cells[number] = DrawnCell(leaf, number, leaf.last_shape, _thin_layers(rest, leaf.last_shape))
    return [cells[number] for number in sorted(cells)], host


def _kept(leaf: DiagramLeaf) -> bool:
    """Its first layer is the block, those after it its slabs."""
    return len(leaf.layers) > 1


def _is_thin(leaf: DiagramLeaf, maps: bool) -> bool:
    """A slab on the block before it: one layer of a thin family, or one that only reads its input in another way."""
    if len(leaf.layers) != 1:
        return False
    traits = KINDS[leaf.layers[0].kind].traits
    family = drawn_as(traits.family)
    if maps and family == "pool" and len(leaf.shape) > 1:
        return False
    return bool(traits.view) or (family in _THIN and traits.slides != TRANSPOSED)


def _thin_layers(layers: Sequence[Layer], shape: Shape) -> list[tuple[str, Shape, bool]]:
    found = []
    for layer in layers:
        traits = KINDS[layer.kind].traits
        family = drawn_as(traits.family)
        found.append((family, shape, family in _THIN and not traits.view))
    return found


def _near(diagram: Diagram, host: str, scope: str) -> bool:
    """The slab's block stands in the same scope, or in one inside of it that is not drawn for several."""
    inside = _around(diagram, host)
    if scope and scope not in inside:
        return False
    between = inside[: inside.index(scope)] if scope else inside
    return all(diagram.frames[name].times == 1 for name in between)


def _name(cells: Sequence[DrawnCell]) -> None:
    """What stands above each: a layer's name; with its group's where that is a number, or alone in its group."""
    inside = Counter(cell.leaf.scope for cell in cells)
    for cell in cells:
        leaf = cell.leaf
        cell.name = "input" if leaf.family == INPUT else leaf.name
        group = leaf.scope.rpartition(".")[2]
        if group and leaf.times == 1 and leaf.family != INPUT:
            if inside[leaf.scope] == 1:
                cell.name = group
            elif leaf.name.isdigit():
                cell.name = f"{group}.{leaf.name}"


def _measure(cell: DrawnCell, largest: int, maps: bool) -> None:
    shape, leaf = cell.shape, cell.leaf
    spatial = shape[1:]
    drawn = [thin for thin in cell.thin if thin[2]]
    family = drawn_as(leaf.family)
    if family == "merge":
        cell.glyph, cell.thick, cell.high = MERGE, MERGE_SIZE, MERGE_SIZE
        cell.slabs = tuple(Slab(thin[0], MERGE_SIZE - 3, 3) for thin in drawn[:2])
    elif not spatial or all(length == 1 for length in spatial):
        cell.glyph, cell.thick, cell.oblique = VECTOR, VECTOR_WIDTH, 5
        cell.high = max(14, 10.2 * log2(max(shape[0], 1)))
        cell.slabs = tuple(Slab(thin[0], cell.high, SLAB_WIDTH) for thin in drawn if thin[0] != "pool")
    else:
        _measure_map(cell, drawn, largest, maps)
    if cell.glyph in (MERGE, SLAB):
        cell.name = ""
    else:
        cell.name = cut(cell.name, _NAME_MOST, TYPE, True)
        cell.captions = _captions(shape, cell.glyph == MAPS)


def _measure_map(cell: DrawnCell, drawn: Sequence[tuple[str, Shape, bool]], largest: int, maps: bool) -> None:
    shape = cell.shape
    channels = shape[0] if len(shape) > 2 else shape[1] if _tokens(cell.leaf) else shape[0]
    cell.high = scaled(side(shape), largest)
    cell.oblique = OBLIQUE * scaled(shape[-1], largest) if len(shape) > 2 else 4
    cell.thick = 4 + 3.1 * log2(max(channels, 1))
    if maps and len(shape) > 2:
        cell.glyph, cell.thick = MAPS, cell.high
        cell.oblique = MAP_STEP * (min(shape[0], MOST_MAPS) - 1)
    elif len(cell.leaf.layers) == 1 and drawn_as(cell.leaf.family) in _THIN[:2]:
        cell.glyph, cell.thick = SLAB, 4
    cell.slabs = tuple(
        Slab(family, scaled(side(after), largest), POOL_WIDTH + 2 if family == "pool" else SLAB_WIDTH)
        for family, after, _ in drawn
        if not (maps and family == "pool")
    )


def _tokens(leaf: DiagramLeaf) -> bool:
    """Its two axes are tokens and features, not channels and length."""
    return leaf.family != INPUT and len(leaf.shape) == 2 and bool(leaf.layers) and "token" in (
        KINDS[leaf.layers[0].kind].traits.gives or KINDS[leaf.layers[0].kind].traits.reads
    )  # fmt: skip


def _captions(shape: Shape, maps: bool) -> tuple[str, ...]:
    """`64` over `112²`; of single maps `6@28×28`; of two axes both."""
    spatial = shape[1:]
    if not spatial:
        return (str(shape[0]),)
    if len(spatial) == 1:
        return (f"{shape[0]}×{shape[1]}",)
    sizes = f"{spatial[0]}²" if len(spatial) == 2 and spatial[0] == spatial[1] else "×".join(map(str, spatial))
    return (f"{shape[0]}@{'×'.join(map(str, spatial))}",) if maps else (str(shape[0]), sizes)
