"""Recurrent layers: one cell of weights, used again at every step; the kinds are rows of a table."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from archcalc.core import WHOLE, ZEROS, AxisWindow, Shape, TensorSpec, Work
from archcalc.core.record import record, replace
from archcalc.errors import SpecError
from archcalc.layers.arguments import COUNT, FEW, FLAG, Choice, Whole, argument, option
from archcalc.layers.base import Layer, Weights, add_kind, parameters_of
from archcalc.layers.fitting import needs_sequence
from archcalc.layers.traits import TOKENS

RETURNS = Choice(("sequence", "last"))
NONLINEARITY = Choice(("tanh", "relu"))
BIASES = Whole(1, 2)


@record
class Recurrent(Layer):
    """A row of `CELLS` as a layer."""

    kind: str
    hidden_size: int = argument(COUNT, "features of the state")
    num_layers: int = option(FEW, 1, "layers on top of each other")
    bidirectional: bool = option(FLAG, False, "a second pass from the end, its features after the first's")
    bias: bool = option(FLAG, True, "whether there are biases")
    biases: int = option(BIASES, 2, "biases of a gate: 2 as in PyTorch, or 1 as in textbooks and Keras")
    returns: str = option(RETURNS, "sequence", "the state at every step, or only the last one")
    nonlinearity: str = option(NONLINEARITY, "tanh", "function of the state")
    reset_after: bool = option(FLAG, True, "r weighs the product W_hn h; no: the state before the product")
    proj_size: int | None = option(COUNT, None, "features that the state is projected to at every step")

    def __post_init__(self) -> None:
        if self.proj_size is not None and self.proj_size >= self.hidden_size:
            raise SpecError(
                f"a proj_size of {self.proj_size} is not below the hidden_size of {self.hidden_size}",
                help="the projection makes the state smaller; without it leave proj_size out",
            )

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        return (WHOLE,) * len(x.spatial)

    def output(self, x: Shape) -> Shape:
        needs_sequence(x, self.kind)
        features = self._directions * self._state_size
        return Shape.of(features) if self.returns == "last" else Shape.of(x[0], features)

    def weights(self, x: Shape) -> Weights:
        rows = CELLS[self.kind].gates * self.hidden_size
        tensors: dict[str, TensorSpec] = {}
        for name, features in self._passes(x):
            tensors[f"weight_ih_{name}"] = TensorSpec(Shape.of(rows, features))
            tensors[f"weight_hh_{name}"] = TensorSpec(Shape.of(rows, self._state_size))
            for word in self._bias_words:
                tensors[f"{word}_{name}"] = TensorSpec(Shape.of(rows), fill=ZEROS)
            if self.proj_size is not None:
                tensors[f"weight_hr_{name}"] = TensorSpec(Shape.of(self.proj_size, self.hidden_size))
        return tensors

    def work(self, x: Shape, y: Shape) -> Work:
        rows = CELLS[self.kind].gates * self.hidden_size
        passes = [features for _, features in self._passes(x)]
        macs = x[0] * sum(rows * (features + self._state_size) for features in passes)
        if self.proj_size is not None:
            macs += x[0] * self.proj_size * self.hidden_size * len(passes)
        biases = x[0] * len(self._bias_words) * rows * len(passes)
        units = x[0] * self.hidden_size * len(passes)
        unit = self._unit
        return Work(
            macs=macs,
            products=unit.products * units,
            additions=biases + unit.additions * units,
            comparisons=unit.comparisons * units,
            divisions=unit.divisions * units,
            exponentials=unit.exponentials * units,
            connections=macs + biases,
        )

    @property
    def _state_size(self) -> int:
        """Features of the state that the next step and the next layer see."""
        return self.hidden_size if self.proj_size is None else self.proj_size

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def _bias_words(self) -> tuple[str, ...]:
        """What the names of a pass's biases begin with."""
        if not self.bias:
            return ()
        return ("bias",) if self.biases == 1 else ("bias_ih", "bias_hh")

    @property
    def _unit(self) -> Work:
        return Work(comparisons=1) if self.nonlinearity == "relu" else CELLS[self.kind].unit

    def _passes(self, x: Shape) -> Iterator[tuple[str, int]]:
        """Suffix of the names and input features of every pass over the sequence, in PyTorch's order."""
        features = x.features
        for layer in range(self.num_layers):
            yield f"l{layer}", features
            if self.bidirectional:
                yield f"l{layer}_reverse", features
            features = self._directions * self._state_size


