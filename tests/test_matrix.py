"""Kinds against verbs: every cell is implemented, or listed here as a gap with its reason."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

import archcalc
from archcalc import layers
from archcalc.core import Shape, TensorSpec, Work
from archcalc.layers import Composite, all_kinds, names
from archcalc.report.network.summary_json import summary_json

INPUTS = {"map": "6x12x14", "sequence": "5x12", "vector": "30", "indices": "7", "frames": "3x2x11x13"}

SAMPLES: dict[str, tuple[str, str]] = {
    # kind -> (input, layers)
    "conv": ("map", "a: conv 4 3x5 padding=1x2"),
    "depthwise_conv": ("map", "a: depthwise_conv 3 padding=1"),
    "conv_transpose": ("map", "a: conv_transpose 4 3 stride=2"),
    "linear": ("vector", "a: linear 7"),
    "max_pool": ("map", "a: max_pool 2"),
    "avg_pool": ("map", "a: avg_pool 2x3"),
    "lp_pool": ("map", "a: lp_pool 2"),
    "max_unpool": ("map", "{p: max_pool 2, a: max_unpool 2}"),
    "global_avg_pool": ("map", "a: global_avg_pool"),
    "global_max_pool": ("map", "a: global_max_pool"),
    "global_sum_pool": ("map", "a: global_sum_pool"),
    "adaptive_avg_pool": ("map", "a: adaptive_avg_pool 5x3"),
    "adaptive_max_pool": ("map", "a: adaptive_max_pool 5"),
    "batch_norm": ("map", "a: batch_norm"),
    "layer_norm": ("sequence", "a: layer_norm"),
    "instance_norm": ("map", "a: instance_norm"),
    "group_norm": ("map", "a: group_norm 3"),
    "rms_norm": ("sequence", "a: rms_norm"),
    "local_response_norm": ("map", "a: local_response_norm 5"),
    "dropout": ("map", "a: dropout 0.5"),
    "drop_path": ("map", "a: drop_path 0.1"),
    "identity": ("map", "a: identity"),
    "layer_scale": ("map", "a: layer_scale"),
    "scale": ("map", "a: scale by=0.5 plus=-1"),
    "subsample": ("map", "a: subsample 2"),
    "rbf": ("vector", "a: rbf 10"),
    "prelu": ("map", "a: prelu"),
    "glu": ("map", "a: glu"),
    "add": ("map", "{a: relu, b: add a in}"),
    "multiply": ("map", "{a: relu, b: multiply a in}"),
    "subtract": ("map", "{a: relu, b: subtract a in}"),
    "abs_diff": ("map", "{a: relu, b: abs_diff a in}"),
    "maximum": ("map", "{a: relu, b: maximum a in}"),
    "minimum": ("map", "{a: relu, b: minimum a in}"),
    "average": ("map", "{a: relu, b: average a in}"),
    "divide": ("map", "{a: softplus, b: divide in a}"),
    "maxout": ("map", "a: maxout 3"),
    "log": ("map", "{a: softplus, b: log}"),
    "sqrt": ("map", "{a: relu, b: sqrt}"),
    "rsqrt": ("map", "{a: softplus, b: rsqrt}"),
    "reciprocal": ("map", "{a: softplus, b: reciprocal}"),
    "pow": ("map", "a: pow 3"),
    "clamp": ("map", "a: clamp -1 2"),
    "reduce": ("map", "a: reduce std axis=1x2 keepdim=yes"),
    "l2_normalize": ("map", "a: l2_normalize"),
    "tile": ("map", "a: tile 2x1x3"),
    "roll": ("map", "a: roll 5x-3"),
    "take": ("map", "a: take 5x0x0 axis=1"),
    "parameter": ("map", "{p: parameter 6x1x1, a: multiply in p}"),
    "constant": ("map", "{p: constant 6x1x1 value=1x2x3x4x5x6, a: subtract in p}"),
    "opaque": ("map", "a: opaque 30x6 params=1000 macs=5000 note=detections"),
    "concat": ("map", "{a: relu, b: concat a in}"),
    "matmul": ("sequence", "{a: relu, b: matmul a in transpose_b=yes}"),
    "flatten": ("map", "a: flatten"),
    "reshape": ("map", "a: reshape 12x84"),
    "permute": ("map", "a: permute 0 2 1"),
    "slice": ("map", "a: slice 1:4"),
    "chunk": ("map", "{a: chunk 2, b: {op: relu, from: a.1}}"),
    "split": ("map", "{a: split 2 4, b: {op: relu, from: a.1}}"),
    "channel_shuffle": ("map", "a: channel_shuffle 3"),
    "pixel_shuffle": ("map", "{a: conv 8 1, b: pixel_shuffle 2}"),
    "pixel_unshuffle": ("map", "a: pixel_unshuffle 2"),
    "space_to_depth": ("map", "a: space_to_depth 2"),
    "tokens": ("map", "a: tokens"),
    "upsample": ("map", "a: upsample 2 mode=bilinear"),
    "pad": ("map", "a: pad 1x2"),
    "crop": ("map", "a: crop 5x6"),
    "embedding": ("indices", "a: embedding 100 8"),
    "position_embedding": ("sequence", "a: position_embedding"),
    "class_token": ("sequence", "a: class_token"),
    "multihead_attention": ("sequence", "a: multihead_attention 4"),
    "window_attention": ("map", "a: window_attention 3 window=5 shift=2"),
    "locally_connected": ("map", "a: locally_connected 4 3x5 padding=1x2 stride=2"),
    "deform_conv": ("map", "{o: conv 12 2x3, a: deform_conv in o out_channels=4 kernel_size=2x3}"),
    "conv_lstm": ("frames", "a: conv_lstm 4 3x5 padding=same stride=1x2"),
    "attention": ("sequence", "{k: linear 12, a: attention in k k num_heads=3 causal=yes}"),
    "einsum": ("sequence", "{k: linear 7, a: 'einsum in k equation=ti,tj->ji'}"),
    "moe": ("sequence", "a: moe 5 2 7"),
    "unfold": ("map", "a: unfold 2x3 stride=2"),
    "fold": ("map", "{a: unfold 2x3 stride=2, b: fold 12x14 2x3 stride=2}"),
    "rnn": ("sequence", "a: rnn 8"),
    "lstm": ("sequence", "a: lstm 8 biases=1"),
    "gru": ("sequence", "a: gru 8 reset_after=no"),
}
"""Kinds that are not here are activations: `a: KIND` on a map."""

FORWARD_GAPS: dict[str, str] = {"opaque": "nothing is known of what it computes"}
"""Kind -> why `archcalc run` cannot run it (it says so and exits with 6)."""

SECTIONS = ("Formula", "Shape", "Params", "Work", "Field", "Source")


def network(kind: str) -> archcalc.Network:
    given, body = SAMPLES.get(kind, ("map", f"a: {kind}"))
    body = body if body.startswith("{") else f"{{{body}}}"
    return archcalc.loads(f"input: {INPUTS[given]}\nlayers: {body}\n", name=kind)


def test_every_registered_kind_is_found_by_its_name():
    """What a module of `layers/` registers stands in `MODULES`, or a spec would never find it."""
    for file in Path(layers.__file__).parent.glob("*.py"):
        import_module(f"archcalc.layers.{file.stem}")
    assert set(layers.KINDS) == set(names())


@pytest.mark.parametrize("kind", names())
def test_a_kind_has_a_table_of_cases(kind):
    """Cases worked out by hand, or measured, in the folder that mirrors `layers/`."""
    files = [file for file in (Path(__file__).parent / "layers").glob("test_*.py") if file.name != "test_traits.py"]
    assert any(re.search(rf"\b{kind}\b", file.read_text("utf-8")) for file in files)


@pytest.mark.parametrize("kind", names())
def test_the_four_facts_of_a_kind_are_stated(kind):
    """Windows and output have no default; that weights and work are the documented ones, layers/test_traits.py says."""
    for node in network(kind).graph.nodes:
        windows = node.layer.windows(*node.input_shapes)
        assert len(windows) == (len(node.x.spatial) if node.inputs else 0)
        assert isinstance(node.layer.output(*node.input_shapes), Shape)
        assert all(isinstance(tensor, TensorSpec) for tensor in node.layer.weights(*node.input_shapes).values())
        assert isinstance(node.layer.work(*node.input_shapes, node.shape), Work)


@pytest.mark.parametrize("kind", names())
def test_a_kind_goes_through_every_verb(kind):
    """Counting, claims, notes, JSON: none of them knows kinds, so none of them may fail on one."""
    net = network(kind)
    summary = net.summary()
    assert kind in [row.kind for row in summary.rows] or kind in [group.label for group in summary.groups]
    assert f'"{summary.rows[0].name}"' in summary_json(summary)
    for convention in ("macs", "macs+attention", "flops", "lenet-1998"):
        assert net.summary(convention).totals.operations >= 0


@pytest.mark.parametrize("kind", names())
def test_a_kind_runs_forward_to_the_shape_of_its_rule(kind):
    pytest.importorskip("numpy", reason="the numeric extra is not installed")
    from archcalc.numeric.run.run import Options, run_network

    if kind in FORWARD_GAPS:
        pytest.skip(FORWARD_GAPS[kind])
    found = run_network(network(kind).graph, Options(batch=2))
    assert found.rows
    assert (found.misfits, found.first_not_finite) == ((), None)


def test_every_kind_has_a_forward_or_a_reason():
    pytest.importorskip("numpy", reason="the numeric extra is not installed")
    from archcalc.numeric.reference import FORWARD

    several_layers = {"chunk", "split"}
    assert set(FORWARD) | set(FORWARD_GAPS) | several_layers == set(names())
    assert not set(FORWARD) & set(FORWARD_GAPS)


@pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.name)
def test_a_kind_documents_itself_in_the_fixed_form(kind):
    lines = kind.doc.splitlines()
    assert lines[0].strip()
    headings = [match[1] for line in lines[1:] if (match := re.match(r"([A-Z]\w+) {2,}\S", line))]
    assert [heading for heading in headings if heading in SECTIONS] == list(SECTIONS)
    assert all(parameter.doc for parameter in kind.parameters)
    assert len(lines) <= 24, "a docstring is read on one screen"


def test_kinds_that_are_several_layers_say_so():
    composites = {
        kind.name for kind in all_kinds() if isinstance(kind.build, type) and issubclass(kind.build, Composite)
    }
    assert composites == {"chunk", "split"}
