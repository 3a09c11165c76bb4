"""The JSON Schema is valid itself, accepts every spec there is, and refuses wrong ones at the right place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from archcalc import layers
from archcalc.spec.check import SECTIONS
from archcalc.spec.schema import PLACING_DOCS, SECTION_DOCS, json_schema
from archcalc.spec.starter import starter

jsonschema = pytest.importorskip("jsonschema", reason="the schema is checked with jsonschema")

ROOT = Path(__file__).parents[2]
FILES = [*sorted((ROOT / "specs").glob("*.yaml")), *sorted((ROOT / "tests/cases/valid").glob("*.yaml"))]


@pytest.fixture(scope="module")
def validator():
    return jsonschema.Draft202012Validator(json_schema())


def parsed(text):
    """All scalars as text, as archcalc reads them."""
    return yaml.load(text, Loader=yaml.BaseLoader)


def typed(text):
    """Scalars typed as an editor's YAML server types them; keys are text in JSON."""
    return _texts(yaml.safe_load(text))


def _texts(value):
    if isinstance(value, dict):
        return {str(key): _texts(item) for key, item in value.items()}
    return [_texts(item) for item in value] if isinstance(value, list) else value


def test_it_is_a_schema_itself():
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("read", [parsed, typed])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_spec_is_accepted(validator, file, read):
    errors = [f"{e.json_path}: {e.message}" for e in validator.iter_errors(read(file.read_text(encoding="utf-8")))]
    assert errors == []


def test_the_starter_is_accepted(validator):
    validator.validate(parsed(starter("My network")))


HEAD = "input: 3x11x13\nlayers: [conv 5 2x3]\n"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("layers: [conv 5 2x3]\n", "$"),  # no input
        ("input: 3x11x13\n", "$"),  # no layers
        ("input: 3x11x13\ninputs: {a: 3x5}\nlayers: [relu]\n", "$"),
        (HEAD + "layer: [relu]\n", "$"),
        ("input: 3,11,13\nlayers: [relu]\n", "$.input"),
        ("input: 3x11x13\nlayers: []\n", "$.layers"),
        ("input: 3x11x13\nlayers: [conv:64]\n", "$.layers"),
        ("input: 3x11x13\nlayers: {a.b: relu}\n", "$.layers"),
        ("input: 3x11x13\nlayers: {a: {op: relu, repeats: 2}}\n", "$.layers"),
        ("input: 3x11x13\nlayers: {a: {add: [relu]}}\n", "$.layers"),
        ("input: 3x11x13\nlayers: {a: {subtract: [relu, relu, relu]}}\n", "$.layers"),
        ("input: 3x11x13\nlayers: {a: {op: relu, layers: [relu]}}\n", "$.layers"),
        (HEAD + "defaults: {conv: {paddings: 1}}\n", "$.defaults.conv"),
        (HEAD + "defaults: {Conv2d: {padding: 1}}\n", "$.defaults"),
        (HEAD + "blocks: {b: {args: [1c], layers: [relu]}}\n", "$.blocks.b.args[0]"),
        (HEAD + "blocks: {b: {args: [c]}}\n", "$.blocks.b"),
        (HEAD + "blocks: {b: {layers: [relu], add: [relu, relu]}}\n", "$.blocks.b"),
        (HEAD + "expect: {params: {source: a book}}\n", "$.expect.params"),
        (HEAD + "expect: {params: {is: 5, sources: a book}}\n", "$.expect.params"),
        (HEAD + "params: {no-name: 1}\n", "$.params"),
        (HEAD + "tables: {c3: {a: 1}}\n", "$.tables.c3"),
        (HEAD + "variants: {wide: {expect: [1]}}\n", "$.variants.wide.expect"),
        (HEAD + "variants: {wide: {weights: [1]}}\n", "$.variants.wide.weights"),
        (HEAD + "weights: {a: {b: 1}}\n", "$.weights.a"),
        (HEAD + "weights: {a: []}\n", "$.weights.a"),
    ],
)
def test_wrong_specs_are_refused(validator, text, path):
    assert [error.json_path for error in validator.iter_errors(parsed(text))] == [path]


@pytest.mark.parametrize(
    "layer",
    [
        "a: conv 5 2x3 stride=1x2 act=relu",
        "a: my_block 64 act=hard_swish",
        "a: act(0.2)",
        "a: {op: conv 5 2x3, from: in, when: in.c == 3, repeat: 2, share: b, as: conv1, first.stride: 2}",
        "a: {concat: {left: relu, right: [relu, relu]}, repeat: 2}",
        "a: {layers: [relu], from: [x, y]}",
        "0: [relu, {add: [relu, identity]}]",
        '"in": relu',
        "שכבה: relu",
    ],
)
def test_every_form_of_a_step_is_accepted(validator, layer):
    validator.validate(parsed(f"input: 3x11x13\nlayers:\n  {layer}\n"))


def test_the_tables_are_the_checkers_own():
    schema = json_schema()
    assert list(schema["properties"]) == list(SECTIONS)
    assert set(SECTION_DOCS) == set(SECTIONS)
    assert set(PLACING_DOCS) <= set(schema["$defs"]["long"]["properties"])
    assert list(schema["$defs"]["defaults"]["properties"]) == layers.names()


@pytest.mark.parametrize("kind", layers.all_kinds(), ids=lambda kind: kind.name)
def test_an_editor_offers_the_options_of_each_kind(kind):
    options = json_schema()["$defs"]["defaults"]["properties"][kind.name]["properties"]
    taken = (*kind.parameters, *kind.common)
    assert list(options) == [*(p.name for p in taken), *(s for s in kind.sugar if s != "crop")]
    for parameter in taken:
        assert options[parameter.name]["description"] == f"{parameter.doc} ({parameter.type.expects})"


def test_the_words_of_a_choice_are_offered_and_an_expression_may_stand_there(validator):
    bias = json_schema()["$defs"]["defaults"]["properties"]["conv"]["properties"]["bias"]
    assert bias["anyOf"][0] == {"enum": ["yes", "no", "untied"]}
    assert bias["default"] == "yes"
    validator.validate(parsed(HEAD + "defaults: {conv: {bias: biased, padding: 3//2}}\n"))


def test_a_call_shows_what_its_kind_takes():
    entries = json_schema()["$defs"]["call"]["anyOf"]
    conv = next(entry for entry in entries if re.match(entry["pattern"], "conv 64 3x3"))
    assert conv["description"] == (
        "Convolution over 1, 2 or 3 axes (a cross-correlation, as in every framework): conv OUT_CHANNELS KERNEL_SIZE "
        "stride= padding= dilation= groups= bias= padding_mode= links= fixed= norm= act="
    )
