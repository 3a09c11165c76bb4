"""From another tool's call to the line that says the same in the spec language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from archcalc import layers
from archcalc.layers.arguments import Parameter
from archcalc.layers.traits import TOKENS
from archcalc.spec.foreign.lookup import MERGING, Blocks, arguments_of, is_module, kind_of, own_option, row_of, variadic
from archcalc.spec.foreign.tools import Row
from archcalc.spec.foreign.values import is_usual, may_stand, shown, text_of
from archcalc.spec.foreign.written import ForeignCall, Value, last_word


class Line(NamedTuple):
    """A layer in the words of a spec, and what of the other tool's call it does not hold."""

    text: str
    tool: str
    """The tool that writes it so; empty for a word of ours in the form of a call."""
    notes: tuple[str, ...] = ()
    complete: bool = True
    """Whether nothing is left to fill in."""


def line_of(call: ForeignCall, blocks: Blocks) -> Line | None:
    """The line for a call; None where its word is not known."""
    if call.name in WRAPPERS:
        return _wrapped(call, blocks)
    if call.name in CHAINS:
        return _chain(call, blocks)
    if call.name in _METHODS and call.module and not is_module(call.module):
        return _METHODS[call.name](call)
    found = row_of(call, blocks)
    return found and _Writing(call, *found).line()


WRAPPERS = {
    "Bidirectional": (" bidirectional=yes", ""),
    "TimeDistributed": (" each=1", "each=1: the same layer for each cell of the first axis"),
}
"""Layers around a layer -> what they add to its line, and a note."""

CHAINS = ("Sequential",)

_FOLLOWING = frozenset(
    [
        "in_channels",
        "in_features",
        "num_features",
        "num_channels",
        "normalized_shape",
        "input_size",
        "input_channels",
        "embed_dim",
        "dim",
        "input_shape",
        "input_dim",
    ]
)
"""Arguments that a spec takes from the input of the layer."""

_SILENT = frozenset({"input", "inplace", "training", "device", "dtype", "return_indices", "batch_first", "data_format"})
"""Arguments that say nothing about the network."""

_BRANCHES = ("A", "B", "C")


def _wrapped(call: ForeignCall, blocks: Blocks) -> Line | None:
    inner = next((value for value in call.positional if isinstance(value, ForeignCall)), None)
    line = inner and line_of(inner, blocks)
    if not line:
        return None
    added, note = WRAPPERS[call.name]
    if call.name == "TimeDistributed" and _takes_tokens_alone(line):
        added, note = "", "a layer that reads tokens x features takes each token alone"
    return line._replace(text=line.text + added, notes=(*line.notes, *([note] if note else [])))


def _takes_tokens_alone(line: Line) -> bool:
    """Whether the kind does for tokens x features what it does for features: a fully connected layer."""
    kind = layers.find(line.text.split()[0])
    return kind is not None and kind.traits.weighted and kind.traits.reads == TOKENS


def _chain(call: ForeignCall, blocks: Blocks) -> Line | None:
    """`nn.Sequential(a, b)` and `Sequential([a, b])`."""
    first = call.positional[0] if call.positional else ()
    parts = first if isinstance(first, tuple) and not isinstance(first, ForeignCall) else call.positional
    lines = [line for part in parts if isinstance(part, ForeignCall) and (line := line_of(part, blocks)) is not None]
    if not lines or len(lines) < len(parts):
        return None
    text = ", ".join(f'"{line.text}"' if "," in line.text else line.text for line in lines)
    notes = dict.fromkeys(note for line in lines for note in line.notes)
    return Line(f"[{text}]", lines[0].tool, tuple(notes), all(line.complete for line in lines))


def _viewed(call: ForeignCall) -> Line:
    """`x.view(x.size(0), -1)`: the first size is the batch."""
    sizes = call.positional[1:]
    return Line("flatten" if len(sizes) < 2 else f"reshape {shown(sizes)}", "PyTorch")


def _permuted(call: ForeignCall) -> Line:
    """`x.permute(0, 2, 3, 1)`: axis 0 is the batch."""
    axes = [str(axis - 1) for axis in call.positional if isinstance(axis, int) and axis > 0]
    return Line(" ".join(["permute", *axes]) if axes else "permute DIMS", "PyTorch", complete=bool(axes))


