"""Layers in the words of other tools: the whole table leads to lines that load, and each says what was written."""

from __future__ import annotations

import pytest

import archcalc
from archcalc import layers
from archcalc.errors import ArchcalcError
from archcalc.spec.check import standard_block
from archcalc.spec.foreign.lines import SPECIAL, line_of
from archcalc.spec.foreign.lookup import arguments_of
from archcalc.spec.foreign.tools import TOOLS
from archcalc.spec.foreign.written import ForeignCall, call_of_text
from archcalc.spec.kind_names import meaning_of, nearest_kind
from archcalc.spec.names import (
    MEANINGS,
    OPTION_MEANINGS,
    OTHER_OPTIONS,
    OTHER_WORDS,
    option_meaning,
)

VALUES = {
    "out_channels": 6, "kernel_size": 3, "stride": 1, "padding": 1, "dilation": 1, "groups": 1, "bias": False,
    "padding_mode": "zeros", "output_padding": 0, "out_features": 7, "ceil_mode": True, "count_include_pad": False,
    "norm_type": 2, "output_size": 4, "eps": 1e-3, "momentum": 0.2, "affine": True, "track_running_stats": True,
    "num_groups": 3, "elementwise_affine": False, "size": 5, "alpha": 0.5, "beta": 0.7, "k": 2.0, "p": 0.3, "init": 0.1,
    "negative_slope": 0.1, "num_parameters": 1, "upscale_factor": 2, "downscale_factor": 2, "scale_factor": 2,
    "mode": "nearest", "align_corners": False, "value": 0.5, "num_embeddings": 10, "embedding_dim": 4, "num_heads": 3,
    "window": 4, "shift": 2, "hidden_size": 8, "num_layers": 2, "bidirectional": True, "nonlinearity": "relu",
    "reset_after": False, "channels": 2, "multiplier": 2, "act": "relu", "keepdim": True, "shape": (2, 3, -1),
    "weight": False, "exponent": 2, "proj_size": 3, "head_dim": 5, "min": -0.5, "max": 0.75,
    "cells": 1, "chunks": 2, "block_size": 2, "by": 0.5, "plus": 0.25, "@axis": 1, "@last_axis": -1, "@returns": False,
    "@half": 1, "@batch_norm": 1, "@last_first": 1, "@kind": "AVE", "@global": True, "@inputs": ("a", "b"), "-": 1,
    "equation": "ij,jk->ik", "causal": True, "scale": 0.5,
}  # fmt: skip
"""Ours -> a value of theirs."""

TOKENS = ("multihead_attention", "rnn", "lstm", "gru", "position_embedding")
INPUTS = {
    "linear": "12",
    "squeeze_excitation": "32x12x12",
    "embedding": "9",
    "matmul": "6x6",
    "attention": "6x6",
    "einsum": "6x6",
    "fold": "36x4",
    **dict.fromkeys(TOKENS, "9x12"),
}
ROWS = [(tool, row, word) for tool, rows in TOOLS.items() for row in rows for word in row.words.split()]


def load(line: str, kind: str, word: str) -> None:
    """Load a spec of the line behind what it reads."""
    axes = next((word.lower().index(f"{axes}d") and axes for axes in (1, 2, 3) if f"{axes}d" in word.lower()), 2)
    given = INPUTS.get(kind, "12" + "x12" * axes)
    if kind == "conv_lstm":
        given = "5x3" + "x12" * axes
    if kind == "fold" and "padding" in line:
        given = "36x16"  # a window of 3x3 stops at every cell of 4x4
    before = "  p: max_pool 2 stride=2\n" if kind == "max_unpool" else "  a: relu\n  b: tanh\n"
    after = "  d: relu from=c.0\n" if kind == "chunk" else ""
    archcalc.loads(f"input: {given}\nlayers:\n{before}  c: {line}\n{after}")


def values_of(row) -> dict[str, object]:
    """A value for each argument of a row."""
    found = sample(row)
    if row.kind == "add":
        found = {name: "SUM" if name == "operation" else value for name, value in found.items()}
    return found


def required(row) -> dict[str, object]:
    """The arguments without which the layer is not whole."""
    kind = layers.find(row.kind)
    if kind:
        needed = {parameter.name for parameter in kind.parameters if parameter.required}
    else:
        needed = {argument.name for argument in standard_block(row.kind).arguments if argument.default is None}
    needed |= {"min"} if row.kind == "clamp" else set()
    if row.kind in ("upsample", "pad", "crop"):
        needed |= {"scale_factor", "cells", "size", "@last_first"} - ({"size"} if row.kind == "upsample" else set())
    names = dict(arguments_of(row))
    return {theirs: value for theirs, value in sample(row).items() if names[theirs] in needed | {"@inputs"}}


