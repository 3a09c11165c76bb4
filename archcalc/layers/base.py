"""What a layer is: four facts; and the registry of kinds.

A kind is a frozen record with the methods of `Layer`, and fields made by `argument` and `option`
(layers/arguments.py), which are the rows of the table that checks specs, prints `archcalc layers` and makes
the JSON Schema. What else verbs ask of it are traits (layers/traits.py). What acts on layers lives elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod
from typing import Any, TypeVar

from archcalc.core import NO_WORK, SPREAD, WHOLE, AxisWindow, Shape, TensorSpec, Window, Work
from archcalc.core.record import fields, record, replace
from archcalc.core.window import PaddingMode, causal_padding, full_padding, same_padding
from archcalc.errors import GraphError, ShapeError, SpecError
from archcalc.layers.arguments import NON_NEGATIVE, Padding, Parameter, Sizes
from archcalc.layers.traits import SAME, Traits

Weights = Mapping[str, TensorSpec]
"""Name, as in a PyTorch state dict, to tensor."""

NO_WEIGHTS: Weights = {}

Join = tuple[int, int, tuple[int, ...]]
"""An output channel, an input channel it is a sum over, and where their kernel stands on the first axes of `weight`."""


class Layer:
    """Four facts of one layer; x are the shapes of its inputs, y the shape of its output."""

    __slots__ = ()
    kind: str
    each = 0
    """How many of the first axes only count: it sees the others alone, once for each cell of those."""

    def windows(self, *x: Any, **_: Any) -> tuple[AxisWindow, ...]:
        """How it slides along each spatial axis of its inputs, one rule an axis, the same for all inputs."""
        raise NotImplementedError

    def output(self, *x: Any, **_: Any) -> Shape:
        """The shape after. Raises ShapeError where the layer does not fit its input."""
        raise NotImplementedError

    def weights(self, *x: Any, **_: Any) -> Weights:
        """The tensors it keeps, by state-dict name."""
        return NO_WEIGHTS

    def work(self, *x_then_y: Any, **_: Any) -> Work:
        """Operations on one example."""
        return NO_WORK

    def joins(self, *x: Any, **_: Any) -> Iterable[Join]:
        """The pairs of channels that its kernels join; of a vector the features are the channels."""
        return ()

    @property
    def traits(self) -> Traits:
        """What its kind is, beyond these facts."""
        return KINDS[self.kind].traits

    def shorter(self, *x: Any, **_: Any) -> str:
        """The call of another kind that says the same in fewer words, on these inputs; nothing where none does."""
        return ""


class Composite:
    """A kind that stands for several named layers, each reading the same input: `chunk`, `split`."""

    __slots__ = ()
    kind: str

    def parts(self, x: Shape) -> Mapping[str, Layer]:
        """The layers it becomes, by name. Raises ShapeError."""
        raise NotImplementedError


@record
class Kind:
    """One row of the table of kinds."""

    name: str
    build: Callable[..., Layer | Composite]
    """Makes the layer from converted attributes, by name."""
    parameters: tuple[Parameter, ...]
    inputs: tuple[int, int | None]
    """How many inputs it takes, at least and at most (None: any number)."""
    sugar: tuple[str, ...]
    """Which of `crop`, `norm` and `act` a call may carry."""
    docstring: str
    traits: Traits

    @property
    def common(self) -> tuple[Parameter, ...]:
        """What it takes besides its own parameters, as every kind does that reads a layer and not its choices."""
        return () if self.traits.undoes or self.inputs[1] == 0 else (EACH,)

    @property
    def doc(self) -> str:
        """The docstring without its indentation."""
        from inspect import cleandoc

        return cleandoc(self.docstring)

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return self.doc.split("\n", 1)[0].rstrip(".")

    @property
    def merges(self) -> bool:
        """Takes its inputs as arguments: `add a b`."""
        return self.inputs[0] > 1

    @property
    def is_source(self) -> bool:
        """Reads no layer."""
        return self.inputs == NONE

    @property
    def is_composite(self) -> bool:
        """Stands for several layers, each an output of its own."""
        return isinstance(self.build, type) and issubclass(self.build, Composite)

    @property
    def does_nothing(self) -> bool:
        """Gives what it gets, in training too: the word for no layer where one may stand."""
        return self.traits.view == SAME and not self.parameters

    @property
    def slots(self) -> tuple[str, ...]:
        """The sugar that takes a kind: `norm=`, `act=`."""
        return tuple(name for name in self.sugar if name != CROP)

    def parameter(self, name: str) -> Parameter | None:
        return next((p for p in (*self.parameters, *self.common) if p.name == name), None)

    def make(self, axes: int, **values: Any) -> Layer | Composite:
        """Build the layer for inputs with `axes` spatial axes, each value converted by its type.

        Raises SpecError for a value of the wrong type; the caller has checked names and required ones.
        """
        each = EACH.type.convert(values["each"], axes) if "each" in values else 0
        axes = max(0, axes - each)
        attributes: dict[str, Any] = {}
        for p in self.parameters:
            value = values.get(p.name, p.default)
            try:
                if value is None:
                    attributes[p.name] = None
                elif p.variadic:
                    attributes[p.name] = tuple(p.type.convert(item, axes) for item in value)
                else:
                    attributes[p.name] = p.type.convert(value, axes)
            except SpecError as error:
                error.what = f"`{p.name}`: {error.what}"
                error.parameter = p.name
                raise
        layer = self.build(**attributes)
        if not each:
            return layer
        return EachParts(layer, each) if isinstance(layer, Composite) else Each(layer, each)


EACH = Parameter(
    "each", NON_NEGATIVE, "the first axes that only count: the layer sees the others alone, once for each of them", 0
)


@record
class Each(Layer):
    """A layer on the axes after the first few, which only count: windows of an image, heads, time steps.

    Its weights are those of one, its work that of all. It has the attributes of the layer inside.
    """

    layer: Layer
    each: int

    @property
    def kind(self) -> str:  # type: ignore[override]
        return self.layer.kind

    @property
    def traits(self) -> Traits:
        """Those that hold whatever axes stand before: nothing of channels, nothing of windows."""
        return replace(
            KINDS[self.kind].traits, reads="", gives="", slides="", weighted=False, centres=False, averages=False,
            picks=False,
        )  # fmt: skip

    def __getattr__(self, name: str) -> Any:
        return getattr(self.layer, name)

    def __replace__(self, **changes: Any) -> Each:
        return Each(replace(self.layer, **changes), self.each)

    def windows(self, *x: Shape) -> tuple[AxisWindow, ...]:
        """One cell on the axes that count; the first axis of the layer inside, its channels, is seen whole."""
        inside = self.inside(x)
        keeps = self.layer.output(*inside)[0] == inside[0][0]
        channels: AxisWindow = SPREAD if keeps else WHOLE
        return (*(Window(1),) * (self.each - 1), channels, *self.layer.windows(*inside))

    def output(self, *x: Shape) -> Shape:
        inside = self.inside(x)
        return Shape((*x[0][: self.each], *self.layer.output(*inside)))

    def weights(self, *x: Shape) -> Weights:
        return self.layer.weights(*self.inside(x))

    def work(self, *x_then_y: Shape) -> Work:
        *x, y = x_then_y
        return self.layer.work(*self.inside(x), Shape(y[self.each :])).times(prod(y[: self.each]))

    def inside(self, x: Sequence[Shape]) -> tuple[Shape, ...]:
        """What the layer sees of its inputs. Raises ShapeError, GraphError."""
        short = next((shape for shape in x if len(shape) <= self.each), None)
        if short is not None:
            left = len(short) - 1
            help = f"at most each={left}" if left else "leave it out"
            raise ShapeError(f"each={self.each} leaves no axis of {short} for the layer", help=help)
        if any(shape[: self.each] != x[0][: self.each] for shape in x):
            *first, last = map(str, x)
            axes = "the first axis" if self.each == 1 else f"the first {self.each} axes"
            raise GraphError(
                f"each={self.each} counts {axes}, which differ: {', '.join(first)} and {last}",
                help="every input has the same there",
            )
        return tuple([Shape(shape[self.each :]) for shape in x])


@record
class EachParts(Composite):
    """Several layers, each on the axes after the first few."""

    layer: Composite
    each: int

    @property
    def kind(self) -> str:  # type: ignore[override]
        return self.layer.kind

    def parts(self, x: Shape) -> Mapping[str, Layer]:
        inside = Each(Layer(), self.each).inside((x,))[0]
        return {name: Each(part, self.each) for name, part in self.layer.parts(inside).items()}


KINDS: dict[str, Kind] = {}
"""Kinds whose module is imported; `layers.find` imports the others on first use."""

CROP = "crop"
"""The sugar that is a word alone, and the kind that it makes."""

NONE = (0, 0)
ONE = (1, 1)
ONE_OR_MORE = (1, None)
TWO = (2, 2)
TWO_OR_MORE = (2, None)

_Class = TypeVar("_Class", bound=type)


def register(
    name: str, *, inputs: tuple[int, int | None] = ONE, sugar: Iterable[str] = (), **traits: Any
) -> Callable[[_Class], _Class]:
    """Enter a record in the table of kinds under the field's word for it, with those traits that are not the usual."""

    def enter(cls: _Class) -> _Class:
        cls.kind = name  # type: ignore[attr-defined]
        add_kind(name, cls, parameters_of(cls), cls.__doc__ or "", cls.__module__, inputs, sugar, **traits)
        return cls

    return enter


