"""The error for a layer in another tool's words: one, with the whole line written out."""

from __future__ import annotations

import re
from collections.abc import Callable

from archcalc import layers
from archcalc.errors import Place, Repair, SpecError
from archcalc.spec.context import Context
from archcalc.spec.foreign.alone import CALL
from archcalc.spec.foreign.lines import CHAINS, WRAPPERS, Line, line_of
from archcalc.spec.foreign.lookup import Blocks, is_known, takes
from archcalc.spec.foreign.written import TYPE_KEYS, ForeignCall, call_of_mapping, call_of_text, last_word, value_of
from archcalc.spec.kind_names import meaning_of, nearest_kind
from archcalc.spec.names import unknown
from archcalc.spec.nodes import Mapping, Node, Scalar, Sequence


def foreign_call(text: str, place: Place, context: Context, name: str = "") -> SpecError | None:
    """The error for `Conv2d(3, 64, 3)` or `x = nn.ReLU()`; None for a text that is no call.

    Args:
        name: the name that the layer has in the spec.
    """
    match = CALL.match(text)
    if match is None or match[1] in context.variables:
        return None
    call = call_of_text(text)
    line = line_of(call, context.blocks) if call else _bracketed(text)
    if line is None:
        return _unknown(match[1], context.blocks).at(place)
    what = (
        f"`{match[1]}(...)` is {line.tool}'s way to write a layer"
        if line.tool
        else f"`{match[1]}(...)` has brackets, which no layer has"
    )
    return _written_out(what, line, name or (call.given if call else ""), text, bool(name)).at(place)


def _bracketed(text: str) -> Line | None:
    """`add(in, prev)`, whose words no other language can read."""
    names = re.fullmatch(r"([^()]*)\(([^()]*)\)", text)
    line = names and _joined(f"{names[1]} {names[2]}")
    return Line(line, "") if line else None


def foreign_merge(text: str, place: Place, context: Context, name: str = "") -> SpecError | None:
    """The error for `conv1 + conv2`, and for `concatenate a, b`."""
    line = _sum(text, context.blocks) or _joined(text)
    if line is None:
        return None
    whole = f"{name}: {line}" if name else line
    what = f"`{text}` is not how layers are joined"
    return SpecError(what, help=f"write `{whole}`", repair=Repair(text, line)).at(place)


def _sum(text: str, blocks: Blocks) -> str | None:
    """`add conv1 conv2` for `conv1 + conv2`."""
    match = re.fullmatch(rf"{_NAME}(?:\s*([+*])\s*{_NAME}(?:\s*\1\s*{_NAME})*|\s+(-)\s+{_NAME})", text)
    if match is None:
        return None
    names = re.findall(_NAME, text)
    if all(layers.find(word) is not None or word in blocks or word.isdecimal() for word in names):
        return None
    return " ".join([_SIGNS[match[1] or match[2]], *names])


def _joined(text: str) -> str | None:
    """`concat a b` for `concatenate a, b` or `cat [a, b]`."""
    word, _, rest = text.partition(" ")
    match = re.fullmatch(rf"[\[(]?\s*{_NAME}(?:(?:\s*,\s*|\s+){_NAME})+\s*[\])]?", rest.strip())
    near = [word] if layers.find(word) else nearest_kind(word, layers.names())
    kind = layers.find(near[0]) if len(near) == 1 else None
    if match is None or kind is None or not kind.merges or (kind.name == word and not re.search(r"[,\[(]", rest)):
        return None
    return " ".join([kind.name, *re.findall(_NAME, rest)])


_NAME = r"[A-Za-z0-9_](?:[\w./-]*\w)?"
_SIGNS = {"+": "add", "*": "multiply", "-": "subtract"}


def foreign_long(node: Mapping, context: Context, places: Callable[[str], bool]) -> SpecError | None:
    """The error for `{op: conv, filters: 64, from: in}`.

    Args:
        places: whether a key is an option of the step.
    """
    op = next((value for key, value in node.entries if key.text == "op"), None)
    if (
        not isinstance(op, Scalar)
        or not re.fullmatch(r"[A-Za-z_][\w.]*", op.text)
        or not is_known(op.text, context.blocks)
    ):
        return None
    rest = [(key, value) for key, value in node.entries if key.text != "op" and not places(key.text)]
    if not all(takes(op.text, key.text, context.blocks) for key, _ in rest):
        return None
    line = line_of(call_of_mapping(op.text, Mapping(tuple(rest), node.line, node.column, node.flow)), context.blocks)
    kept = [
        f"{key.text}: {value.text if isinstance(value, Scalar) else '...'}"
        for key, value in node.entries
        if places(key.text)
    ]
    if line is None:
        return None
    text = f"{{op: {line.text}, {', '.join(kept)}}}" if kept else line.text
    return _written_out("arguments stand in the call", line._replace(text=text), "").at(context.place(rest[0][0]))


