"""`archcalc memory`: its text, its formats and its refusals."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pytest

import archcalc
from archcalc.cli.main import main
from archcalc.cli.session import Session
from archcalc.report.network.memory import memory_table


def run(*arguments):
    out, err = StringIO(), StringIO()
    code = main(["memory", *arguments], Session(out, err, terminal=False, color=False))
    return code, out.getvalue(), err.getvalue()


def test_text():
    """lenet5 by hand: 4 bytes times params, 1,024 inputs and outputs; the peak is conv1 and its tanh."""
    code, out, err = run("lenet5", "--optimizer", "momentum")
    assert (code, err) == (0, "")
    assert out == (
        "Layer (type)         Output Shape  Weights (B)  Activations (B)  In memory (B)\n"
        "-------------------  ------------  -----------  ---------------  -------------\n"
        "conv1 (conv + tanh)  6x28x28               624           37,632         37,632\n"
        "pool1 (avg_pool)     6x14x14                 0            4,704         23,520\n"
        "conv2 (conv + tanh)  16x10x10            9,664           12,800         12,800\n"
        "pool2 (avg_pool)     16x5x5                  0            1,600          8,000\n"
        "flat (flatten)       400                     0                0          1,600\n"
        "fc1 (linear + tanh)  120               192,480              960          2,080\n"
        "fc2 (linear + tanh)  84                 40,656              672            816\n"
        "fc3 (linear)         10                  3,400               40            376\n"
        "\n"
        "Params (B):                      246,824 (241.04 KiB)\n"
        "Input (B):                       4,096 (4.00 KiB)\n"
        "Activations (B):                 58,408 (57.04 KiB)\n"
        "Activations, cs231n (B):         36,472 (35.62 KiB)\n"  # 1,024 and what conv, pool and linear make
        "Activations, copies (B):         60,008 (58.60 KiB)\n"  # flat makes 400 more
        "Peak in memory (B):              37,632 (36.75 KiB)\n"
        "Inference: weights + peak (B):   284,456 (277.79 KiB)\n"
        "Training: weights (B):           246,824 (241.04 KiB)\n"
        "Training: gradients (B):         246,824 (241.04 KiB)\n"
        "Training: state of momentum (B): 246,824 (241.04 KiB)\n"
        "Training: saved activations (B): 62,504 (61.04 KiB)\n"
        "Training: sum (B):               802,976 (784.16 KiB)\n"
        "note: the peak is at conv1.act: conv1.conv 18,816 + conv1.act 18,816\n"
        f"archcalc {archcalc.__version__} · lenet5 · input 1x32x32 · batch 1 · float32\n"
    )


def test_folded_rows_sum_to_the_totals():
    _, out, _ = run("resnet50", "--depth", "1", "--format", "csv")
    rows = list(csv.DictReader(StringIO(out)))
    totals = json.loads(run("resnet50", "--format", "json")[1])["totals"]
    assert sum(int(row["weight_bytes"]) for row in rows) == totals["param_bytes"] + totals["buffer_bytes"]
    assert sum(int(row["activation_bytes"]) for row in rows) == totals["activation_bytes"]
    assert max(int(row["alive_bytes"]) for row in rows) == totals["peak_activation_bytes"]


def test_json():
    code, out, _ = run("lenet5", "--format", "json", "--batch", "3", "--dtype", "float16", "--fit", "1MiB")
    document = json.loads(out)
    assert code == 0
    assert list(document) == [
        "schema", "archcalc", "spec", "input", "batch", "dtype", "optimizer", "inplace", "fused_norm", "totals", "peak",
        "training", "fit", "run", "recipe", "kv_cache", "layers",
    ]  # fmt: skip
    assert (document["schema"], document["input"], document["batch"]) == ("archcalc/memory/1", [1, 32, 32], 3)
    assert document["peak"] == {"layer": "conv1.act", "values": {"conv1.conv": 28_224, "conv1.act": 28_224}}
    # (2^20 - 123,412) / 18,816, and less a gradient and two moments each, over 15,626 values of 2 bytes
    assert document["fit"] == {"budget_bytes": 1 << 20, "inference_batch": 49, "training_batch": 17}


def test_what_does_not_fit():
    code, out, _ = run("lenet5", "--fit", "200kB")
    assert code == 1
    footer = dict(line.split(":  ", 1) for line in out.splitlines() if ":  " in line)
    assert footer["Largest batch, inference"].strip() == "none: one example does not fit"


def test_int8_is_not_trained():
    _, out, _ = run("lenet5", "--dtype", "int8")
    assert "Training" not in out
    assert "note: int8 is not trained: no figures for training\n" in out


def test_many_values_at_the_peak_are_cut():
    text = "input: 1x7\nlayers: {" + ", ".join(f"c{i}: {{op: conv 2 1, from: in}}" for i in range(7))
    text += ", s: concat " + " ".join(f"c{i}" for i in range(7)) + "}\n"
    memory = archcalc.loads(text, name="net").memory()
    assert memory_table(memory, ()).notes == ("the peak is at s: s 392 + c0 56 + c1 56 + c2 56 + c3 56 + 3 others 168",)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--batch", "0"], "error: a batch has at least 1 example, got 0\n"),
        (
            ["--dtype", "float31"],
            "error: unknown dtype `float31`\n= help: did you mean `float32` or `float16` or `bfloat16`?\n",
        ),
        (["--fit", "8G"], "error: --fit: 8G is not in bytes\n= help: write 8GB or 8GiB\n"),
        (["--fit", "0"], "error: --fit: 0 is less than one byte\n"),
        (["--depth", "-1"], "error: --depth is 0 or more, got -1\n"),
        (["--format", "htm"], "error: unknown format `htm`\n= help: did you mean `html`?\n"),
    ],
)
def test_refusals(arguments, message):
    code, out, err = run("lenet5", *arguments)
    assert (code, out) == (2, "")
    assert err == message


def test_transfer_learning():
    """fc of 10 classes: 20,490 params of 4 bytes; Adam keeps two more numbers of each."""
    given = ("resnet50", "--set", "num_classes=10", "--freeze", "*", "--unfreeze", "fc")
    found = json.loads(run(*given, "--format", "json")[1])["training"]
    assert (found["gradient_bytes"], found["optimizer_bytes"]) == (81_960, 163_920)
    assert found["saved_activation_bytes"] == 4 * (2048 + 10)
    assert "Training: frozen layers in passing (B): 9,625,560 (9.18 MiB)" in run(*given)[1]
    assert run("lenet5", "--freeze", "fc4") == (
        3, "", "error: `fc4` freezes no layer\n= help: did you mean `fc3` or `fc2` or `fc1`?\n"
    )  # fmt: skip


def test_a_training_in_numbers():
    """9,375 steps of 128; forward 1,135,256,096, backward twice that without the 105,415,200 of conv1's image."""
    out = run("alexnet", "--examples", "1.2M", "--epochs", "90", "--batch", "128")[1]
    assert (
        "Steps an epoch:                  9,375 of 128 examples (1,200,000 in all)\n"
        "Steps:                           843,750 in 90 epochs\n"
        "MACs of an example, forward:     1,135,256,096\n"
        "MACs of an example, backward:    2,165,096,992 (1.907x forward)\n"
        "MACs of a step:                  422,445,195,264\n"
        "MACs of the training:            356,438,133,504,000,000 (3.56e+17)\n"
        "FLOPs of the training:           712,876,267,008,000,000 (7.13e+17)\n"
    ) in out
    assert "note: backward, by rule: each product once more" in out


def test_a_recipe_with_its_source():
    out = run("resnet50", "--recipe")[1]
    assert "learning rate 0.1, momentum 0.9, weight decay 1e-4" in out
    found = json.loads(run("resnet50", "--recipe", "--format", "json")[1])
    assert (found["run"]["steps"], found["run"]["epochs"]) == (600_000, None)
    assert found["recipe"]["source"] == "He et al. 2015, sections 3.4 and 4.1"
    assert json.loads(run("lenet5", "--format", "json")[1])["run"] is None


def test_bars_in_signs_have_their_peak(archcalc):
    """VGG-16's conv1_1 holds two maps of 64x224x224 in float32: 25,690,112 bytes."""
    lines = archcalc("memory", "vgg16", "--chart").out.splitlines()
    assert lines[:2] == ["vgg16: in memory while each layer runs", ""]
    assert [line.split()[:2] for line in lines if line.endswith(" peak")] == [["conv1_1", "25.7MB"]]
