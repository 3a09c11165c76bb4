"""`archcalc lock`, and the bounds and lock files of `archcalc check`."""

from __future__ import annotations

import json
from io import StringIO

import pytest

import archcalc
from archcalc.cli.main import main
from archcalc.cli.session import Session
from archcalc.errors import Place, SpecError, SpecErrors
from archcalc.report.formats.annotations import annotation, error_annotations
from archcalc.report.network.check_github import render
from archcalc.report.network.check_github import summary as step_summary

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
    assert run("check", "net.yaml", "--lock", "lock.json") == (1, MOVED, "")


MOVED = f"""\
FALSE net  lock  claimed 3 layers, 3 changed; params 3,952 -> 4,272, macs 13,750 -> 11,400, \
peak_activation_bytes 3,916 -> 4,116  (net.yaml:1:1)

Layer  What                    Params    MACs
-----  ----------------------  ------  ------
~ a    kernel_size 2x3 -> 2x2     -30  -2,700
~ l    input 550 -> 600          +350    +350

Layers: 0 equal, 3 changed, 0 added, 0 removed
Params: 3,952 -> 4,272 (+320, 8.1 % more)
MACs:   13,750 -> 11,400 (-2,350, 17.1 % fewer)
note: 1 more layer only works on another size, with the same params and MACs
archcalc {archcalc.__version__} · lock.json -> net · batch 1 · macs

1 claims of 1 spec: 0 hold, 1 false
"""
"""a has 5*(12 + 1) = 65 params and 60 taps at 120 places; l has 7*601; 4*(429 + 600) bytes at once."""


def test_a_layer_of_another_name(net):
    run("lock", "net.yaml", "--output", "lock.json")
    net.write_text(NET.replace("  f: flatten\n", "  g: flatten\n"), encoding="utf-8")
    code, out, _ = run("check", "net.yaml", "--lock", "lock.json")
    assert (code, out.splitlines()[0]) == (1, "FALSE net  lock  claimed 3 layers, 1 renamed  (net.yaml:1:1)")
    assert "= g    was f       0     0" in out.splitlines()


def test_json_tells_what_moved_as_diff_does(net):
    run("lock", "net.yaml", "--output", "lock.json")
    net.write_text(NET.replace("2x3", "2x2"), encoding="utf-8")
    _, out, _ = run("check", "net.yaml", "--lock", "lock.json", "--format", "json")
    told = json.loads(out)["lock"]
    assert (told["params"], told["same"], len(told["layers"])) == ([3_952, 4_272], False, 3)
    assert told["layers"][0] == {
        "state": "changed", "before": "a", "after": "a", "params": [95, 65], "macs": [9_900, 7_200],
        "changes": [{"what": "kernel_size", "before": "2x3", "after": "2x2"}],
    }  # fmt: skip


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
    assert out.splitlines() == [
        "::error file=net.yaml,line=1,col=1,title=net%3A params::params: at most 1K, computed 4,272",
        "::error file=net.yaml,line=1,col=1,title=net%3A lock::lock: 3 layers, 3 changed; params 3,952 -> 4,272, "
        "macs 13,750 -> 11,400, peak_activation_bytes 3,916 -> 4,116",
        "::error file=net.yaml,line=3,col=6,title=net%3A a::a: changed: kernel_size 2x3 -> 2x2; params -30, "
        "MACs -2,700",
        "::error file=net.yaml,line=5,col=6,title=net%3A l::l: changed: input 550 -> 600; params +350, MACs +350",
        "2 claims of 1 spec: 0 hold, 2 false",
    ]
    assert run("check", "lenet5", "--format", "github") == (0, "12 claims of 1 spec: 12 hold, 0 false\n", "")


CLAIMS = "expect: {params: 3953, a.params: 95}\n"


