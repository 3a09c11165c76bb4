"""Parse, elaborate and analyse a network in a warm process.

Bar: ResNet-152, all of it, at most 15 ms.
Run: python benchmarks/warm.py [runs]
"""

from __future__ import annotations

import sys

from measure import milliseconds, table

from archcalc.analysis.claims import check_claims
from archcalc.analysis.notes import notes_of
from archcalc.analysis.summary import summarize
from archcalc.network import load
from archcalc.spec.catalog import locate
from archcalc.spec.check import load_document

NAMES = ("lenet5", "alexnet", "googlenet", "resnet152", "densenet201", "inception_resnet_v2")


def main(runs: int) -> None:
    rows = [("spec", "layers", "parse ms", "parse + elaborate ms", "summary ms", "claims and notes ms", "all ms")]
    for name in NAMES:
        rows.append(_row(name, runs))
    table(rows)


def _row(name: str, runs: int) -> tuple[str, ...]:
    located = locate(name)
    network = load(name)

    def everything() -> None:
        net = load(name)
        check_claims(net.graph, summarize(net.graph))
        notes_of(net.graph, net.document, net.choices)

    figures = [
        milliseconds(lambda: load_document(located.text, located.file), runs),
        milliseconds(lambda: load(name), runs),
        milliseconds(lambda: summarize(network.graph), runs),
        milliseconds(
            lambda: (check_claims(network.graph), notes_of(network.graph, network.document, network.choices)), runs
        ),
        milliseconds(everything, runs),
    ]
    return (name, str(len(network.graph.nodes)), *(f"{figure:.1f}" for figure in figures))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 21)
