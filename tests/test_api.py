"""The one function of pages: every op answers what the command line prints; nothing raises."""

from __future__ import annotations

import json

import pytest

import archcalc
from archcalc.api import LARGEST, OPS, answer

LENET = {"name": "lenet5"}
TEXT = "input: 1x9x9\nlayers:\n  a: conv 2 3x3\n  b: relu\n"


def asked(op, **request):
    found = json.loads(answer(json.dumps({"op": op, **request})))
    assert found.pop("ms") >= 0
    return found


def ok(op, **request):
    found = asked(op, **request)
    assert list(found) == ["ok"], found
    return found["ok"]


def test_show_is_the_summary():
    found = ok("show", spec=LENET)
    wanted = archcalc.load("lenet5").summary().to_dict()
    assert {key: found[key] for key in wanted} == wanted
    assert found["claims"]["specs"][0]["claims"][0]["holds"] is True
    assert ok("show", spec=LENET, batch=8)["totals"]["macs"] == 8 * wanted["totals"]["macs"]


def test_a_text_with_settings():
    spec = {"text": "params: {w: 2}\ninput: 1x9x9\nlayers:\n  a: conv (w) 3x3\n", "set": {"w": 5}, "input": "3x9x9"}
    assert ok("show", spec=spec)["totals"]["params"] == 3 * 3 * 3 * 5 + 5


def test_a_variant():
    # Krizhevsky et al. 2012: 60,965,224 in two groups
    assert ok("show", spec={"name": "alexnet", "variant": "grouped"})["totals"]["params"] == 60_965_224


def test_draw():
    assert ok("draw", spec=LENET, options={"style": "blocks", "theme": "dark"})["svg"].startswith("<svg")
    assert asked("draw", spec=LENET, options={"colour": "red"})["errors"]["errors"][0]["what"] == (
        "an option of a picture is unknown"
    )


def test_page():
    assert len(ok("page", spec=LENET)["parts"]["nodes"]) == 12


def test_fields():
    assert ok("fields", spec={"name": "alexnet"})["schema"] == "archcalc/rf/1"
    assert ok("field", spec={"name": "alexnet"}, layer="conv5")["size"] == [163, 163]


def test_explain():
    found = ok("explain", spec=LENET, subject="conv1")
    assert "(5·5·1 + 1)·6" in found["text"]
    assert r"\lfloor" in found["latex"]


def test_memory():
    wanted = archcalc.load("lenet5").memory(batch=4).to_dict()
    assert ok("memory", spec=LENET, batch=4) == wanted


def test_compare_and_diff_of_texts():
    other = {"text": TEXT.replace("conv 2", "conv 4")}
    assert [n["params"] for n in ok("compare", specs=[{"text": TEXT}, other])["networks"]] == [20, 40]
    assert ok("diff", before={"text": TEXT}, after=other)["schema"] == "archcalc/diff/1"


def test_lint():
    assert ok("lint", spec=LENET)["schema"] == "archcalc/lint/1"


def test_figures():
    of_layer = {row["name"] for row in ok("figures", spec=LENET, layer="conv1")}
    assert {"params", "out", "out.h", "rf", "filter"} <= of_layer
    assert "peak_activation_bytes" not in of_layer
    assert "peak_activation_bytes" in {row["name"] for row in ok("figures", spec=LENET)}


@pytest.mark.parametrize(
    ("text", "verdict", "column"),
    [
        ("156", "right", 1),
        ("(5*5*1+1)*6", "right", 1),
        ("150", "wrong", 1),
        ("5*5*6 = 150", "wrong", None),
        ("many", "unreadable", None),
    ],
)
def test_mark(text, verdict, column):
    found = ok("mark", spec=LENET, subject="conv1.params", answer=text)  # LeCun et al. 1998: 156
    assert found["right"] == (verdict == "right")
    if column is not None:
        assert found["column"] == column
    assert found["message"] or verdict == "right"


def test_export():
    assert ok("export", spec=LENET, format="markdown")["text"].startswith("**LeNet-5")


def test_errors_have_their_place_and_their_repair():
    (error,) = asked("show", spec={"text": "input: 1x9x9\nlayers:\n  a: cnv 2 3x3\n"})["errors"]["errors"]
    assert (error["place"]["line"], error["place"]["column"]) == (3, 6)
    assert error["repair"]["text"] == "conv"


@pytest.mark.parametrize(
    "request_",
    [
        "", "{", "[]", "null", "5", '"show"', "{}", '{"op": 5}', '{"op": "nothing"}', '{"op": "show"}',
        '{"op": "show", "spec": 5}', '{"op": "show", "spec": {}}',
        '{"op": "show", "spec": {"name": "../../etc/passwd"}}',
        '{"op": "show", "spec": {"name": "lenet5", "set": 5}}', '{"op": "show", "spec": {"text": 5}}',
        '{"op": "compare"}', '{"op": "compare", "specs": []}', '{"op": "diff", "before": {"name": "lenet5"}}',
        '{"op": "mark", "spec": {"name": "lenet5"}, "subject": "none.params", "answer": "1"}',
        '{"op": "explain", "spec": {"name": "lenet5"}, "subject": "none"}',
        '{"op": "export", "spec": {"name": "lenet5"}, "format": "exe"}', "[" * 100_000,
        '{"op": "show", "spec": {"text": "' + "[" * 5_000 + '"}}', "x" * (LARGEST + 1),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(request_):
    found = json.loads(answer(request_))
    assert list(found) == ["errors", "ms"], found
    assert found["errors"]["errors"][0]["what"]


def test_a_path_is_no_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(TEXT, encoding="utf-8")
    assert "errors" in asked("show", spec={"name": "net.yaml"})


def test_a_bug_is_told_as_one(monkeypatch):
    def broken(_):
        raise ZeroDivisionError("by zero")

    monkeypatch.setitem(OPS, "show", broken)
    assert asked("show", spec=LENET) == {"bug": {"type": "ZeroDivisionError", "message": "by zero"}}


def test_show_does_not_load_it():
    import subprocess
    import sys

    code = "import sys, archcalc; archcalc.load('lenet5').summary(); print('archcalc.api' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
