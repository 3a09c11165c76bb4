"""The JSON Schema (draft 2020-12) of a spec, made from the tables that also check it.

It is for editors: completion, a word about each key, a red line under a wrong one. What it cannot know (names
of layers and params, shapes) it lets pass; `spec.check` has the last word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archcalc import layers
from archcalc.layers import Kind
from archcalc.layers.arguments import Parameter, show
from archcalc.spec.calls import PLACING
from archcalc.spec.check import SECTIONS
from archcalc.spec.standard_blocks import STANDARD_BLOCKS

Schema = dict[str, Any]

_NAME = r"[^\s!-,./:-@\[-^`{-~]+"  # editors know no letters but the first 52: all but signs

_SHAPE = r"^\s*\d+(\s*[xX×]\s*\d+)*\s*$"
_SCALAR = ["string", "integer", "number", "boolean"]
_LABEL = ["string", "integer"]


def json_schema(quantities: Mapping[str, str] | None = None) -> Schema:
    """The schema of a whole file.

    Args:
        quantities: what a claim may be about, each in words, for the editor's completion.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "archcalc spec",
        "description": "A neural-network architecture: one line per layer.",
        "type": "object",
        "properties": {section: _section(section) for section in SECTIONS},
        "additionalProperties": False,
        "required": ["layers"],
        "oneOf": [{"required": ["input"]}, {"required": ["inputs"]}],
        "$defs": _definitions(quantities or {}),
    }


SECTION_DOCS: dict[str, str] = {
    "name": "What the network is called.",
    "about": "Free words about it: paper, authors, year, source, note.",
    "input": "Shape of one example, channels first: 3x224x224. No batch.",
    "inputs": "Several inputs by name: {left: 1x105x105, right: 1x105x105}.",
    "params": "Numbers, flags and words that expressions may use; `--set name=value` changes them.",
    "variants": "Other values for params, each with claims of its own: archcalc show FILE@NAME.",
    "tables": "Connection tables for `links=`: for each output channel the input channels it reads.",
    "defaults": "Options that every call of a kind gets unless it says otherwise: {conv: {bias: no}}.",
    "blocks": "Parts of the network with a name and arguments, called like a kind.",
    "layers": "The network: calls such as `conv 64 3x3 stride=2`, in order.",
    "output": "Which layers are outputs, where there are several.",
    "freeze": "Layers and groups that are not trained; `layer2.*` is a pattern.",
    "weights": "Numbers of weights and biases: {conv: [[1, 0], [0, -1]], fc.bias: [1/2, 0]}.",
    "expect": "Claims that `archcalc check` verifies: {params: 61706, conv1.out: 6x28x28}.",
}


def _section(name: str) -> Schema:
    bodies: dict[str, Schema] = {
        "name": {"type": _SCALAR},
        "about": {"type": "object"},
        "input": _ref("shape"),
        "inputs": {"type": "object", "additionalProperties": _ref("shape")},
        "params": _mapping(rf"^(?!.*-)(?![0-9]){_NAME}$", {"type": _SCALAR}),
        "variants": {"type": "object", "additionalProperties": _ref("variant")},
        "tables": {"type": "object", "additionalProperties": _ref("table")},
        "defaults": _ref("defaults"),
        "blocks": {"type": "object", "additionalProperties": _ref("block")},
        "layers": _ref("chain"),
        "output": _ref("references"),
        "freeze": _ref("references"),
        "weights": _ref("weights"),
        "expect": _ref("claims"),
    }
    return {"description": SECTION_DOCS[name], **bodies[name]}


