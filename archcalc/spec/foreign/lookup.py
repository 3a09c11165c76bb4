"""Which row of the table another tool's word stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcalc import layers
from archcalc.spec.document import Block
from archcalc.spec.foreign.tools import TOOLS, Row
from archcalc.spec.foreign.written import ForeignCall, last_word
from archcalc.spec.names import OTHER_WORDS, folded, meant_option
from archcalc.spec.standard_blocks import STANDARD_BLOCKS, arguments_written

Blocks = Mapping[str, Block]
"""The blocks of the file."""

MERGING = "@all"
"""What a row takes whose kind joins the inputs that it names."""

_MODULES = {
    "nn": "PyTorch", "torch": "PyTorch", "F": "PyTorch", "torchvision": "PyTorch",
    "keras": "Keras", "tf": "Keras", "layers": "Keras",
}  # fmt: skip
_WITHOUT_CALLS = ("Caffe", "Darknet")
"""Tools whose files hold no calls."""


def row_of(call: ForeignCall, blocks: Blocks) -> tuple[str, Row] | None:
    """The tool and the row that fit a call best, our own words first; None where the word is not known."""
    found = sorted(_rows(call, blocks), key=lambda pair: _misfit(call, *pair))
    return found[0] if found else None


def is_known(name: str, blocks: Blocks) -> bool:
    """Whether a word names a kind, a block, or a layer of another tool."""
    return next(_rows(_bare(name), blocks), None) is not None


def takes(name: str, argument: str, blocks: Blocks) -> bool:
    """Whether what a word names has such an argument, in the words of any tool or in ours."""
    rows = [row for _, row in _rows(_bare(name), blocks)]
    return any(argument in dict(arguments_of(row)) or own_option(row.kind, argument) for row in rows)


def kind_of(name: str) -> str | None:
    """The kind that a word of another tool stands for."""
    found = next((row for _, row in _rows(_bare(name), {})), None)
    return found and found.kind


def arguments_of(row: Row) -> list[tuple[str, str]]:
    """Their name and ours of each argument."""
    pairs = [word.partition(":") for word in row.takes.split() if word != MERGING]
    return [(theirs, ours or theirs) for theirs, _, ours in pairs]


def own_option(kind: str, name: str) -> str:
    """Our option that a word stands for, where the kind has one."""
    found = layers.find(kind)
    if found is None:
        return ""
    known = [*(parameter.name for parameter in found.parameters), *found.slots]
    return name if name in known else meant_option(name, known)


def variadic(row: Row) -> str:
    """The argument of ours that takes all that is left, where the kind has one."""
    kind = layers.find(row.kind) if row.kind == row.words else None
    return next((parameter.name for parameter in kind.parameters if parameter.variadic), "") if kind else ""


def is_module(name: str) -> bool:
    """Whether a name before a call is a tool's module, not a tensor: `nn`, `tf.keras.layers`."""
    return any(part in _MODULES for part in name.split("."))


def _bare(name: str) -> ForeignCall:
    return ForeignCall(last_word(name), (), {})


def _rows(call: ForeignCall, blocks: Blocks) -> Iterator[tuple[str, Row]]:
    """What a word may stand for, the surest first."""
    name, alike = call.name, folded(call.name)
    own = _own_row(name, blocks)
    if own is not None:
        yield "", own
    ours = next((kind for kind in layers.names() if folded(kind) == alike and kind != name), None)
    table = [
        (tool, row, row.words.split())
        for tool, rows in TOOLS.items()
        if not (call.positional and tool in _WITHOUT_CALLS)
        for row in rows
    ]
    yield from ((tool, row) for tool, row, words in table if name in words)
    if ours is not None:
        yield "", _own_row(ours, {}) or Row(name, ours)
    yield from ((tool, row) for tool, row, words in table if name not in words and alike in map(folded, words))
    casual = OTHER_WORDS.get(alike)
    if own is None and casual is not None:
        yield from (("", row) for row in [_own_row(casual, {})] if row is not None)


def _own_row(name: str, blocks: Blocks) -> Row | None:
    """The row of a kind or a block, whose words are its own."""
    block = blocks.get(name)
    if block is not None or name in STANDARD_BLOCKS:
        arguments = [argument.name for argument in block.arguments] if block is not None else arguments_written(name)
        return Row(name, name, " ".join(arguments))
    kind = layers.find(name)
    if kind is None:
        return None
    positional = [parameter.name for parameter in kind.parameters if parameter.positional]
    return Row(name, name, MERGING if kind.merges else " ".join(positional))


def _misfit(call: ForeignCall, tool: str, row: Row) -> tuple[int, int, int]:
    """How badly a call fits a row: arguments that are not known, those that are missing, those in others' words."""
    arguments = arguments_of(row)
    names = [theirs for theirs, _ in arguments]
    foreign = [name for name in call.keywords if name not in names]
    unknown = sum(not own_option(row.kind, name) for name in foreign)
    excess = 0 if row.takes == MERGING or variadic(row) else max(0, len(call.positional) - len(names))
    meant = next((_MODULES[part] for part in call.module.split(".") if part in _MODULES), "")
    elsewhere = 2 if tool and meant and tool != meant else 0
    return unknown + excess + elsewhere, _missing(call, row, arguments), len(foreign)


def _missing(call: ForeignCall, row: Row, arguments: list[tuple[str, str]]) -> int:
    kind = layers.find(row.kind)
    given = {theirs for theirs, _ in arguments[: len(call.positional)]} | call.keywords.keys()
    ours = {ours for theirs, ours in arguments if theirs in given} | {own_option(row.kind, name) for name in given}
    usual = {word.partition("=")[0] for word in row.usual.split()}
    return sum(p.required and p.name not in ours | usual for p in kind.parameters) if kind is not None else 0
