"""What an error of a layer, a block, an output or a word of a block's argument says of where it comes from."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.core import Shape
from archcalc.errors import ArchcalcError, GraphError, Place, ShapeError, SpecError
from archcalc.spec.calls import bound_sugar
from archcalc.spec.document import Call, Sugar


def bound_word(sugar: Sugar, name: str) -> Call:
    """The call behind a word; an error says what the word stands for."""
    try:
        return bound_sugar(sugar, name)
    except SpecError as error:
        error.notes = (*error.notes, f"`{sugar.word}` is `{name}` here")
        raise


def named_output(error: SpecError) -> SpecError:
    """The same error where the output of the net is several values."""
    if isinstance(error, GraphError) and error.help:
        error.help = error.help.replace("say which: from=", "name one: `output: ") + "`"
    return error


def misfit(error: ArchcalcError, path: str, given: Sequence[tuple[str, Shape]]) -> ArchcalcError:
    """The error of a layer that does not fit; of several inputs each with its shape."""
    if len(given) == 1:
        return ShapeError(f"{path} does not fit its input", notes=[error.what, *error.notes], help=error.help)
    notes = [f"`{name}` is {shape}" for name, shape in given[:_MOST_NOTES]]
    if len(given) > _MOST_NOTES:
        notes.append(f"and {len(given) - _MOST_NOTES} more")
    return GraphError(f"{path}: {error.what}", notes=[*error.notes, *notes], help=error.help)


_MOST_NOTES = 12


def add_call(error: ArchcalcError, path: str, place: Place) -> None:
    """Say where the block was called that the error stands in."""
    if error.place is not None and error.place.file != place.file:  # a block that comes with archcalc
        error.notes = (*error.notes, f"in `{path}`: {error.place.text.strip()}")
        error.place, error.repair = place, None
    elif error.place is None:
        error.place = place
    if error.place.line != place.line and not any(note.startswith("in `") for note in error.notes):
        error.notes = (*error.notes, f"in `{path}`, called on line {place.line}")
