"""What a spec means: names and scopes, conditions, sharing, freezing, outputs, and what the caller sets over it."""

from __future__ import annotations

import io

import pytest

from archcalc.cli.main import main
from archcalc.cli.session import Session
from archcalc.errors import SpecErrors, UsageError
from archcalc.graph.elaborate import elaborate
from archcalc.network import loads
from archcalc.spec.check import load_document

HEAD = "input: 3x11x13\n"


def graph(text: str):
    return loads(HEAD + text).graph


def names(text: str) -> list[str]:
    return [node.name for node in graph(text).nodes]


def params(text: str) -> dict[str, int]:
    """Params of every layer that has some."""
    rows = loads(HEAD + text).summary().rows
    return {row.name: row.counts.params for row in rows if row.counts.params}


def errors(text: str) -> list[tuple[int, str]]:
    """Line and text of every error."""
    with pytest.raises(SpecErrors) as caught:
        loads(text)
    return [(error.place.line, error.what) for error in caught.value.errors]


class TestNames:
    def test_unnamed_steps_take_the_name_of_their_kind(self):
        assert names("layers: [relu, conv 5 1x1, relu, conv_2: conv 5 1x1, conv 5 1x1, relu]") == [
            "relu", "conv", "relu_2", "conv_2", "conv_3", "relu_3"
        ]  # fmt: skip

    def test_a_name_taken_later_does_not_move_an_unnamed_step(self):
        assert errors(HEAD + "layers: [relu, relu: relu]\n") == [
            (2, "`relu` is already the name of an unnamed layer"),
        ]

    def test_groups_blocks_repeats_and_sugar_are_addresses(self):
        text = """
blocks: {unit: {args: [c], layers: {a: conv c 1x1 act=relu, b: [relu]}}}
layers:
  first: unit 5
  second: {op: unit 5, repeat: 2, as: unit3}
  third: {concat: {x: conv 2 1x1, y: [relu, relu]}}
"""
        assert names(text) == [
            "first.a.conv", "first.a.act", "first.b.relu",
            "second.unit3.a.conv", "second.unit3.a.act", "second.unit3.b.relu",
            "second.unit4.a.conv", "second.unit4.a.act", "second.unit4.b.relu",
            "third.x", "third.y.relu", "third.y.relu_2", "third.concat",
        ]  # fmt: skip
        sugar = {name for name, group in graph(text).groups.items() if group.sugar}
        assert sugar == {"first.a", "second.unit3.a", "second.unit4.a"}

    def test_a_sugar_word_that_is_none_leaves_a_layer_of_the_step_s_own_name(self):
        assert names("layers: {a: conv 5 1x1 act=none norm=none}") == ["a"]

    def test_a_step_that_names_an_argument(self):
        text = "blocks: {unit: {args: [act=relu], layers: {a: conv 5 1x1, b: act}}}\nlayers: [unit, unit none]\n"
        assert names(text) == ["unit.a", "unit.b", "unit_2.a"]

    @pytest.mark.parametrize("word", ["repeat", "share", "when", "as", "from"])
    def test_the_words_of_the_long_form_may_be_names(self, word):
        # timm's Inception-ResNet-v2 has a stage called `repeat`
        assert names(f"layers: {{{word}: relu, b: conv 5 1x1}}") == [word, "b"]


