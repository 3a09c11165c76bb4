"""A lock file reads back as it was written, and tells what has moved."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.analysis.changes.diff import difference
from archcalc.analysis.changes.lock import lock_of, lock_result, moved, read_lock
from archcalc.errors import Place, SpecError
from archcalc.report.network.diff import diff_table
from archcalc.report.network.lock import lock_json

NET = "input: 3x11x13\nlayers:\n  a: conv 5 2x3\n  p: max_pool 2x3\n  f: flatten\n  l: linear 7\n"


def lock(text):
    return lock_of(archcalc.loads(text, name="net").summary())


def moves(before, after):
    """(state, layer, what changed, change in params and MACs) of all layers that are not as they were locked."""
    locked = read_lock(lock_json(lock(before)), "lock.json")
    found = moved(locked, lock(after), "lock.json")
    return [
        (
            line.state, (line.after or line.before).name, {c.what: (c.before, c.after) for c in line.changes},
            line.params[1] - line.params[0], line.macs[1] - line.macs[0],
        )
        for line in found.difference.lines
        if line.state != "equal" or line.renamed
    ]  # fmt: skip


def told(before, after):
    locked = lock(before)
    return lock_result(locked, moved(locked, lock(after), "lock.json"), "lock.json", Place("net.yaml", 1, 1))


@pytest.mark.parametrize("name", ["lenet5", "siamese", "resnet18", "densenet121"])
def test_it_reads_back_as_it_was_written(name):
    locked = lock_of(archcalc.load(name).summary())
    assert read_lock(lock_json(locked), "lock.json") == locked


def test_the_file():
    """5 kernels of 3*2*3 and 5 biases; 5x10x11, pooled 5x5x3; 75 features, 7*75 and 7 biases; the peak is at a."""
    text = lock_json(lock(NET))
    assert text == (
        '{\n "schema": "archcalc/lock/1",\n "spec": "net",\n "inputs": {"input": "3x11x13"},\n'
        ' "totals": {"params": 627, "trainable_params": 627, "buffers": 0, "macs": 10425, '
        '"peak_activation_bytes": 3916},\n "layers": {\n'
        '  "a": {"kind": "conv", "inputs": ["input"], "output": "5x10x11", "params": 95, "macs": 9900, '
        '"attributes": {"out_channels": "5", "kernel_size": "2x3"}},\n'
        '  "p": {"kind": "max_pool", "inputs": ["a"], "output": "5x5x3", "params": 0, "macs": 0, '
        '"attributes": {"kernel_size": "2x3", "stride": "2x3"}},\n'
        '  "f": {"kind": "flatten", "inputs": ["p"], "output": "75", "params": 0, "macs": 0},\n'
        '  "l": {"kind": "linear", "inputs": ["f"], "output": "7", "params": 532, "macs": 525, '
        '"attributes": {"out_features": "7"}}\n }\n}\n'
    )


def test_nothing_has_moved():
    result = told(NET, NET)
    assert (result.subject, result.claimed, result.holds, result.reason) == ("lock", "4 layers", True, "")


WIDTH = [
    # conv 4: 4*19 = 76 params, 72 taps at 110 places; 4x5x3 = 60 values are left, 7*61 params behind them
    ("changed", "a", {"out_channels": ("5", "4")}, 76 - 95, 7_920 - 9_900),
    ("changed", "p", {"input": (((5, 10, 11),), ((4, 10, 11),))}, 0, 0),
    ("changed", "f", {"input": (((5, 5, 3),), ((4, 5, 3),))}, 0, 0),
    ("changed", "l", {"input": (((75,),), ((60,),))}, 427 - 532, 420 - 525),
]


def test_a_changed_layer_moves_those_behind_it():
    after = NET.replace("conv 5", "conv 4")
    assert moves(NET, after) == WIDTH
    assert told(NET, after).reason == (
        "4 changed; params 627 -> 503, macs 10,425 -> 8,340, peak_activation_bytes 3,916 -> 3,476"
    )


def test_it_is_told_as_by_diff():
    after = NET.replace("conv 5", "conv 4")
    graphs = [archcalc.loads(text, name="net").graph for text in (NET, after)]
    told_by_diff = [
        (line.state, line.after.name, [change.what for change in line.changes], line.params, line.macs)
        for line in difference(*graphs).lines
    ]
    found = moved(lock(NET), lock(after), "lock.json").difference
    assert [
        (line.state, line.after.name, [change.what for change in line.changes], line.params, line.macs)
        for line in found.lines
    ] == told_by_diff


@pytest.mark.parametrize("name", ["lenet5_1998", "resnet18", "siamese", "inception_v3", "swin_t"])
def test_a_network_is_as_it_was_locked(name):
    summary = archcalc.load(name).summary()
    assert moved(read_lock(lock_json(lock_of(summary)), "lock.json"), lock_of(summary), "lock.json") is None


def test_layers_that_come_go_or_change_their_kind():
    after = NET.replace("max_pool", "avg_pool").replace("  f: flatten\n", "  g: flatten\n")
    assert moves(NET, after) == [
        ("added", "p", {}, 0, 0),
        ("removed", "p", {}, 0, 0),
        ("equal", "g", {}, 0, 0),  # another name
    ]
    assert told(NET, after).reason == "1 added, 1 removed, 1 renamed"


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("conv 5 2x3", "conv 5 2x3 padding_mode=reflect padding=0", {"padding_mode": ("zeros", "reflect")}),
        ("linear 7", "linear 7 bias=no", {"bias": ("yes", "no")}),
        ("max_pool 2x3", "max_pool 2x3 ceil_mode=yes", {"ceil_mode": ("no", "yes")}),
    ],
)
def test_a_default_that_is_no_longer_meant(old, new, changes):
    first = moves(NET, NET.replace(old, new))[0]
    assert {what: pair for what, pair in first[2].items() if what != "input"} == changes


def test_what_is_read_and_shared():
    net = "input: 3x11x13\nlayers:\n  a: conv 3 1\n  b: conv 3 1\n  c: {op: conv 3 1, share: a}\n  s: add a c\n"
    assert moves(net, net.replace("share: a", "share: b").replace("add a c", "add b c")) == [
        ("changed", "c", {"shares": ("a", "b")}, 0, 0),
        ("changed", "s", {"reads": (("a", "c"), ("b", "c"))}, 0, 0),
    ]


def test_what_only_a_total_tells():
    """Training only the last layer moves no layer: 532 of 627 params are trained."""
    result = told(NET, NET + "freeze: a\n")
    assert (result.holds, result.reason) == (False, "trainable_params 627 -> 532")


def test_another_input():
    after = NET.replace("3x11x13", "3x11x14")
    assert moves(NET, after)[0] == ("changed", "a", {"input": (((3, 11, 13),), ((3, 11, 14),))}, 0, 10_800 - 9_900)
    result = told(NET, NET.replace("input: 3x11x13", "inputs: {image: 3x11x13}"))
    assert (result.holds, result.reason) == (False, "the inputs have other names")


OLD = (
    '{"schema": "archcalc/lock/1", "spec": "net", "inputs": {"input": "3x11x13"},'
    ' "totals": {"params": 627, "trainable_params": 627, "buffers": 0, "macs": 10425, "peak_activation_bytes": 3916},'
    ' "layers": {"a": {"kind": "conv", "output": "5x10x11", "params": 95, "macs": 9900},'
    ' "p": {"kind": "max_pool", "output": "5x5x3", "params": 0, "macs": 0},'
    ' "f": {"kind": "flatten", "output": "75", "params": 0, "macs": 0},'
    ' "l": {"kind": "linear", "output": "7", "params": 532, "macs": 525}}}'
)


def test_a_file_of_archcalc_0_1_0():
    """It does not say what a layer reads, so its figures are compared, layer by layer."""
    locked = read_lock(OLD, "lock.json")
    assert moved(locked, lock(NET), "lock.json") is None
    found = moved(locked, lock(NET.replace("conv 5", "conv 4")), "lock.json")
    assert [
        (line.state, line.after.name, {change.what: (change.before, change.after) for change in line.changes})
        for line in found.difference.lines
    ] == [
        ("changed", "a", {"out": ("5x10x11", "4x10x11"), "params": ("95", "76"), "macs": ("9,900", "7,920")}),
        ("changed", "p", {"out": ("5x5x3", "4x5x3")}),
        ("changed", "f", {"out": ("75", "60")}),
        ("changed", "l", {"params": ("532", "427"), "macs": ("525", "420")}),
    ]


def test_a_required_attribute_that_was_cut_out():
    text = lock_json(lock(NET)).replace('"out_channels": "5", ', "")
    (line,) = [line for line in moved(read_lock(text, "l"), lock(NET), "l").difference.lines if line.state != "equal"]
    assert [(change.what, change.before, change.after) for change in line.changes] == [("out_channels", None, "5")]


def test_a_kind_that_there_is_not():
    text = lock_json(lock(NET)).replace('"kind": "flatten"', '"kind": "flattn"')
    found = moved(read_lock(text, "lock.json"), lock(NET), "lock.json")
    table = diff_table(found.difference, named=True)
    assert [row[:2] for row in table.rows] == [("+ f", "flatten"), ("- f", "flattn")]


@pytest.mark.parametrize(
    "text",
    ["1", "[]", "{}", '{"schema": "archcalc/lock/2"}', '{"schema": "archcalc/lock/1"}',
     lock_json(lock(NET)).replace("627", '"627"'), lock_json(lock(NET)).replace("5x10x11", "5x0x11"),
     lock_json(lock(NET)).replace('"inputs": {"input": "3x11x13"}', '"inputs": "3x11x13"'),
     lock_json(lock(NET)).replace('"inputs": ["p"]', '"inputs": ["l"]'),
     lock_json(lock(NET)).replace('"inputs": ["p"]', '"inputs": 7'),
     lock_json(lock(NET)).replace('"attributes": {"out_features": "7"}', '"attributes": ["7"]')],
)  # fmt: skip
def test_what_is_no_lock_file(text):
    with pytest.raises(SpecError) as caught:
        read_lock(text, "lock.json")
    assert caught.value.what == "lock.json is no lock file of archcalc"
    assert caught.value.help == "`archcalc lock SPEC --output FILE` writes one"


def test_what_is_no_json():
    with pytest.raises(SpecError) as caught:
        read_lock('{\n "schema": }', "lock.json")
    assert str(caught.value) == "lock.json:2:12: lock.json is not JSON: Expecting value"
    with pytest.raises(SpecError) as caught:
        read_lock("[" * 100_000, "lock.json")
    assert caught.value.what == "lock.json is nested too deep for a lock file"
