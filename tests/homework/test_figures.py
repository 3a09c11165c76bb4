"""Misconceptions about bytes, ratios and the smallest image, and about which figure is asked for; numbers by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from homework.sheets import catalogue, judged, mark

from archcalc.analysis.claims import quantity
from archcalc.analysis.quantities import MEASURES
from archcalc.errors import SpecError
from archcalc.homework.diagnosis.worlds import count_of
from archcalc.homework.misconceptions import MISCONCEPTIONS

NET = "name: n\ninput: 3x11x13\nlayers: {a: conv 2 3x3, p: max_pool 3x3}\n"
# a: 2x9x11 = 198 values, 3*3*3*2 + 2 = 56 params; p: 2x3x3 = 18. The image has 429 values.
ALL = 4 * (198 + 18)
PEAK = 4 * (429 + 198)  # while a runs; 198 + 18 while p does

KEPT = "name: k\ninput: 3x11x13\nlayers: {a: conv 2 3x3, r: relu, f: flatten, l: linear 5}\n"
# 198 values of a, 198 of r, which can be written over a's, none of f, 5 of l

FROZEN = "name: f\ninput: 3x11x13\nlayers: {a: conv 2 3x3, b: conv 5 2x2}\nfreeze: [a]\n"  # 56 and 2*2*2*5 + 5 = 45

WINDOWS = "name: w\ninput: 1x32x32\nlayers: {a: conv 3 5x5 padding=2, p: max_pool 2x2, b: conv 5 3x3}\n"
# b needs 3, so p reads 6 at least, and a keeps the size: 6.


@pytest.mark.parametrize(
    ("spec", "subject", "answer", "id"),
    [
        (NET, "activation_bytes", 198 + 18, "mem.count_for_bytes"),
        (NET, "activation_bytes", 8 * ALL, "mem.bits"),
        (NET, "activation_bytes", 2 * ALL, "mem.double"),
        (NET, "activation_bytes", 2 * ALL, "mem.with_grad"),
        (NET, "activation_bytes", 64 * ALL, "mem.batch"),
        (NET, "forward_backward_bytes", ALL, "mem.fwd_only"),  # each value and its gradient: twice ALL
        (NET, "forward_backward_bytes", 4 * ALL, "mem.double"),
        (NET, "activation_bytes", 4 * 56, "mem.params_for_acts"),
        (NET, "activation_bytes", "0.84 kB", "mem.kib"),  # 864/1024 = 0.84375
        (NET, "activation_bytes", 4 * 198, "tot.layer_missing"),
        (NET, "activation_bytes", 4 * (198 + 2 * 7 * 9), "out.stride_ignored"),
        (NET, "activation_bytes", 4 * (429 + 198 + 18), "mem.cs231n"),  # the image too
        (KEPT, "activation_bytes", 4 * (198 + 5), "mem.in_place"),
        (KEPT, "activation_bytes", 4 * (3 * 198 + 5), "mem.copies"),
        (KEPT, "activation_bytes", 429 + 198 + 5, "mem.count_for_bytes"),  # as CS231n, in values
        (KEPT, "f.activation_bytes", 4 * 198, "mem.copies"),
        (KEPT, "forward_backward_bytes", 8 * (3 * 198 + 5), "mem.copies"),
        ("vgg16", "activation_bytes", "60,950,432", "mem.cs231n"),  # 15,237,608 values, CS231n's table
        ("vgg16", "activation_bytes", "58.1 MiB", "mem.cs231n"),
        ("vgg16", "activation_bytes", "114,708,288", "mem.copies"),  # 33,280 values of flatten and two dropouts more
        (NET, "peak_activation_bytes", 4 * (198 + 18), "mem.input_missing"),
        (NET, "peak_activation_bytes", 429 + 198, "mem.count_for_bytes"),
        (NET, "peak_activation_bytes", 32 * PEAK, "mem.batch"),
        (NET, "peak_activation_bytes", 4 * 56, "mem.params_for_acts"),
        ("lenet5", "weight_bytes", 2 * 4 * 61_706, "mem.with_grad"),
        ("lenet5", "params", 48_120, "tot.one_layer"),
        (FROZEN, "trainable_params", 56 + 45, "tot.frozen_counted"),
        ("lenet5", "connections", 61_706, "qty.params_for_connections"),
        ("lenet5", "neurons", 61_706, "qty.params_for_units"),
        ("lenet5", "macs", 27 * 27 * 150 + 9 * 9 * 2400 + 256 * 120 + 120 * 84 + 84 * 10, "out.no_plus1"),  # conv1
        ("lenet5", "macs", 28 * 28 * 150 + 23 * 23 * 2400 + 1936 * 120 + 120 * 84 + 84 * 10, "out.stride_ignored"),
        ("lenet5", "macs", "407k", "mac.unit"),  # 416,520/1024 = 406.76
        (WINDOWS, "min_input", 5, "out.min_input"),
        (WINDOWS, "min_input", 10, "out.pad_ignored"),  # 6 + 4
        (WINDOWS, "min_input", 8, "out.pad_once"),  # 6 + 2
        (WINDOWS, "min_input", 11, "out.no_plus1"),  # b: 4 - 3 = 1; p: (10 - 2)/2 = 4; a: 11 + 4 - 5 = 10
        ("lenet5", "ratio(conv1.elements, pool1.elements)", "1/4", "ratio.inverse"),
        ("lenet5", "ratio(conv1.elements, pool1.elements)", 2, "ratio.linear_not_square"),
        ("vgg16", "ratio(conv1_2.params, conv1_1.params)", "(9*64*64) / (9*3*64)", "par.no_bias"),
        ("vgg16", "ratio(conv1_2.params, conv1_1.params)", "(9*64 + 64) / (9*3*64 + 64)", "par.no_in_channels"),
    ],
)
def test_figures(spec, subject, answer, id):
    marked = judged(spec, subject, answer)
    assert marked.verdict in ("misconception", "convention")
    assert id in marked.misconceptions


@pytest.mark.parametrize(
    ("spec", "subject", "right"),
    [
        (NET, "activation_bytes", ALL),
        (NET, "forward_backward_bytes", 2 * ALL),
        (KEPT, "activation_bytes", 4 * (2 * 198 + 5)),
        (KEPT, "f.activation_bytes", 0),
        ("lenet5", "activation_bytes", 58_408),  # as `archcalc memory` has it
        ("vgg16", "activation_bytes", 114_575_168),
        (NET, "peak_activation_bytes", PEAK),
        (NET, "a.activation_bytes", 4 * 198),
        (WINDOWS, "min_input", 6),
        ("lenet5", "min_input", 16),  # pool2 2, conv2 6, pool1 12, conv1 16
        ("lenet5", "ratio(conv1.elements, pool1.elements)", 4),
    ],
)
def test_right_figures(spec, subject, right):
    assert judged(spec, subject, right).verdict == "exact"


def test_a_pixel_too_small_names_the_layer():
    assert judged(WINDOWS, "min_input", 5).message == "One pixel too small: b does not fit its input."


def test_another_question_s_answer():
    first, _ = mark("lenet5", "conv1.params: 2416\nconv2.params: 2416").answers
    assert (first.verdict, first.misconceptions) == ("slip", ("slip.swapped_answers",))


def test_the_peak_is_a_figure_of_the_net():
    question = catalogue(NET, "params").question
    with pytest.raises(SpecError, match=r"^`peak_activation_bytes` is a figure of the net"):
        quantity(question.graph, question.network.summary, "a.peak_activation_bytes")


@pytest.mark.parametrize("spec", ["alexnet", "resnet18", "siamese", "deeplabv3_resnet50", FROZEN])
@pytest.mark.parametrize("word", sorted([row.name for row in MEASURES.values() if row.adds_up]))
def test_a_layer_counts_alone_what_it_counts_in_its_net(spec, word):
    question = catalogue(spec, "params").question
    graph, summary = question.graph, question.network.summary
    for node in graph.nodes:
        assert count_of(node, word) == quantity(graph, summary, f"{node.name}.{word}")
    assert sum(count_of(node, word) for node in graph.nodes) == quantity(graph, summary, word)
    assert word in MEASURES


ROWS = [mark for mark in test_figures.pytestmark if mark.name == "parametrize"]
TESTED = {row[3] for mark in ROWS for row in mark.args[1]}

NOT_MADE_HERE = {
    "slip.other_variant": "flagged by grading, for the teacher",
}


def test_every_misconception_in_words_is_tested():
    """Its id stands in a row of this folder's tables."""
    known = set(MISCONCEPTIONS) - set(NOT_MADE_HERE)
    tested = TESTED | {"slip.swapped_answers"}
    folder = Path(__file__).parent
    for name in ("test_catalogue.py", "test_filters.py", "test_matrix.py", "test_mark.py", "test_working.py"):
        (file,) = folder.rglob(name)
        source = file.read_text(encoding="utf-8")
        tested |= {id for id in known if f'"{id}"' in source}
    assert known - tested == set()
