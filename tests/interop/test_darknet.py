"""Darknet's cfgs: floats, MACs and shapes by arithmetic that is not ours, and every trap of the format."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path

import pytest

import archcalc
from archcalc.errors import ArchcalcError
from archcalc.interop.reading.darknet import read
from archcalc.interop.reading.darknet_sections import sections_of
from archcalc.interop.reading.darknet_table import ACTIVATIONS, SECTIONS

FILES = Path(__file__).parent / "files" / "darknet"
KNOWN = json.loads((FILES.parent / "darknet.json").read_text(encoding="utf-8"))["nets"]
READ = sorted(KNOWN)


def text(name: str) -> str:
    return (FILES / name).read_text(encoding="utf-8")


def net(name: str):
    return archcalc.load(str(FILES / name))


@pytest.mark.parametrize("name", READ)
def test_floats_of_the_weight_file_and_macs(name):
    totals = net(name).summary().totals
    assert totals.params + totals.buffers == KNOWN[name]["floats"]
    assert totals.macs == KNOWN[name]["macs"]


@pytest.mark.parametrize("name", READ)
def test_the_shape_after_every_section(name):
    """Darknet writes a row as n x 1 x 1; it is the same n values."""
    record, graph = read(text(name), name), net(name).graph
    found = [graph.value_shape(graph.values[record.name_of(value)]) for value in record.named.values()]
    known = KNOWN[name]["out"]
    assert len(found) == len(known)
    for shape, out in zip(found, known, strict=True):
        assert list(shape) == out or shape == (prod(out),)


@pytest.mark.parametrize("name", [*READ, "rows.cfg", "steps.cfg", "gru.cfg", "opaque.cfg"])
def test_the_spec_claims_what_the_file_counts(name):
    result = net(name).check()
    assert len(result) >= 3
    assert result.passed


def test_every_row_is_hit():
    """A row that no file has is untested."""
    sections = [section for file in FILES.glob("*.cfg") for section in sections_of(text(file.name), file.name)[1:]]
    assert {section.kind for section in sections} >= {*SECTIONS}
    assert {section.word("activation", "logistic") for section in sections} >= {*ACTIVATIONS}


def test_rows_counted_by_hand():
    totals = net("rows.cfg").summary().totals
    conv, deconv, norm = 6 * (4 // 2) * 3 * 3, 8 * 6 * 4 * 4, 8 + 8
    squeeze, loggy, fc = 8 * 4, 8 * 5 * 2 * 2, 5 * 9 * 11 * 7
    assert totals.params == (conv + 6) + (deconv + 8) + norm + (squeeze + 8) + (loggy + 5 + 5) + (fc + 7)
    assert totals.buffers == 2 * 8 + 2 * 5
    assert totals.macs == conv * 8 * 12 + deconv * 8 * 12 + squeeze + loggy * 8 * 12 + fc


def test_recurrent_sections_counted_by_hand():
    """rnn: input, state and output; gru and lstm: two connected sections a gate, each with its biases."""
    rnn, out, gru, lstm, fc = 7 * (5 + 7), 7 * 7, 3 * 3 * (7 + 3), 4 * 2 * (3 + 2), 2 * 13
    totals = net("steps.cfg").summary().totals
    assert totals.params == (rnn + 2 * 7) + (out + 7) + (gru + 6 * 3) + (lstm + 8 * 2) + (fc + 13)
    assert totals.macs == 11 * (rnn + out + gru + lstm + fc)


HEAD = "[net]\nwidth=20\nheight=12\nchannels=3\n"


def calls(sections: str, head: str = HEAD) -> list[str]:
    """The lines of the layers."""
    from archcalc.interop.yaml import text_of

    lines = text_of(read(head + sections, "net.cfg")).splitlines()
    found = lines[lines.index("layers:") + 1 : lines.index("expect:")]
    return [line.strip() for line in found if not line.startswith("output:")]


CONV = "[convolutional]\nfilters=4\nsize=3\nstride=1\npad=1\nactivation=linear\n"


@pytest.mark.parametrize(
    ("sections", "lines"),
    [
        ("[convolutional]\nsize=5\npad=1\n", ["conv0: conv 1 5x5 padding=2 act=sigmoid"]),
        ("[convolutional]\nsize=4\npad=1\npadding=7\n", ["conv0: conv 1 4x4 padding=2 act=sigmoid"]),
        ("[convolutional]\nsize=3\npadding=2\nactivation=linear\n", ["conv0: conv 1 3x3 padding=2"]),
        ("[maxpool]\nsize=2\nstride=1\n", ["pool0: max_pool 2x2 stride=1 padding=0:1"]),
        ("[maxpool]\nsize=5\nstride=1\n", ["pool0: max_pool 5x5 stride=1 padding=2"]),
        ("[maxpool]\nstride=2\n", ["pool0: max_pool 2x2"]),
        ("[maxpool]\nsize=2\nstride=2\npadding=0\n", ["pool0: max_pool 2x2"]),
        ("[maxpool]\nsize=3\nstride=2\npadding=0\n", ["pool0: max_pool 3x3 stride=2"]),
        (CONV + "[avgpool]\n", ["conv0: conv 4 3x3 padding=1", "avgpool1: global_avg_pool keepdim=yes"]),
        (CONV + CONV + "[route]\nlayers=-1,0\n",
         ["conv0: conv 4 3x3 padding=1", "conv1: conv 4 3x3 padding=1", "route2: concat conv1 conv0"]),
        (CONV + CONV + "[route]\nlayers = -2\n" + CONV,
         ["conv0: conv 4 3x3 padding=1", "conv1: conv 4 3x3 padding=1", "conv3: conv 4 3x3 padding=1 from=conv0"]),
        (CONV.replace("filters=4", "filters=2") + CONV + "[shortcut]\nfrom=0\n",
         ["conv0: conv 2 3x3 padding=1", "conv1: conv 4 3x3 padding=1", "shortcut2:",
          "pad: pad channels=0:2 from=conv0", "sum: add conv1 pad"]),
        (CONV + CONV.replace("filters=4", "filters=2").replace("stride=1", "stride=2") + "[shortcut]\nfrom=0\n",
         ["conv0: conv 4 3x3 padding=1", "conv1: conv 2 3x3 stride=2 padding=1", "shortcut2:",
          "subsample: max_pool 1x1 stride=2 from=conv0", "first: slice 0:2", "sum: add conv1 first"]),
        (CONV + "[reorg]\nstride=2\n",
         ["conv0: conv 4 3x3 padding=1",
          "reorg1: space_to_depth 2   # Darknet mixes the values in an order of its own"]),
        ("[connected]\noutput=7\nbatch_normalize=1\nactivation=leaky\n",
         ["flatten0: flatten", "fc0: linear 7 bias=no norm=batch_norm act=leaky_relu(0.1)"]),
    ],
)  # fmt: skip
def test_a_trap_of_the_format(sections, lines):
    assert calls(sections) == lines


def test_spaces_comments_and_a_mark_of_the_file_are_no_matter():
    odd = (
        "\ufeff# first\n[net]\r\n width = 20\nheight=12 # rows\n; no\nchannels=3\n\n [convolutional]\n filters = 4\r\n"
    )
    assert calls("", odd) == ["conv0: conv 4 1x1 act=sigmoid"]


def test_another_input():
    small = archcalc.load(str(FILES / "yolov3-tiny.cfg"), input="3x320x320")
    assert [small.graph.value_shape(value) for value in small.graph.outputs] == [(255, 10, 10), (255, 20, 20)]
    assert small.check().passed


@pytest.mark.parametrize(
    ("cfg", "what", "help", "place", "code"),
    [
        (HEAD + "[convolutionl]\n", "no layer of a spec stands for [convolutionl]",
         "did you mean `convolutional` or `deconvolutional`?", "5:1", 6),
        (HEAD + CONV + "[route]\nlayers=-1, 7\n", "section 7 is not before this one, which is section 1",
         "name one of 0 to 0, or count back: -1 to -1", "12:8", 3),
        (HEAD + CONV + "[route]\nlayers=1\n", "section 1 is not before this one, which is section 1",
         "name one of 0 to 0, or count back: -1 to -1", "12:8", 3),
        (HEAD + CONV + "[shortcut]\nfrom=-3\n", "section -2 is not before this one, which is section 1",
         "name one of 0 to 0, or count back: -1 to -1", "12:6", 3),
        (HEAD + CONV + "[route]\n", "[route] has no `layers`", "write layers=-1", "11:1", 3),
        (HEAD + "[convolutional]\nfilters=many\n", "`filters` is a whole number, got `many`", None, "6:9", 3),
        (HEAD + "[convolutional]\nfilters=0\n", "`filters` is at least 1, got 0", None, "6:9", 3),
        (HEAD + "[convolutional]\nfilters=9999999999\n", "`filters` is at most 1,000,000,000, got 9999999999", None,
         "6:9", 3),
        (HEAD + "[convolutional]\nfilters=4\nsi", "`si` is no option", "write name=value; is the file cut off?",
         "7:1", 3),
        (HEAD + "[convolutional]\nsize=15\n", "[convolutional] would make 1x-2x6 of 3x12x20", None, "5:1", 3),
        (HEAD + "[convolutional]\nactivation=stair\n", "no layer of a spec stands for the activation `stair`", None,
         "6:12", 6),
        ("[net]\ninputs=5\n[gru]\noutput=3\nbatch_normalize=1\n",
         "no layer of a spec stands for [gru]: batch norm inside a recurrent layer", None, "3:1", 6),
        (HEAD + "[connected]\noutput=900000000\n[connected]\noutput=900000000\n",
         "the network counts more than 10^15 of something, the limit", None, "7:1", 3),
        (HEAD, "[net] has no layers below it", "is the file cut off?", "1:1", 3),
        ("[net]\nbatch=1\n[convolutional]\n", "[net] states no input", "give it, as --input 3x416x416", "1:1", 3),
        ("[convolutional]\n", "a cfg begins with [net]", "write [net] and the size: width=, height=, channels=",
         "1:1", 3),
        ("width=3\n[net]\n", "an option before any section", "a cfg begins with [net]", "1:1", 3),
        ("\n", "a cfg begins with [net]", "write [net] and the size: width=, height=, channels=", "1:1", 3),
        (HEAD + "[conv\n", "a section is a word in brackets", "write [convolutional]", "5:1", 3),
        ("[net]\ninputs=5\n[convolutional]\n", "[convolutional] reads a map, what comes in is 5",
         "give [net] width=, height= and channels=", "3:1", 3),
        (HEAD + "[gru]\n", "[gru] reads one vector after the other, what comes in is 3x12x20",
         "give [net] inputs= and time_steps=", "5:1", 3),
        (HEAD + CONV + "[maxpool]\nsize=2\nstride=2\n[route]\nlayers=-1,-2\n",
         "[route] joins 4x6x10 and 4x12x20, which differ in more than channels", None, "15:8", 3),
    ],
)  # fmt: skip
def test_one_error_with_its_place(cfg, what, help, place, code):
    with pytest.raises(ArchcalcError) as caught:
        read(cfg, "net.cfg")
    error = caught.value
    assert (str(error.place), error.exit_code) == (f"net.cfg:{place}", code)
    assert (error.what, error.help) == (what, help)


def test_what_no_kind_computes_is_opaque_and_counted():
    """crnn: three convolutions of 3x3; local: a kernel and a bias for each of 2x3 places."""
    crnn, local = 9 * (2 * 3 + 3 * 3 + 3 * 4), 3 * 3 * 4 * 6 * 2 * 3
    assert calls("", text("opaque.cfg")) == [
        f"crnn0: opaque 4x5x7 params={crnn + 3 + 3 + 4} macs={crnn * 5 * 7} note=crnn"
        "   # a state that a convolution brings to the next step",
        "local1: locally_connected 6 3x3 stride=2 act=leaky_relu(0.1)",
    ]
    assert [advice.rule for advice in net("opaque.cfg").lint()] == ["opaque"]
    assert net("opaque.cfg").summary().totals.params == crnn + 3 + 3 + 4 + local + 6 * 2 * 3


def test_places_are_those_of_the_cfg():
    graph = net("yolov3-tiny.cfg").graph
    first = text("yolov3-tiny.cfg").splitlines().index("[convolutional]") + 1
    assert (graph.nodes[0].name, graph.nodes[0].place.line) == ("conv0.conv", first)
