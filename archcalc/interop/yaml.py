"""A record as the text of a spec: one line a layer, the layer before unsaid, and what the file itself counts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcalc import layers
from archcalc.interop.net import SourceLayer, SourceNet
from archcalc.interop.shape import Shaped, shaped
from archcalc.spec.steps import is_merge


def text_of(net: SourceNet) -> str:
    """The spec of a record."""
    names = shaped(net)
    lines = [f"name: {_quoted(net.name)}", f"about: {{source: {_quoted(net.origin)}}}", *map(_comment, net.notes)]
    lines += [*_inputs(net, names), "layers:", *_layers(net, names), *_outputs(net, names), *_claims(net, names)]
    return "\n".join(lines) + "\n"


def _comment(note: str) -> str:
    return f"# {note}"


def _quoted(text: str) -> str:
    """A text that stands as it is where it may, else in quotes."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return plain if re.fullmatch(r"[A-Za-z](?:[\w./ -]*\w)?", plain, re.ASCII) else "'" + plain.replace("'", "''") + "'"


def _inputs(net: SourceNet, names: Shaped) -> Iterator[str]:
    if len(net.inputs) == 1 and names.inputs == ("input",):
        yield f"input: {net.inputs[0][1]}"
        return
    yield "inputs:"
    for name, (_, shape) in zip(names.inputs, net.inputs, strict=True):
        yield f"  {name}: {shape}"


def _layers(net: SourceNet, names: Shaped) -> Iterator[str]:
    """A line for each operation, one for each group that begins there."""
    before: tuple[str, ...] = ()
    for number, (operation, address) in enumerate(zip(net.operations, names.operations, strict=True)):
        for depth in range(len(address) - 1):
            if before[: depth + 1] != address[: depth + 1]:
                yield f"{'  ' * (depth + 1)}{_key(address[depth], group=True)}:"
        note = f"   # {operation.note}" if operation.note else ""
        yield f"{'  ' * len(address)}{_key(address[-1])}: {_call(operation, number, net, names)}{note}"
        before = address[:-1]


def _key(name: str, group: bool = False) -> str:
    """A name to the left of a colon; that of a merge on a group would join its layers."""
    return f'"{name}"' if group and is_merge(name) else name


def _call(operation: SourceLayer, number: int, net: SourceNet, names: Shaped) -> str:
    call = operation.call
    references = [names.reference(value, number) for value in operation.inputs]
    words = [call.kind]
    kind = layers.find(call.kind)
    joins = kind is not None and kind.merges
    if joins:
        words += references
    words += [*call.arguments, *(f"{name}={value}" for name, value in call.options.items())]
    if not joins and operation.inputs and not _is_before(operation, number, net):
        words.append(f"from={references[0]}")
    if operation.shares is not None:
        words.append(f"share={names.reference(operation.shares, number)}")
    return " ".join(words)


def _is_before(operation: SourceLayer, number: int, net: SourceNet) -> bool:
    """Whether an operation reads what it would read unsaid."""
    before = len(net.inputs) + number - 1
    return operation.inputs == (before,) and (number > 0 or len(net.inputs) == 1)


def _outputs(net: SourceNet, names: Shaped) -> Iterator[str]:
    last = len(net.inputs) + len(net.operations) - 1
    if net.outputs != (last,):
        yield f"output: [{', '.join(map(names.address, net.outputs))}]"


def _claims(net: SourceNet, names: Shaped) -> Iterator[str]:
    """What the file says of itself, as its own tool counts; about, where a layer only states its counts."""
    kinds = [layers.find(operation.call.kind) for operation in net.operations]
    about = "~" if any(kind is not None and kind.traits.stated for kind in kinds) else ""
    yield "expect:"
    yield f"  params: {about}{net.params:,}"
    if net.buffers:
        yield f"  buffers: {about}{net.buffers:,}"
    yield f"  macs: {about}{net.macs:,}"
    for value in net.outputs:
        subject = f"{names.address(value)}.out" if len(net.outputs) > 1 else "out"
        yield f"  {subject}: {net.shape_of(value)}"
