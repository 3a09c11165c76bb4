"""`archcalc layers`: the reference is the table of kinds itself, and its examples are real specs."""

from __future__ import annotations

import json
from io import StringIO

import pytest

from archcalc import layers, loads
from archcalc.analysis.reference import all_references, reference
from archcalc.cli.main import main
from archcalc.cli.session import Session
from archcalc.spec.standard_blocks import STANDARD_BLOCKS


def run(*arguments):
    out, err = StringIO(), StringIO()
    code = main(["layers", *arguments], Session(out, err, terminal=False, color=False))
    return code, out.getvalue(), err.getvalue()


def test_the_index_has_every_kind_and_block_with_its_first_line():
    code, out, err = run()
    assert (code, err) == (0, "")
    first_words = [line.split()[0] for line in out.splitlines()[2:] if line and not line.startswith("note:")]
    assert first_words == [*layers.names(), *STANDARD_BLOCKS]
    assert "Convolution over 1, 2 or 3 axes (a cross-correlation, as in every framework)" in out


def test_the_page_of_a_kind_is_its_docstring_its_arguments_and_an_example():
    kind = layers.find("conv")
    code, out, err = run("conv")
    assert (code, err) == (0, "")
    assert out.startswith("conv (conv)\n\nConvolution over 1, 2 or 3 axes")
    for section in ("Formula", "Shape", "Params", "Work", "Field", "Differs", "Source"):
        assert f"\n{section:<10}" in out
    for parameter in kind.parameters:
        written = parameter.name if parameter.positional else f"{parameter.name}="
        line = next(line for line in out.splitlines() if line.split()[:1] == [written])
        assert parameter.type.expects in line
        assert line.endswith(parameter.doc)
    assert "\nOptions   norm= (a kind) act= (a kind); any layer takes each= from= when= repeat= share=\n" in out
    assert out.endswith("\nExample   conv_1: conv 64 3x3 act=relu\n")


@pytest.mark.parametrize(
    ("kind", "argument", "default"),
    [
        ("conv", "kernel_size", "required"),
        ("conv", "padding=", "0"),
        ("conv", "bias=", "yes"),
        ("conv", "links=", "-"),
        ("max_pool", "ceil_mode=", "no"),
        ("dropout", "p", "0.5"),
        ("permute", "dims...", "required"),
    ],
)
def test_defaults_are_shown_as_a_spec_writes_them(kind, argument, default):
    line = next(line for line in run(kind)[1].splitlines() if line.split()[:1] == [argument])
    assert default in line.split()


def test_a_standard_block_has_a_page():
    code, out, err = run("squeeze_excitation")
    assert (code, err) == (0, "")
    assert out.startswith(
        "squeeze_excitation (standard block)\n\nSqueeze-and-excitation: each channel is scaled by a gate that has "
        "seen the whole map.\n\nFormula   s = gate(W2 act(W1 mean(x))), y = s * x\n"
    )
    assert out.endswith("\nExample   squeeze_excitation_1: squeeze_excitation\n")


def test_markdown_of_a_kind():
    kind = layers.find("linear")
    code, out, err = run("linear", "--format", "markdown")
    assert (code, err) == (0, "")
    assert out.startswith(f"## linear\n\n```text\n{kind.doc.strip()}\n```\n\n| Name         | Expects  ")
    table = [[cell.strip() for cell in line.split("|")[1:-1]] for line in out.splitlines() if line.startswith("| ")]
    assert table[0] == ["Name", "Expects", "Default", "Meaning"]
    assert table[2:] == [
        ["out_features", "a whole number of at least 1", "required", kind.parameters[0].doc],
        ["bias=", "yes or no", "yes", kind.parameters[1].doc],
    ]
    options = "Options: norm= (a kind) act= (a kind); any layer takes each= from= when= repeat= share="
    assert out.endswith(f"\n\n{options}\n\n```yaml\nlinear_1: linear 10 act=relu\n```\n")


def test_json_of_a_kind():
    code, out, _ = run("global_avg_pool", "--format", "json")
    found = json.loads(out)
    assert code == 0
    assert found["schema"] == "archcalc/layers/1"
    (entry,) = found["layers"]
    assert entry["name"] == "global_avg_pool"
    assert entry["inputs"] == [1, 1]
    assert entry["arguments"] == [
        {"name": "keepdim", "expects": "yes or no", "default": "no", "required": False, "positional": False,
         "variadic": False, "doc": layers.find("global_avg_pool").parameters[0].doc}
    ]  # fmt: skip