def add_kind(
    name: str,
    build: Callable[..., Layer | Composite],
    parameters: tuple[Parameter, ...],
    doc: str,
    module: str,
    inputs: tuple[int, int | None] = ONE,
    sugar: Iterable[str] = (),
    **traits: Any,
) -> None:
    """Enter one row of the table; `register` does it for a class, a table of activations for its rows."""
    assert name not in KINDS, f"two kinds are called {name}"
    stated = Traits(**{"family": module.rpartition(".")[2], **traits})
    KINDS[name] = Kind(name, build, parameters, inputs, tuple(sugar), doc, stated)


def parameters_of(cls: type) -> tuple[Parameter, ...]:
    """The rows that the fields of a kind's record state."""
    return tuple(
        Parameter(f.name, f.metadata["type"], f.metadata["doc"], f.default, *_position(f.metadata))
        for f in fields(cls)
        if f.metadata
    )


def sliding(
    x: Shape,
    kernel_size: Sizes,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    ceil_mode: bool = False,
    mode: PaddingMode = "zeros",
) -> tuple[Window, ...]:
    """The windows of a convolution or a pooling, one per spatial axis of x; `same` depends on x."""
    axes = zip(x.spatial, kernel_size, stride, dilation, strict=True)
    return tuple(
        Window(kernel, step, _sides(padding, axis, length, kernel, step, gap), gap, ceil_mode, mode)
        for axis, (length, kernel, step, gap) in enumerate(axes)
    )


