"""A network of no layers, through every verb: its figures are those of its input, and nothing falls over."""

from __future__ import annotations

import json
from io import StringIO

import pytest

from archcalc.cli.main import COMMANDS, main
from archcalc.cli.session import Session

SPECS = {
    "left-out": "input: 3x7x5\nparams: {n: 1}\nlayers: {a: relu when=no}\n",
    "two-inputs": "params: {n: 1}\ninputs: {x: 2x7x5, y: 1x7x5}\n"
    "layers: {a: {op: add, from: [x, y], when: no}}\noutput: y\n",
    "blocks": "input: 3x7x5\nparams: {n: 1}\nblocks: {b: {layers: [relu when=no]}}\nlayers: {a: b, c: b repeat=3}\n",
}

CALLS = {
    # a line of arguments -> the exit code
    "show SPEC": 0,
    "show SPEC --format csv": 0,
    "show SPEC --depth 1 --convention fvcore": 0,
    "rf SPEC": 0,
    "rf SPEC --exact": 0,
    "rf SPEC --effective": 0,
    "rf SPEC --no-gates": 0,
    "rf SPEC --layer a": 3,
    "explain SPEC": 0,
    "explain SPEC params": 0,
    "explain SPEC a": 3,
    "compare SPEC SPEC": 0,
    "diff SPEC SPEC": 0,
    "diff SPEC lenet5": 0,
    "diff lenet5 SPEC": 0,
    "memory SPEC": 0,
    "memory SPEC --fit 1GB --inplace --fused-norm": 0,
    "memory SPEC --fit 1B": 1,
    "reconcile SPEC --claim 100": 1,
    "sweep SPEC --vary n=1,2": 0,
    "check SPEC": 5,
    "check SPEC --max-params 0": 0,
    "lock SPEC": 0,
    "lint SPEC": 0,
    "run SPEC --verify": 0,
    "run SPEC --stats": 0,
    "run SPEC --format json": 0,
    "report SPEC": 0,
    "draw SPEC": 0,
    "draw SPEC --style blocks": 0,
    "draw SPEC --show rf,memory --shade macs": 0,
    "pieces SPEC": 2,
    "calc --smallest-input SPEC": 0,
    "calc --size-steps SPEC": 2,
}


def run(line, spec, folder):
    path = folder / "spec.yaml"
    path.write_text(spec)
    out, err = StringIO(), StringIO()
    words = [str(path) if word == "SPEC" else word for word in line.split()]
    return main(words, Session(out, err, terminal=False, color=False)), out.getvalue(), err.getvalue()


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
@pytest.mark.parametrize("line", CALLS)
def test_every_verb(line, spec, tmp_path):
    if line.startswith("run"):
        pytest.importorskip("numpy")
    code, _, err = run(line, spec, tmp_path)
    assert code == CALLS[line], err


def test_every_command_that_takes_a_spec_is_asked():
    without_a_spec = {"view", "grade", "quiz", "list", "layers", "schema", "new", "import"}
    assert {line.split()[0] for line in CALLS} == set(COMMANDS) - without_a_spec


def test_its_memory_is_its_input(tmp_path):
    """3·7·5 values of 4 bytes are there before any layer runs; nothing learns, so none is saved for a backward pass."""
    _, out, _ = run("memory SPEC --format json --fit 1kB", SPECS["left-out"], tmp_path)
    document = json.loads(out)
    assert document["totals"]["peak_activation_bytes"] == 420
    assert document["peak"] == {"layer": "input", "values": {"input": 420}}
    training = document["training"]
    assert (training["saved_activation_bytes"], training["passing_activation_bytes"]) == (0, 420)
    assert document["fit"] == {"budget_bytes": 1000, "inference_batch": 2, "training_batch": 2}


def test_there_is_no_layer_to_name(tmp_path):
    _, _, err = run("rf SPEC --layer a", SPECS["left-out"], tmp_path)
    assert err == "error: spec has no layer `a`\n= help: it has no layers\n"
