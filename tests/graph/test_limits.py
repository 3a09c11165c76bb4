"""Small files that say very much: each is refused with its limit named, and what stands at a limit is computed."""

from __future__ import annotations

import re

import pytest

from archcalc.errors import ArchcalcError, SpecErrors
from archcalc.graph import limits
from archcalc.graph.elaborate import elaborate
from archcalc.network import loads
from archcalc.spec.check import load_document

HEAD = "input: 8x11x13\n"


def only_error(text: str) -> ArchcalcError:
    with pytest.raises(SpecErrors) as caught:
        loads(text)
    (error,) = caught.value.errors
    assert error.place is not None
    return error


def blocks(count: int, calls: int, leaf: str = "relu") -> str:
    """Blocks that each call the next `calls` times: calls^(count - 1) layers."""
    bodies = [", ".join([f"b{index + 1}"] * calls) for index in range(count - 1)]
    lines = [f"  b{index}: {{layers: [{body}]}}" for index, body in enumerate([*bodies, leaf])]
    return "\n".join([HEAD + "blocks:", *lines, "layers: [b0]\n"])


def nested(depth: int) -> str:
    return HEAD + "layers: " + "[" * depth + "relu" + "]" * depth + "\n"


LAYERS = "the spec expands to more than 100,000 layers, the limit"
STEPS = "to expand the spec takes more than 750,000 steps, the limit"
WHENS = ", ".join(["{op: relu, when: deep}"] * 400)
LONG = "+".join(["n"] * 190)
GROUP = "[" * 39 + "{}" + "]" * 39

BOMBS = [
    ("size", HEAD + "#" * 262_144, "the file holds 262,159 bytes; the limit is 262,144 (256 KiB)"),
    ("depth", nested(48), "nested deeper than 48 levels, the limit"),
    ("nodes", HEAD + "layers: [" + "a," * 50_000 + "a]\n", "more than 50,000 keys, values and lists, the limit"),
    ("repeat", HEAD + "layers: [relu repeat=10001]\n", "repeat=10,001 is over the limit of 10,000"),
    ("repeat in repeat", HEAD + "layers: [{repeat: 10000, layers: [relu repeat=11]}]\n", LAYERS),
    ("repeat of a param", HEAD + "params: {n: 400}\nlayers: [{repeat: n, layers: [relu repeat=n]}]\n", LAYERS),
    ("repeat of a size", HEAD + "layers: [{repeat: 50*in.c, layers: [relu repeat=50*in.c]}]\n", LAYERS),
    ("blocks, one leaf", blocks(30, 2), LAYERS),
    ("blocks of blocks", blocks(7, 10), LAYERS),
    ("blocks of conditions", blocks(30, 2, "{op: relu, when: in.c == 1}"), STEPS),
    ("conditions", HEAD + f"params: {{deep: no}}\nlayers: [{{repeat: 10000, layers: [{WHENS}]}}]\n", STEPS),
    (
        "long conditions",
        HEAD + f"params: {{n: 1}}\nlayers: [{{repeat: 10000, layers: [{{op: relu, when: {LONG} > 900}}, "
        f"{{layers: [{WHENS.replace('deep', LONG[:61] + ' > 99')}]}}]}}]\n",
        STEPS,
    ),
    ("wide merges", HEAD + "layers: [relu, {repeat: 1000, layers: [relu, add" + " in" * 20_000 + "]}]\n", STEPS),
    ("depth of blocks", blocks(33, 1), "blocks call each other more than 32 deep, the limit"),
    ("integer", HEAD + "layers: [conv 1000000000000001 1x1]\n", "a number above 10^15, the limit"),
    ("result", HEAD + "layers: [conv 100000000*100000000 1x1]\n", "a number above 10^15, the limit"),
    ("input", "input: 100000001x10000x1000\nlayers: [relu]\n",
     "`100000001x10000x1000` holds more than 10^15 values, the limit"),
    ("values", HEAD + "layers: [up: upsample 1000000]\n", "up does not fit its input"),
    ("parts", "input: 20000x3x5\nlayers: [chunk 20000]\n",
     "`chunks`: expected a whole number from 1 to 10,000, got 20000"),
    ("recurrent layers", "input: 7x11\nlayers: [lstm 5 num_layers=20000]\n",
     "`num_layers`: expected a whole number from 1 to 10,000, got 20000"),
    ("a word", HEAD + "layers: [" + "a" * 401 + "]\n", "a word of 401 characters; the limit is 400"),
    ("a name", HEAD + "layers: {" + "a" * 101 + ": relu}\n", "a name of 101 characters; the limit is 100"),
    ("an expression", HEAD + "params: {a: 3}\nlayers: [{op: relu, when: " + "a+" * 200 + "a}]\n",
     "an expression of 401 characters; the limit is 400"),
    ("an address", HEAD + "layers: " + "".join(f"{{{'n' * 94}{i}: " for i in range(12)) + "relu" + "}" * 12 + "\n",
     "the address of a group has more than 1,000 characters, the limit"),
    ("freeze", HEAD + "layers: [conv 8 1x1 repeat=9000]\nfreeze: [" + "'conv.*', " * 60 + "conv]\n",
     "`freeze` has too many entries"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "what"), [row[1:] for row in BOMBS], ids=[row[0] for row in BOMBS])
