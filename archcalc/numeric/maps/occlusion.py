"""Where the score of a class comes from: it falls where a patch covers what speaks for it (Zeiler and Fergus 2014)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from archcalc.core import Shape, Window
from archcalc.core.record import record, replace
from archcalc.errors import UnsupportedError, UsageError
from archcalc.graph.graph import Graph
from archcalc.numeric.inputs.inputs import is_image, reading_of
from archcalc.numeric.maps.maps import rows_of
from archcalc.numeric.maps.score import output_scored, scored_class
from archcalc.numeric.namespace import Array
from archcalc.numeric.run.material import origin_of, read_material
from archcalc.numeric.run.memory import plan
from archcalc.numeric.run.options import Options, read_labels
from archcalc.numeric.run.progress import Progress, silent
from archcalc.numeric.run.run import check_run
from archcalc.numeric.run.runner import runner_of
from archcalc.spec.names import listed
from archcalc.tables.maps import HeatMap, Patches

FILLS = ("grey", "zero")
_GREY = 0.5
_BATCH_VALUES, _MOST_EXAMPLES = 2**27, 16


@record
class Occluding:
    """How patches cover the input."""

    patch: int | None = None
    """Cells of a side; unless given, an eighth of the shorter side."""
    stride: int | None = None
    """Cells between two patches; unless given, half a patch."""
    fill: str | None = None
    """What they hold, one of `FILLS`; unless given, grey for an image, else zero."""


def occlusion(
    graph: Graph,
    options: Options,
    occluding: Occluding = Occluding(),  # noqa: B008 (frozen)
    asked: str | None = None,
    progress: Progress = silent,
) -> HeatMap:
    """By how much the score of a class falls where a patch covers the input, place by place; of the first example.

    Raises:
        UsageError: for patches that do not fit, and for a class that does not exist.
        UnsupportedError: for a network without one map as its input, or without scores.
        ArchcalcError: as run_network.
    """
    place = output_scored(graph, asked)
    patches = _patches(_map_shape(graph), occluding, options)
    labels = read_labels(options.labels)
    check_run(graph, replace(options, labels=None))
    batch = _batch(graph, len(patches.tops) * len(patches.lefts))
    material = read_material(graph, options, progress)
    image = material.inputs[0][:1]
    fill = _fill(graph, options, patches.fill, image)
    runner = runner_of(graph, replace(material, batch=batch), options)
    whole = runner.run([image.repeat(batch, 0)])[place][0]
    scored = scored_class(graph, place, asked, whole, labels)
    drops = []
    for covered in _covered(image, patches, fill, batch):
        scores = runner.run([covered])[place].reshape(batch, -1)[:, scored.index]
        drops += [scored.score - float(score) for score in scores]
        progress("covering", min(len(drops), _count(patches)), _count(patches))
    grid = np.array(drops[: _count(patches)]).reshape(len(patches.tops), len(patches.lefts))
    return HeatMap(
        origin=origin_of(graph, options, material, runner.words),
        scored=scored,
        layer=None,
        patches=patches,
        size=(image.shape[2], image.shape[3]),
        values=rows_of(grid),
    )


def pixels(heat: HeatMap) -> Array:
    """(H, W): at each pixel the mean of the patches over it, 0 where none was."""
    assert heat.patches is not None
    total, count = np.zeros(heat.size), np.zeros(heat.size)
    side = heat.patches.size
    for top, row in zip(heat.patches.tops, heat.values, strict=True):
        for left, value in zip(heat.patches.lefts, row, strict=True):
            total[top : top + side, left : left + side] += value
            count[top : top + side, left : left + side] += 1
    return total / np.maximum(count, 1)


def _map_shape(graph: Graph) -> Shape:
    if len(graph.inputs) != 1 or len(graph.inputs[0][1]) != 3:
        found = ", ".join(f"{name} {shape}" for name, shape in graph.inputs)
        raise UnsupportedError(f"patches cover one image, the inputs are {found}")
    return graph.inputs[0][1]


def _patches(shape: Shape, occluding: Occluding, options: Options) -> Patches:
    """The places of the patches: those of a window without padding, and one at the end where it does not reach it."""
    shorter = min(shape.spatial)
    patch = max(1, shorter // 8) if occluding.patch is None else occluding.patch
    stride = max(1, patch // 2) if occluding.stride is None else occluding.stride
    fill = occluding.fill or ("grey" if _from_image(options) else "zero")
    if fill not in FILLS:
        raise UsageError(f"unknown fill `{fill}`", help=f"there are {listed(FILLS)}")
    if not 1 <= patch <= shorter:
        raise UsageError(f"--patch is from 1 to {shorter} for an input of {shape}, got {patch}")
    if not 1 <= stride <= patch:
        raise UsageError(f"--stride is from 1 to the patch of {patch}, got {stride}", help="or pixels stay uncovered")
    tops, lefts = (_starts(Window(patch, stride), length) for length in shape.spatial)
    return Patches(patch, stride, fill, tops, lefts)


def _starts(window: Window, length: int) -> tuple[int, ...]:
    starts = [stop * window.stride for stop in range(window.output(length))]
    end = length - window.kernel
    return tuple(starts if starts[-1] == end else [*starts, end])


def _count(patches: Patches) -> int:
    return len(patches.tops) * len(patches.lefts)


def _batch(graph: Graph, count: int) -> int:
    """Examples at once: as many as a moderate memory holds."""
    return max(1, min(count, _MOST_EXAMPLES, _BATCH_VALUES // max(1, plan(graph).example)))


def _from_image(options: Options) -> bool:
    return any(is_image(path) for path in options.files.values())


def _fill(graph: Graph, options: Options, fill: str, image: Array) -> Array:
    """(C, 1, 1): what a patch holds in each channel."""
    if fill == "zero":
        return np.zeros((image.shape[1], 1, 1), image.dtype)
    grey = np.full((image.shape[1], 1, 1), _GREY, image.dtype)
    preprocess = reading_of(graph, options.reading).preprocess if _from_image(options) else None
    return grey if preprocess is None else preprocess.normalize(grey)


def _covered(image: Array, patches: Patches, fill: Array, batch: int) -> Iterator[Array]:
    """Batches of the image, each example covered at another place; the last one is filled up with whole images."""
    places: Sequence[tuple[int, int]] = [(top, left) for top in patches.tops for left in patches.lefts]
    for start in range(0, len(places), batch):
        examples = image.repeat(batch, 0)
        for example, (top, left) in zip(examples, places[start : start + batch], strict=False):
            example[:, top : top + patches.size, left : left + patches.size] = fill
        yield examples
