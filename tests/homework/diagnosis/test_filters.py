"""The shape of one filter: AlexNet's conv3 has 384 of 256x3x3, which notes write as 3x3x384."""

from __future__ import annotations

import pytest
from homework.sheets import judged

ALEXNET = (
    # Krizhevsky et al. 2012: conv3 has 384 filters of 3x3x256, reads the 256 maps of conv2, which reads 96
    ("256x3x3", "exact", None),
    ("3x3x256", "convention", "out.layout"),
    ("384x3x3", "misconception", "par.filters_as_depth"),
    ("3x3x384", "misconception", "par.filters_as_depth"),
    ("384x256x3x3", "misconception", "par.all_filters"),
    ("3x3x256x384", "misconception", "par.all_filters"),
    ("1x3x3", "misconception", "par.no_in_channels"),
    ("96x3x3", "misconception", "par.previous_in_channels"),
    ("3x3x3", "misconception", "par.image_channels"),
    ("5x5x256", "misconception", "par.other_kernel"),
    ("17x3x3", "wrong", None),
)


@pytest.mark.parametrize(("answer", "verdict", "id"), ALEXNET)
def test_a_filter_of_alexnet(answer, verdict, id):
    marked = judged("alexnet", "conv3.filter", answer)
    assert (marked.verdict, marked.misconceptions[0] if marked.misconceptions else None) == (verdict, id)


def test_the_feedback_keeps_the_answer():
    assert judged("alexnet", "conv3.filter", "3x3x384").remarks[0].message == (
        "A filter is as deep as its input; 384 is how many filters there are."
    )
    assert judged("alexnet", "conv3.filter", "1x3x3").remarks[0].message == "Each filter spans all C_in input channels."


def test_the_filter_of_a_signal_and_of_an_activated_convolution():
    marked = judged("input: 5x17\nlayers: {c: conv 7 3 act=relu}\n", "c.filter", "7x3")
    assert (marked.verdict, marked.misconceptions[0]) == ("misconception", "par.filters_as_depth")
    assert judged("input: 5x17\nlayers: {c: conv 7 3 act=relu}\n", "c.filter", "5x3").verdict == "exact"
