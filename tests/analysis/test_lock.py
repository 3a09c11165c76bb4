"""A lock file reads back as it was written, and tells what has moved."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.analysis.lock import lock_of, moved, read_lock
from archcalc.errors import Place, SpecError
from archcalc.report.lock import lock_json

NET = "input: 3x11x13\nlayers:\n  a: conv 5 2x3\n  p: max_pool 2x3\n  f: flatten\n  l: linear 7\n"
PLACES = {"": Place("net.yaml", 1, 1), "a": Place("net.yaml", 3, 6)}


def lock(text):
    return lock_of(archcalc.loads(text, name="net").summary())


def moves(before, after):
    locked = read_lock(lock_json(lock(before)), "lock.json")
    return [
        (result.subject, result.claimed, result.actual if result.actual is not None else result.reason)
        for result in moved(locked, lock(after), "lock.json", PLACES)
        if result.holds is False
    ]


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
        '  "a": {"kind": "conv", "output": "5x10x11", "params": 95, "macs": 9900},\n'
        '  "p": {"kind": "max_pool", "output": "5x5x3", "params": 0, "macs": 0},\n'
        '  "f": {"kind": "flatten", "output": "75", "params": 0, "macs": 0},\n'
        '  "l": {"kind": "linear", "output": "7", "params": 532, "macs": 525}\n }\n}\n'
    )


def test_nothing_has_moved():
    (result,) = moved(lock(NET), lock(NET), "lock.json", PLACES)
    assert (result.subject, result.claimed, result.holds) == ("lock", "4 layers", True)


def test_a_changed_layer_moves_those_behind_it():
    assert moves(NET, NET.replace("conv 5", "conv 4")) == [
        ("params", "627 when locked", 76 + 7 * 60 + 7),
        ("trainable_params", "627 when locked", 503),
        ("macs", "10,425 when locked", 7_920 + 420),
        ("peak_activation_bytes", "3,916 when locked", 4 * (429 + 440)),
        ("a.out", "5x10x11 when locked", (4, 10, 11)),
        ("a.params", "95 when locked", 76),
        ("a.macs", "9,900 when locked", 7_920),
        ("p.out", "5x5x3 when locked", (4, 5, 3)),
        ("f.out", "75 when locked", (60,)),
        ("l.params", "532 when locked", 427),
        ("l.macs", "525 when locked", 420),
    ]


def test_layers_that_come_go_or_change_their_kind():
    after = NET.replace("max_pool", "avg_pool").replace("  f: flatten\n", "  g: flatten\n")
    assert moves(NET, after) == [
        ("p.kind", "max_pool when locked", "it is avg_pool"),
        ("f", "flatten 75, 0 params when locked", "the layer is gone"),
        ("g", "no such layer when locked", "flatten 75, 0 params"),
    ]


def test_another_input():
    after = NET.replace("3x11x13", "3x11x14").replace("linear 7", "linear 7")
    assert moves(NET, after)[0] == ("input.out", "3x11x13 when locked", (3, 11, 14))
    assert moves(NET, NET.replace("input: 3x11x13", "inputs: {image: 3x11x13}"))[0] == (
        "input.out", "3x11x13 when locked", "there is no such input"
    )  # fmt: skip


def test_places_are_those_of_the_spec():
    places = [str(result.place) for result in moved(lock(NET), lock(NET.replace("conv 5", "conv 4")), "x", PLACES)]
    assert places[3:6] == ["net.yaml:1:1", "net.yaml:3:6", "net.yaml:3:6"]


@pytest.mark.parametrize(
    "text",
    ["1", "[]", "{}", '{"schema": "archcalc/lock/2"}', '{"schema": "archcalc/lock/1"}',
     lock_json(lock(NET)).replace("627", '"627"'), lock_json(lock(NET)).replace("5x10x11", "5x0x11"),
     lock_json(lock(NET)).replace('"inputs": {"input": "3x11x13"}', '"inputs": "3x11x13"')],
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