def sample(row) -> dict[str, object]:
    """A value for each argument of a row; of inputs one a name where there are several names."""
    inputs = [theirs for theirs, ours in arguments_of(row) if ours == "@inputs"]
    named = dict(zip(inputs, "abab", strict=False)) if len(inputs) > 1 else {}
    return {theirs: named.get(theirs, VALUES[ours]) for theirs, ours in arguments_of(row)}


@pytest.mark.parametrize(("tool", "row", "word"), ROWS, ids=[f"{tool}-{word}" for tool, _, word in ROWS])
def test_every_word_of_the_table_gives_a_line_that_loads(tool, row, word):
    least = required(row)
    line = line_of(ForeignCall(word, (), least), {})
    assert line is not None
    assert line.complete, line.text
    load(line.text, row.kind, word)
    for theirs, value in values_of(row).items():
        if row.kind == "upsample" and theirs == "size" and "scale_factor" in VALUES and least:
            least = {name: given for name, given in least.items() if name == "mode"} if tool == "PyTorch" else least
        line = line_of(ForeignCall(word, (), {**least, theirs: value}), {})
        load(line.text, line.text.split()[0], word)
        least = required(row)


def test_the_samples_hold_for_the_whole_table():
    used = {ours for rows in TOOLS.values() for row in rows for _, ours in arguments_of(row)}
    assert used <= VALUES.keys()
    assert {ours for ours in used if ours.startswith("@")} == SPECIAL.keys()


def test_every_row_means_a_kind_and_options_that_exist():
    from archcalc.spec.standard_blocks import STANDARD_BLOCKS

    for rows in TOOLS.values():
        for row in rows:
            kind = layers.find(row.kind)
            own = (
                {parameter.name for parameter in kind.parameters} | set(kind.sugar)
                if kind
                else {argument.name for argument in standard_block(row.kind).arguments}
            )
            assert kind is not None or row.kind in STANDARD_BLOCKS
            for _, ours in arguments_of(row):
                assert ours in own | {"-"} or ours.startswith("@"), (row.words, ours)


def test_no_fact_stands_in_two_tables():
    """What PyTorch and Keras call a kind stands in the table alone, and no sentence is given for a known word."""
    words = {
        word.lower().replace("_", ""): row.kind
        for tool in ("PyTorch", "Keras") for row in TOOLS[tool] for word in row.words.split()
    }  # fmt: skip
    assert [word for word, kind in OTHER_WORDS.items() if words.get(word) == kind] == []
    assert [word for word in MEANINGS if word in OTHER_WORDS or word in words] == []
    assert OTHER_OPTIONS.keys() & OPTION_MEANINGS.keys() <= {"dropout"}


COVERED = {row.kind for rows in TOOLS.values() for row in rows} | set(OTHER_WORDS.values())


