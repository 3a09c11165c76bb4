"""Another tool's file -> a spec: read, written as a person would, and verified before anybody sees it."""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.errors import ArchcalcError, Place, ShapeError, UnsupportedError
from archcalc.graph.choices import Choices
from archcalc.graph.elaborate import elaborate
from archcalc.graph.graph import Graph
from archcalc.interop.net import SourceNet
from archcalc.interop.shape import shaped
from archcalc.interop.verify import verify
from archcalc.interop.yaml import text_of
from archcalc.spec.check import load_document
from archcalc.spec.foreign.files import FileKind


@record
class Imported:
    """The spec of a file, and where each of its layers stands in that file."""

    text: str
    places: Mapping[str, Place]
    """By the address of a layer, or of what was written as one."""


def imported(text: str, file: str, kind: FileKind, input: Mapping[str, Shape] | Shape | None = None) -> Imported:
    """The spec of a file that is of this kind.

    Args:
        input: instead of the size that the file states, or where it states none.

    Raises:
        SpecError: for what is wrong in the file, with its place.
        UnsupportedError: for a layer that no layer of a spec stands for.
    """
    net = read(text, file, kind, input)
    made = text_of(net)
    names = shaped(net)
    verify(net, names, _graph(made, net))
    placed = zip(names.operations, net.operations, strict=True)
    return Imported(made, {".".join(address): operation.place for address, operation in placed})


def read(text: str, file: str, kind: FileKind, input: Mapping[str, Shape] | Shape | None = None) -> SourceNet:
    """The record of a file of this kind; raises as `imported`."""
    from importlib import import_module

    net: SourceNet = import_module(f"archcalc.interop.reading.{kind.reader}").read(text, file, input)
    return net


def _graph(made: str, net: SourceNet) -> Graph:
    """The spec that was made, computed. Raises ArchcalcError, a bug of ours, where it is none."""
    try:
        return elaborate(load_document(made, f"<{net.name}>"), Choices())
    except ArchcalcError as error:
        first = error.errors[0]
        place = _place_of(first, net) if isinstance(first, ShapeError) else None
        if place is not None:
            why = first.notes[0] if first.notes else first.what
            raise UnsupportedError(f"no layer of a spec stands for this one: {why}", help=first.help).at(
                place
            ) from None
        what = f"{net.origin} was not read right: {first.what}"
        raise ArchcalcError(what, place=first.place, help="please report it with the file") from None


def _place_of(error: ArchcalcError, net: SourceNet) -> Place | None:
    """Where the layer of an error stands in the file."""
    addresses = map(".".join, shaped(net).operations)
    found = {address: operation.place for address, operation in zip(addresses, net.operations, strict=True)}
    return found.get(error.layer or "") or found.get((error.layer or "").rpartition(".")[0])
