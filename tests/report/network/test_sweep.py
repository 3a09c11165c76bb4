"""Sweeps: what JSON says of each point."""

from __future__ import annotations

import json

import archcalc
from archcalc.report.network.sweep import sweep_json


def test_json_marks_what_no_other_beats():
    """Fewer MACs and a wider net are better: of one width the smaller input beats the larger."""
    net = archcalc.load("mobilenet_v2")
    found = net.sweep({"width": [0.5, 1], "input": [160, 224]}, pareto="macs,+width")
    points = json.loads(sweep_json(found))["points"]
    assert [(point["width"], point["input"], point["front"]) for point in points] == [
        (0.5, "3x160x160", True),
        (0.5, "3x224x224", False),
        (1, "3x160x160", True),
        (1, "3x224x224", False),
    ]


def test_json_says_nothing_of_a_front_that_nobody_asked_for():
    found = archcalc.load("lenet5").sweep({"input": ["1x32x32"]})
    assert "front" not in json.loads(sweep_json(found))["points"][0]
