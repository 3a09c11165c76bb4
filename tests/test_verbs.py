"""Every kind of layer through every command: each holds to what the kind's own facts say.

A new command is a row of `VERBS`, or stands in `OTHERS` with its reason; a new kind goes through all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from math import prod
from pathlib import Path
from typing import Any

import pytest
from test_matrix import network

from archcalc.cli.main import COMMANDS, main
from archcalc.cli.session import Session
from archcalc.layers import names

OTHERS = {
    "calc": "takes a layer from its options; its kinds are in tests/cli/test_calc.py",
    "pieces": "reads one number, and takes few kinds; tests/analysis/values/test_pieces.py has those that bend",
    "quiz": "asks about figures, not kinds; the catalogue's matrix is tests/homework/test_matrix.py",
    "view": "shows the page of `report` in a browser; tests/test_watching.py",
    "grade": "marks what `check` marks, sheet by sheet",
    "import": "reads other tools' files, tests/cli/test_import.py",
    "list": "reads the bundled specs only",
    "new": "writes a text",
    "schema": "knows no network; every kind stands in it, tests/spec/test_schema.py",
}
"""Commands that have nothing to do with a kind, and why."""


def params_of(node: Any) -> int:
    """What the rule of a layer says of its tensors; buffers are no params."""
    tensors = node.layer.weights(*node.input_shapes).values()
    return sum(prod(tensor.shape) for tensor in tensors if tensor.role != "buffer")


class Case:
    """A kind in a network of its own, in a file, and the facts that all commands must agree with."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        net = network(kind)
        Path("net.yaml").write_text(net.source.text, encoding="utf-8")
        self.nodes = net.graph.nodes
        self.shapes = {node.name: [*node.shape] for node in self.nodes}
        self.input = "x".join(map(str, net.graph.inputs[0][1]))
        self.params = sum(map(params_of, self.nodes))

    def ok(self, *arguments: str, code: int = 0) -> str:
        out, err = StringIO(), StringIO()
        ended = main([*arguments], Session(out, err, terminal=False, color=False))
        assert (ended, err.getvalue()) == (code, ""), arguments
        return out.getvalue()

    def json(self, *arguments: str) -> Any:
        return json.loads(self.ok(*arguments, "--format", "json"))


def _show(case: Case) -> None:
    found = case.json("show", "net.yaml")
    assert found["totals"]["params"] == sum(layer["params"] for layer in found["layers"]) == case.params
    assert {layer["name"]: layer["output"] for layer in found["layers"]} == case.shapes


def _explain(case: Case) -> None:
    for node in case.nodes:
        (layer,) = case.json("explain", "net.yaml", node.name)["layers"]
        assert (layer["kind"], layer["output"]) == (node.layer.kind, case.shapes[node.name])
        said = {figure["quantity"]: figure["result"] for figure in layer["figures"]}
        assert said.get("params", 0) == params_of(node)


def _rf(case: Case) -> None:
    found = case.json("rf", "net.yaml")["layers"]
    assert [layer["name"] for layer in found] == [node.name for node in case.nodes if node.inputs]


def _memory(case: Case) -> None:
    totals = case.json("memory", "net.yaml")["totals"]
    assert totals["param_bytes"] == 4 * case.params
    assert 0 < totals["peak_activation_bytes"] <= totals["input_bytes"] + totals["activation_bytes"]


def _draw(case: Case) -> None:
    text = case.ok("draw", "net.yaml")
    assert text.startswith("<svg")
    assert case.kind in text


def _run(case: Case) -> None:
    found = case.json("run", "net.yaml", "--verify")
    assert found["layers"]
    assert all(layer["output"] == layer["rule"] and layer["finite"] for layer in found["layers"])


def _reconcile(case: Case) -> None:
    """Figures below 10 turn up by chance, and are never the reason of a number."""
    large = case.params >= 10
    text = case.ok("reconcile", "net.yaml", "--claim", str(case.params), "--format", "json", code=0 if large else 1)
    assert [found["value"] for found in json.loads(text)["findings"]][:1] == [case.params][:large]


def _compare(case: Case) -> None:
    first, second = case.json("compare", "net.yaml", "net.yaml")["networks"]
    assert first["params"] == second["params"] == case.params


def _diff(case: Case) -> None:
    found = case.json("diff", "net.yaml", "net.yaml")
    assert (found["same"], found["params"]) == (True, [case.params] * 2)
    assert {line["state"] for line in found["layers"]} == {"equal"}


def _sweep(case: Case) -> None:
    (point,) = case.json("sweep", "net.yaml", "--vary", f"input={case.input}")["points"]
    assert (point["params"], point["layers"]) == (case.params, len([*case.nodes]))


def _check(case: Case) -> None:
    last = case.nodes[-1]
    out = "x".join(map(str, last.shape))
    equal = "~" if any(node.layer.traits.stated for node in case.nodes) else "="
    case.ok("check", "net.yaml", "--require", f"params {equal} {case.params}", "--require", f"{last.name}.out = {out}")
    case.ok("check", "net.yaml", "--require", f"params > {case.params}", code=1)


def _lint(case: Case) -> None:
    assert case.json("lint", "net.yaml")["schema"] == "archcalc/lint/1"


def _lock(case: Case) -> None:
    Path("net.lock").write_text(case.ok("lock", "net.yaml"), encoding="utf-8")
    assert "0 false" in case.ok("check", "net.yaml", "--lock", "net.lock")


def _layers(case: Case) -> None:
    assert case.ok("layers", case.kind).startswith(case.kind)


def _report(case: Case) -> None:
    """Every layer stands in the page with its params and its shape."""
    text = case.ok("report", "net.yaml")
    data = text.split('<script type="application/json" id="data">')[1].split("</script>")[0]
    nodes = json.loads(data)["networks"][0]["parts"]["nodes"]
    assert {node["name"]: node["shape"] for node in nodes} == case.shapes
    assert sum(node["counts"][0] for node in nodes) == case.params


VERBS: dict[str, Callable[[Case], None]] = {
    "show": _show, "explain": _explain, "rf": _rf, "memory": _memory, "draw": _draw, "report": _report, "run": _run,
    "reconcile": _reconcile, "compare": _compare, "diff": _diff, "sweep": _sweep, "check": _check, "lint": _lint,
    "lock": _lock, "layers": _layers,
}  # fmt: skip

GAPS = {
    ("rf", kind): "its input has no axes to be seen along: the command says so, and exits with 2"
    for kind in ("embedding", "linear", "rbf")
} | {("run", "opaque"): "nothing is known of its values: the command says so, and exits with 6"}
"""(Command, kind) -> why it cannot be."""


def test_every_command_is_a_verb_or_has_a_reason():
    assert not set(VERBS) & set(OTHERS)
    assert sorted([*VERBS, *OTHERS]) == sorted(COMMANDS)  # a new command is a row of one of them


@pytest.mark.parametrize("kind", names())
@pytest.mark.parametrize("verb", VERBS)
def test_a_kind_goes_through_a_verb(verb, kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    case = Case(kind)
    if (verb, kind) in GAPS:
        out, err = StringIO(), StringIO()
        ended = main([verb, "net.yaml"], Session(out, err, terminal=False, color=False))
        assert f"exits with {ended}" in GAPS[verb, kind]
        assert (out.getvalue(), err.getvalue()[:7]) == ("", "error: ")
        return
    if verb == "run":
        pytest.importorskip("numpy", reason="the numeric extra is not installed")
    VERBS[verb](case)
