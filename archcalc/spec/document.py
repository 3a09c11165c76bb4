"""A spec that has been read and checked, and not yet computed: what the sections say, with their places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archcalc.core import Shape
from archcalc.core.demand import Demand
from archcalc.core.record import draft, field
from archcalc.errors import Place, SpecError
from archcalc.layers import Kind
from archcalc.spec.expression import Expression

if TYPE_CHECKING:
    from archcalc.core.arrays import Array


@draft
class Value:
    """One value of a call: an expression and where it stands."""

    expression: Expression
    place: Place
    results: dict[Any, Any] = field(factory=dict)
    """Of a long expression: the values of its names, with their types -> its value."""


@draft
class Reference:
    """The name of an earlier layer, `in` or `prev`; a path may lead into a group."""

    path: str
    place: Place


@draft
class Sugar:
    """`act=relu`, `norm=group_norm(32)`: a call whose kind may also be a block's argument."""

    word: str
    slot: str
    """`act`, `norm`, or nothing for a step such as `activation: act`."""
    place: Place
    values: dict[str, Value] = field(factory=dict)
    positional: list[Value] = field(factory=list)
    calls: dict[str, Call] = field(factory=dict)
    """The call for each kind that the word has stood for."""


@draft
class Call:
    """One call of a kind or of a block, with its values by parameter name."""

    target: Kind | Block
    place: Place
    values: dict[str, Value] = field(factory=dict)
    variadic: list[Value] = field(factory=list)
    references: list[Reference] = field(factory=list)
    sugar: dict[str, Sugar] = field(factory=dict)
    crop: bool = False
    cache: dict[Any, Any] = field(factory=dict)
    """Layers already built from this call, by evaluated values and shapes."""


@draft
class Chain:
    """Steps one after the other; its output is its last step."""

    steps: list[Step]


@draft
class Branches:
    """Steps side by side, each from the same input, and the merge that joins them."""

    merge: Call
    steps: list[Step]


Body = Call | Chain | Branches | Sugar | None
"""What a step does; None where the text has an error."""


@draft
class Step:
    """A named body and how it is placed in its chain."""

    name: str
    body: Body
    place: Place
    source: list[Reference] = field(factory=list)
    when: Value | None = None
    repeat: Value | None = None
    share: Reference | None = None
    first_name: str | None = None
    """`as=denselayer1`: the name of the first repeated child; the number in it counts on."""
    first: dict[str, Value | Sugar] = field(factory=dict)
    last: dict[str, Value | Sugar] = field(factory=dict)


@draft
class BlockArgument:
    """A name that a block is called with, and its value where the call gives none."""

    name: str
    default: Value | None


@draft
class Block:
    """A part of a network with a name; sees its arguments, the params and its own layers."""

    name: str
    arguments: list[BlockArgument]
    body: Chain | Branches | None
    place: Place


@draft
class Claim:
    """A figure that the spec states about itself: `conv1.params: 156`, `params: <= 20K`."""

    demand: Demand
    source: str
    place: Place
    """Where its figure stands."""
    name_place: Place
    """Where its subject stands."""

    @property
    def subject(self) -> str:
        return self.demand.subject


@draft
class StatedWeights:
    """Numbers for a tensor: those of a layer's `weight`, of `fc.bias`, or of all that a pattern hits."""

    path: str
    array: Array
    place: Place
    """Where the numbers stand."""
    name_place: Place


@draft
class Variant:
    """Other values for some params, with claims of its own."""

    name: str
    params: dict[str, Value]
    inputs: dict[str, Shape]
    claims: list[Claim]
    about: Mapping[str, str]
    place: Place
    weights: list[StatedWeights] = field(factory=list)


@draft
class Document:
    """A whole spec."""

    file: str
    name: str = ""
    about: Mapping[str, str] = field(factory=dict)
    inputs: dict[str, Shape] = field(factory=dict)
    params: dict[str, Value] = field(factory=dict)
    variants: dict[str, Variant] = field(factory=dict)
    tables: dict[str, tuple[tuple[int, ...], ...]] = field(factory=dict)
    blocks: dict[str, Block] = field(factory=dict)
    """Each after those that it calls."""
    layers: Chain = field(factory=lambda: Chain([]))
    outputs: list[Reference] = field(factory=list)
    freeze: list[Reference] = field(factory=list)
    weights: list[StatedWeights] = field(factory=list)
    claims: list[Claim] = field(factory=list)
    errors: tuple[SpecError, ...] = ()
    """What is wrong in single layers; the layers around them can still be computed."""

    def __repr__(self) -> str:
        return f"<Document {self.file}>"


def has_weights(document: Document) -> bool:
    """Whether the file or one of its variants states numbers."""
    return bool(document.weights) or any(variant.weights for variant in document.variants.values())
