"""Widths of text, and what is cut."""

from __future__ import annotations

import pytest

from archcalc.report.drawing.metrics import cut, right_to_left, width


def test_letters_have_their_own_widths():
    # Arial's `i` and `l` are 222, its `W` 944 thousandths; the widest of the three fonts is never narrower
    assert width("W", 1000) >= 944
    assert 222 <= width("i", 1000) < 300
    assert width("iiilll", 10) < 18
    assert width("WWWWmmmm", 10) > 48
    assert width("W", 10, bold=True) > width("W", 10)


@pytest.mark.parametrize("mark", ["\u0301", "\u200d", "\u05b8"])
def test_marks_on_letters_take_no_room(mark):
    assert width("a" + mark, 10) == width("a", 10)


def test_wide_scripts():
    assert width("層", 10) == 10
    assert width("🙂", 10) == 12.5


def test_a_text_that_fits_is_not_cut():
    assert cut("conv1", width("conv1", 11), 11) == "conv1"


def test_a_cut_keeps_the_end_longer():
    room = width("pos_…bedding", 11)
    assert cut("position_embedding", room, 11).endswith("dding")
    head, tail = cut("position_embedding", room, 11).split("…")
    assert len(tail) - len(head) in (0, 1)


@pytest.mark.parametrize("room", range(0, 120, 7))
def test_a_cut_always_fits(room):
    assert width(cut("a_very_long_name_of_a_layer", room, 11), 11) <= room


def test_a_cut_leaves_no_accent_alone():
    text = "e\u0301" * 12
    for room in range(5, 80, 3):
        shown = cut(text, room, 10)
        assert shown.count("e") == shown.count("\u0301")


def test_right_to_left():
    assert right_to_left("שכבה 1")
    assert right_to_left("1 طبقة")
    assert not right_to_left("conv1 שכבה")
    assert not right_to_left("123")