def _definitions(quantities: Mapping[str, str]) -> Schema:
    return {
        "shape": {"type": _LABEL, "pattern": _SHAPE, "examples": ["3x224x224"]},
        "references": {"anyOf": [{"type": _LABEL}, {"type": "array", "items": {"type": _LABEL}}]},
        "table": {
            "type": "array",
            "items": {"anyOf": [_channel(), {"type": "array", "items": _channel()}]},
        },
        "variant": {
            "type": "object",
            "properties": {
                "about": {"type": "object"},
                "input": _ref("shape"),
                "inputs": {"type": "object", "additionalProperties": _ref("shape")},
                "weights": _ref("weights"),
                "expect": _ref("claims"),
            },
            "additionalProperties": {"type": _SCALAR},
        },
        "weights": {"type": "object", "additionalProperties": _ref("numbers")},
        "numbers": {
            "description": "A number for all places, a list of rows, or rows in one text: 1 0;0 -1.",
            "anyOf": [{"type": ["number", "string"]}, {"type": "array", "items": _ref("numbers"), "minItems": 1}],
        },
        "claims": {
            "type": "object",
            "properties": {name: {**_ref("claim"), "description": says} for name, says in quantities.items()},
            "additionalProperties": _ref("claim"),
        },
        "claim": _claim(),
        "defaults": _defaults(),
        "block": _block(),
        "call": _call(),
        "chain": _chain(),
        "named": _named(),
        "step": _step(),
        "long": _long(),
    }


def _claim() -> Schema:
    figure = {"type": _SCALAR, "examples": ["61706", "138M", "~60M", "<= 20K", "4.0G..4.2G", "16x5x5"]}
    source = {"type": _SCALAR, "description": "Where the figure comes from."}
    return {
        "description": "A full number is exact, 138M agrees in the digits written, ~60M within 5 %; or <= 20K, 4G..5G.",
        "anyOf": [
            {**figure, "type": ["string", "integer", "number"]},
            {
                "type": "object",
                "properties": {"is": figure, "source": source, "note": {"type": _SCALAR}},
                "required": ["is"],
                "additionalProperties": False,
            },
        ],
    }


def _defaults() -> Schema:
    kinds = {kind.name: _kind_options(kind) for kind in layers.all_kinds()}
    return {"type": "object", "properties": kinds, "additionalProperties": False}


def _kind_options(kind: Kind) -> Schema:
    options = {parameter.name: _option(parameter) for parameter in (*kind.parameters, *kind.common)}
    sugar = {
        name: {"type": "string", "description": f"A kind behind the layer, as {name}=...; none switches it off."}
        for name in kind.slots
    }
    return {
        "description": kind.summary,
        "type": "object",
        "properties": {**options, **sugar},
        "additionalProperties": False,
    }


def _option(parameter: Parameter) -> Schema:
    """The text of an argument: its words are offered, and an expression may stand there too."""
    described: Schema = {"description": f"{parameter.doc} ({parameter.type.expects})"}
    if not parameter.required and parameter.default is not None:
        described["default"] = show(parameter.default).strip("`")
    words = getattr(parameter.type, "words", ())
    if not words:
        return {**described, **parameter.type.schema}
    return {**described, "anyOf": [{"enum": list(words)}, dict(parameter.type.schema)]}


def _block() -> Schema:
    bodies = {"layers": _ref("chain"), **_branches()}
    return {
        "type": "object",
        "properties": {
            "args": {
                "description": "Names that the block is called with: [c, stride=1].",
                "type": "array",
                "items": {"type": "string", "pattern": r"^\s*[A-Za-z_][A-Za-z0-9_]*\s*(=.*)?$"},
            },
            **bodies,
        },
        "additionalProperties": False,
        "oneOf": [{"required": [body]} for body in bodies],
    }


def _call() -> Schema:
    """A line such as `conv 64 3x3`; blocks and block arguments have free names."""
    kinds = [
        {"pattern": rf"^\s*{kind.name}(\s|$)", "description": f"{kind.summary}: {_usage(kind)}"}
        for kind in layers.all_kinds()
    ]
    blocks = [{"pattern": rf"^\s*{name}(\s|$)", "description": "A standard block."} for name in STANDARD_BLOCKS]
    free = {
        "pattern": r"^\s*[A-Za-z_][A-Za-z0-9_]*(\s|\(|$)",
        "description": "A block of this file, or an argument of one that holds a kind.",
    }
    return {"type": "string", "anyOf": [*kinds, *blocks, free], "examples": list(layers.names())}


