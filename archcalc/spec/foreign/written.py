"""A layer as another tool writes it, read into its name and arguments; nothing of it is executed."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from archcalc.spec.nodes import Mapping, Node, Scalar, Sequence

LONGEST = 2000
"""Characters of a call; Python's parser is asked for no more."""

Value: TypeAlias = Any
"""A number, a flag, None, a word or an expression as text, a call, or a tuple of them."""


class ForeignCall(NamedTuple):
    """A layer in another tool's words."""

    name: str
    positional: tuple[Value, ...]
    keywords: dict[str, Value]
    inputs: tuple[str, ...] = ()
    """The names it is applied to: `Add()([a, b])`."""
    given: str = ""
    """The name that the layer has there: `self.conv1 = ...`, `name: conv1`."""
    module: str = ""
    """What stands before its name: `nn`, `tf.keras.layers`."""


def call_of_text(text: str) -> ForeignCall | None:
    """The call of a text such as `self.conv1 = nn.Conv2d(3, 64, kernel_size=3)`; None where it is none."""
    if len(text) > LONGEST or "(" not in text:
        return None
    statement = _statements(text.strip().rstrip(",;"))
    if len(statement) != 1 or not isinstance(statement[0], ast.Expr | ast.Assign):
        return None
    found = _call(statement[0].value)
    if found is None or not isinstance(statement[0], ast.Assign) or found.inputs:
        return found
    target = statement[0].targets[0]
    given = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
    return found._replace(given=given if given not in ("x", "out", "model", "layer") else "")


def call_of_mapping(name: str, node: Mapping, given: str = "") -> ForeignCall:
    """The call of `type: Conv2D, filters: 64`, whose name is known already."""
    keywords = dict(_entries(node))
    inputs = keywords.pop("bottom", ())
    name_there = keywords.pop("name", None) or keywords.pop("top", None)
    named = name_there if isinstance(name_there, str) else ""
    return ForeignCall(
        last_word(name), (), keywords, tuple(map(str, inputs if isinstance(inputs, tuple) else (inputs,))),
        given or named, name.rpartition(".")[0],
    )  # fmt: skip


def last_word(name: str) -> str:
    """`Conv2d` of `torch.nn.Conv2d`."""
    return name.rpartition(".")[2]


TYPE_KEYS = ("type", "class_name", "class", "kind", "layer_type", "op_type", "layer")
"""Keys that name the kind in the mappings of other tools."""

_NESTED = ("config", "params", "args", "kwargs", "arguments")


def _entries(node: Mapping) -> Iterator[tuple[str, Value]]:
    for key, value in node.entries:
        if key.text in TYPE_KEYS and isinstance(value, Scalar):
            continue
        if isinstance(value, Mapping) and (key.text in _NESTED or key.text.endswith("_param")):
            yield from _entries(value)
        else:
            yield key.text, value_of(value)


def value_of(node: Node) -> Value:
    """The value of an argument in a mapping: 64, [3, 3], same, true."""
    if isinstance(node, Sequence):
        return tuple(value_of(item) for item in node.items)
    if isinstance(node, Mapping):
        return None
    if node.quoted or len(node.text) > LONGEST:
        return node.text
    statement = _statements(node.text.strip())
    if len(statement) != 1 or not isinstance(statement[0], ast.Expr):
        return node.text
    value = _value(statement[0].value)
    if isinstance(value, ForeignCall):
        return node.text
    return _FLAGS.get(value.lower(), value) if isinstance(value, str) else value


_FLAGS = {"true": True, "yes": True, "false": False, "no": False, "null": None, "none": None}


def _statements(text: str) -> list[ast.stmt]:
    """The statements of a text, read by Python's own parser; none where it is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it says of odd escapes is nobody's business here
            return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _call(node: ast.AST) -> ForeignCall | None:
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Call):  # Add()([a, b])
        inner = _call(node.func)
        return inner and inner._replace(inputs=tuple(_names(node.args)))
    function = ast.unparse(node.func)
    if not all(part.isidentifier() for part in function.split(".")):
        return None
    positional = tuple(_value(argument) for argument in node.args)
    if last_word(function) == "add" and len(positional) == 1 and isinstance(positional[0], ForeignCall):
        return positional[0]._replace(module=positional[0].module or "keras")  # model.add(Dense(10))
    keywords = {word.arg: _value(word.value) for word in node.keywords if word.arg is not None}
    named = keywords.pop("name", "")
    module = function.rpartition(".")[0]
    return ForeignCall(last_word(function), positional, keywords, (), named if isinstance(named, str) else "", module)


def _value(node: ast.AST) -> Value:
    if isinstance(node, ast.Constant):
        value = node.value
        return value if isinstance(value, bool | int | float | str) else None
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(_value(item) for item in node.elts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        number = node.operand.value
        return -number if isinstance(number, int | float) else None
    call = _call(node)
    if call is not None:
        return call
    if isinstance(node, ast.Attribute):
        return node.attr
    return ast.unparse(node).replace(" ", "")


def _names(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Tuple | ast.List):
            yield from _names(node.elts)
        elif isinstance(node, ast.Name):
            yield node.id