def test_json_of_all():
    found = json.loads(run("--format", "json")[1])
    assert [entry["name"] for entry in found["layers"]] == [*layers.names(), *STANDARD_BLOCKS]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Conv2d", "error: unknown kind `Conv2d`\n= help: did you mean `conv`?\n"),
        ("linaer", "error: unknown kind `linaer`\n= help: did you mean `linear`?\n"),
        ("qqqqqq", "error: unknown kind `qqqqqq`\n= help: `archcalc layers` lists all kinds\n"),
    ],
)
def test_an_unknown_kind(name, message):
    assert run(name) == (3, "", message)


def test_an_unknown_format():
    assert run("conv", "--format", "csv") == (
        2, "", "error: unknown format `csv`\n= help: there are `text`, `markdown` and `json`\n"
    )  # fmt: skip


INPUTS = {
    "linear": "7", "rbf": "7", "embedding": "7", "position_embedding": "7x64", "class_token": "7x64",
    "multihead_attention": "7x64", "rnn": "7x64", "lstm": "7x64", "gru": "7x64", "matmul": "7x7",
    "attention": "7x64", "einsum": "7x7", "moe": "7x64", "fold": "576x25", "conv_lstm": "10x3x32x32",
}  # fmt: skip
"""An input that a kind's example fits; a map for the others (64 * 16 * 16 = 1024 * 4 * 4 values)."""


BRANCHES = ["a: identity", "b: identity from=input", "gate: identity from=input"]
BRANCHES += [f"{name}: identity from=input" for name in "qkv"]
"""The layers that the examples of merges join."""


@pytest.mark.parametrize("entry", all_references(), ids=lambda entry: entry.name)
def test_every_example_is_a_spec(entry):
    before = BRANCHES if entry.inputs[0] > 1 else []
    before = [*before, "offsets: {op: conv 18 3x3, from: input}"] if entry.name == "deform_conv" else before
    after = [f"part: identity from={entry.example.partition(':')[0]}.0"] if entry.name in ("chunk", "split") else []
    lines = "".join(f"  {line}\n" for line in [*before, entry.example, *after])
    network = loads(f"input: {INPUTS.get(entry.name, '64x16x16')}\nlayers:\n{lines}")
    name = entry.example.partition(":")[0]
    assert any(node.name.split(".")[0] == name for node in network.graph.nodes)


@pytest.mark.parametrize("entry", all_references(), ids=lambda entry: entry.name)
def test_every_entry_is_documented(entry):
    assert entry.summary
    assert all(argument.expects for argument in entry.arguments)
    assert all(f"\n{section:<10}" in f"\n{entry.doc}" for section in ("Formula", "Shape", "Params", "Source"))


def test_an_entry_knows_its_inputs_and_sugar():
    add = reference("add")
    assert (add.inputs, add.sugar) == ((2, None), ("crop", "act"))


@pytest.mark.parametrize(
    ("kind", "sentences"),
    [
        (
            "conv",
            [
                "(a cross-correlation, as in every framework)",
                "along one axis y_i = sum_m x_(i+m-1) w_m + b, i and m counted from 1",
                "a convolution of mathematics turns the kernel around, x_(i-m) w_m: "
                "the same layer with its learned weights flipped",
            ],
        ),
        (
            "batch_norm",
            [
                "y = (x - mean_c) / sqrt(var_c + eps) * weight_c + bias_c",
                "lectures write (x - mean)/(sigma + eps), eps beside the root and not under it",
            ],
        ),
    ],
)
def test_what_lectures_write_otherwise_is_said(archcalc, kind, sentences):
    said = " ".join(archcalc("layers", kind).out.split())
    assert [sentence for sentence in sentences if sentence not in said] == []


def test_the_sum_of_a_convolution_is_the_one_that_is_said():
    """y_i = sum_m x_(i+m-1) w_m: 1*1 + 2*10 + 4*100, then one cell on; the flipped kernel gives x_(i-m) w_m."""
    from archcalc import values

    assert values("conv", "1 2 4 8", weights="1 10 100").output.cells == (421, 842)
    assert values("conv", "1 2 4 8", weights="1 10 100", flip=True).output.cells == (100 + 20 + 4, 200 + 40 + 8)
