"""A spec that has been read and checked, and not yet computed: what the sections say, with their places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from archcalc.core import Shape
from archcalc.core.units import Quantity
from archcalc.errors import Place
from archcalc.layers import Kind
from archcalc.spec.expression import Expression


@dataclass(slots=True, eq=False)
class Value:
    """One value of a call: an expression and where it stands."""

    expression: Expression
    place: Place


@dataclass(slots=True, eq=False)
class Reference:
    """The name of an earlier layer, `in` or `prev`; a path may lead into a group."""

    path: str
    place: Place


@dataclass(slots=True, eq=False)
class Sugar:
    """`act=relu`, `norm=group_norm(32)`: a call whose kind may also be a block's argument."""

    word: str
    values: dict[str, Value]
    positional: list[Value]
    place: Place


@dataclass(slots=True, eq=False)
class Call:
    """One call of a kind or of a block, with its values by parameter name."""

    target: Kind | Block
    place: Place
    values: dict[str, Value] = field(default_factory=dict)
    variadic: list[Value] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    sugar: dict[str, Sugar] = field(default_factory=dict)
    crop: bool = False
    cache: dict[Any, Any] = field(default_factory=dict)
    """Layers already built from this call, by evaluated values and number of axes."""


@dataclass(slots=True, eq=False)
class Chain:
    """Steps one after the other; its output is its last step."""

    steps: list[Step]


@dataclass(slots=True, eq=False)
class Branches:
    """Steps side by side, each from the same input, and the merge that joins them."""

    merge: Call
    steps: list[Step]


Body = Call | Chain | Branches | Sugar


@dataclass(slots=True, eq=False)
class Step:
    """A named body and how it is placed in its chain."""

    name: str
    body: Body
    place: Place
    source: list[Reference] = field(default_factory=list)
    when: Value | None = None
    repeat: Value | None = None
    share: Reference | None = None
    first_name: str | None = None
    """`as=denselayer1`: the name of the first repeated child; the number in it counts on."""
    first: dict[str, Value] = field(default_factory=dict)
    last: dict[str, Value] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class BlockArgument:
    """A name that a block is called with, and its value where the call gives none."""

    name: str
    default: Value | None


@dataclass(slots=True, eq=False)
class Block:
    """A part of a network with a name; sees its arguments, the params and its own layers."""

    name: str
    arguments: list[BlockArgument]
    body: Chain | Branches
    place: Place


@dataclass(slots=True, eq=False)
class Claim:
    """A figure that the spec states about itself: `conv1.params: 156`."""

    subject: str
    text: str
    value: Quantity | Shape
    source: str
    place: Place


@dataclass(slots=True, eq=False)
class Variant:
    """Other values for some params, with claims of its own."""

    name: str
    params: dict[str, Value]
    inputs: dict[str, Shape]
    claims: list[Claim]
    about: Mapping[str, str]
    place: Place


@dataclass(slots=True, eq=False)
class Document:
    """A whole spec."""

    file: str
    name: str = ""
    about: Mapping[str, str] = field(default_factory=dict)
    inputs: dict[str, Shape] = field(default_factory=dict)
    params: dict[str, Value] = field(default_factory=dict)
    variants: dict[str, Variant] = field(default_factory=dict)
    tables: dict[str, tuple[tuple[int, ...], ...]] = field(default_factory=dict)
    blocks: dict[str, Block] = field(default_factory=dict)
    layers: Chain = field(default_factory=lambda: Chain([]))
    outputs: list[Reference] = field(default_factory=list)
    freeze: list[Reference] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