def with_biases(layer: Layer, count: int) -> Layer:
    """A recurrent layer with so many biases for each gate; any other layer, or one without biases, as it is."""
    if not isinstance(layer, Recurrent) or not layer.bias or layer.biases == count:
        return layer
    return replace(layer, biases=count)


@record
class RecurrentCell:
    """What one recurrent kind is: its gates, and the operations of a unit at a step besides the weights."""

    summary: str
    formula: str
    gates: int
    unit: Work
    cost: str
    source: str
    options: tuple[str, ...] = ()
    """Which options it has that the other kinds do not."""
    differs: str = ""
    projection: str = ""
    """What an option makes of the state, in the docstring's words."""


CELLS: dict[str, RecurrentCell] = {
    "rnn": RecurrentCell(
        "Simple recurrent layer",
        "h' = tanh(W_ih x + W_hh h), a bias with each product (biases=1: with W_ih x)",
        1,
        Work(exponentials=1),
        "1 exponential (relu: 1 comparison)",
        "Elman 1990; PyTorch, RNN",
        ("nonlinearity",),
    ),
    "lstm": RecurrentCell(
        "Long short-term memory: a state that gates keep, write and show",
        "c' = f c + i g, h' = o tanh(c'); i, f, o sigmoids and g a tanh of W_ih x + W_hh h, biases as in rnn",
        4,
        Work(exponentials=5, additions=3, divisions=3, products=3),
        "5 exponentials, 3 additions, 3 divisions, 3 products",
        "Hochreiter and Schmidhuber 1997; Gers et al. 2000; Sak et al. 2014 (proj_size); PyTorch, LSTM",
        options=("proj_size",),
        projection="proj_size=P: the state is W_hr h, of P features: P * H weights more, P for H in all other places",
    ),
    "gru": RecurrentCell(
        "Gated recurrent unit: one state, one gate that forgets and one that renews",
        "h' = (1 - z) n + z h, n = tanh(W_in x + r (W_hn h)); r, z sigmoids of W_ih x + W_hh h, biases as in rnn",
        3,
        Work(exponentials=3, additions=3, divisions=2, products=3),
        "3 exponentials, 3 additions, 2 divisions, 3 products",
        "Cho et al. 2014; PyTorch, GRU",
        options=("reset_after",),
        differs="r weighs the product W_hn h, as in PyTorch and cuDNN; Cho et al. weigh h before it (reset_after=no)",
    ),
}
"""Kind -> what it is."""


def _enter_rows() -> None:
    own = {option for cell in CELLS.values() for option in cell.options}
    for name, cell in CELLS.items():
        parameters = tuple(p for p in parameters_of(Recurrent) if p.name not in own or p.name in cell.options)
        add_kind(name, partial(Recurrent, name), parameters, _doc(cell), __name__, reads=TOKENS)


def _doc(cell: RecurrentCell) -> str:
    rows = "H" if cell.gates == 1 else f"{cell.gates}H"
    return "\n".join([
        f"{cell.summary}.",
        "",
        f"Formula   {cell.formula}",
        "Shape     (T, F) -> (T, H), H = hidden_size; returns=last: (H), the state that the pass ends in;",
        "          bidirectional: 2H, with returns=last the states that the two passes end in (at T and at 1)",
        f"Params    per layer and direction {rows} * (F + H) weights, 2 * {rows} biases (biases=1: {rows});",
        "          later layers: F is H or 2H",
        *([f"          {cell.projection}"] if cell.projection else []),
        "Work      per weight and step 1 MAC, per bias and step 1 addition,",
        f"          per unit and step {cell.cost}",
        "Field     the whole sequence",
        *([f"Differs   {cell.differs}"] if cell.differs else []),
        f"Source    {cell.source}",
    ])  # fmt: skip


_enter_rows()