def test_every_kind_that_has_a_counterpart_is_covered():
    """Those left out are of this language, or of one paper."""
    assert set(layers.names()) - COVERED == {
        "subsample", "rbf", "gelu_tanh", "scaled_tanh", "abs_diff", "tokens", "slice", "split", "permute", "scale",
    } - COVERED  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Conv2d(3, 64, kernel_size=3, padding=1)", "conv 64 3x3 padding=1"),
        ("nn.Conv2d(3, 64, 7, stride=(2, 2), padding=(3, 3), bias=False)", "conv 64 7x7 stride=2 padding=3 bias=no"),
        ("nn.Conv2d(3, 8, (3, 5), padding=(1, 2))", "conv 8 3x5 padding=1x2"),
        ("Conv1d(3, 64, 3)", "conv 64 3"),
        ("nn.Conv2d(in_ch, 2*width, 3)", "conv 2*width 3x3"),
        ("nn.Linear(64, 32)", "linear 32"),
        ("Linear(32)", "linear 32"),
        ("linear(64, 32)", "linear 32"),
        ("Conv2D(64, (3,3), activation='relu')", "conv 64 3x3 act=relu"),
        ("Conv2D(64, 3, strides=2, padding='valid')", "conv 64 3x3 stride=2"),
        ("layers.Conv2D(8, 3, padding='same', use_bias=False)", "conv 8 3x3 padding=same bias=no"),
        ("Conv1D(64, 3, padding='causal', dilation_rate=2)", "conv 64 3 padding=causal dilation=2"),
        ("tf.keras.layers.Dense(10)", "linear 10"),
        ("Dense(10, activation=tf.nn.softmax)", "linear 10 act=softmax"),
        ("Dense(10, activation='linear')", "linear 10"),
        ("nn.MaxPool2d(3, 2, 1, ceil_mode=True)", "max_pool 3x3 stride=2 padding=1 ceil_mode=yes"),
        ("MaxPooling2D()", "max_pool 2"),
        ("F.max_pool2d(x, 2)", "max_pool 2x2"),
        ("nn.AdaptiveAvgPool2d((1, 1))", "adaptive_avg_pool 1x1"),
        ("GlobalAveragePooling2D()", "global_avg_pool"),
        ("nn.BatchNorm2d(64)", "batch_norm"),
        ("nn.LayerNorm(512, eps=1e-6)", "layer_norm eps=1e-6"),
        ("nn.GroupNorm(32, 256)", "group_norm 32"),
        ("nn.ReLU(inplace=True)", "relu"),
        ("nn.LeakyReLU(0.2)", "leaky_relu 0.2"),
        ("nn.Softmax(dim=1)", "softmax axis=0"),
        ("nn.Softmax(dim=-1)", "softmax axis=-1"),
        ("Softmax()", "softmax"),
        ("nn.ConvTranspose2d(64, 32, 4, 2, 1)", "conv_transpose 32 4x4 stride=2 padding=1"),
        ("nn.Upsample(scale_factor=2, mode='bilinear')", "upsample 2 mode=bilinear"),
        ("UpSampling2D((2, 2))", "upsample 2"),
        ("ZeroPadding2D(((1, 0), (2, 0)))", "pad 1:0x2:0"),
        ("nn.ZeroPad2d((1, 2, 3, 4))", "pad 3:4x1:2"),
        ("nn.ZeroPad2d(2)", "pad 2"),
        ("Flatten()", "flatten"),
        ("torch.flatten(x, 1)", "flatten"),
        ("x.view(x.size(0), -1)", "flatten"),
        ("x.view(-1, 16, 5, 5)", "reshape 16x5x5"),
        ("x.permute(0, 2, 3, 1)", "permute 1 2 0"),
        ("permute(1, 0)", "permute 1 0"),
        ("split(3, 5)", "split 3 5"),
        ("nn.Embedding(1000, 64)", "embedding 1000 64"),
        ("nn.LSTM(10, 20, num_layers=2, batch_first=True)", "lstm 20 num_layers=2"),
        ("LSTM(64)", "lstm 64 biases=1 returns=last"),
        ("LSTM(64, return_sequences=True)", "lstm 64 biases=1"),
        ("SimpleRNN(8)", "rnn 8 biases=1 returns=last"),
        ("GRU(64, reset_after=False)", "gru 64 returns=last reset_after=no"),
        ("Bidirectional(LSTM(64, return_sequences=True))", "lstm 64 biases=1 bidirectional=yes"),
        ("TimeDistributed(Dense(10))", "linear 10"),
        ("TimeDistributed(Conv2D(8, 3))", "conv 8 3x3 each=1"),
        ("TimeDistributed(GlobalAveragePooling2D())", "global_avg_pool each=1"),
        ("nn.MultiheadAttention(512, 8)", "multihead_attention 8"),
        ("MultiHeadAttention(num_heads=8, key_dim=64)", "multihead_attention 8 head_dim=64"),
        ("nn.LSTM(10, 20, proj_size=5)", "lstm 20 proj_size=5"),
        ("add(a, b)", "add a b"),
        ("Add()([a, b])", "add a b"),
        ("Concatenate(axis=-1)([a, b, c])", "concat a b c"),
        ("torch.cat([a, b], dim=1)", "concat a b"),
        ("model.add(Dense(10, activation='relu'))", "linear 10 act=relu"),
        ("x = Conv2D(32, 3)(x)", "conv 32 3x3"),
        ("nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2))", "[conv 6 5x5, relu, max_pool 2x2]"),
        ("Sequential([Dense(4), ReLU()])", "[linear 4, relu]"),
        ("conv(64, 3, stride=2)", "conv 64 3 stride=2"),
        ("maxpool(2)", "max_pool 2"),
        ("avgpool(2)", "avg_pool 2"),
        ("leaky_relu(0.2)", "leaky_relu 0.2"),
        ("squeeze_excitation(16)", "squeeze_excitation 16"),
        ("nn.Unfold(3, stride=2)", "unfold 3x3 stride=2"),
        ("nn.Fold(28, 3, padding=1)", "fold 28x28 3x3 padding=1"),
        (
            "F.scaled_dot_product_attention(q, k, v, is_causal=True)",
            "attention q k v causal=yes",
        ),
        ("torch.einsum('bij,bjk->bik', a, b)", "einsum a b equation=bij,bjk->bik"),
        ("Conv2d(64)", "conv 64 KERNEL_SIZE"),
    ],
)  # fmt: skip
def test_the_line_for_a_call(text, line):
    call = call_of_text(text)
    assert call is not None
    assert line_of(call, {}).text == line


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("Conv2d(3, 64, 3)", ("without in_channels: the input says it",)),
        ("nn.ReLU(inplace=True)", ()),
        (
            "Dense(10, kernel_initializer='zeros', bias_regularizer='l2')",
            ("without kernel_initializer, bias_regularizer: a spec has no word for it",),
        ),
        ("nn.Upsample(scale_factor=2, mode='area')", ("without mode: a spec has no word for it",)),
        ("nn.Upsample(scale_factor=2, mode='bicubic')", ()),
        ("TimeDistributed(Dense(10))", ("a layer that reads tokens x features takes each token alone",)),
        ("y = Conv2D(8, 3)(stem)", ("from=stem where that is not the layer before",)),
    ],
)
def test_what_the_line_does_not_hold_is_said(text, notes):
    assert line_of(call_of_text(text), {}).notes == notes


