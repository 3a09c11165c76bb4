"""Chains, groups and branches: which form a node has, and the names and options of its steps."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.errors import Source, SpecErrors
from archcalc.spec.check import standard_block
from archcalc.spec.context import MOST_ERRORS, Context, EnoughErrors
from archcalc.spec.document import Branches, Call, Chain
from archcalc.spec.reader import read
from archcalc.spec.steps import check_chain


def checked(text: str) -> tuple[Chain, list[str]]:
    """The chain of a text, and what is wrong in it."""
    source = Source(text, "steps.yaml")
    context = Context(source, standard_block)
    return check_chain(read(source), context), [error.what for error in context.errors]


def chain(text: str) -> Chain:
    found, errors = checked(text)
    assert errors == []
    return found


def shape(body: object) -> object:
    """A body without its details: a kind's name, a list, or a merge with its branches."""
    if isinstance(body, Call):
        return body.target.name
    if isinstance(body, Branches):
        return {body.merge.target.name: [(step.name, shape(step.body)) for step in body.steps]}
    return [(step.name, shape(step.body)) for step in body.steps]


class TestForms:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("[relu, relu]", [("relu", "relu"), ("relu_2", "relu")]),
            ("{a: relu, b: relu}", [("a", "relu"), ("b", "relu")]),
            ("- a: relu\n- relu", [("a", "relu"), ("relu", "relu")]),
            ("relu", [("relu", "relu")]),
            ("{a: [relu], b: {c: relu}}", [("a", [("relu", "relu")]), ("b", [("c", "relu")])]),
            ("- [relu, relu]", [("group", [("relu", "relu"), ("relu_2", "relu")])]),
            ("- {a: relu, b: relu}", [("group", [("a", "relu"), ("b", "relu")])]),
            ("a: {op: relu}", [("a", "relu")]),
            ("- {op: relu}", [("relu", "relu")]),
            ("a: {layers: relu}", [("a", [("relu", "relu")])]),
            ("a: {add: [relu, identity]}", [("a", {"add": [("relu", "relu"), ("identity", "identity")]})]),
            ("- add: {x: relu, y: relu}", [("group", {"add": [("x", "relu"), ("y", "relu")]})]),
            ("a: {repeat: 2, concat: [relu, relu]}", [("a", {"concat": [("relu", "relu"), ("relu_2", "relu")]})]),
            ("{add: add a b}", [("add", "add")]),
            ("- add: add a b", [("add", "add")]),
            ("{a: {concat: concat in prev}}", [("a", [("concat", "concat")])]),
        ],
    )
    def test_what_a_node_is(self, text, expected):
        assert shape(chain(text)) == expected

    def test_the_options_of_the_long_and_the_short_form(self):
        for text in ("{a: relu from=b when=c.c==3 repeat=2 share=d as=x1}",
                     "{a: {op: relu, from: b, when: c.c == 3, repeat: 2, share: d, as: x1}}"):  # fmt: skip
            (step,) = chain(text).steps
            assert [reference.path for reference in step.source] == ["b"]
            assert (step.repeat.expression.value, step.share.path, step.first_name) == (2, "d", "x1")
            assert step.when.expression.names == {"c.c"}

    @pytest.mark.parametrize("value", ["[a, b.c]", "a b/c", "[a, b/c]"])
    def test_several_sources(self, value):
        (step,) = chain(f"{{m: {{op: concat, from: {value}}}}}").steps
        assert [reference.path for reference in step.source] == ["a", "b.c"]

    def test_a_branch_of_a_branch(self):
        text = "a: {add: {x: {concat: [relu, relu]}, y: [relu]}}"
        ((_, body),) = shape(chain(text))
        assert body == {"add": [("x", {"concat": [("relu", "relu"), ("relu_2", "relu")]}), ("y", [("relu", "relu")])]}


class TestErrors:
    def test_a_step_with_an_error_keeps_its_name_and_has_no_body(self):
        found, errors = checked("{a: konv 3, b: relu repeat=x, c: relu}")
        assert [(step.name, step.body is None) for step in found.steps] == [("a", True), ("b", True), ("c", False)]
        assert errors == ["unknown kind `konv`", "unknown name `x`"]

    def test_an_unnamed_step_with_an_error_counts(self):
        found, _ = checked("[conv 3 3, conv 3, conv 3 3]")
        assert [step.name for step in found.steps] == ["conv", "conv_2", "conv_3"]

    def test_an_option_that_stands_where_a_layer_should(self):
        _, errors = checked("{conv: conv 3 3, from: in}")
        assert errors == ["unknown kind `in`"]

    def test_the_search_ends_after_so_many_errors(self):
        with pytest.raises(EnoughErrors):
            checked("[" + "konv, " * MOST_ERRORS + "konv]")

    def test_one_fewer_and_it_does_not(self):
        _, errors = checked("[" + "konv, " * (MOST_ERRORS - 2) + "konv]")
        assert len(errors) == MOST_ERRORS - 1

    def test_many_unnamed_steps_cost_no_more_each(self):
        # the number of a name is counted on, not looked for from 1
        assert chain("[" + "relu, " * 9000 + "relu]").steps[-1].name == "relu_9001"


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ('from: "a zzz"', 47),
        ('from: "zzz a"', 45),
        ("from: 'a  zzz'", 48),
        ("from: [a, zzz]", 48),
        ('from: [a, "zzz"]', 49),
    ],
)
def test_a_name_of_several_has_its_caret(text, column):
    """Counted by hand: the line starts `layers: {a: conv 3 2x3, b: {op: add, ` with 37 signs."""
    with pytest.raises(SpecErrors) as caught:
        archcalc.loads(f"input: 2x5x7\nlayers: {{a: conv 3 2x3, b: {{op: add, {text}}}}}\n")
    place = caught.value.errors[0].place
    assert (caught.value.errors[0].what, place.line, place.column, place.length) == (
        "unknown layer `zzz`", 2, column, 3,
    )  # fmt: skip
