"""The layer that `archcalc calc` is told of on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archcalc.analysis.inverse.solve import find_kind, is_border
from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.core.units import parse_shape
from archcalc.errors import SpecError, UsageError
from archcalc.layers import Kind
from archcalc.spec.expression import parse


@record
class LayerAsked:
    """A kind and its arguments, as they are written."""

    name: str
    input: str | None
    out: str | None
    texts: Mapping[str, str | None]
    """The arguments that have a value, by PyTorch's word."""
    no_bias: bool
    ceil_mode: bool

    @property
    def kind(self) -> Kind:
        """Raises UsageError for one that calc does not compute."""
        return find_kind(self.name)

    @property
    def shape(self) -> Shape | None:
        """The input. Raises UsageError."""
        return None if self.input is None else shape_of("--in", self.input)

    @property
    def values(self) -> dict[str, Any]:
        """The arguments that are given. Raises UsageError."""
        told = {name: value_of(name, text) for name, text in self.texts.items() if text is not None}
        border = is_border(self.kind)
        values = {"cells" if name == "padding" and border else name: value for name, value in told.items()}
        return {
            **values,
            **({"bias": False} if self.no_bias else {}),
            **({"ceil_mode": True} if self.ceil_mode else {}),
        }


def value_of(name: str, text: str) -> Any:
    """A value as a spec would read it: 3, 3x5, same, 0:1."""
    option = "--" + name.removesuffix("_size").replace("_", "-")
    try:
        return parse(text).evaluate(lambda word: word)
    except SpecError as error:
        raise UsageError(f"{option} {text}: {error.what}", help=error.help) from None


def shape_of(option: str, text: str) -> Shape:
    """The shape that an option gives."""
    try:
        return parse_shape(text)
    except SpecError as error:
        raise UsageError(f"{option}: {error.what}", help=error.help) from None


def refused(error: SpecError, kind: str) -> UsageError:
    """What a spec's author did wrong there, the command's user did here."""
    return UsageError(f"{kind}: {error.what}", notes=error.notes, help=error.help)
