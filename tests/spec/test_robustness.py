"""Whatever stands in a file: a network, or an error with a place; never a traceback, never a long wait."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from edits import edited
from hypothesis import given, settings
from hypothesis import strategies as st

from archcalc.errors import LONGEST_QUOTE, ArchcalcError
from archcalc.network import loads
from archcalc.report.formats.diagnostics import render

CASES = Path(__file__).parents[1] / "cases"
TEXTS = [path.read_text(encoding="utf-8") for path in sorted(CASES.rglob("*.yaml"))]
LINES = sorted({line for text in TEXTS for line in text.splitlines()})
WORDS = [
    *("conv", "add", "concat", "chunk", "split", "lstm", "squeeze_excitation", "in", "prev", "in.c", "prev.h"),
    *("from=", "when=", "repeat=3", "share=", "as=x1", "first.stride=2", "last.act=none", "op:", "layers:", "crop"),
    *("0", "-1", "3x3", "999999999999", "1/0", "0.5", "1e400", "yes", "none", "same", "(", ")", "[", "]", "{", "}"),
    *(":", ",", "=", "==", "*", "//", "'", '"', "#", "|", "&a", "*a", "!t", "---", "\t", "é", "\u200b", "\0"),
]
SECONDS = 2


@st.composite
def mutations(draw: st.DrawFn) -> str:
    """A case with lines deleted, doubled or taken from elsewhere, and words and characters put in."""
    lines = draw(st.sampled_from(TEXTS)).split("\n")
    for _ in range(draw(st.integers(1, 4))):
        index = draw(st.integers(0, len(lines) - 1))
        line = lines[index]
        at = draw(st.integers(0, len(line)))
        lines[index : index + 1] = draw(
            st.sampled_from(
                [
                    [],
                    [line, line],
                    [draw(st.sampled_from(LINES))],
                    [line[:at] + line[at + 1 :]],
                    [line[:at] + draw(st.sampled_from(WORDS)) + line[at:]],
                    [line[:at] + " " + draw(st.sampled_from(WORDS)) + " " + line[at:]],
                    [line[:at] + draw(st.characters()) + line[at:]],
                    [" " * draw(st.integers(0, 9)) + line.strip()],
                ]
            )
        )
        lines = lines or [""]
    return "\n".join(lines)


def outcome(text: str) -> None:
    """Load a text and compute it; an error must say where it stands, and its edit take it away.

    Any other exception is raised.
    """
    started = time.process_time()
    found = [error for error in errors_of(text) if not error.what.startswith("<spec> is ")]  # a file of another kind
    assert all(error.place is not None for error in found)
    assert time.process_time() - started < SECONDS
    for error in found:
        inside_its_line(error)
        if error.edit is not None:
            told = {(left.what, left.place.line, left.place.column) for left in errors_of(edited(text, error.edit))}
            assert (error.what, error.place.line, error.place.column) not in told


def errors_of(text: str) -> tuple[ArchcalcError, ...]:
    try:
        network = loads(text)
        network.summary()
        network.check()
    except ArchcalcError as error:
        render(error)
        return error.errors
    return ()


def inside_its_line(error: ArchcalcError) -> None:
    """The carets stand under the line, or right behind it; no quote breaks the message or fills the screen."""
    place = error.place
    assert 1 <= place.column <= len(place.text) + 1
    assert place.length == 1 or place.column + place.length <= len(place.text) + 1
    for words in (error.what, *error.notes, error.help or ""):
        assert "\n" not in words
        assert all(len(word) <= LONGEST_QUOTE for word in words.split())


@given(mutations())
@settings(max_examples=400)
def test_a_changed_case_is_a_network_or_an_error(text):
    outcome(text)


@given(st.text(max_size=200))
@settings(max_examples=100)
def test_any_text_is_a_network_or_an_error(text):
    outcome(text)


@given(st.lists(st.sampled_from([*WORDS, " ", "\n", "\n  ", "input: 3x5x7", "layers:", "- "]), max_size=40))
@settings(max_examples=300)
def test_any_words_are_a_network_or_an_error(words):
    outcome("".join(words))


CALLS = ["conv 5 3x3", "add in prev", "a", "relu", "chunk 3", "linear 7", "flatten", "upsample 2", "max_pool 2x2"]


@given(
    st.lists(st.tuples(st.sampled_from(CALLS), st.lists(st.sampled_from(WORDS), max_size=3)), min_size=1, max_size=5)
)
@settings(max_examples=300)
def test_any_calls_are_a_network_or_an_error(calls):
    lines = [f"  l{index}: {call} {' '.join(words)}" for index, (call, words) in enumerate(calls)]
    outcome("\n".join(["input: 3x5x7", "params: {a: 3, b: relu}", "layers:", *lines]))


@pytest.mark.parametrize("cut", range(0, 1000, 37))
def test_a_file_cut_off_anywhere(cut):
    for text in TEXTS[::11]:
        outcome(text[: cut % (len(text) + 1)])
