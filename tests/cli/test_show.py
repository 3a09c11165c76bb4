"""`archcalc show` as its users meet it."""

from __future__ import annotations

import io
import json
import sys

import pytest

TOY = "input: 2x11x13\nlayers: {c: conv 3 2x3 act=relu, f: flatten, out: linear 5}\n"

PLAIN = """\
Layer (type)     Output Shape  Param #   MACs
---------------  ------------  -------  -----
c (conv + relu)  3x10x11            39  3,960
f (flatten)      330                 0      0
out (linear)     5               1,655  1,650

Total params:                    1,694
Trainable params:                1,694
Non-trainable params:            0
Total MACs (mult-adds, M):       0.00561 (5,610)
Input size (MB):                 0.00114
Forward/backward pass size (MB): 0.00532 (outputs in memory, twice)
Params size (MB):                0.00678
Estimated Total Size (MB):       0.0132
archcalc 0.1.0 · net · input 2x11x13 · batch 1 · macs: conv, linear and products with weights; no bias
"""
"""By hand: 3·(2·2·3) + 3 = 39 and 36·110 MACs; 330·5 + 5; 4·(2·330 + 5)·2 bytes of outputs, 4·286 of input;
flatten makes no values of its own."""


def test_a_pipe_gets_plain_columns(archcalc, spec):
    done = archcalc("show", spec(TOY))
    assert (done.out, done.err, done.code) == (PLAIN, "", 0)


@pytest.mark.parametrize("width", [80, 160])
def test_a_terminal_gets_the_same_figures_in_its_width(archcalc, width):
    done = archcalc("show", "googlenet", terminal=True, width=width)
    assert max(map(len, done.out.splitlines())) <= width
    for figure in ("6,998,552", "1,582,671,872", "inception5b.5x5.conv (conv + relu)"):
        assert figure in done.out


def test_a_narrow_terminal_cuts_neither_names_nor_numbers(archcalc):
    done = archcalc("show", "alexnet", terminal=True, width=50)
    assert "37,752,832" in done.out
    assert "norm1 (local_response_norm)\n" in done.out
    assert max(map(len, done.out.splitlines())) <= 50


def test_an_output_without_unicode_gets_ascii():
    from archcalc.cli.main import main
    from archcalc.cli.session import Session

    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    assert main(["show", "alexnet", "--input", "3x224x224"], Session(out, io.StringIO(), False, False)) == 0
    out.flush()
    assert "floor((224 - 11 + 2*0)/4) + 1 = 54" in raw.getvalue().decode("ascii")


def test_stdin_is_a_spec(archcalc, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TOY.encode()), encoding="utf-8"))
    done = archcalc("show", "-")
    assert "1,694" in done.out


def test_depth_folds_and_the_totals_stay(archcalc):
    folded = archcalc("show", "resnet50", "--depth", "1").out
    assert "layer3 (bottleneck x6)" in folded
    assert "layer3.0" not in folded
    opened = archcalc("show", "lenet5", "--depth", "0").out
    assert "conv1.act (tanh)" in opened
    assert "25,557,032" in folded


def test_columns_sort_and_only(archcalc):
    done = archcalc("show", "lenet5", "--columns", "name,params", "--sort", "params", "--only", "fc*")
    lines = done.out.splitlines()
    assert [line.split() for line in lines[2:5]] == [["fc1", "48,120"], ["fc2", "10,164"], ["fc3", "850"]]
    assert "Params shown:                    59,134" in lines


def test_added_columns_and_layout(archcalc):
    done = archcalc("show", "lenet5", "--columns", "+connections", "--layout", "hwc")
    assert done.out.splitlines()[0].split() == [
        "Layer",
        "(type)",
        "Output",
        "Shape",
        "Param",
        "#",
        "MACs",
        "Connections",
    ]
    assert "28x28x6" in done.out
    assert "122,304" in done.out  # LeCun et al. 1998, C1: 122,304 connections


def test_the_textbooks_224(archcalc):
    done = archcalc("show", "alexnet", "--input", "3x224x224")
    assert "conv1: ⌊(224 − 11 + 2·0)/4⌋ + 1 = 54, not 55 as at 3x227x227" in done.out
    assert "fc6: the flattened size is 6,400, not 9,216" in done.out


def test_params_and_variants(archcalc):
    assert "60,965,224" in archcalc("show", "alexnet@grouped").out
    assert "60,965,224" in archcalc("show", "alexnet", "--set", "groups=2").out
    assert "44,549,160" in archcalc("show", "resnet101").out


def test_batch_multiplies_the_work(archcalc):
    payload = json.loads(archcalc("show", "lenet5", "--batch", "8", "--format", "json").out)
    assert (payload["batch"], payload["totals"]["macs"]) == (8, 8 * 416_520)
    assert payload["totals"]["params"] == 61_706


def test_output_goes_to_a_file(archcalc, spec, tmp_path):
    done = archcalc("show", spec(TOY), "--format", "csv", "--output", "net.csv")
    assert (done.out, done.err) == ("", "wrote net.csv\n")
    assert (tmp_path / "net.csv").read_text().startswith("layer,output,params,macs\nc (conv + relu),3x10x11,39,3960\n")