_METHODS: dict[str, Callable[[ForeignCall], Line]] = {"view": _viewed, "reshape": _viewed, "permute": _permuted}
"""Methods of a tensor, whose axes begin with the batch."""

_NO_NAMES = frozenset(["x", "y", "z", "h", "out", "output", "input", "inputs", "inp", "img", "image"])
"""Names that say nothing about where a value comes from."""


class _Writing:
    """A line while the arguments of the call are taken over one by one."""

    def __init__(self, call: ForeignCall, tool: str, row: Row) -> None:
        self.call = call
        self.tool = tool
        self.row = row
        self.name = row.kind
        self.kind = layers.find(row.kind)
        sizes = re.search(r"([123])[dD]", call.name)
        self.axes = int(sizes[1]) if sizes else row.axes
        self.words: dict[str, str] = {}
        """Our name -> the text of its value."""
        self.given: set[str] = set()
        """Our names of what the call says."""
        self.references = list(call.inputs) if self.kind and self.kind.merges else []
        self.left_out: list[str] = []

    def line(self) -> Line:
        for theirs, ours, value in self.pairs():
            self.given.add(ours.removeprefix("@"))
            if value is not None and not self.take(ours, value) and theirs not in _SILENT:
                self.left_out.append(theirs)
        for word in self.row.usual.split():
            name, _, value = word.partition("=")
            if name not in self.given:
                self.words[name] = value
        text, complete = self.written()
        return Line(text, self.tool, tuple(self.notes()), complete)

    def pairs(self) -> Iterator[tuple[str, str, Value]]:
        """Each argument of the call: their name, ours, the value."""
        arguments = arguments_of(self.row)
        if self.row.takes == MERGING:
            yield from (("input", "@inputs", value) for value in self.call.positional)
        else:
            yield from (
                (theirs, ours, value) for (theirs, ours), value in zip(arguments, self.call.positional, strict=False)
            )
            rest = self.call.positional[len(arguments) :]
            if rest and (ours := variadic(self.row)):
                self.words[ours] = " ".join(map(shown, self.call.positional[len(arguments) - 1 :]))
            else:
                yield from ((shown(value), "-", value) for value in rest)
        known = dict(arguments)
        for theirs, value in self.call.keywords.items():
            yield theirs, known.get(theirs) or own_option(self.name, theirs) or "-", value

    def take(self, ours: str, value: Value) -> bool:
        """Take one argument over; False where a spec has no word for it."""
        if ours == "-":
            return False
        if ours.startswith("@"):
            return SPECIAL[ours](self, value)
        if ours in ("act", "norm"):
            return self.take_kind(ours, value)
        if self.kind is None:
            self.words[ours] = shown(value)
            return True
        parameter = self.kind.parameter(ours)
        return parameter is not None and self.take_value(parameter, value)

    def take_kind(self, slot: str, value: Value) -> bool:
        """An activation or a norm, by its name, its class or a call of it."""
        name = value.name if isinstance(value, ForeignCall) else last_word(str(value))
        if name in ("linear", "None", "False"):
            return True
        kind = _DARKNET_ACTS.get(name) if self.tool == "Darknet" else kind_of(name)
        if kind is None or (self.kind is not None and slot not in self.kind.sugar):
            return False
        self.words[slot] = kind
        return True

    def take_value(self, parameter: Parameter, value: Value) -> bool:
        text = text_of(value, parameter, self.axes)
        if not may_stand(parameter, text):
            return False
        if not is_usual(parameter, text):
            self.words[parameter.name] = text
        return True

    def written(self) -> tuple[str, bool]:
        """The line, what is required and missing in capitals; and whether nothing is."""
        kind = layers.find(self.name)
        if kind is None:
            return " ".join([self.name, *self.block_arguments()]), True
        words, options = [self.name, *self.references], []
        missing = [p.name for p in kind.parameters if p.required and p.name not in self.words]
        for parameter in kind.parameters:
            value = self.words.get(parameter.name, parameter.name.upper() if parameter.name in missing else None)
            if value is not None and parameter.positional:
                words.append(value)
            elif value is not None:
                options.append(f"{parameter.name}={value}")
        options += [f"{slot}={self.words[slot]}" for slot in ("norm", "act") if slot in self.words]
        if len(self.references) < kind.inputs[0] > 1:
            missing = [*_BRANCHES[: kind.inputs[0]]]
            words = [self.name, *missing]
        return " ".join([*words, *options]), not missing

    def block_arguments(self) -> Iterator[str]:
        """Without its name each that stands where the block has it."""
        positional = len(self.call.positional)
        for index, (name, value) in enumerate(self.words.items()):
            yield value if index < positional else f"{name}={value}"

    def notes(self) -> Iterator[str]:
        following = [name for name in self.left_out if name in _FOLLOWING]
        others = [name for name in self.left_out if name not in _FOLLOWING]
        if following:
            yield f"without {' and '.join(following)}: the input says it"
        if others:
            yield f"without {', '.join(others)}: a spec has no word for it"
        if self.row.note:
            yield self.row.note
        source = next((name for name in self.call.inputs if name not in _NO_NAMES), "")
        if source and not self.references:
            yield f"from={source} where that is not the layer before"