class TestScope:
    def test_a_block_sees_params_arguments_and_its_own_layers(self):
        text = """
params: {k: 3, c: 2}
blocks: {unit: {args: [c], layers: {a: conv c k, b: add a a}}}
layers: {outer: conv 5 1x1, u: unit 7}
"""
        assert params(text) == {"outer": 20, "u.a": 322}  # 5·3 + 5; 7·5·9 + 7: the argument hides the param

    def test_a_block_does_not_see_the_layers_around_it(self):
        text = HEAD + "blocks: {unit: {layers: [relu, add relu outer]}}\nlayers: {outer: relu, u: unit}\n"
        assert errors(text) == [(2, "unknown layer `outer`")]

    def test_an_argument_is_evaluated_where_the_block_is_called(self):
        text = """
blocks: {unit: {args: [c], layers: {a: conv 2 1x1, b: conv c 1x1}}}
layers: {s: conv 7 1x1, u: unit prev.c}
"""
        assert params(text) == {"s": 28, "u.a": 16, "u.b": 21}  # b: 7·2 + 7

    def test_a_default_is_evaluated_inside_the_block(self):
        text = """
blocks: {unit: {args: [c=in.c], layers: {a: conv 2 1x1, b: conv c 1x1}}}
layers: {s: conv 7 1x1, u: unit}
"""
        assert params(text)["u.b"] == 21

    def test_in_of_a_group_is_its_input_and_prev_the_layer_before(self):
        text = "layers: {s: conv 5 1x1, g: {a: conv 7 1x1, b: conv in.c 1x1, c: conv prev.c 1x1 from=a}}\n"
        assert params(text) == {"s": 20, "g.a": 42, "g.b": 40, "g.c": 40}  # g.c: 5 channels from 7

    def test_a_branch_reads_the_same_input_as_its_neighbours(self):
        nodes = graph("layers: {s: relu, m: {concat: {a: conv 5 1x1, b: relu, c: [relu, conv 2 1x1]}}}\n").nodes
        assert [node.inputs for node in nodes] == [(0,), (1,), (1,), (1,), (4,), (2, 3, 5)]

    def test_a_slash_does_as_well_as_a_dot(self):
        text = "layers: {g: {a: conv 5 1x1}, b: conv 2 1x1, c: relu from=g/a, d: concat g/a b}\n"
        assert [node.inputs for node in graph(text).nodes][2:] == [(1,), (1, 2)]


class TestWhen:
    @pytest.mark.parametrize(("mode", "expected"), [("wide", ["a", "c"]), ("narrow", ["b", "c"])])
    def test_words(self, mode, expected):
        text = f"""
params: {{mode: {mode}}}
layers:
  a: {{op: conv 5 1x1, when: mode == wide}}
  b: {{op: conv 7 1x1, when: mode != wide}}
  c: relu
"""
        assert names(text) == expected

    def test_where_it_is_false_the_layer_is_its_input_also_by_name(self):
        text = """
layers:
  s: conv 5 1x1
  g: {a: {op: relu, when: no}}
  b: {op: relu, when: no, from: in}
  c: concat g.a b
"""
        nodes = graph(text).nodes
        assert [(node.name, node.inputs) for node in nodes] == [("s", (0,)), ("c", (1, 0))]

    def test_it_is_decided_once_for_all_repetitions(self):
        assert names("layers: {a: {op: conv 5 1x1, repeat: 2, when: in.c == 3}}\n") == ["a.0", "a.1"]

    def test_a_part_that_is_not_needed_is_not_asked_for(self):
        text = "input: 37\nparams: {deep: no}\nlayers: {a: {op: relu, when: deep and in.h > 1000000}}\n"
        assert loads(text).graph.nodes == ()

    def test_a_flag_is_not_the_number_one(self):
        # a long expression is remembered for the same values of its names: yes and 1 are two of them
        text = "blocks: {unit: {args: [n], layers: [conv 5 (n)x(n+1000-1000)]}}\nlayers: [unit 1, unit yes]\n"
        assert errors(HEAD + text) == [(2, "a size needs whole numbers, got yes")]