def _usage(kind: Kind) -> str:
    """`conv OUT_CHANNELS KERNEL_SIZE stride= padding= ... norm= act=`."""
    branches = ["A", "B"] if kind.merges else []
    own = [p.name.upper() if p.positional else f"{p.name}=" for p in kind.parameters]
    sugar = [f"{name}=" if name in kind.slots else name for name in kind.sugar]
    return " ".join([kind.name, *branches, *own, *sugar])


def _chain() -> Schema:
    return {"anyOf": [_steps(), _ref("named"), _ref("call")]}


def _steps() -> Schema:
    return {"type": "array", "items": _ref("step"), "minItems": 1}


def _named() -> Schema:
    steps = _mapping(rf"^{_NAME}$", _ref("step"))
    return {**steps, "minProperties": 1}


def _step() -> Schema:
    """A call, a chain, or the long form, which a mapping is where it has a body and options only."""
    mapping = {"type": "object", "if": _looks_long(), "then": _ref("long"), "else": _ref("named")}
    return {"anyOf": [_ref("call"), _steps(), mapping]}


def _looks_long() -> Schema:
    placing = rf"{'|'.join(PLACING)}|(first|last)\..*"
    merges = [
        {
            "required": [merge],
            "properties": {merge: {"type": ["array", "object"]}},
            "propertyNames": {"pattern": f"^({merge}|{placing})$"},
        }
        for merge in _branches()
    ]
    return {"anyOf": [{"required": ["op"]}, {"required": ["layers"]}, *merges]}


def _long() -> Schema:
    """A body with options beside it: {op: "conv 64 3x3", repeat: 4}."""
    op = {"description": "The call.", **_ref("call")}
    bodies = {"op": op, "layers": _ref("chain"), **_branches()}
    return {
        "type": "object",
        "properties": {**{option: _placing(option) for option in PLACING}, **bodies},
        "patternProperties": {
            r"^(first|last)\.[A-Za-z_][A-Za-z0-9_]*$": {
                "description": "Another value in the first or last of the repeated layers.",
                "type": _SCALAR,
            }
        },
        "additionalProperties": False,
        "oneOf": [{"required": [body]} for body in bodies],
    }


PLACING_DOCS: dict[str, str] = {
    "from": "The layers it reads, instead of the one before: a name, `in`, `prev`, or a list.",
    "when": "A condition; where it is false the layer is its input.",
    "repeat": "How many times, one after the other; the children are .0 .1 ...",
    "share": "An earlier layer whose weights it uses; they count once.",
    "as": "The name of the first repeated child, with a number that counts on.",
}


def _placing(option: str) -> Schema:
    body = _ref("references") if option == "from" else {"type": _SCALAR if option == "when" else _LABEL}
    return {"description": PLACING_DOCS[option], **body}


def _branches() -> dict[str, Schema]:
    """Merge -> its branches, each from the same input."""
    return {
        kind.name: {
            "description": f"{kind.summary}: branches that start at the same input.",
            **_ref("chain"),
            "type": ["array", "object"],
            **_counted(kind.inputs),
        }
        for kind in layers.all_kinds()
        if kind.merges
    }


def _counted(inputs: tuple[int, int | None]) -> Schema:
    least, most = inputs
    bounds: Schema = {"minItems": least, "minProperties": least}
    return bounds if most is None else {**bounds, "maxItems": most, "maxProperties": most}


def _channel() -> Schema:
    return {"type": _LABEL, "pattern": r"^\d{1,9}$", "minimum": 0}


def _mapping(pattern: str, value: Schema) -> Schema:
    return {"type": "object", "patternProperties": {pattern: value}, "additionalProperties": False}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}