@pytest.mark.parametrize(
    "text",
    ["", "conv 64 3x3", "f(", "f" + "(" * 3000, "(" * 300 + ")" * 300, "lambda: 0", "import os", "a.b().c(3)", "f(*x)",
     "__import__('os').system('x')", "x" * 5000, "f(**{1: 2})", "f(\0)", "[f(1)]", "f(1); g(2)", "(yield)(3)"],
)  # fmt: skip
def test_a_text_that_is_no_call_is_left_alone(text):
    call = call_of_text(text)
    assert call is None or line_of(call, {}) is None


def told(text: str) -> list[tuple[str, str | None]]:
    with pytest.raises(ArchcalcError) as caught:
        archcalc.loads(text)
    return [(error.what, error.help) for error in caught.value.errors]


MAPPING = "a layer is one line of words, not a mapping"


@pytest.mark.parametrize(
    ("step", "line"),
    [
        ("- {type: Conv2D, filters: 64, kernel_size: 3}", "conv 64 3x3"),
        ("- type: Conv2D\n    filters: 64\n    kernel_size: [3, 3]\n    activation: relu", "conv 64 3x3 act=relu"),
        ("- conv1: {type: Conv2D, filters: 64, kernel_size: 3}", "conv1: conv 64 3x3"),
        ("- {name: c1, type: conv, out_channels: 64, kernel_size: 3}", "c1: conv 64 3"),
        ("- Conv2d: {in_channels: 3, out_channels: 64, kernel_size: 3}", "conv 64 3x3"),
        ("- Conv2d: {filters: 64}", "conv 64 KERNEL_SIZE"),
        ("- Conv2d: [3, 64, 3]", "conv 64 3x3"),
        ("- conv: {filters: 64, kernel: 3}", "conv 64 3"),
        ("- {class_name: Dense, config: {units: 10, activation: softmax}}", "linear 10 act=softmax"),
        ("- {type: Convolution, convolution_param: {num_output: 20, kernel_size: 5}}", "conv 20 5"),
        ("- {type: Pooling, pooling_param: {pool: AVE, kernel_size: 2, stride: 2}}", "avg_pool 2 stride=2"),
        ("- {type: Pooling, pool: AVE, global_pooling: true}", "global_avg_pool"),
        ("- {type: Eltwise, operation: PROD, bottom: [a, b]}", "multiply a b"),
        (
            "- convolutional: {batch_normalize: 1, filters: 32, size: 3, stride: 1, pad: 1, activation: leaky}",
            "conv 32 3 padding=1 bias=no norm=batch_norm act=leaky_relu(0.1)",
        ),
        ("- {type: LSTM, units: 64}", "lstm 64 biases=1 returns=last"),
        ("- dropout: {rate: 0.3}", "dropout 0.3"),
        ("- {op: conv, filters: 64, kernel_size: 3}", "conv 64 3"),
    ],
)
def test_a_mapping_is_one_error_with_the_whole_line(step, line):
    ((what, help),) = told(f"input: 3x32x32\nlayers:\n  {step}\n")
    assert what in (MAPPING, "arguments stand in the call")
    assert help == f"write `{line}`"


