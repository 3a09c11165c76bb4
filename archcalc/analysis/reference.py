"""The layer reference: what the tables of kinds and of standard blocks say about each, and a line that uses it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archcalc import layers
from archcalc.core.record import record
from archcalc.errors import UnknownName
from archcalc.layers import Kind
from archcalc.layers.arguments import Parameter
from archcalc.layers.arguments import show as shown
from archcalc.spec.check import load_document
from archcalc.spec.document import BlockArgument
from archcalc.spec.kind_names import nearest_kind
from archcalc.spec.names import did_you_mean
from archcalc.spec.standard_blocks import STANDARD_BLOCKS

BLOCKS = "standard block"
"""The family of blocks written in the language itself."""


@record
class ArgumentReference:
    """One argument of a kind."""

    name: str
    expects: str
    default: str | None
    """As it is written in a spec; None where there is none."""
    required: bool
    positional: bool
    """Stands without its name."""
    variadic: bool
    """Takes all values that are left."""
    doc: str


@record
class LayerReference:
    """A kind of layer, or a standard block, as a reader needs it."""

    name: str
    family: str
    summary: str
    doc: str
    inputs: tuple[int, int | None]
    """How many inputs it takes, at least and at most (None: any number)."""
    sugar: tuple[str, ...]
    """Which of `crop`, `norm` and `act` a call may carry."""
    arguments: tuple[ArgumentReference, ...]
    example: str


def all_references() -> tuple[LayerReference, ...]:
    """Every kind, family by family, then the standard blocks."""
    return (*map(_of_kind, layers.all_kinds()), *map(_of_block, STANDARD_BLOCKS))


def reference(name: str) -> LayerReference:
    """The entry of one kind. Raises UnknownName with the nearest."""
    kind = layers.find(name)
    if kind is not None:
        return _of_kind(kind)
    if name in STANDARD_BLOCKS:
        return _of_block(name)
    help = did_you_mean(nearest_kind(name, [*layers.names(), *STANDARD_BLOCKS]))
    raise UnknownName(f"unknown kind `{name}`", help=help or "`archcalc layers` lists all kinds")


def _of_kind(kind: Kind) -> LayerReference:
    return LayerReference(
        kind.name, kind.traits.family, kind.summary, kind.doc.strip(), kind.inputs, kind.sugar,
        tuple(map(_argument, kind.parameters)), _example(kind),
    )  # fmt: skip


def _argument(parameter: Parameter) -> ArgumentReference:
    default = None if parameter.required or parameter.default is None else shown(parameter.default).strip("`")
    return ArgumentReference(
        parameter.name, parameter.type.expects, default, parameter.required, parameter.positional,
        parameter.variadic, parameter.doc,
    )  # fmt: skip


SAMPLES = {
    "out_channels": "64", "kernel_size": "3x3", "out_features": "10", "output_size": "7x7", "num_groups": "32",
    "groups": "2", "size": "5", "p": "0.5", "shape": "1024x4x4", "dims": "1 2 0", "cells": "1", "chunks": "2",
    "split_sizes": "16 48", "upscale_factor": "2", "downscale_factor": "2", "block_size": "2", "scale_factor": "2",
    "num_embeddings": "30522", "embedding_dim": "768", "num_heads": "8", "hidden_size": "128",
    "pieces": "2", "exponent": "2", "how": "mean", "repeats": "1x2x2", "shifts": "3", "indices": "0x2",
    "num_experts": "8", "top_k": "2",
}  # fmt: skip
"""For arguments without a name: what an example writes there."""

_SPECIAL = {
    "slice": "half: slice 0:32",
    "upsample": "up: upsample 2 mode=bilinear",
    "pad": "padded: pad 1",
    "crop": "middle: crop 14",
    "multiply": "scaled: multiply a gate",
    "concat": "joined: concat a b",
    "clamp": "clamped: clamp 0 6",
    "reduce": "mean: reduce mean axis=1x2",
    "deform_conv": "bent: deform_conv a offsets out_channels=64 kernel_size=3x3",
    "attention": "mixed: attention q k v num_heads=8",
    "einsum": "product: einsum a b equation=ij,jk->ik",
    "parameter": "cls_token: parameter 1x768",
    "constant": "mean: constant 3x1x1 value=0.485x0.456x0.406",
    "opaque": "boxes: opaque 300x6 params=1000 macs=500000 note=non_max_suppression",
    "max_unpool": "unpool: max_unpool 2x2",
}
"""Examples that show more than the table of arguments can."""


def _example(kind: Kind) -> str:
    """A line of a spec: `conv: conv 64 3x3 act=relu`."""
    if kind.name in _SPECIAL:
        return _SPECIAL[kind.name]
    words = [kind.name]
    if kind.merges:
        words += ["a", "b"]
    words += [SAMPLES[p.name] for p in kind.parameters if p.positional and p.required]
    if "norm" in kind.sugar:
        words.append("act=relu")
    return f"{kind.name}_1: {' '.join(words)}"


def _of_block(name: str) -> LayerReference:
    document = load_document(STANDARD_BLOCKS[name], f"<archcalc {name}>")
    about = document.about
    example = [name, *(SAMPLES[argument.name] for argument in document.blocks[name].arguments if not argument.default)]
    return LayerReference(
        name, BLOCKS, about["summary"], _block_doc(about), (1, 1), (),
        tuple(_block_argument(argument, about) for argument in document.blocks[name].arguments),
        f"{name}_1: {' '.join(example)}",
    )  # fmt: skip


def _block_doc(about: Mapping[str, str]) -> str:
    """The fixed form of a kind's docstring, from the `about:` of the block's spec."""
    sections = ("formula", "shape", "params", "work", "field", "differs", "source")
    lines = [f"{section.title():<10}{about[section]}" for section in sections if section in about]
    return "\n".join([f"{about['summary']}.", "", *lines])


def _block_argument(argument: BlockArgument, about: Mapping[str, Any]) -> ArgumentReference:
    default = argument.default.expression.text if argument.default else None
    return ArgumentReference(
        argument.name, "a value or a kind", default, argument.default is None, True, False,
        about.get(argument.name, ""),
    )  # fmt: skip
