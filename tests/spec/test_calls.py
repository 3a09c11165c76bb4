"""One line of a spec: its words and their columns, and what they become."""

from __future__ import annotations

import pytest

from archcalc import layers
from archcalc.errors import Place, Source, SpecError
from archcalc.spec.call import parse_call, parse_word_call, split_words
from archcalc.spec.calls import check_call, check_sugar
from archcalc.spec.check import standard_block
from archcalc.spec.context import Context
from archcalc.spec.kind_names import nearest_kind
from archcalc.spec.names import OTHER_OPTIONS, OTHER_WORDS, nearest
from archcalc.spec.standard_blocks import STANDARD_BLOCKS

INDENT = "  a: "


def place(text: str) -> Place:
    return Source(INDENT + text, "calls.yaml").place(1, len(INDENT) + 1, len(text))


def context(*variables: str) -> Context:
    return Context(Source("", "calls.yaml"), standard_block, variables=frozenset(variables))


def call(text: str, *variables: str):
    """The call of a text, and the options of its step."""
    return check_call(parse_call(text, place(text)), context(*variables))


def error(text: str, *variables: str) -> tuple[int, int, str]:
    """Column in the call, length and text of its error."""
    with pytest.raises(SpecError) as caught:
        call(text, *variables)
    return caught.value.place.column - len(INDENT) - 1, caught.value.place.length, caught.value.what


class TestWords:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("conv 64 3x3", [(0, "conv"), (5, "64"), (8, "3x3")]),
            ("  conv   64\t3x3 ", [(2, "conv"), (9, "64"), (12, "3x3")]),
            ("conv round_to(32 * w, 8) 3x3", [(0, "conv"), (5, "round_to(32 * w, 8)"), (25, "3x3")]),
            ("conv ((1 + 2) * 3) 1", [(0, "conv"), (5, "((1 + 2) * 3)"), (19, "1")]),
            ("conv 1) 2", [(0, "conv"), (5, "1)"), (8, "2")]),
            ("conv (1 2", [(0, "conv"), (5, "(1 2")]),
            ("", []),
        ],
    )
    def test_brackets_keep_a_word_together(self, text, words):
        assert split_words(text) == words

    def test_every_word_knows_its_column(self):
        text = "conv 64 kernel_size=3x3 first.stride=2"
        written = parse_call(text, place(text))
        words = [written.kind, *written.positional, *(word for pair in written.keywords for word in pair)]
        assert [word.text for word in words] == ["conv", "64", "kernel_size", "3x3", "first.stride", "2"]
        for word in words:
            start = word.place.column - 1
            assert (INDENT + text)[start : start + len(word.text)] == word.text

    def test_a_comparison_is_no_keyword(self):
        text = "a x==3"
        assert [word.text for word in parse_call(text, place(text)).positional] == ["x==3"]

    @pytest.mark.parametrize(
        ("text", "kind", "positional", "keywords"),
        [
            ("relu", "relu", [], []),
            ("leaky_relu(0.2)", "leaky_relu", ["0.2"], []),
            ("group_norm(32,eps=0.001)", "group_norm", ["32"], [("eps", "0.001")]),
            ("group_norm(32, eps=0.001)", "group_norm", ["32"], [("eps", "0.001")]),
        ],
    )
    def test_a_call_in_a_value(self, text, kind, positional, keywords):
        written = parse_word_call(parse_call(text, place(text)).kind)
        assert written.kind.text == kind
        assert [word.text for word in written.positional] == positional
        assert [(key.text, value.text) for key, value in written.keywords] == keywords


