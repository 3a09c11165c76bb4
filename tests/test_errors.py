"""Places, repairs and the words of messages."""

from __future__ import annotations

import pytest

from archcalc.errors import LONGEST_QUOTE, Edit, Place, Repair, Source, SpecError

LINE = "  conv1: Conv2d 16 3x3"


@pytest.mark.parametrize(
    ("column", "length", "expected"),
    [(10, 6, (10, 6)), (10, 99, (10, 13)), (22, 1, (22, 1)), (23, 1, (23, 1)), (99, 7, (23, 1)), (1, 0, (1, 1))],
)
def test_a_place_stays_inside_its_line(column, length, expected):
    """The line has 22 characters: what lies behind its end is marked right behind it."""
    place = Place("f", 1, column, length, LINE)
    assert (place.column, place.length) == expected


def test_a_repair_is_one_edit_where_its_words_stand():
    error = SpecError("unknown", place=Source(LINE, "f").place(1, 10, 6), repair=Repair("Conv2d", "conv"))
    assert error.edit == Edit(1, 10, 1, 16, "conv")


@pytest.mark.parametrize(
    "repair",
    [
        pytest.param(Repair("conv2d", "conv"), id="other words"),
        pytest.param(Repair("Conv2d", "Conv2d"), id="no change"),
        None,
    ],
)
def test_there_is_no_edit_that_would_change_other_words_or_none(repair):
    assert SpecError("unknown", place=Source(LINE, "f").place(1, 10, 6), repair=repair).edit is None


def test_a_repair_without_a_place_is_no_edit():
    assert SpecError("unknown", repair=Repair("a", "b")).edit is None


def test_a_repair_may_stand_elsewhere():
    source = Source("a\n...\nb", "f")
    error = SpecError("goes on", place=source.place(3, 1), repair=Repair("...", "", source.place(2, 1)))
    assert error.edit == Edit(2, 1, 2, 4, "")


@pytest.mark.parametrize("words", ["x" * 100_000, "`" + "two words " * 10_000 + "`"])
def test_a_very_long_quote_is_cut_in_the_middle(words):
    error = SpecError(f"unknown {words}", notes=[words], help=words)
    for said in (error.what, *error.notes, error.help):
        assert len(said) < 120
        assert "…" in said


def test_a_quote_as_long_as_a_word_may_be_is_whole():
    assert SpecError("x" * LONGEST_QUOTE).what == "x" * LONGEST_QUOTE


def test_a_quote_of_several_lines_stands_on_one():
    assert SpecError("`conv 5\n  3x3\n` is wrong").what == "`conv 5 3x3 ` is wrong"