WRONG = {
    "no spec of this name": (
        ["show", "alexnett"],
        3,
        "error: there is no spec `alexnett`\n= help: did you mean `alexnet` or `lenet5` or `wavenet`?\n",
    ),
    "no such variant": (
        ["show", "alexnet@groupd"],
        3,
        "error: AlexNet has no variant `groupd`\n= help: did you mean `grouped`?\n",
    ),
    "no such param": (
        ["show", "alexnet", "--set", "group=2"],
        2,
        "error: AlexNet has no param `group`\n= help: did you mean `groups`?\n",
    ),
    "no value": (
        ["show", "alexnet", "--set", "groups"],
        2,
        "error: --set groups is not KEY=VALUE\n= help: write --set width=0.5\n",
    ),
    "no such column": (
        ["show", "lenet5", "--columns", "layer,param"],
        2,
        "error: unknown column `param`\n= help: did you mean `params`?\n",
    ),
    "no such format": (
        ["show", "lenet5", "--format", "md"],
        2,
        "error: unknown format `md`\n= help: did you mean `markdown`?\n",
    ),
    "no such layer": (
        ["show", "lenet5", "--only", "conv9"],
        3,
        "error: lenet5 has no layer `conv9`\n= help: did you mean `conv2` or `conv1`?\n",
    ),
    "no shape": (
        ["show", "lenet5", "--input", "32"],
        3,
        None,
    ),
    "batch of none": (["show", "lenet5", "--batch", "0"], 2, "error: a batch has at least 1 example, got 0\n"),
    "no such option": (
        ["show", "lenet5", "--deep"],
        2,
        None,  # typer's words
    ),
    "a folder": (["show", "archcalc/"], 2, None),
    "no file": (["show", "nets/alexnet.yaml"], 3, "error: there is no file nets/alexnet.yaml\n"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use_ends_in_a_sentence_and_its_exit_code(archcalc, name):
    arguments, code, message = WRONG[name]
    done = archcalc(*arguments)
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith("error: ")
    if message is not None:
        assert done.err == message


def test_a_file_that_is_no_text(archcalc, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_bytes(b"name: caf\xe9\n")
    done = archcalc("show", path)
    assert (done.code, done.out) == (3, "")
    assert "is not UTF-8" in done.err


def test_a_bug_of_ours_is_not_a_wrong_answer(archcalc, monkeypatch):
    from archcalc import network

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(network, "load", fail)
    monkeypatch.delenv("ARCHCALC_DEBUG", raising=False)
    done = archcalc("show", "lenet5")
    assert done.code == 70
    assert "this is a bug of archcalc" in done.err
    assert "Traceback" not in done.err


def test_swapped_axes_are_told_beside_the_numbers(archcalc, spec):
    path = spec("input: 224x224x3\nlayers: {c: conv 64 3}\n")
    note = "input: 224x224x3 is read as 224 channels of 224x3; channels come first: write 3x224x224"
    assert f"note: {note}\n" in archcalc("show", path).out
    assert json.loads(archcalc("show", path, "--format", "json").out)["notes"][0] == note
    assert f"note: {note}\n" not in archcalc("show", path, "--input", "3x224x224").out


OF_TABLES = [["--columns", "name"], ["--depth", "0"], ["--sort", "macs"], ["--only", "c*"], ["--layout", "hwc"]]


@pytest.mark.parametrize("option", OF_TABLES)
def test_json_holds_everything_and_says_so(archcalc, option):
    found = archcalc("show", "lenet5", "--format", "json", *option)
    name = option[0]
    assert found.code == 2
    assert f"error: {name} shapes a table, JSON holds every layer" in found.err


def test_a_plus_before_any_column_adds_them_all(archcalc):
    head = archcalc("show", "lenet5", "--columns", "+kernel,stride").out.splitlines()[0]
    assert head.split() == ["Layer", "(type)", "Output", "Shape", "Param", "#", "MACs", "Kernel", "Stride"]


LENET_BARS = """LeNet-5 (lenet5)

Params, total 61,706
conv1   156   0 % ▏
pool1
conv2 2.42K   4 % ██▉
pool2
flat
fc1   48.1K  82 % █████████████████████████████████████████████████████████
fc2   10.2K  98 % ████████████
fc3     850 100 % █

input 1x32x32 · batch 1 · macs: conv, linear and products with weights; no bias
"""
"""By hand: fc1 400 x 120 + 120 = 48,120 is the 57 signs that 80 columns leave, fc2 120 x 84 + 84 = 10,164 is 12.04."""


def test_bars_in_signs(archcalc):
    assert archcalc("show", "lenet5", "--chart", "params").out == LENET_BARS


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_an_ending_of_a_picture_draws_the_chart(archcalc, tmp_path, ending):
    file = tmp_path / f"net.{ending}"
    for command in ("show", "memory"):
        run = archcalc(command, "lenet5", "-o", file)
        assert (run.code, run.err) == (0, f"wrote {file}\n")
        assert file.read_bytes()[:4] == {"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF"}[ending]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--chart", "parms"), "error: there is no chart of `parms`\n= help: did you mean `params`?\n"),
        (("--chart", "params", "--columns", "layer"),
         "error: --columns shapes a table, a chart has none\n= help: leave out --columns, or --chart params,macs\n"),
        (("--chart", "params", "--theme", "drak", "-f", "svg"),
         "error: unknown theme `drak`\n= help: did you mean `dark`?\n"),
        (("--chart", "params", "-o", "x.csv"),
         "error: x.csv cannot be written: its ending names no format of this command\n"
         "= help: write .txt, .svg, .png, .pdf, .html or .tex\n"),
        (("-f", "png"), "error: a PNG or a PDF is written to a file\n= help: add -o FILE\n"),
    ],
)  # fmt: skip
def test_charts_used_wrongly(archcalc, arguments, message):
    run = archcalc("show", "lenet5", *arguments)
    assert (run.out, run.err, run.code) == ("", message, 2)


def test_the_chart_of_one_group(archcalc):
    out = archcalc("show", "resnet50", "--chart", "params", "--only", "layer1", "-f", "html").out
    assert "layer1.0" in out
    assert "layer2.0" not in out
