"""Times of receptive fields, the median of 21 runs: `python benchmarks/receptive.py`."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

import archcalc
from archcalc.analysis.fields.receptive import ReceptiveFields

RUNS = 21


def main() -> None:
    """One line a bar: what, the time, the bar."""
    resnet = archcalc.load("resnet152").graph
    exact_of("ResNet-152 at 224", ReceptiveFields(resnet), 10)
    wide = archcalc.load("inception_resnet_v2", input="3x1024x1024").graph
    exact_of("Inception-ResNet-v2 at 1024", ReceptiveFields(wide), 500)
    report("ResNet-152, affine, all layers", milliseconds(lambda: affine(resnet)), 5)


def affine(graph: archcalc.network.Graph) -> list[object]:
    """The field of every layer that has an affine form."""
    fields = ReceptiveFields(graph)
    values = enumerate(graph.nodes, start=len(graph.inputs))
    return [fields.at(node.name, value) for value, node in values if fields.has_form(value)]


def exact_of(what: str, fields: ReceptiveFields, bar: int) -> None:
    """The exact form along one axis."""
    fields.forms  # noqa: B018  (not part of the exact form)
    report(f"{what}, exact, one axis", milliseconds(lambda: fields.masks_along(0)), bar)


def milliseconds(run: Callable[[], object]) -> float:
    """The median time of a warm run."""
    run()
    times = []
    for _ in range(RUNS):
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return 1000 * median(times)


def report(what: str, time: float, bar: float) -> None:
    print(f"{what:45} {time:8.2f} ms   bar {bar} ms")


if __name__ == "__main__":
    main()
