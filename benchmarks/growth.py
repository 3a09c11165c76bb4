"""Cost against size, of every verb that walks a whole network, and of `rf` along one long axis.

Bar: ten times the size takes at most twelve times the time (an exponent of 1.08), from 1,000 layers on.
Run: python benchmarks/growth.py [most layers, 100000]
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from math import log
from time import perf_counter

from measure import milliseconds, table

from archcalc.analysis.changes.diff import difference
from archcalc.analysis.changes.lock import lock_of
from archcalc.analysis.explain.explain import explain
from archcalc.analysis.fields.cells import unit_field
from archcalc.analysis.fields.receptive import ReceptiveFields
from archcalc.analysis.fields.table import field_summary
from archcalc.analysis.lint import lint
from archcalc.analysis.memory.memory import memory_of
from archcalc.analysis.origins.reconcile import reconcile
from archcalc.analysis.summary import summarize
from archcalc.core.units import parse_quantity
from archcalc.network import Network, loads

SPEC = """\
input: 16x32x32
blocks:
  residual:
    layers: {{conv1: conv in.c {kernel} padding=same bias=no, bn1: batch_norm, relu1: relu,
             conv2: conv in.c 3x3 padding=1, sum: add in conv2}}
layers:
  stage: {{layers: [residual repeat={repeat}], repeat: {times}}}
"""
LAYERS_OF_BLOCK = 5

DILATED = "input: 1x{length}\nlayers:\n" + "".join(
    f"  c{i}: conv 8 3 padding={2 ** (i % 10)} dilation={2 ** (i % 10)}\n  r{i}: relu\n" for i in range(30)
)
PYRAMID = "input: 1x{length}\nlayers:\n" + "".join(
    [f"  d{i}: conv 8 15 padding=7\n  p{i}: max_pool 2\n" for i in range(12)]
    + [f"  u{i}: upsample 2\n  k{i}: concat u{i} d{i}\n  e{i}: conv 8 5 padding=2\n" for i in reversed(range(12))]
)


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    sizes = [size for size in (100, 1_000, 10_000, 100_000) if size <= most]
    networks = {size: residual(size) for size in sizes}
    verbs: dict[str, Callable[[Network], object]] = {
        "show, with reading": lambda network: summarize(residual(len(network.graph.nodes)).graph),
        "show": lambda network: summarize(network.graph),
        "rf": lambda network: field_summary(ReceptiveFields(network.graph)),
        "memory": lambda network: memory_of(network.graph),
        "lint": lambda network: lint(network.graph),
        "explain": lambda network: explain(network.graph, "macs"),
        "lock": lambda network: lock_of(summarize(network.graph)),
        "diff, with itself": lambda network: difference(network.graph, network.graph),
        "diff, every block changed": lambda network: difference(network.graph, changed(network)),
        "diff, with a part": lambda network: difference(network.graph, residual(len(network.graph.nodes) // 3).graph),
        "reconcile": lambda network: reconcile(
            network.document, network.choices, network.graph, "123456789", parse_quantity("123456789")
        ),
    }
    print(f"layers: {', '.join(f'{size:,}' for size in sizes)}; ms, and the exponent of each step")
    rows = [("verb", *(f"{size:,}" for size in sizes), "exponents")]
    rows += [line(name, sizes, [timed(run, networks[size]) for size in sizes]) for name, run in verbs.items()]
    table(rows)
    along_an_axis()


def along_an_axis() -> None:
    """The plain table, the exact one and one unit, of two nets over ever longer axes."""
    lengths = [4096 * times for times in (1, 4, 16, 64, 256)]
    print(f"\nlengths: {', '.join(f'{length:,}' for length in lengths)}")
    rows = [("rf of one axis", *(f"{length:,}" for length in lengths), "exponents")]
    for name, spec in (("30 dilated convolutions", DILATED), ("12 poolings, 12 upsamplings", PYRAMID)):
        networks = [loads(spec.format(length=length)) for length in lengths]
        last = networks[0].graph.nodes[-1].name
        queries: dict[str, Callable[[Network], object]] = {
            "table": lambda network: field_summary(ReceptiveFields(network.graph)),
            "exact": lambda network: ReceptiveFields(network.graph).masks,
            "one unit": lambda network, last=last: unit_field(ReceptiveFields(network.graph), last),  # type: ignore[misc]
        }
        for query, run in queries.items():
            rows.append(line(f"{name}, {query}", lengths, [timed(run, network) for network in networks]))
    table(rows)


def residual(layers: int, kernel: str = "3x3") -> Network:
    blocks = max(1, layers // LAYERS_OF_BLOCK)
    repeat = min(blocks, 1_000)
    return loads(SPEC.format(repeat=repeat, times=blocks // repeat, kernel=kernel))


def changed(network: Network) -> object:
    return residual(len(network.graph.nodes), "5x5").graph


def timed(run: Callable[[Network], object], network: Network) -> float:
    """Milliseconds, the median of five runs; of one where it takes long."""
    start = perf_counter()
    run(network)
    once = 1000 * (perf_counter() - start)
    return milliseconds(lambda: run(network), 5) if once < 500 else once


def line(name: str, sizes: Sequence[int], times: Sequence[float]) -> tuple[str, ...]:
    steps = zip(sizes, sizes[1:], times, times[1:], strict=False)
    exponents = [log(more / less) / log(large / small) for small, large, less, more in steps]
    return (name, *(f"{time:.1f}" for time in times), ", ".join(f"{exponent:.2f}" for exponent in exponents))


if __name__ == "__main__":
    main()