def slide(windows: Iterable[AxisWindow], lengths: Iterable[int]) -> Sizes:
    """The spatial sizes after the windows. Raises ShapeError, with the axis where they differ."""
    axes = list(zip(windows, lengths, strict=True))
    try:
        return tuple([window.output(length) for window, length in axes])
    except ShapeError as error:
        raise error if all(axis == axes[0] for axis in axes) else _misfit(axes) from None


def pointwise(x: Shape) -> tuple[Window, ...]:
    """Each cell from the cell at its own place."""
    return (Window(1),) * len(x.spatial)


def needs_map(x: Shape, kind: str) -> None:
    """Refuse a vector where a map with channels and at least one spatial axis is needed."""
    if len(x) < 2:
        raise ShapeError(f"{kind} needs channels and at least one spatial axis, its input is {x}")


def positions(y: Shape) -> int:
    """Places where the layer's window stops."""
    return prod(y.spatial)


_AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def _misfit(axes: list[tuple[AxisWindow, int]]) -> ShapeError:
    """What is wrong on each axis, by name."""
    errors = []
    for name, (window, length) in zip(_AXES.get(len(axes), range(len(axes))), axes, strict=True):
        try:
            window.output(length)
        except ShapeError as error:
            errors.append((name, error))
    (name, first), *others = errors
    return ShapeError(
        f"{name}: {first.what}",
        notes=[f"{name}: {error.what}" for name, error in others],
        help="; ".join(f"{name}: {error.help}" for name, error in errors),
    )


def _sides(padding: Padding, axis: int, length: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    if padding == "same":
        return same_padding(length, kernel, stride, dilation)
    if padding == "valid":
        return (0, 0)
    if padding == "full":
        return full_padding(kernel, dilation)
    if padding == "causal":
        return causal_padding(kernel, dilation)
    sides: tuple[int, int] = padding[axis]
    return sides


def _position(metadata: Mapping[str, Any]) -> tuple[bool, bool]:
    return metadata["positional"], metadata["variadic"]
