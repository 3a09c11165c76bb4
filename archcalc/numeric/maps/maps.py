"""The feature maps of a layer: what each of its channels makes of the input."""

from __future__ import annotations

import numpy as np

from archcalc.errors import UnsupportedError, UsageError
from archcalc.graph.graph import Graph
from archcalc.numeric.namespace import Array
from archcalc.numeric.run.material import origin_of, read_material
from archcalc.numeric.run.options import Options, value_of
from archcalc.numeric.run.progress import Progress, silent
from archcalc.numeric.run.run import check_run
from archcalc.numeric.run.runner import run_through
from archcalc.spec.names import listed
from archcalc.tables.maps import FeatureMap, FeatureMaps, Rows

MOST = 64
SCALES = ("each", "all")


def feature_maps(
    graph: Graph, options: Options, layer: str, scale: str = "each", progress: Progress = silent
) -> FeatureMaps:
    """The first channels of a layer's or a group's output, for the first example.

    Raises:
        UnknownName: for a layer that does not exist.
        UnsupportedError: for an output that is no map.
        ArchcalcError: as run_network.
    """
    if scale not in SCALES:
        raise UsageError(f"unknown scale `{scale}`", help=f"there are {listed(SCALES)}")
    value = value_of(graph, layer)
    shape = graph.value_shape(value)
    if len(shape) not in (2, 3):
        raise UnsupportedError(
            f"{layer} is {shape}: a map has channels and one or two spatial axes", help="--stats shows what it holds"
        )
    check_run(graph, options)
    material = read_material(graph, options, progress)
    progress("running", 0, 0)
    runner, _, found = run_through(graph, material, options, value)
    channels = found[0].reshape(shape.channels, -1, shape[-1])[:MOST]
    return FeatureMaps(
        origin=origin_of(graph, options, material, runner.words),
        layer=layer,
        kind="input" if (node := graph.maker(value)) is None else node.layer.kind,
        shape=shape,
        scale=scale,
        maps=tuple(FeatureMap(channel, rows_of(x)) for channel, x in enumerate(channels)),
    )


def rows_of(x: Array) -> Rows:
    """A map (H, W) as plain numbers. Raises UnsupportedError for values that are not finite."""
    if not np.isfinite(x).all():
        raise UnsupportedError("the map holds values that are not finite", help="--stats shows where they begin")
    return tuple(tuple(map(float, row)) for row in x)
