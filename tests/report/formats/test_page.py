"""What a place can show: signs that cannot be written are replaced and still say the same; lines are broken."""

from __future__ import annotations

import pytest

from archcalc.homework.reading.characters import cleaned
from archcalc.homework.reading.expression import parse
from archcalc.report.formats.page import REPLACEMENTS, Page, columns_of, wrapped

ENCODINGS = ("utf-8", "ascii", "latin-1", "cp1252", "cp1255")


@pytest.mark.parametrize(
    ("encoding", "text", "written"),
    [
        ("utf-8", "⌊(227 − 11 + 2·0)/4⌋", "⌊(227 − 11 + 2·0)/4⌋"),
        ("ascii", "⌊(227 − 11 + 2·0)/4⌋ + 1", "floor((227 - 11 + 2*0)/4) + 1"),
        ("ascii", "⌈13/2⌉", "ceil(13/2)"),
        ("cp1252", "⌊(227 − 11 + 2·0)/4⌋", "floor((227 - 11 + 2·0)/4)"),  # it has the dot itself
        ("latin-1", "11·11·3 × 2 → 3 … ≥", "11·11·3 × 2 -> 3 ... >="),
        ("ascii", "archcalc 0.1.0 · alexnet · batch 1", "archcalc 0.1.0 | alexnet | batch 1"),
        ("ascii", "K_eff = d(K − 1) + 1", "K_eff = d(K - 1) + 1"),
        ("cp1255", "שכבה conv1 − 2", "שכבה conv1 - 2"),  # Hebrew stays Hebrew
        ("cp1252", "שכ", r"\u05e9\u05db"),  # a name that cannot be written is shown escaped
        ("ascii", "é😀", r"\xe9\U0001f600"),
        ("utf-8", "a\udcffb", r"a\udcffb"),  # a file's name that is no UTF-8
        ("ascii", "──┼─│", "--+-|"),
    ],
)
def test_signs(encoding, text, written):
    assert Page(encoding=encoding).written(text) == written


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_replacement_can_be_written_everywhere(encoding):
    for sign, replacement in REPLACEMENTS.items():
        assert replacement.isascii()
        Page(encoding=encoding).written(f"3{sign}4").encode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("formula", "value"),
    [("⌊(227 − 11 + 2·0)/4⌋ + 1", 55), ("⌈(13 − 3)/4⌉·2", 6), ("11·11·3·96", 34_848), ("(2·3·3 + 1)·7", 133)],
)
def test_a_formula_keeps_its_value(encoding, formula, value):
    """By hand: 216/4 + 1 = 55; ceil(2.5) * 2 = 6; 11 * 11 * 3 * 96 = 34,848; 19 * 7 = 133."""
    assert parse(cleaned(Page(encoding=encoding).written(formula))).value == value


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("שכבה", 4), ("層", 2), ("e\u0301", 1), ("\x1b[1mab\x1b[0m", 2), ("", 0)]
)
def test_columns(text, columns):
    assert columns_of(text) == columns


@pytest.mark.parametrize(
    ("text", "width", "indent", "lines"),
    [
        ("one two three", 7, 0, ["one two", "three"]),
        ("one two three", 9, 4, ["one two", "    three"]),
        ("    one two", 8, 4, ["    one", "    two"]),
        ("a  b   c", 20, 0, ["a  b   c"]),
        ("layer1.0.downsample", 8, 0, ["layer1.0", ".downsam", "ple"]),
        ("see layer1.0.downsample now", 8, 2, ["see", "  layer1", "  .0.dow", "  nsampl", "  e now"]),
        ("層層層", 4, 0, ["層層", "層"]),
        ("", 5, 0, [""]),
    ],
)
def test_wrapped(text, width, indent, lines):
    assert list(wrapped(text, width, indent)) == lines


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("ok    alexnet  conv1.params  34,944 of the paper",
         ["ok    alexnet  conv1.params", "      34,944 of the paper"]),
        ("note: the peak is at layer1.0.downsample.1", ["note: the peak is at", "      layer1.0.downsample.1"]),
        ("    Field     a long text that goes on for a while",
         ["    Field     a long text that", "      goes on for a while"]),
    ],
)  # fmt: skip
def test_what_does_not_fit_goes_on_below_its_text(line, lines):
    assert Page(width=30).lines(line) == lines


def test_a_pipe_has_lines_of_any_length():
    line = "word " * 100
    assert Page().folded(line) == line