@pytest.fixture
def summary(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    return lambda: (tmp_path / "summary.md").read_text(encoding="utf-8")


def test_on_github_it_annotates_and_sums_up_by_itself(net, summary):
    net.write_text(NET + CLAIMS, encoding="utf-8")
    assert run("check", "net.yaml") == (
        1,
        "::error file=net.yaml,line=6,col=18,title=net%3A params::params: 3953, computed 3,952\n"
        "2 claims of 1 spec: 1 hold, 1 false\n",
        "",
    )
    assert summary() == (
        "### archcalc check\n\n2 claims of 1 spec: 1 hold, 1 false\n\n"
        "| spec | figure | claimed | computed | at            |\n"
        "| ---- | ------ | ------- | -------- | ------------- |\n"
        "| net  | params | 3953    | 3,952    | net.yaml:6:18 |\n"
    )
    assert run("check", "net.yaml", "--format", "text")[1].startswith("FALSE net  params")
    assert json.loads(run("check", "net.yaml", "--format", "json")[1])["passed"] is False


def test_a_lock_in_the_summary(net, summary):
    run("lock", "net.yaml", "--output", "lock.json")
    net.write_text(NET.replace("2x3", "2x2"), encoding="utf-8")
    run("check", "net.yaml", "--lock", "lock.json")
    assert "| \\~ a  | kernel_size 2x3 -&gt; 2x2 |    -30 | -2,700 |\n" in summary()


@pytest.mark.usefixtures("net")
def test_nothing_to_check_is_said(summary):
    assert run("check", "net.yaml") == (
        5,
        "::notice file=net.yaml,line=1,col=1,title=net::net makes no claims: nothing was checked; "
        "write some under expect:\n0 claims of 1 spec: 0 hold, 0 false\n",
        "",
    )
    assert "- net makes no claims: nothing was checked; write some under expect:\n" in summary()


def test_skipped_claims_are_said(net, summary):
    net.write_text(NET + CLAIMS, encoding="utf-8")
    code, out, _ = run("check", "net.yaml", "--input", "3x12x13")
    assert (code, out.splitlines()[0]) == (
        5,
        "::notice file=net.yaml,line=1,col=1,title=net::net: nothing was checked: skipped: --input changes the net",
    )
    assert summary()


def test_at_most_ten_annotations(net, summary):
    claims = "".join(f"  {word}: 1\n" for word in ("params", "macs", "flops", "weights", "neurons", "connections"))
    claims += "".join(f"  a.{word}: 1\n" for word in ("params", "macs", "flops", "weights", "neurons", "connections"))
    net.write_text(f"{NET}expect:\n{claims}", encoding="utf-8")
    _, out, _ = run("check", "net.yaml")
    assert out.count("::error") == 10
    assert out.splitlines()[-2:] == ["2 more are in the step summary", "12 claims of 1 spec: 0 hold, 12 false"]
    assert summary().count("net.yaml:") == 12


def test_github_annotates_a_wrong_spec(net, summary):
    net.write_text(NET.replace("conv 5", "cnv 5"), encoding="utf-8")
    code, out, err = run("check", "net.yaml")
    assert code == 3
    assert out.startswith("::error file=net.yaml,line=3,col=6,title=archcalc::unknown kind `cnv`%0A")
    assert err.startswith("error: unknown kind `cnv`\n")
    assert "| net.yaml:3:6 | unknown kind `cnv` |".replace("`", "\\`") in summary()


def test_a_wrong_spec_among_others(net, summary):
    (net.parent / "b.yaml").write_text(NET.replace("conv 5", "cnv 5"), encoding="utf-8")
    net.write_text(NET + CLAIMS, encoding="utf-8")
    code, out, _ = run("check", ".")
    assert code == 3
    assert [line.split(",")[0] for line in out.splitlines()[:2]] == ["::error file=b.yaml", "::error file=net.yaml"]
    assert "b.yaml:3:6" in summary()


def test_a_summary_that_cannot_be_written(net, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(net.parent / "no" / "summary.md"))
    code, _, err = run("check", "net.yaml", "--format", "github")
    assert (code, err) == (2, "error: the step summary cannot be written: No such file or directory\n")


@pytest.mark.parametrize("threat", ["::error::x", "a\n::error::x", "##[group]x", "| a | <b> [x](http://y)"])
def test_no_text_of_a_spec_is_a_command(threat):
    """In the log each line is an annotation of ours or a count; in the summary it is text."""
    network = archcalc.loads(NET + "expect: {params: 1}\n", name=threat)
    named = [(network.name, f"{threat}.yaml", network.check()), (network.name, f"{threat}.yaml", ())]
    rendered = render(named)
    ours = ("::error file=", "::notice file=", "1 claims of 2 specs")
    assert all(line.startswith(ours) for line in rendered.splitlines())
    assert "<b>" not in step_summary(named)
    assert "\n::" not in step_summary(named)


def test_no_text_ends_an_annotation():
    place = Place("a,b:c%.yaml", 3, 5)
    assert annotation("warning", "t\n::error::x", "50%\r\n::error::y\x1b[31m", place) == (
        "::warning file=a%2Cb%3Ac%25.yaml,line=3,col=5,title=t%0A%3A%3Aerror%3A%3Ax"
        "::50%25\ufffd%0A::error::y\ufffd[31m\n"
    )
    both = SpecErrors([SpecError("one", help="do"), SpecError("two", notes=["why"])])
    assert error_annotations(both) == ["::error title=archcalc::one%0Ado\n", "::error title=archcalc::two%0Awhy\n"]


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
