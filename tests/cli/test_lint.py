"""`archcalc lint`: text, JSON, annotations, exit codes."""

from __future__ import annotations

import json
from io import StringIO

import pytest

from archcalc.analysis.lint import RULES
from archcalc.cli.main import main
from archcalc.cli.session import Session


def run(*arguments):
    out, err = StringIO(), StringIO()
    code = main(["lint", *arguments], Session(out, err, terminal=False, color=False))
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def net(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text("input: 3x11x13\nlayers:\n  c: conv 5 2x3\n  n: batch_norm\n", encoding="utf-8")
    return "net.yaml"


def test_text(net):
    assert run(net) == (
        0,
        "net.yaml:3:6: c: its 5 biases do nothing: batch_norm subtracts each channel's mean; bias=no "
        "[bias-before-norm]\n1 piece of advice on 1 spec\n",
        "",
    )
    assert run("vgg16", "resnet34")[1].endswith(" of advice on 2 specs\n")


def test_strict(net):
    assert run(net, "--strict")[0] == 1
    assert run(net, "--strict", "--skip", "bias-before-norm") == (0, "0 pieces of advice on 1 spec\n", "")


def test_json(net):
    document = json.loads(run(net, "--format", "json")[1])
    (spec,) = document["specs"]
    assert document["schema"] == "archcalc/lint/1"
    assert (spec["spec"], [(item["rule"], item["layer"], item["line"]) for item in spec["advice"]]) == (
        "net", [("bias-before-norm", "c", 3)]
    )  # fmt: skip


def test_github(net):
    assert run(net, "--format", "github")[1] == (
        "::warning file=net.yaml,line=3,col=6,title=bias-before-norm::c: its 5 biases do nothing: batch_norm subtracts "
        "each channel's mean; bias=no\n"
    )


def test_rules():
    code, out, _ = run("--rules")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(RULES)


def test_the_textbook_input_of_alexnet():
    """224 − 11 is not a multiple of 4: the known slip of the paper."""
    _, out, _ = run("alexnet", "--input", "3x224x224")
    assert "conv1: 224 − 11 is not a multiple of 4: the last row and column are never read [unread-cells]" in out


def test_refusals(net):
    assert run() == (2, "", "error: lint needs a spec\n= help: archcalc lint alexnet, or archcalc lint --rules\n")
    assert run(net, "--skip", "idle-pol") == (
        2, "", "error: there is no rule `idle-pol`\n= help: did you mean `idle-pool`?\n"
    )  # fmt: skip
