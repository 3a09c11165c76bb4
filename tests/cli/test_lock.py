"""`archcalc lock`, and the bounds and lock files of `archcalc check`."""

from __future__ import annotations

import json
from io import StringIO

import pytest

from archcalc.cli.main import main
from archcalc.cli.session import Session
from archcalc.errors import Place, SpecError, SpecErrors
from archcalc.report.annotations import annotation, error_annotations

NET = "input: 3x11x13\nlayers:\n  a: conv 5 2x3\n  f: flatten\n  l: linear 7\n"


def run(*arguments):
    out, err = StringIO(), StringIO()
    code = main(list(arguments), Session(out, err, terminal=False, color=False))
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def net(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "net.yaml"
    path.write_text(NET, encoding="utf-8")
    return path


def test_a_lock_holds_until_something_moves(net):
    """95 + 7*551 = 3,952 params; with kernel 2x2 it is 65 and 7*(600 + 1)."""
    assert run("lock", "net.yaml", "--output", "lock.json") == (0, "", "wrote lock.json\n")
    assert run("check", "net.yaml", "--lock", "lock.json") == (
        0, "ok    net  lock  3 layers  [lock.json]\n1 claims of 1 spec: 1 hold, 0 false\n", ""
    )  # fmt: skip
    net.write_text(NET.replace("2x3", "2x2"), encoding="utf-8")
    code, out, _ = run("check", "net.yaml", "--lock", "lock.json")
    assert code == 1
    assert out.splitlines()[:2] == [
        "FALSE net  params  claimed 3,952 when locked, computed 4,272  (net.yaml:1:1)",
        "FALSE net  trainable_params  claimed 3,952 when locked, computed 4,272  (net.yaml:1:1)",
    ]
    assert "FALSE net  a.out  claimed 5x10x11 when locked, computed 5x10x12  (net.yaml:3:6)" in out.splitlines()


def test_a_layer_that_is_gone(net):
    run("lock", "net.yaml", "--output", "lock.json")
    net.write_text(NET.replace("  f: flatten\n", "  g: flatten\n"), encoding="utf-8")
    _, out, _ = run("check", "net.yaml", "--lock", "lock.json")
    assert out.splitlines()[0] == (
        "FALSE net  f  claimed flatten 550, 0 params when locked, the layer is gone  (net.yaml:1:1)"
    )


def test_bounds():
    code, out, err = run(
        "check", "mobilenet_v2", "-q", "--max-params", "3M", "--max-macs", "600M", "--max-peak", "64MiB",
        "--max-weights", "20MB", "--min-rf", "features.18=491",
    )  # fmt: skip
    assert (code, err) == (1, "")
    assert out.splitlines()[0].startswith("FALSE mobilenet_v2  params  claimed at most 3M, computed 3,504,872  (")
    assert out.splitlines()[-1] == "9 claims of 1 spec: 8 hold, 1 false"


@pytest.mark.usefixtures("net")
def test_bounds_without_claims_are_something_to_check():
    assert run("check", "net.yaml")[0] == 5
    assert run("check", "net.yaml", "--max-params", "4K")[0] == 0
    assert run("check", "lenet5", "--input", "1x28x28", "--max-params", "45K")[0] == 0  # 44,426


@pytest.mark.usefixtures("net")
def test_json_holds_the_bounds():
    code, out, _ = run("check", "net.yaml", "--max-params", "1K", "--format", "json")
    (claim,) = json.loads(out)["specs"][0]["claims"]
    assert code == 1
    assert (claim["subject"], claim["claimed"], claim["actual"], claim["holds"]) == (
        "params",
        "at most 1K",
        3952,
        False,
    )
    assert json.loads(out)["passed"] is False


def test_github(net):
    run("lock", "net.yaml", "--output", "lock.json")
    net.write_text(NET.replace("2x3", "2x2"), encoding="utf-8")
    code, out, _ = run("check", "net.yaml", "--max-params", "1K", "--lock", "lock.json", "--format", "github")
    assert code == 1
    assert out.splitlines()[0] == (
        "::error file=net.yaml,line=1,col=1,title=net%3A params::params: at most 1K, computed 4,272"
    )
    assert (
        "::error file=net.yaml,line=3,col=6,title=net%3A a.params::a.params: 95 when locked, computed 65"
        in out.splitlines()
    )
    assert run("check", "lenet5", "--format", "github") == (0, "", "")


def test_github_annotates_a_wrong_spec(net):
    net.write_text(NET.replace("conv 5", "cnv 5"), encoding="utf-8")
    code, out, err = run("check", "net.yaml", "--format", "github")
    assert code == 3
    assert out.startswith("::error file=net.yaml,line=3,col=6,title=archcalc::unknown kind `cnv`%0A")
    assert err.startswith("error: unknown kind `cnv`\n")


def test_no_text_ends_an_annotation():
    place = Place("a,b:c%.yaml", 3, 5)
    assert annotation("warning", "t\n::error::x", "50%\r\n::error::y\x1b[31m", place) == (
        "::warning file=a%2Cb%3Ac%25.yaml,line=3,col=5,title=t%0A%3A%3Aerror%3A%3Ax"
        "::50%25\ufffd%0A::error::y\ufffd[31m\n"
    )
    both = SpecErrors([SpecError("one", help="do"), SpecError("two", notes=["why"])])
    assert error_annotations(both) == "::error title=archcalc::one%0Ado\n::error title=archcalc::two%0Awhy\n"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ["net.yaml", "lenet5", "--lock", "lock.json"], 2,
            "error: --lock holds one spec to its file\n= help: name one spec\n",
        ),
        (
            ["net.yaml", "--lock", "none.json"], 2,
            "error: none.json cannot be read: No such file or directory\n= help: `archcalc lock` writes it\n",
        ),
        (["net.yaml", "--max-macs", "x"], 2, "error: --max-macs: `x` is no number\n= help: such as 61,706, 138M, ~60M, "
         "1.2e6 or 58.1 MiB\n"),
        (["net.yaml", "--min-rf", "a"], 2, "error: --min-rf a is not LAYER=CELLS\n= help: write --min-rf conv5=163\n"),
        (["net.yaml", "--min-rf", "z=3"], 3, "error: net has no layer `z`\n= help: its layers are `a`, `f` and `l`\n"),
        (["net.yaml", "--format", "githb"], 2, "error: unknown format `githb`\n= help: did you mean `github`?\n"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("net")
def test_refusals(arguments, code, message):
    assert run("check", *arguments) == (code, "", message)


def test_a_lock_file_that_is_none(net):
    (net.parent / "lock.json").write_bytes(b"\xff\xfe")
    assert run("check", "net.yaml", "--lock", "lock.json") == (3, "", "error: lock.json is not UTF-8 text\n")
    (net.parent / "lock.json").write_text("{}", encoding="utf-8")
    assert run("check", "net.yaml", "--lock", "lock.json")[0] == 3