class TestRepeat:
    def test_zero_times_is_the_input(self):
        nodes = graph("layers: {s: relu, a: conv 5 3x3 repeat=0, b: add s a}\n").nodes
        assert [(node.name, node.inputs) for node in nodes] == [("s", (0,)), ("b", (1, 1))]

    def test_first_and_last_of_one_repetition(self):
        assert params("layers: {a: conv 5 1x1 repeat=1 first.out_channels=7 last.bias=no}\n") == {"a.0": 21}

    def test_first_and_last_of_a_norm_and_an_act(self):
        text = "layers: {a: conv 5 1x1 norm=batch_norm act=relu repeat=3 first.norm=none last.act=gelu}\n"
        assert [(node.name, node.layer.kind) for node in graph(text).nodes] == [
            ("a.0.conv", "conv"), ("a.0.act", "relu"),
            ("a.1.conv", "conv"), ("a.1.norm", "batch_norm"), ("a.1.act", "relu"),
            ("a.2.conv", "conv"), ("a.2.norm", "batch_norm"), ("a.2.act", "gelu"),
        ]  # fmt: skip


class TestShare:
    def test_the_weights_count_once_and_name_their_owner(self):
        text = "layers: {a: conv 3 1x1, b: conv 3 1x1 share=a, c: conv 3 1x1 share=b}\n"
        assert [node.shared for node in graph(text).nodes] == [None, "a", "a"]
        assert params(text) == {"a": 12}

    def test_every_repetition_uses_the_weights_of_one_layer(self):
        assert params("layers: {a: conv 3 1x1, b: conv 3 1x1 repeat=3 share=a}\n") == {"a": 12}

    def test_two_repeats_share_one_by_one(self):
        text = "layers: {a: conv 3 1x1 repeat=2, b: conv 3 1x1 repeat=2 share=a}\n"
        assert [node.shared for node in graph(text).nodes] == [None, None, "a.0", "a.1"]

    def test_an_act_is_no_weight(self):
        assert params("layers: {a: conv 3 1x1 act=relu, b: conv 3 1x1 share=a}\n") == {"a.conv": 12}

    def test_what_cannot_be_shared_does_not_hide_other_errors(self):
        text = HEAD + "layers: {a: conv 5 1x1, b: conv 5 3x3 share=a, c: linear 7, d: conv 5 1x1 share=e}\n"
        assert [what for _, what in errors(text)] == [
            "b cannot share the weights of a",
            "c does not fit its input",
        ]


class TestFreeze:
    TEXT = "layers: {a: [conv 3 1x1, batch_norm], b: conv 3 1x1 repeat=2, c: conv 3 1x1 share=b.1}\n"

    @pytest.mark.parametrize(
        ("patterns", "frozen"),
        [
            ("a", ["a.conv", "a.batch_norm"]),
            ("[a.conv]", ["a.conv"]),
            ("a/conv", ["a.conv"]),
            ('"*"', ["a.conv", "a.batch_norm", "b.0", "b.1", "c"]),
            ('["*.0", a.batch_norm]', ["a.batch_norm", "b.0"]),
            ("b.1", ["b.1", "c"]),
            ("c", ["b.1", "c"]),
        ],
    )
    def test_names_groups_and_patterns(self, patterns, frozen):
        nodes = graph(f"{self.TEXT}freeze: {patterns}\n").nodes
        assert [node.name for node in nodes if node.frozen] == frozen

    def test_every_entry_must_freeze_something(self):
        assert errors(f"{HEAD}{self.TEXT}freeze: [d, a, 'e*']\n") == [
            (3, "`d` freezes no layer"),
            (3, "`e*` freezes no layer"),
        ]


class TestOutputs:
    def test_the_last_layer_where_none_is_named(self):
        net = graph("layers: [relu, conv 5 1x1]\n")
        assert [net.value_name(value) for value in net.outputs] == ["conv"]

    def test_groups_and_layers_inside_them(self):
        net = graph("layers: {a: [relu, conv 5 1x1], b: [relu]}\noutput: [b, a.relu, a]\n")
        assert [net.value_name(value) for value in net.outputs] == ["b.relu", "a.relu", "a.conv"]

    def test_a_head_that_is_not_there_is_no_output(self):
        net = graph("layers: {a: relu, b: {op: relu, when: no}}\noutput: [b, a]\n")
        assert [net.value_name(value) for value in net.outputs] == ["a"]


