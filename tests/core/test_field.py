"""Fields and masks along one axis, against hand arithmetic."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archcalc.core import (
    SPREAD,
    WHOLE,
    AdaptiveWindow,
    InterpolatingWindow,
    NearestWindow,
    SampledWindow,
    TransposedWindow,
    Window,
    field_mask,
)
from archcalc.core.field import PIXEL, Field, aligned, merge


def through(*windows, length=1000):
    field = PIXEL
    for window in windows:
        field = field.through(window, length)
    return field


@pytest.mark.parametrize(
    ("windows", "advance", "span"),
    [
        # AlexNet's first layers, torchvision: conv1 11 (4, 2), pool1 19 (8, 2), conv2 51 (8, 18), as published
        pytest.param([Window(11, 4, (2, 2))], 4, (-2, 8), id="conv1"),
        pytest.param([Window(11, 4, (2, 2)), Window(3, 2)], 8, (-2, 16), id="pool1"),
        pytest.param([Window(11, 4, (2, 2)), Window(3, 2), Window(5, 1, (2, 2))], 8, (-18, 32), id="conv2"),
        # K_eff = 2 (3 - 1) + 1 = 5
        pytest.param([Window(3, 1, (0, 0), 2)], 1, (0, 4), id="dilation"),
        # only the padding before the axis moves the field
        pytest.param([Window(3, 2, (0, 7)), Window(2, 1, (1, 0))], 2, (-2, 2), id="one-sided padding"),
        pytest.param([Window(2, 2), Window(1, padding=(-3, -5))], 2, (6, 7), id="crop"),
        pytest.param([Window(2, 2, ceil_mode=True)], 2, (0, 1), id="ceil mode"),
        # three 3x3 convolutions see 7
        pytest.param([Window(3)] * 3, 1, (0, 6), id="three 3x3"),
        # every second cell of every cell twice
        pytest.param([NearestWindow(2), Window(1, 2)], 1, (0, 0), id="up and down"),
        pytest.param([AdaptiveWindow(500)], 2, (0, 1), id="adaptive, dividing"),
        pytest.param([SampledWindow(250)], 4, (0, 0), id="nearest, fewer cells"),
    ],
)
def test_affine_form(windows, advance, span):
    assert through(*windows) == Field(advance, (span,))


@pytest.mark.parametrize(
    ("windows", "advance", "spans"),
    [
        # unit p reads q where p = 2q + t, t in 0..2: even p read p/2 - 1 and p/2, odd p read (p - 1)/2
        pytest.param([TransposedWindow(3, 2)], 1, ((-1, 0), (0, 0)), id="transposed 3, stride 2"),
        # one tap fits each phase: the pooled pair 2q, 2q + 1
        pytest.param([Window(2, 2), TransposedWindow(2, 2)], 2, ((0, 1), (0, 1)), id="pool, up"),
        # K < s: unit 2, 5, ... read nothing
        pytest.param([TransposedWindow(2, 3)], 1, ((0, 0), (0, 0), None), id="kernel below stride"),
        # taps at 0 and 2 of stride 2 fall on even units only
        pytest.param([TransposedWindow(2, 2, dilation=2)], 1, ((-1, 0), None), id="dilated transposed"),
        pytest.param([NearestWindow(3)], 1, ((0, 0),) * 3, id="nearest"),
        # centres at (p + 1/2)/2 - 1/2 = -1/4, 1/4
        pytest.param([InterpolatingWindow(2000)], 1, ((-1, 0), (0, 1)), id="bilinear"),
        # (p * 999/1998) = p/2
        pytest.param([InterpolatingWindow(1999, align_corners=True)], 1, ((0, 0), (0, 1)), id="corners aligned"),
        # 3 units of every 2 cells: floor(0), floor(2/3), floor(4/3)
        pytest.param([SampledWindow(1500)], 2, ((0, 0), (0, 0), (1, 1)), id="nearest, 3 of 2"),
        # [0, 5/3), [5/3, 10/3), [10/3, 5): cells 0..1, 1..3, 3..4
        pytest.param([AdaptiveWindow(600)], 5, ((0, 1), (1, 3), (3, 4)), id="adaptive, not dividing"),
    ],
)
def test_periodic_form(windows, advance, spans):
    assert through(*windows) == Field(advance, spans)


def test_a_convolution_over_a_period():
    # pool 2, up 2 (units 0, 1 see pixels 0..1; 2, 3 see 2..3), then conv 2: unit 0 sees 0..1, unit 1 sees 0..3
    assert through(Window(2, 2), TransposedWindow(2, 2), Window(2)) == Field(2, ((0, 1), (0, 3)))


@pytest.mark.parametrize("window", [WHOLE, SPREAD, AdaptiveWindow(1)])
def test_no_form_over_the_whole_axis(window):
    assert PIXEL.through(window, 7) is None


def test_a_period_too_long_is_given_up():
    assert PIXEL.through(SampledWindow(5003), 4999) is None
    assert through(NearestWindow(64), NearestWindow(65)) is None


def test_jump_of_an_upsampled_axis():
    field = through(NearestWindow(3))
    assert (field.jump, field.period, field.sizes) == (Fraction(1, 3), 3, (1, 1, 1))


def test_span_of_any_unit():
    field = through(Window(2, 2), TransposedWindow(2, 2), Window(2))
    assert [field.span(unit) for unit in (-1, 2, 5)] == [(-2, 1), (2, 3), (4, 7)]


def test_merge_takes_the_first_start_and_the_last_end():
    assert merge([Field(2, ((-1, 3),)), Field(2, ((0, 4),))]) == Field(2, ((-1, 4),))
    assert merge([Field(2, ((-1, 3),)), Field(4, ((0, 4),))]) is None


def test_merge_over_periods():
    # a skip of jump 1 beside pool 2, up 2
    skip, up = PIXEL, Field(2, ((0, 1), (0, 1)))
    assert merge([skip, up]) == Field(2, ((0, 1), (0, 1)))
    assert aligned(skip, up)  # centres 0, 1 and 1/2, 1/2


def test_aligned_compares_centres_and_jumps():
    assert aligned(Field(2, ((-1, 3),)), Field(2, ((0, 2),)))
    assert not aligned(Field(2, ((-1, 3),)), Field(2, ((0, 3),)))
    assert not aligned(Field(2, ((0, 0),)), Field(4, ((0, 0),)))


# masks: bit n is pixel n


def test_masks_of_a_window_at_the_borders():
    # 5 cells, K 3, s 2, one cell of padding: -1..1, 1..3, 3..5
    assert field_mask.through(field_mask.pixels(5), Window(3, 2, (1, 1)), 5) == [0b00011, 0b01110, 0b11000]


def test_masks_keep_holes():
    assert field_mask.through(field_mask.pixels(5), Window(2, dilation=3), 5) == [0b01001, 0b10010]


def test_masks_of_a_crop_and_of_ceil_mode():
    assert field_mask.through(field_mask.pixels(5), Window(1, padding=(-2, -1)), 5) == [0b00100, 0b01000]
    assert field_mask.through(field_mask.pixels(5), Window(2, 2, ceil_mode=True), 5) == [0b00011, 0b01100, 0b10000]


def test_masks_of_reflected_padding():
    # the cell before 0 is 1
    window = Window(2, padding=(1, 0), mode="reflect")
    assert field_mask.through(field_mask.pixels(3), window, 3) == [0b011, 0b011, 0b110]


def test_sets_of_pixels():
    mask = 0b1101100
    assert field_mask.ranges(mask) == [(2, 3), (5, 6)]
    assert list(field_mask.members(mask)) == [2, 3, 5, 6]
    assert (field_mask.span(mask), field_mask.extent(mask)) == ((2, 6), 5)
    assert (field_mask.span(0), field_mask.extent(0), field_mask.ranges(0)) == (None, 0, [])
    assert field_mask.merge([[1, 2], [4, 8]]) == [5, 10]