class TestValues:
    def test_by_position_and_by_name(self):
        found, _ = call("conv 64 3x5 stride=2x1 bias=no")
        assert {name: value.expression.text for name, value in found.values.items()} == {
            "out_channels": "64", "kernel_size": "3x5", "stride": "2x1", "bias": "no"
        }  # fmt: skip

    def test_all_by_name_in_any_order(self):
        found, _ = call("conv kernel_size=3 out_channels=64")
        assert set(found.values) == {"out_channels", "kernel_size"}

    def test_a_flag_may_stand_alone(self):
        found, _ = call("max_pool 2x2 ceil_mode")
        assert found.values["ceil_mode"].expression.value is True

    def test_all_words_that_are_left_go_to_one_argument(self):
        found, _ = call("split 1 2 3")
        assert [value.expression.value for value in found.variadic] == [1, 2, 3]

    def test_a_merge_takes_names(self):
        found, options = call("add a b/c prev crop repeat=2")
        assert [reference.path for reference in found.references] == ["a", "b.c", "prev"]
        assert found.crop
        assert options["repeat"][1].text == "2"

    def test_act_and_norm(self):
        found, _ = call("conv 64 3 act=leaky_relu(0.2) norm=none")
        act = found.sugar["act"]
        assert (act.word, act.slot) == ("leaky_relu", "act")
        assert act.calls["leaky_relu"].values["negative_slope"].expression.text == "0.2"
        assert found.sugar["norm"].calls == {}

    def test_an_act_that_only_the_call_of_a_block_knows(self):
        word = parse_call("act(0.2)", place("act(0.2)")).kind
        sugar = check_sugar(word, "act", context("act"))
        assert sugar.calls == {}
        assert [value.expression.text for value in sugar.positional] == ["0.2"]

    def test_a_word_and_a_variable_of_the_same_name(self):
        found, _ = call("conv 64 3 padding=same", "same")
        assert found.values["padding"].expression.evaluate({"same": 2}.__getitem__) == 2


class TestErrors:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("konv 3", (0, 4, "unknown kind `konv`")),
            ("conv 64 3x3 strid=2", (12, 7, "unknown option `strid` of `conv`")),
            ("conv 64 width*2", (8, 5, "unknown name `width`")),
            ("conv 64 2*width", (10, 5, "unknown name `width`")),
            ("conv 64 3x3 padding=(1", (20, 1, "`(` is never closed")),
            ("conv 64 3x3 stride=0", (19, 1, "`stride`: expected a size such as 3 or 3x5, each at least 1, got 0")),
            ("conv 64 3x3 act=chunk", (16, 5, "`act=` takes an activation, not `chunk`")),
            ("conv 64 3x3 norm=relu", (17, 4, "`norm=` takes a normalization, not `relu`")),
            ("conv 64 3x3 act=leaky_relu(0.2,3)",
             (31, 1, "`leaky_relu` takes `negative_slope` without a name; `3` is one too many")),
            ("conv 64 3x3 act=leaky_relu(slop=2)", (27, 6, "unknown option `slop` of `leaky_relu`")),
            ("conv 64 3x3 repeat=2 repeat=3", (21, 8, "`repeat` is given twice")),
            ("conv 64 3x3 bias=no bias=yes", (20, 8, "`bias` is given twice")),
            ("conv 64 3x3 act=relu act=gelu", (21, 8, "`act` is given twice")),
            ("add a b stride=2", (8, 8, "unknown option `stride` of `add`")),
            ("add a b,c", (6, 3, "`b,c` is not the name of a layer")),
            ("= 3", (0, 1, "`=` is not a layer")),
        ],
    )  # fmt: skip
    def test_where_and_what(self, text, found):
        column, length, what = error(text)
        assert what == found[2]
        assert text[column : column + length] == text[found[0] : found[0] + found[1]]


class TestOtherWords:
    def test_every_word_of_others_means_a_kind_that_exists(self):
        assert set(OTHER_WORDS.values()) <= {*layers.names(), *STANDARD_BLOCKS}

    def test_no_word_of_ours_is_taken_for_another(self):
        assert set(OTHER_WORDS) & set(layers.names()) == set()

    def test_every_option_of_others_means_an_option_that_exists(self):
        options = {parameter.name for kind in layers.all_kinds() for parameter in kind.parameters}
        meant = {word for words in OTHER_OPTIONS.values() for word in words.split()}
        assert meant <= options | {"act", "norm", "from", "repeat", "share"}

    @pytest.mark.parametrize(
        ("word", "kind"),
        [
            ("Conv2d", "conv"), ("maxpool", "max_pool"), ("fc", "linear"), ("Dense", "linear"), ("bn", "batch_norm"),
            ("gap", "global_avg_pool"), ("lrn", "local_response_norm"), ("ReLU", "relu"), ("LeakyReLU", "leaky_relu"),
            ("ConvTranspose2d", "conv_transpose"), ("nn.Linear", "linear"), ("SE", "squeeze_excitation"),
        ],
    )  # fmt: skip
    def test_what_people_write(self, word, kind):
        assert nearest_kind(word, [*layers.names(), *STANDARD_BLOCKS]) == [kind]

    def test_nothing_comes_close(self):
        assert nearest("shortcut", ["conv1", "pool"]) == []

    def test_a_very_long_word_is_like_nothing(self):
        assert nearest("conv" * 20, ["conv" * 20 + "1"]) == []