def foreign_mapping(name: Scalar | None, node: Node, context: Context) -> SpecError | None:
    """The error for a layer written as `type: Conv2D, filters: 64`, `Conv2d: {filters: 64}` or `Conv2d: [3, 64, 3]`."""
    blocks = context.blocks
    if isinstance(node, Sequence):
        found = _listed(name, node, blocks)
    elif isinstance(node, Mapping):
        found = _typed(name, node, blocks) or _named(name, node, blocks)
    else:
        return None
    if found is None:
        return None
    line = line_of(found, blocks)
    place = context.place(name or node)
    if line is None:
        return _unknown(found.name, blocks).at(place)
    return _written_out("a layer is one line of words, not a mapping", line, found.given).at(place)


def _typed(name: Scalar | None, node: Mapping, blocks: Blocks) -> ForeignCall | None:
    """`{type: Conv2D, filters: 64}`: a key names the kind."""
    keys = {key.text: value for key, value in node.entries}
    kind = next((keys[key] for key in TYPE_KEYS if isinstance(keys.get(key), Scalar)), None)
    if not isinstance(kind, Scalar) or not re.fullmatch(r"[A-Za-z_][\w.]*", kind.text):
        return None
    others = [(key.text, value) for key, value in node.entries if value is not kind]
    if any(_begins_with_kind(value, blocks) and not takes(kind.text, key, blocks) for key, value in others):
        return None  # a group with a layer of this name
    known = is_known(kind.text, blocks) or last_word(kind.text) in WRAPPERS or meaning_of(kind.text)
    return call_of_mapping(kind.text, node, name.text if name else "") if known else None


def _named(name: Scalar | None, node: Mapping, blocks: Blocks) -> ForeignCall | None:
    """`Conv2d: {filters: 64}`: the name is the kind, and what stands below are its arguments."""
    if name is None or not is_known(name.text, blocks):
        return None
    arguments = [key.text for key, _ in node.entries if takes(name.text, key.text, blocks)]
    calls = [value for _, value in node.entries if _begins_with_kind(value, blocks)]
    return call_of_mapping(name.text, node) if arguments and len(calls) < len(node.entries) else None


def _listed(name: Scalar | None, node: Sequence, blocks: Blocks) -> ForeignCall | None:
    """`Conv2d: [3, 64, 3]`."""
    numbers = [isinstance(item, Scalar) and item.text.isdecimal() for item in node.items]
    if name is None or not numbers or not numbers[0] or not is_known(name.text, blocks):
        return None
    return ForeignCall(last_word(name.text), tuple(map(value_of, node.items)), {})


def _begins_with_kind(node: Node, blocks: Blocks) -> bool:
    """Whether a value can be a layer of a group."""
    if not isinstance(node, Scalar):
        return False
    word = node.text.partition(" ")[0]
    return layers.find(word) is not None or word in blocks


def _written_out(what: str, line: Line, name: str, wrong: str = "", named: bool = False) -> SpecError:
    """One error with the whole line.

    Args:
        wrong: the text that the line stands for, where it is on one line.
        named: whether its name stands before it already.
    """
    name = name.strip("()")  # as PyTorch prints it
    whole = f"{name}: {line.text}" if re.fullmatch(r"[\w-]+", name) else line.text
    repair = Repair(wrong, line.text if named else whole) if wrong and line.complete else None
    return SpecError(what, notes=line.notes, help=f"write `{whole}`", repair=repair)


def _unknown(name: str, blocks: Blocks) -> SpecError:
    bare = last_word(name)
    usual = line_of(ForeignCall(bare, (), {}), blocks) if bare in blocks or layers.find(bare) else None
    if usual is not None:
        return SpecError(f"`{bare}(...)` cannot be read", help=f"write `{usual.text}`")
    help = meaning_of(bare) or ("a list is a chain: [conv 64 3x3, relu]" if bare in CHAINS else None)
    near = [] if help else nearest_kind(bare, [*blocks, *layers.names()])
    return unknown(f"unknown kind `{bare}`", bare, near, help or "`archcalc layers` lists all kinds")