def test_a_mapping_with_a_source_keeps_it():
    text = "input: 3x32x32\nlayers:\n  - {op: conv, filters: 64, kernel_size: 3, from: in}\n"
    assert told(text) == [("arguments stand in the call", "write `{op: conv 64 3, from: in}`")]


@pytest.mark.parametrize(
    "text",
    [
        "input: 3x32x32\nlayers:\n  conv: {act: relu, norm: batch_norm}\n",
        "input: 3x32x32\nlayers:\n  - pool: {a: max_pool 2, type: relu}\n",
        "input: 3x32x32\nparams: {act: relu}\nlayers:\n  g: {a: act, b: act}\n",
        "input: 3x32x32\nlayers:\n  - Conv2d: {a: conv 3 3x3, filters: relu}\n",
    ],
)
def test_groups_stay_groups(text):
    archcalc.loads(text)


@pytest.mark.parametrize(
    ("step", "what", "help"),
    [
        ("Conv2d(3, 64, kernel_size=3, padding=1)", "`Conv2d(...)` is PyTorch's way to write a layer",
         "write `conv 64 3x3 padding=1`"),
        ("c: nn.Linear(64, 32)", "`nn.Linear(...)` is PyTorch's way to write a layer", "write `c: linear 32`"),
        ("self.conv1 = nn.Conv2d(3, 6, 5)", "`nn.Conv2d(...)` is PyTorch's way to write a layer",
         "write `conv1: conv 6 5x5`"),
        ("res(64)", "`res(...)` has brackets, which no layer has", "write `res 64`"),
        ("res(64, stride=2)", "`res(...)` has brackets, which no layer has", "write `res 64 stride=2`"),
        ("(conv2): Conv2d(64, 128, kernel_size=(3, 3), stride=(1, 1))",
         "`Conv2d(...)` is PyTorch's way to write a layer", "write `conv2: conv 128 3x3`"),
        ("add(in, prev)", "`add(...)` has brackets, which no layer has", "write `add in prev`"),
        ("GaussianNoise(0.1)", "unknown kind `GaussianNoise`",
         "noise of training only: leave it out, or write identity"),
        ("SeparableConv2D(64, 3)", "`SeparableConv2D(...)` is Keras's way to write a layer",
         "write `separable_conv 64 3`"),
        ("Lambda(f)", "unknown kind `Lambda`",
         "a spec holds no code: write the layer that the function is, such as reshape, slice or multiply"),
        ("Wxyz(3)", "unknown kind `Wxyz`", "`archcalc layers` lists all kinds"),
        ("a + b", "`a + b` is not how layers are joined", "write `add a b`"),
        ("s: conv1+conv2+in", "`conv1+conv2+in` is not how layers are joined", "write `s: add conv1 conv2 in`"),
        ("a * gate", "`a * gate` is not how layers are joined", "write `multiply a gate`"),
        ("a - b", "`a - b` is not how layers are joined", "write `subtract a b`"),
        ("concatenate a, b", "`concatenate a, b` is not how layers are joined", "write `concat a b`"),
        ("concat a, b", "`concat a, b` is not how layers are joined", "write `concat a b`"),
        ("cat [a, b, c]", "`cat [a, b, c]` is not how layers are joined", "write `concat a b c`"),
    ],
)  # fmt: skip
def test_a_call_is_one_error_with_the_whole_line(step, what, help):
    blocks = "blocks: {res: {args: [c, stride=1], layers: [conv c 3x3 stride=stride padding=1]}}\n"
    assert told(f"input: 3x32x32\n{blocks}layers:\n  - {step}\n") == [(what, help)]


