"""Which steps a net becomes: written out for two nets, and the rules of joining one by one."""

from __future__ import annotations

import pytest

pytest.importorskip("numpy", reason="the numeric extra is not installed")

from archcalc.network import load
from archcalc.numeric.engine.choose import EngineSetting
from archcalc.numeric.engine.plan import plan_of


def planned(graph, batch=1, threads=2, exact=False, keep=()):
    return plan_of(graph, EngineSetting(batch, threads, exact), 4, {graph.values[name] for name in keep})


def steps(graph, **options):
    return [f"{step.title}: {step.name}" for step in planned(graph, **options).steps]


# MACs as in the lecture: 5*5*6*28*28 = 117,600; 5*5*6*16*10*10 = 240,000; 400*120, 120*84, 84*10.
LENET5 = """\
conv1.conv + conv1.act  im2col of planes  6x28x28   117,600
pool1                   avg pool          6x14x14         0
conv2.conv + conv2.act  im2col            16x10x10  240,000
pool2                   avg pool          16x5x5          0
flat                    reference         400             0
fc1.linear + fc1.act    matrix-vector     120        48,000
fc2.linear + fc2.act    matrix-vector     84         10,080
fc3                     matrix-vector     10            840
"""


def test_lenet5():
    plan = str(planned(load("lenet5").graph, threads=1))
    table, footer = plan.rsplit("\n", 1)
    assert table + "\n" == LENET5
    assert footer.startswith("8 steps, ")


def test_resnet18_has_a_step_for_each_convolution():
    assert steps(load("resnet18").graph)[:9] == [
        "conv1 + bn1 + relu: im2col of planes",
        "maxpool: max pool",
        "layer1.0.conv1 + layer1.0.bn1 + layer1.0.relu1: winograd 4x4",
        "layer1.0.conv2 + layer1.0.bn2 + layer1.0.sum + layer1.0.relu2: winograd 4x4",
        "layer1.1.conv1 + layer1.1.bn1 + layer1.1.relu1: winograd 4x4",
        "layer1.1.conv2 + layer1.1.bn2 + layer1.1.sum + layer1.1.relu2: winograd 4x4",
        "layer2.0.conv1 + layer2.0.bn1 + layer2.0.relu1: im2col",
        "layer2.0.conv2 + layer2.0.bn2: winograd 4x4",
        "layer2.0.downsample.0 + layer2.0.downsample.1 + layer2.0.sum + layer2.0.relu2: im2col",
    ]


JOINED = {
    "norm, sum and act": (
        "  a: conv 5 1x1\n  b: conv 5 1x1\n  n: batch_norm\n  s: add n a\n  r: relu", ["a", "b + n + s + r"],
    ),
    "dropout is nothing": ("  a: conv 5 1x1\n  d: dropout\n  r: relu", ["a + r"]),
    "a second reader": ("  a: conv 5 1x1\n  r: relu\n  s: add a r", ["a", "r", "s"]),
    "an act, then a sum": ("  a: conv 5 1x1\n  b: conv 5 1x1 act=relu\n  s: add b a", ["a", "b.conv + b.act", "s"]),
    "a value and itself": ("  a: conv 5 1x1\n  s: add a a", ["a", "s"]),
    "one channel stretched": (
        "  a: conv 5 1x1\n  b: global_avg_pool keepdim=yes\n  c: conv 5 1x1\n  s: add c a", ["a", "b", "c", "s"],
    ),
    "a norm without statistics": ("  a: conv 5 1x1\n  n: batch_norm track_running_stats=no", ["a", "n"]),
    "two norms": ("  a: conv 5 1x1\n  n: batch_norm\n  m: batch_norm\n  r: relu", ["a + n", "m + r"]),
    "a bias for each place": (
        "  a: conv 5 1x1\n  b: conv 5 1x1 bias=untied\n  n: batch_norm\n  s: add n a\n  r: relu",
        ["a", "b + n + s + r"],
    ),
    "a norm after a sum": ("  a: conv 5 1x1\n  b: conv 5 1x1\n  s: add a b\n  n: batch_norm", ["a", "b + s", "n"]),
    "an act after a pool": ("  a: max_pool 2\n  r: relu", ["a", "r"]),
    "two acts": ("  a: conv 5 1x1\n  r: relu\n  t: tanh", ["a + r", "t"]),
    "a sum of two convolutions": ("  a: conv 5 1x1 from=input\n  b: conv 5 3x1 padding=1x0 from=input\n  s: add a b",
                                  ["a", "b + s"]),
}  # fmt: skip


@pytest.mark.parametrize("name", JOINED)
def test_what_joins(net, compare, name):
    layers, titles = JOINED[name]
    graph = net(layers, "3x7x11")
    assert [step.title for step in planned(graph).steps if step.nodes] == titles
    compare(graph)


def test_what_is_kept_is_joined_to_nothing_after_it(net, compare):
    graph = net("  a: conv 5 1x1\n  n: batch_norm\n  r: relu", "3x7x11")
    assert [step.title for step in planned(graph, keep=["a"]).steps if step.nodes] == ["a", "n + r"]
    assert [step.title for step in planned(graph, keep=["n"]).steps if step.nodes] == ["a + n", "r"]
    compare(graph, keep=["a"])
    compare(graph, keep="all")


CONCATS = {
    "in place": ("  a: conv 5 1x1\n  b: conv 7 3x3 padding=1\n  c: concat a b\n  d: conv 3 1x1", ["a", "b", "c", "d"]),
    "an input": ("  a: conv 5 1x1\n  c: concat a input", ["a", "input", "c"]),
    "a value twice": ("  a: conv 5 1x1\n  c: concat a a", ["a", "input", "c"]),
    "in two of them": (
        "  a: conv 5 1x1\n  b: conv 7 1x1\n  c: concat a b\n  d: concat b a\n  e: conv 3 1x1\n  f: concat c e",
        ["a", "b", "input", "input", "c", "d", "e", "f"],
    ),
    "one in another": (
        "  a: conv 5 1x1\n  b: conv 7 3x3 padding=1\n  c: concat a b\n  d: conv 3 3x3 padding=1\n  e: concat c d\n"
        "  f: conv 2 3x3 padding=1\n  g: concat e f\n  h: conv 4 3x3 padding=1",
        ["a", "b", "c", "d", "e", "f", "g", "h"],
    ),
}


@pytest.mark.parametrize("name", CONCATS)
def test_a_concat_is_written_in_place(net, compare, name):
    """Steps called `input` bring values into another order or place; the first one of them is the conversion."""
    layers, titles = CONCATS[name]
    graph = net(layers, "6x7x11")
    assert [step.title for step in planned(graph).steps][1:] == titles
    compare(graph)


def test_a_concat_along_another_axis_is_the_reference(net, compare):
    graph = net("  a: conv 5 1x1\n  b: conv 5 1x1\n  c: concat a b axis=1", "3x7x11")
    assert steps(graph)[-1] == "c: reference"
    compare(graph)


def test_exact_has_no_winograd():
    names = {step.name for step in planned(load("vgg16").graph, exact=True).steps}
    assert names == {"im2col of planes", "im2col", "max pool", "reference", "matrix-vector"}
