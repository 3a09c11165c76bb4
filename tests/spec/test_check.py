"""The sections of a spec, and which errors leave the rest of it to be computed."""

from __future__ import annotations

import pytest

from archcalc.core import Shape
from archcalc.core.demand import parse_wanted
from archcalc.core.units import Quantity
from archcalc.errors import SpecErrors
from archcalc.spec.check import load_document, read_document

TEXT = """\
name: Two towers
about: {paper: none, year: 2024, authors: [A, B], more: {a: 1}}
inputs: {left: 3x11x13, right: 7}
params: {width: 0.5, deep: no, mode: wide, n: 017}
variants:
  thin: {width: 0.25, inputs: {right: 5}, about: {note: x}, expect: {params: 5}}
tables: {c3: [[0, 1], 2]}
blocks:
  outer: {layers: [inner]}
  inner: {args: [c=3, act=relu], add: [conv c 1x1, identity]}
layers: {a: outer from=left}
output: [a, a.inner]
freeze: ["a.*", a/inner]
expect:
  a/inner.params: {is: 12, source: "by hand"}
  a.out: 3x11x13
  out: 3×11×13
"""


@pytest.fixture
def document():
    return load_document(TEXT, "towers.yaml")


def text_without(section: str) -> str:
    lines = [line for line in TEXT.split("\n") if not line.startswith(section)]
    return "\n".join(lines)


def messages(text: str) -> list[str]:
    with pytest.raises(SpecErrors) as caught:
        load_document(text, "towers.yaml")
    return [error.what for error in caught.value.errors]


class TestSections:
    def test_name_and_about_are_plain_text(self, document):
        assert document.name == "Two towers"
        assert document.about == {"paper": "none", "year": "2024", "authors": "A, B", "more": "a: 1"}

    def test_inputs(self, document):
        assert document.inputs == {"left": Shape.of(3, 11, 13), "right": Shape.of(7)}

    def test_params_are_typed_by_the_language_and_not_by_yaml(self, document):
        values = {name: value.expression.evaluate(lambda word: word) for name, value in document.params.items()}
        assert values == {"width": 0.5, "deep": False, "mode": "wide", "n": 17}  # YAML 1.1 reads 017 as 15

    def test_variants(self, document):
        thin = document.variants["thin"]
        assert thin.inputs == {"right": Shape.of(5)}
        assert thin.params["width"].expression.value == 0.25
        assert [claim.subject for claim in thin.claims] == ["params"]
        assert thin.about == {"note": "x"}

    def test_tables(self, document):
        assert document.tables == {"c3": ((0, 1), (2,))}

    def test_a_block_stands_after_those_that_it_calls(self, document):
        assert list(document.blocks) == ["inner", "outer"]

    def test_block_arguments(self, document):
        assert [(a.name, a.default.expression.text) for a in document.blocks["inner"].arguments] == [
            ("c", "3"),
            ("act", "relu"),
        ]

    def test_addresses_take_slashes(self, document):
        assert [reference.path for reference in document.outputs] == ["a", "a.inner"]
        assert [reference.path for reference in document.freeze] == ["a.*", "a.inner"]
        assert [claim.subject for claim in document.claims] == ["a.inner.params", "a.out", "out"]

    def test_claims(self, document):
        first, second, third = document.claims
        assert (first.source, first.demand.wanted, first.place.line) == ("by hand", parse_wanted("params", "12"), 15)
        assert [claim.demand.text for claim in (second, third)] == ["a.out: 3x11x13", "out: 3×11×13"]
        assert second.demand.wanted.values == third.demand.wanted.values == (tuple(map(Quantity, (3, 11, 13))),)


class TestWhichErrorsLeaveTheRest:
    @pytest.mark.parametrize(
        ("good", "bad"),
        [
            ("{a: outer from=left}", "{a: outer from=left, b: konv 3}"),
            ("add: [conv c 1x1, identity]", "add: [conv c 1x1, idenity]"),
            ("is: 12", "is: twelve"),
        ],
        ids=["layer", "layer of a block", "claim"],
    )
    def test_layers_and_claims_do(self, good, bad):
        assert TEXT.count(good) == 1
        found = read_document(TEXT.replace(good, bad), "towers.yaml")
        assert len(found.errors) == 1

    @pytest.mark.parametrize(
        ("good", "bad"),
        [
            ("3x11x13, right", "3x11x0, right"),
            ("width: 0.5", "width: 0.5.5"),
            ("inner: {args: [c=3,", "inner: {args: [3c=3,"),
            ("[[0, 1], 2]", "[[0, 1], two]"),
            ("width: 0.25", "widht: 0.25"),
            ("layers: [inner]", "layers: [outer]"),
            ("name:", "nmae:"),
        ],
        ids=["input", "param", "argument", "table", "variant", "recursion", "section"],
    )
    def test_what_layers_are_made_of_does_not(self, good, bad):
        assert TEXT.count(good) == 1
        with pytest.raises(SpecErrors) as caught:
            read_document(TEXT.replace(good, bad), "towers.yaml")
        assert len(caught.value.errors) == 1

    def test_load_document_raises_either_way(self):
        assert messages(TEXT.replace("layers: {a:", "layers: {b: konv 3, a:")) == ["unknown kind `konv`"]


class TestErrors:
    def test_the_depth_of_blocks_counts_calls_and_not_blocks(self):
        calls = "\n".join(f"  b{index}: {{layers: [leaf]}}" for index in range(40))
        text = f"input: 3x5\nblocks:\n  leaf: {{layers: [relu]}}\n{calls}\nlayers: [b39]\n"
        assert len(load_document(text, "blocks.yaml").blocks) == 41

    @pytest.mark.parametrize(
        "name", ["in", "prev", "yes", "no", "true", "false", "and", "or", "not", "min", "round_to"]
    )
    def test_words_of_expressions_are_no_params(self, name):
        assert messages(f"input: 3x5\nparams: {{{name}: 3}}\nlayers: [relu]\n") == [
            f"`{name}` is a word of the language, not a param"
        ]

    @pytest.mark.parametrize("name", ["from", "when", "repeat", "share", "as"])
    def test_options_of_a_step_are_no_arguments(self, name):
        assert messages(f"input: 3x5\nblocks: {{unit: {{args: [{name}=3], layers: [relu]}}}}\nlayers: [relu]\n") == [
            f"`{name}` is a word of the language, not an argument"
        ]

    def test_all_sections_are_looked_at(self):
        text = TEXT.replace("year: 2024", "year").replace("width: 0.5", "width: 1/0").replace("is: 12", "is: twelve")
        text = text.replace("{a: outer from=left}", "{a: outer form=left}")
        assert messages(text) == ["division by zero", "unknown option `form` of `outer`", "`twelve` is no number"]

    def test_an_order_of_lines(self):
        lines = TEXT.replace("a: outer from=left", "a: outer form=left").replace("is: 12", "is: twelve")
        with pytest.raises(SpecErrors) as caught:
            load_document(lines, "towers.yaml")
        assert [error.place.line for error in caught.value.errors] == [11, 15]