class TestAllErrorsInOneRun:
    def test_of_the_words_and_of_the_shapes(self):
        text = HEAD + "layers:\n  a: conv 5 1x1 strid=2\n  b: conv 5 17x3 from=in\n  c: relu from=d\n  e: konv\n"
        assert errors(text) == [
            (3, "unknown option `strid` of `conv`"),
            (4, "b does not fit its input"),
            (5, "unknown layer `d`"),
            (6, "unknown kind `konv`"),
        ]

    def test_nothing_is_said_of_what_only_follows(self):
        text = HEAD + "layers:\n  a: conv 5 17x17\n  b: linear 3\n  c: add a b\n  d: {op: relu, when: a.c > 3}\n"
        assert errors(text) == [(3, "a does not fit its input")]

    def test_values_are_checked_where_the_input_is_unknown(self):
        text = "params: {n: 0}\n" + HEAD + "layers:\n  a: conv 5 17x17\n  b: conv n 1x1\n  c: conv 5 1x1 repeat=n-1\n"
        assert errors(text) == [
            (4, "a does not fit its input"),
            (5, "`out_channels`: expected a whole number of at least 1, got 0"),
            (6, "`repeat`: expected a whole number of at least 0, got -1"),
        ]

    def test_a_broken_block_is_not_unknown(self):
        text = HEAD + "blocks: {unit: {args: [in], layers: [relu]}}\nlayers: [unit 3, konv]\n"
        assert errors(text) == [
            (2, "`in` is a word of the language, not an argument"),
            (3, "unknown kind `konv`"),
        ]

    def test_one_place_is_blamed_once(self):
        text = HEAD + "blocks: {unit: {layers: [conv 5 17x17]}}\nlayers: [{op: unit, from: in}, {op: unit, from: in}]\n"
        assert errors(text) == [(2, "unit.conv does not fit its input")]


def shown(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = main(["show", *arguments], Session(out, err, terminal=False, color=False))
    return code, out.getvalue(), err.getvalue()


class TestWhatTheCallerSets:
    @pytest.fixture
    def two(self, tmp_path):
        path = tmp_path / "two.yaml"
        path.write_text(
            "inputs: {left: 3x11x13, right: 3x7x5}\nparams: {c: 5, mode: wide}\n"
            "layers: {a: conv c 1x1 from=left, b: conv 5 1x1 from=right, s: {op: relu, when: mode == wide}}\n"
        )
        return str(path)

    def test_inputs_by_name(self, two):
        code, out, _ = shown(two, "--input", "left=3x2x17,right=2x19x5", "--format", "csv")
        assert code == 0
        assert "5x2x17" in out
        assert "5x19x5" in out

    def test_one_of_the_inputs(self, two):
        assert "5x2x17" in shown(two, "--input", "left=3x2x17", "--format", "csv")[1]

    def test_params(self, two):
        code, out, _ = shown(two, "--set", "c=7", "--set", "mode=narrow", "--format", "csv")
        assert code == 0
        assert "7x11x13" in out
        assert "relu" not in out

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--input", "3x5x5"],
             "error: two has several inputs\n= help: name them: --input left=3x11x13,right=3x7x5\n"),
            (["--input", "lefft=3x5x5"],
             "error: two has no input `lefft`\n= help: its inputs are `left` and `right`\n"),
            (["--input", "left=3,5,5"],
             "error: --input left=3,5,5: `5` has no name\n= help: write name=3x224x224,other=3x224x224\n"),
            (["--input", "left=3x0x5"], "error: --input: `3x0x5` has a size of 0\n= help: each size is at least 1\n"),
            (["--set", "d=3"], "error: two has no param `d`\n= help: its params are `c` and `mode`\n"),
            (["--set", "mde=3"], "error: two has no param `mde`\n= help: did you mean `mode`?\n"),
        ],
        ids=["shape without a name", "unknown input", "commas", "no shape", "unknown param", "misspelt param"],
    )  # fmt: skip
    def test_refused(self, two, arguments, message):
        code, out, err = shown(two, *arguments)
        assert (out, err) == ("", message)
        assert code == UsageError.exit_code

    def test_an_error_that_only_another_param_brings(self, two):
        code, _, err = shown(two, "--set", "mode=3")
        assert code == 3
        assert err.startswith("error: cannot compare 3 with `wide`\n")