def test_a_bomb_is_refused(text, what):
    assert only_error(text).what == what


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        pytest.param(nested(40), 1, id="depth"),
        pytest.param(blocks(32, 1), 1, id="depth of blocks"),
        pytest.param(HEAD + "layers: [relu repeat=10000]\n", 10_000, id="repeat"),
        pytest.param(HEAD + "layers: [{repeat: 10000, layers: [relu repeat=10]}]\n", 100_000, id="layers"),
        pytest.param(blocks(6, 10), 100_000, id="layers of blocks"),
        pytest.param(HEAD + "layers: [{repeat: 9999, layers: [{op: relu, when: no, repeat: 9}]}]\n", 0, id="none"),
    ],
)
def test_what_stands_at_a_limit_is_computed(text, layers):
    assert len(loads(text).graph.nodes) == layers


def test_the_depth_of_blocks_does_not_depend_on_their_order():
    lines = blocks(33, 1).split("\n")
    turned = "\n".join([*lines[:2], *lines[-3:1:-1], *lines[-2:]])
    assert only_error(turned).what == "blocks call each other more than 32 deep, the limit"


def test_groups_through_blocks_do_not_overflow_the_stack():
    bodies = [GROUP.format(f"b{index + 1}") for index in range(31)]
    lines = [f"  b{index}: {{layers: {body}}}" for index, body in enumerate([*bodies, "[relu]"])]
    error = only_error("\n".join([HEAD + "blocks:", *lines, "layers: [b0]\n"]))
    assert error.what == "groups stand more than 64 deep in groups, the limit"


@pytest.mark.parametrize(
    "line", ["  l{}: add x{} in", "  l{}: konv{} 3", "  l{}: conv 3 3x3 strid{}=2"], ids=["layers", "kinds", "options"]
)
def test_a_flood_of_errors_ends(line):
    with pytest.raises(SpecErrors) as caught:
        loads("\n".join([HEAD + "layers:", *(line.format(i, i) for i in range(2000)), ""]))
    assert len(caught.value.errors) == 100
    assert caught.value.errors[-1].notes[-1] == "the search ends after 100 errors"


def test_an_error_in_a_block_called_very_often_ends_the_search():
    with pytest.raises(SpecErrors) as caught:
        loads(re.sub(r"(b\d+), b\d+", r"{op: \1, from: in}, {op: \1, from: in}", blocks(12, 2, "conv 3 99x99")))
    (error,) = caught.value.errors
    assert "the search ends here" in error.notes


def steps(repeats: int) -> int:
    """Work spent on a net of 8 layers for each repetition."""
    text = f"""{HEAD}
blocks:
  unit:
    args: [c, stride=1]
    layers:
      main: conv c 3x3 padding=1 norm=batch_norm act=relu
      skip: {{op: conv c 1x1, from: in, when: in.c != c}}
      sum: add main skip
layers: [{{op: unit 8, repeat: {repeats}}}, {{add: [unit 8, identity], repeat: {repeats}}}]
"""
    spent: list[int] = []
    spend = limits.Allowance.spend

    def counted(budget, steps, place):
        spent.append(steps)
        spend(budget, steps, place)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits.Allowance, "spend", counted)
        elaborate(load_document(text, "units.yaml"))
    return sum(spent)


def test_the_work_grows_with_the_layers():
    assert 10 * steps(50) <= steps(500) + 100
    assert steps(500) <= 10 * steps(50)
