"""Lay networks out and write them as SVG; beside dagre and elk under node, where they are installed.

Bars: ResNet-152 fully open under 30 ms, 10,000 layers folded under 100 ms, on one core.
Run: python benchmarks/draw.py [runs]; for dagre and elk first `npm install @dagrejs/dagre elkjs` in a folder, named by
DRAW_NODE_MODULES.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import milliseconds, table

import archcalc
from archcalc.analysis.diagram import Diagram, diagram
from archcalc.graph.graph import Graph
from archcalc.report.drawing.canvas import Canvas
from archcalc.report.drawing.graph import GraphStyle, draw_placed, measures
from archcalc.report.drawing.nest import layout
from archcalc.report.drawing.palette import LIGHT

STYLE = GraphStyle(LIGHT)
NAMES = ("resnet18", "googlenet", "densenet121", "inception_v4", "resnet152", "efficientnet_v2_l")
MODES = {"depth 1": (1, True), "open": (99, True), "open, no repeats": (99, False)}
SCRIPT = Path(__file__).with_name("draw.mjs")


def main(runs: int) -> None:
    rows = [("network", "layers", "shown", "boxes", "diagram + layout ms", "SVG ms", "SVG KB", "dagre ms", "elk ms")]
    cases = [(name, archcalc.load(name).graph) for name in NAMES] + [("10,000 layers", _long())]
    shown = {(name, mode): diagram(graph, depth=depth, repeats=repeats)
             for name, graph in cases for mode, (depth, repeats) in MODES.items()}  # fmt: skip
    others = _others(list(shown.values()))
    for (name, graph), (mode, (depth, repeats)) in ((case, mode) for case in cases for mode in MODES.items()):
        rows.append(_row(name, graph, mode, depth, repeats, runs, others[list(shown).index((name, mode))]))
    table(rows)


def _row(
    name: str, graph: Graph, mode: str, depth: int, repeats: bool, runs: int, others: tuple[str, str]
) -> tuple[str, ...]:
    def laid_out() -> object:
        return layout(diagram(graph, depth=depth, repeats=repeats), measures(STYLE))

    placed = layout(diagram(graph, depth=depth, repeats=repeats), measures(STYLE))
    text = draw_placed(placed, STYLE, Canvas())
    return (
        name, f"{len(graph.nodes):,}", mode, f"{len(placed.leaves):,}", f"{milliseconds(laid_out, runs):.1f}",
        f"{milliseconds(lambda: draw_placed(placed, STYLE, Canvas()), runs):.1f}", f"{len(text) / 1000:.0f}", *others,
    )  # fmt: skip


def _long() -> Graph:
    layers = "".join(f"      c{i}: conv 4 1x1\n" for i in range(4))
    return archcalc.loads(f"input: 4x8x8\nlayers:\n  b:\n    repeat: 2500\n    layers:\n{layers}").graph


def _others(diagrams: list[Diagram]) -> list[tuple[str, str]]:
    """Milliseconds of dagre and of elk for each, flat; a dash where they are not installed, or take over a minute."""
    modules = os.environ.get("DRAW_NODE_MODULES")
    if modules is None:
        return [("-", "-")] * len(diagrams)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "graphs.json"
        file.write_text(json.dumps([{"nodes": len(d.leaves), "edges": d.wires} for d in diagrams]), encoding="utf-8")
        run = subprocess.run(
            ["node", SCRIPT, modules, file], stdout=subprocess.PIPE, text=True, check=True
        )  # fmt: skip
    return [
        tuple(f"{ms:.1f}" if ms is not None else "-" for ms in line)
        for line in map(json.loads, run.stdout.splitlines())
    ]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