def test_a_document_can_be_elaborated_twice():
    document = load_document(HEAD + "params: {n: 2}\nlayers: [conv n 1x1, {op: relu, repeat: n}]\n", "twice.yaml")
    assert elaborate(document).nodes == elaborate(document).nodes


def test_defaults_do_not_reach_into_a_standard_block():
    text = "defaults: {conv: {bias: no, act: relu}, multiply: {act: relu}}\nlayers: [squeeze_excitation reduction=3]\n"
    assert params(text) == {"squeeze_excitation.fc1": 4, "squeeze_excitation.fc2": 6}  # 3 + 1, 3 + 3


def test_a_standard_block_does_not_see_the_params():
    text = "params: {sigmoid: 3, reduction: 2}\nlayers: [squeeze_excitation channels=3]\n"
    assert params(text) == {"squeeze_excitation.fc1": 12, "squeeze_excitation.fc2": 12}  # 3·3 + 3


def test_a_branch_that_is_joined_twice_is_cropped_once():
    nodes = graph("layers: {a: conv 2 3x3, b: concat in in a crop}\n").nodes
    assert [(node.name, node.inputs) for node in nodes] == [("a", (0,)), ("b.crop", (0,)), ("b.concat", (2, 2, 1))]


@pytest.mark.parametrize("steps", ["[chunk 3, relu]", "{a: chunk 3, b: add a a}", "{a: chunk 3, b: conv a.c 1x1}"])
def test_chunks_are_no_layer_by_themselves(steps):
    (error,) = errors(f"{HEAD}layers: {steps}\n")
    assert error in [(2, "`chunk` has several parts"), (2, "`a` has several parts")]


FROZEN = "input: 3x11x13\nlayers:\n  a: conv 5 3x3\n  g: {layers: {b: conv 5 1, c: conv 5 1}}\n"
FROZEN += "  d: {op: conv 5 1, share: g.b}\n"


@pytest.mark.parametrize(
    ("own", "freeze", "unfreeze", "frozen"),
    [
        ("", "", "", []),
        ("", "*", "", ["a", "g.b", "g.c", "d"]),
        ("", "*", "g.c", ["a", "g.b", "d"]),
        ("", "*", "g", ["a"]),  # d has the weights of g.b
        ("", "*", "d", ["a", "g.c"]),
        ("freeze: [a]\n", "g.c", "", ["a", "g.c"]),
        ("freeze: [a, g]\n", "", "a", ["g.b", "g.c", "d"]),
        ("", "g/*", "", ["g.b", "g.c", "d"]),
        ("", ["a", "g.c"], "", ["a", "g.c"]),
        ("", "a, g.c", "", ["a", "g.c"]),
    ],
)
def test_freeze_and_unfreeze(own, freeze, unfreeze, frozen):
    graph = loads(FROZEN + own, freeze=freeze, unfreeze=unfreeze).graph
    assert [node.name for node in graph.nodes if node.frozen] == frozen


@pytest.mark.parametrize("word", ["freeze", "unfreeze"])
def test_a_pattern_that_hits_nothing(word):
    with pytest.raises(SpecErrors) as caught:
        loads(FROZEN, **{word: "gg"})
    assert caught.value.errors[0].what == f"`gg` {word}s no layer"
    assert caught.value.errors[0].help == "did you mean `g`?"