_DARKNET_ACTS = {
    "leaky": "leaky_relu(0.1)", "logistic": "sigmoid", "relu": "relu", "relu6": "relu6", "mish": "mish",
    "swish": "silu", "elu": "elu", "selu": "selu", "gelu": "gelu", "tanh": "tanh", "softplus": "softplus",
}  # fmt: skip

_KINDS = {"MAX": "max_pool", "0": "max_pool", "AVE": "avg_pool", "1": "avg_pool"}
_SUMS = {"SUM": "add", "1": "add", "PROD": "multiply", "0": "multiply"}
"""What `pool:` and `operation:` of Caffe choose."""


def _inputs(line: _Writing, value: Value) -> bool:
    names = [
        shown(item) for item in (value if isinstance(value, tuple) and not isinstance(value, ForeignCall) else (value,))
    ]
    names = ["prev" if name == "-1" else name for name in names]
    plain = [name for name in names if re.fullmatch(r"[A-Za-z_][\w./-]*", name)]
    line.references += plain
    return len(plain) == len(names)


def _axis(line: _Writing, value: Value) -> bool:
    """Counted with the batch: 1 are the channels."""
    if not isinstance(value, int) or value == 0:
        return False
    parameter = line.kind.parameter("axis") if line.kind else None
    return parameter is not None and line.take_value(parameter, value - 1 if value > 0 else value)


def _last_axis(_: _Writing, value: Value) -> bool:
    """Keras's last axis are the channels or features, as ours where none is named."""
    return bool(value == -1)


def _returns(line: _Writing, value: Value) -> bool:
    if not value:
        line.words["returns"] = "last"
    return True


def _half(line: _Writing, value: Value) -> bool:
    """Darknet's `pad=1` is half of the kernel."""
    kernel = line.call.keywords.get("size", 1)
    if value and isinstance(kernel, int) and kernel > 1:
        line.words["padding"] = str(kernel // 2)
    return isinstance(kernel, int)


def _batch_norm(line: _Writing, value: Value) -> bool:
    if value:
        line.words.update(norm="batch_norm", bias="no")
    return True


def _last_first(line: _Writing, value: Value) -> bool:
    """PyTorch's pads begin at the last axis: left, right, top, bottom."""
    flat = value if isinstance(value, tuple) else ()
    pairs = [f"{shown(before)}:{shown(after)}" for before, after in zip(flat[::2], flat[1::2], strict=False)]
    line.words["cells"] = "x".join(reversed(pairs)) or shown(value)
    return True


def _kind(line: _Writing, value: Value) -> bool:
    chosen = (_SUMS if line.kind and line.kind.merges else _KINDS).get(shown(value).upper())
    line.name = chosen or line.name
    return chosen is not None


def _global(line: _Writing, value: Value) -> bool:
    if value:
        line.name = {"max_pool": "global_max_pool", "avg_pool": "global_avg_pool"}[line.name]
    return True


SPECIAL: dict[str, Callable[[_Writing, Value], bool]] = {
    "@inputs": _inputs, "@axis": _axis, "@last_axis": _last_axis, "@returns": _returns, "@half": _half,
    "@batch_norm": _batch_norm, "@last_first": _last_first, "@kind": _kind, "@global": _global,
}  # fmt: skip
"""What is said in another way than by one value."""
