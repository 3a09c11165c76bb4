"""A file as a spec: verified before anybody sees it, read by every command, with the same content."""

from __future__ import annotations

from pathlib import Path

import pytest

import archcalc
from archcalc.core import Shape
from archcalc.core.record import replace
from archcalc.errors import ArchcalcError
from archcalc.graph.choices import Choices
from archcalc.graph.elaborate import elaborate
from archcalc.interop.importing import imported
from archcalc.interop.reading.darknet import read
from archcalc.interop.shape import shaped
from archcalc.interop.verify import differences, verify
from archcalc.interop.yaml import text_of
from archcalc.spec.check import load_document
from archcalc.spec.foreign.files import DARKNET

FILES = Path(__file__).parent / "files"
CFG = """[net]
width=20
height=12
channels=3
[convolutional]
filters=4
size=3
pad=1
batch_normalize=1
[convolutional]
filters=4
size=3
pad=1
activation=linear
[shortcut]
from=-2
"""


def test_the_text():
    assert imported(CFG, "net.cfg", DARKNET).text == (
        "name: net\n"
        "about: {source: Darknet cfg net.cfg}\n"
        "input: 3x12x20\n"
        "layers:\n"
        "  conv0: conv 4 3x3 padding=1 bias=no norm=batch_norm act=sigmoid\n"
        "  conv1: conv 4 3x3 padding=1\n"
        "  shortcut2: add conv1 conv0\n"
        "expect:\n"
        "  params: 264\n"  # 4*3*9 + 2*4 and 4*4*9 + 4
        "  buffers: 8\n"
        "  macs: 60,480\n"  # (108 + 144) * 12 * 20
        "  out: 4x12x20\n"
    )


def test_what_is_written_is_what_is_read(tmp_path):
    spec = tmp_path / "net.yaml"
    spec.write_text(imported(CFG, "net.cfg", DARKNET).text, encoding="utf-8")
    (tmp_path / "net.cfg").write_text(CFG, encoding="utf-8")
    assert "are the same network" in str(archcalc.load(str(tmp_path / "net.cfg")).diff(str(spec)))


def test_a_name_with_signs():
    text = imported(CFG, "it's #1: {x}.cfg", DARKNET).text
    assert archcalc.loads(text).graph.own_name == "it's #1: {x}"


def altered(**changes):
    """The record with one operation changed, as a reader with a fault would have made it."""
    net = read(CFG, "net.cfg")
    operations = (net.operations[0], replace(net.operations[1], **changes), net.operations[2])
    return replace(net, operations=operations)


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"shape": Shape.of(4, 12, 19)}, "conv1: shape 4x12x20, not 4x12x19"),
        ({"inputs": (0,)}, "conv1: inputs [3], not [0]"),
        ({"params": 147}, "conv1: params 148, not 147"),
        ({"buffers": 8}, "conv1: buffers 0, not 8"),
        ({"macs": 1}, "conv1: macs 34560, not 1"),
    ],
)
def test_verify_finds_the_first_difference(changes, difference):
    made, wanted = read(CFG, "net.cfg"), altered(**changes)
    graph = elaborate(load_document(text_of(made), "<net>"), Choices())
    assert next(differences(wanted, shaped(wanted), graph)) == difference
    with pytest.raises(ArchcalcError) as caught:
        verify(wanted, shaped(wanted), graph)
    assert caught.value.exit_code == 70
    assert caught.value.what == f"Darknet cfg net.cfg was not read right: {difference}"


def test_what_the_tool_computes_and_no_layer_of_ours_takes():
    """A padding of more than half the kernel of a pooling: refused, with the place in the file."""
    cfg = CFG + "[maxpool]\nsize=2\nstride=2\npadding=4\n"
    with pytest.raises(ArchcalcError) as caught:
        imported(cfg, "net.cfg", DARKNET)
    assert (str(caught.value.place), caught.value.exit_code) == ("net.cfg:17:1", 6)
    assert caught.value.what.startswith("no layer of a spec stands for this one: a padding of 2 is more than half")


def test_outputs_and_inputs_are_compared():
    net = read(CFG, "net.cfg")
    graph = elaborate(load_document(text_of(net), "<net>"), Choices())
    assert list(differences(net, shaped(net), graph)) == []
    assert list(differences(replace(net, outputs=(1,)), shaped(net), graph)) == ["outputs [5], not [3]"]
    other = replace(net, inputs=(("input", Shape.of(3, 12, 21)),))
    assert next(differences(other, shaped(net), graph)).startswith("inputs ")
