"""The page's script lays networks out as Python does, to the last digit: bundled ones and random ones."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from report.drawing.random_networks import spec

import archcalc
from archcalc.analysis.diagram import diagram, parts
from archcalc.report.drawing.graph import GraphStyle, measures
from archcalc.report.drawing.nest import layout
from archcalc.report.drawing.palette import LIGHT
from archcalc.report.page.parts import network_parts, widths

SCRIPTS = Path(archcalc.__file__).parent / "report" / "page"
NODE = shutil.which("node")
DEPTHS = (0, 1, 2, 99)

pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")


def in_python(network, depth):
    placed = layout(diagram(network.graph, network.summary(), depth=depth), measures(GraphStyle(LIGHT)))
    name = [leaf.address for leaf in placed.diagram.leaves]
    return {
        "width": placed.width,
        "height": placed.height,
        "boxes": [[name[p.what], p.x, p.y, p.width, p.height] for p in placed.leaves],
        "frames": [[p.what, p.x, p.y, p.width, p.height] for p in placed.frames],
        "wires": [[name[w.value], w.points, w.arrow] for w in placed.wires],
    }


def in_the_page(networks, folder):
    cases = []
    for network in networks:
        graph = network.graph
        data = network_parts(parts(graph, network.summary()), graph.inputs, [node.inputs for node in graph.nodes])
        cases += [{"network": data, "depth": depth} for depth in DEPTHS]
    file = folder / "cases.json"
    file.write_text(json.dumps({"widths": widths(), "cases": cases}), encoding="utf-8")
    script = Path(__file__).with_name("layouts.mjs")
    run = subprocess.run([NODE, script, f"{SCRIPTS}/", file], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def plain(value):
    """Numbers to a millionth, lists in one order."""
    if isinstance(value, dict):
        return {key: sorted(map(plain, item), key=str) if isinstance(item, list) else plain(item)
                for key, item in value.items()}  # fmt: skip
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if isinstance(value, str | bool) else round(float(value), 6)


def assert_same(networks, folder):
    found = in_the_page(networks, folder)
    wanted = [in_python(network, depth) for network in networks for depth in DEPTHS]
    assert len(found) == len(wanted)
    for index, (page, python) in enumerate(zip(found, wanted, strict=True)):
        assert plain(page) == plain(python), (networks[index // len(DEPTHS)].graph.name, DEPTHS[index % len(DEPTHS)])


def test_bundled_networks(tmp_path):
    names = ("lenet5", "resnet50", "googlenet", "densenet121", "unet", "siamese", "inception_v4", "swin_t", "vit_b_16")
    assert_same([archcalc.load(name) for name in names], tmp_path)


def test_random_networks(tmp_path):
    assert_same([archcalc.loads(spec(seed)) for seed in range(60)], tmp_path)