def test_a_call_cut_by_the_commas_of_a_list():
    (error, *rest) = told("input: 3x32x32\nlayers: [Conv2d(3, 64, kernel_size=3), relu]\n")
    assert error == (
        "`Conv2d(3, 64, kernel_size=3)` inside [ ] is three entries: `Conv2d(3`, `64` and `kernel_size=3)`",
        "write conv 64 3x3",
    )
    assert rest == []


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("SimpleRNN", ["rnn"]), ("Conv2D", ["conv"]), ("nn.ReLU", ["relu"]), ("tf.keras.layers.Dense", ["linear"]),
        ("UpSampling2D", ["upsample"]), ("avgpool", ["avg_pool"]), ("InnerProduct", ["linear"]),
        ("ConvLSTM2D", ["conv_lstm"]), ("Lambda", []), ("GaussianNoise", []), ("mean", []),
        ("Maximum", ["maximum"]), ("torch.div", ["divide"]), ("ReduceMean", []), ("Gather", ["take"]),
    ],
)  # fmt: skip
def test_the_kind_by_its_meaning(word, kind):
    assert nearest_kind(word, layers.names()) == kind
    assert kind or meaning_of(word)


@pytest.mark.parametrize(
    ("call", "help"),
    [
        ("conv 64 3x3 bn=True", "write norm=batch_norm"),
        ("conv 64 3x3 activation=relu", "did you mean `act`?"),
        ("max_pool 2 activation=relu", "write `relu` as a layer after it"),
        ("max_pool 2 bn=True", "write `batch_norm` as a layer after it"),
        ("conv 64 filters=3", "did you mean `out_channels`?"),
        ("linear filters=3", "did you mean `out_features`?"),
        ("linear units=3", "did you mean `out_features`?"),
        ("lstm units=3", "did you mean `hidden_size`?"),
        ("lstm 3 return_sequences=True", "leave it out: every step is returned, unless returns=last says otherwise"),
        ("lstm 3 return_sequences=False", "write returns=last"),
        ("lstm 3 reset_after=True", "only gru has it"),
        ("multihead_attention 3 key_dim=64", "did you mean `head_dim`?"),
        ("multihead_attention 3 num_kv_heads=1", "did you mean `kv_heads`?"),
        ("multihead_attention 3 kdim=64", "leave it out: K and V read what the memory has"),
        ("max_pool pool_size=2", "did you mean `kernel_size`?"),
        ("conv 64 3x3 in_channels=3", "leave it out: a spec takes it from the input of the layer"),
        ("conv 64 3x3 kernel_initializer=he", "leave it out: a spec says nothing about training"),
        ("local_response_norm kernel_size=5", "did you mean `size`?"),
        ("dropout rate=0.5", "did you mean `p`?"),
    ],
)
def test_the_option_by_its_meaning(call, help):
    assert told(f"input: 3x32x32\nlayers: [{call}]\n")[0][1] == help


@pytest.mark.parametrize("name", [*OPTION_MEANINGS, *OTHER_OPTIONS])
@pytest.mark.parametrize("kind", ["conv", "linear", "max_pool", "relu", "lstm", "batch_norm"])
def test_every_other_option_is_told_on_every_kind(kind, name):
    """By the word that the kind has for it, by a sentence, or by what the kind takes."""
    found = layers.find(kind)
    known = [*(parameter.name for parameter in found.parameters), *found.sugar]
    said = option_meaning(name, known)
    assert said is None or "None" not in said


@pytest.mark.parametrize(
    ("call", "what", "help"),
    [
        ("conv 6 3 padding='same'", "`'same'` has quotes, which a word does not need", "write same"),
        ("conv 6 3 act='relu'", "`'relu'` is not a layer", "write relu"),
        ("conv 6 3 act=nn.ReLU()", "`nn.ReLU()` is not a layer", "write relu"),
        ("conv 6 3 act=nn.LeakyReLU(0.2)", "`nn.LeakyReLU(0.2)` is not a layer", "write leaky_relu(0.2)"),
        ("conv 6 3 act=tf.nn.swish", "`tf.nn.swish` is not a layer", "write silu"),
        ("conv 6 3 act=Swish", "unknown kind `Swish`", "did you mean `silu`?"),
        ("conv 6 3 act=3", "`3` is not a layer", "write a kind, or a kind with arguments: leaky_relu(0.2)"),
        ("conv 6 3 padding_mode=zero", "`padding_mode`: expected zeros, reflect, replicate or circular, got `zero`",
         "did you mean `zeros`?"),
    ],
)  # fmt: skip
def test_values_in_other_words(call, what, help):
    assert told(f"input: 3x32\nlayers:\n  - {call}\n") == [(what, help)]
