"""Errors as a document: `--format json` of any command gives `archcalc/errors/1` on stdout where something is wrong."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from edits import edited

import archcalc
from archcalc.cli.main import main
from archcalc.cli.session import Session
from archcalc.errors import Edit

BAD = """\
input: 3x32x32
layers:
  conv1: Conv2d 16 3x3
  conv2: conv 32 3x3 pad=1
  out: linear num_classes
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_text(BAD, encoding="utf-8")


def run(*arguments):
    out, err = StringIO(), StringIO()
    return main(arguments, Session(out, err, terminal=False, color=False)), out.getvalue(), err.getvalue()


def errors(*arguments):
    """The exit code and the errors of a run, whose stdout is one document and whose stderr is for people."""
    code, out, err = run(*arguments)
    found = json.loads(out)
    assert list(found) == ["schema", "archcalc", "exit_code", "errors"]
    assert (found["schema"], found["archcalc"]) == ("archcalc/errors/1", archcalc.__version__)
    assert found["exit_code"] == code
    assert all(error["what"] in err for error in found["errors"])
    return code, found["errors"]


def test_the_document_of_a_spec():
    code, (kind, option, name) = errors("show", "bad.yaml", "--format", "json")
    assert code == 3
    assert kind == {
        "kind": "unknown_name", "what": "unknown kind `Conv2d`", "notes": [], "help": "did you mean `conv`?",
        "layer": None, "parameter": None,
        "place": {"file": "bad.yaml", "line": 3, "column": 10, "length": 6},
        "repair": {"start": {"line": 3, "column": 10}, "end": {"line": 3, "column": 16}, "text": "conv"},
    }  # fmt: skip
    assert option["repair"] == {"start": {"line": 4, "column": 22}, "end": {"line": 4, "column": 25}, "text": "padding"}
    assert (name["what"], name["repair"]) == ("unknown name `num_classes`", None)


def test_the_repairs_of_a_document_take_its_errors_away():
    _, found = errors("show", "bad.yaml", "-f", "json")
    text = BAD
    for error in sorted(found, key=lambda error: -error["place"]["line"]):
        if (repair := error["repair"]) is not None:
            start, end = repair["start"], repair["end"]
            text = edited(text, Edit(*start.values(), *end.values(), repair["text"]))
    Path("bad.yaml").write_text(text, encoding="utf-8")
    _, left = errors("show", "bad.yaml", "-f", "json")
    assert [error["what"] for error in left] == ["unknown name `num_classes`"]


@pytest.mark.parametrize(
    "command",
    [
        "show bad.yaml", "rf bad.yaml", "explain bad.yaml conv1", "compare bad.yaml alexnet", "diff bad.yaml alexnet",
        "memory bad.yaml", "reconcile bad.yaml --claim 5", "sweep bad.yaml --vary a=1,2", "check bad.yaml",
        "lint bad.yaml", "run bad.yaml",
    ],
)  # fmt: skip
@pytest.mark.parametrize("spelling", ["--format json", "--format=json", "-f json", "-fjson"])
def test_every_command_that_reads_a_spec(command, spelling):
    if command.startswith("run"):
        pytest.importorskip("numpy")
    code, found = errors(*command.split(), *spelling.split())
    assert code == 3
    assert found[0]["what"] == "unknown kind `Conv2d`"


@pytest.mark.parametrize(
    ("command", "code", "kind"),
    [
        ("show", 2, "usage"),
        ("show lenet5 --colour", 2, "usage"),
        ("show lenet5 --convention none", 2, "usage"),
        ("show lenet5 --input 3x", 2, "input"),
        ("show lenet5 --input 1x3x3", 3, "shape"),
        ("show nothing_like_it", 3, "unknown_name"),
        ("calc conv --in 3x", 2, "usage"),
        ("layers conf", 3, "unknown_name"),
        ("check nowhere/x.yaml", 3, "spec"),
        ("quiz lint nowhere/x.yaml", 4, "assignment"),
    ],
)
def test_wrong_use_and_other_errors(command, code, kind):
    got, (found, *_) = errors(*command.split(), "-f", "json")
    assert (got, found["kind"]) == (code, kind)


def test_a_bug_is_a_document_too(monkeypatch):
    monkeypatch.delenv("ARCHCALC_DEBUG", raising=False)
    monkeypatch.setattr("archcalc.network.load", lambda *_, **__: 1 // 0)
    code, (found,) = errors("show", "lenet5", "-f", "json")
    assert (code, found["kind"]) == (70, "bug")


def test_of_several_specs_the_result_holds_the_errors():
    code, out, err = run("check", "bad.yaml", "lenet5", "-f", "json")
    found = json.loads(out)
    assert (code, found["schema"], found["passed"]) == (3, "archcalc/check/1", False)
    assert [error["place"]["line"] for error in found["errors"]] == [3, 4, 5]
    assert "unknown kind `Conv2d`" in err


@pytest.mark.parametrize("format", [[], ["-f", "csv"], ["-f", "json", "-f", "text"], ["-o", "json"]])
def test_nothing_is_written_where_no_document_was_asked_for(format):
    assert run("show", "bad.yaml", *format)[:2] == (3, "")
