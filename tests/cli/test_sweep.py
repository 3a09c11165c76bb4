"""`archcalc sweep`: table, formats, processes, refusals."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pytest

from archcalc.cli.main import main
from archcalc.cli.session import Session


def run(*arguments):
    out, err = StringIO(), StringIO()
    code = main(["sweep", *arguments], Session(out, err, terminal=False, color=False))
    return code, out.getvalue(), err.getvalue()


def test_text():
    """LeNet-5: 61,706 params and 416,520 MACs at 32; at 28 the literature's 44,426."""
    code, out, err = run("lenet5", "--vary", "input=28,32,8")
    assert (code, err) == (0, "")
    assert out.splitlines()[:4] == [
        "input    Params     MACs  Peak (B)",
        "-------  ------  -------  --------",
        "1x28x28  44,426  281,640    27,648",
        "1x32x32  61,706  416,520    37,632",
    ]
    assert out.splitlines()[5:9] == [
        "Combinations:    3",
        "Cannot be built: 1",
        "Shown:           2",
        "note: input=1x8x8 cannot be built: conv2.conv does not fit its input "
        "(the window spans 5 cells, the padded axis has 2 (2 + 2·0))",
    ]


def test_csv_where_sort_and_front():
    _, out, _ = run(
        "mobilenet_v2", "--vary", "width=0.5,0.75,1", "--vary", "input=160,224", "--where", "macs < 250M", "--sort",
        "+macs", "--pareto", "macs,+width", "--columns", "macs", "--format", "csv",
    )  # fmt: skip
    rows = [tuple(row.values()) for row in csv.DictReader(StringIO(out))]
    # macs of 0.5, 0.75 and 1 at 224: 97 M, 209 M and 301 M (tensorflow/models); at 160 about half
    assert [(row[0], row[1], row[3]) for row in rows] == [
        ("0.75", "3x224x224", ""), ("1", "3x160x160", "*"), ("0.75", "3x160x160", "*"), ("0.5", "3x224x224", ""),
        ("0.5", "3x160x160", "*"),
    ]  # fmt: skip
    assert rows[0][2].startswith("209")
    assert rows[3][2].startswith("97")


def test_only_the_front_and_only_the_first():
    arguments = ("mobilenet_v2", "--vary", "width=0.5,1", "--vary", "input=160,224", "--pareto", "macs,+width")
    assert len(json.loads(run(*arguments, "--front", "--format", "json")[1])["points"]) == 2
    assert len(json.loads(run(*arguments, "--top", "3", "--format", "json")[1])["points"]) == 3


def test_json():
    document = json.loads(run("lenet5", "--vary", "input=8,32", "--format", "json")[1])
    assert (document["schema"], document["varied"]) == ("archcalc/sweep/1", {"input": ["1x8x8", "1x32x32"]})
    assert document["points"] == [
        {
            "input": "1x32x32", "params": 61_706, "macs": 416_520, "flops": 833_040, "weight_bytes": 246_824,
            "activation_bytes": 4 * (2 * 4704 + 1176 + 2 * 1600 + 400 + 2 * 120 + 2 * 84 + 10),
            "peak_activation_bytes": 37_632, "neurons": 4704 + 1600 + 120 + 84 + 10, "layers": 12,
        }
    ]  # fmt: skip
    assert [point["input"] for point in document["refused"]] == ["1x8x8"]


def test_processes_give_the_same():
    arguments = ("lenet5", "--vary", "input=20:60:1", "--format", "csv")
    assert run(*arguments, "--jobs", "2") == run(*arguments)


def test_nothing_is_left():
    code, out, _ = run("lenet5", "--vary", "input=32", "--where", "params < 1K")
    assert code == 1
    assert "Shown:        0\n" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--vary", "input=32", "--jobs", "-1"], "error: --jobs is 0 or more, got -1\n"),
        (["--vary", "input=32", "--top", "0"], "error: --top is 1 or more, got 0\n"),
        (
            ["--vary", "input=32", "--front"],
            "error: --front needs --pareto\n= help: such as --pareto params,macs\n",
        ),
        (
            ["--vary", "input=32", "--vary", "input=28"],
            "error: input is varied twice\n= help: one --vary input= with all values\n",
        ),
        (
            ["--vary", "input=32", "--pareto", "mac"],
            "error: there is no figure `mac`\n= help: did you mean `macs`?\n",
        ),
        (
            ["--vary", "input=32", "--columns", "mcs"],
            "error: there is no figure `mcs`\n= help: did you mean `macs`?\n",
        ),
        (
            ["--vary", "depth=32"],
            "error: --vary depth=32: LeNet-5 has no param `depth`\n= help: LeNet-5 has `input`\n",
        ),
    ],
)
def test_refusals(arguments, message):
    assert run("lenet5", *arguments) == (2, "", message)


def test_a_chart(tmp_path):
    file = tmp_path / "sweep.svg"
    arguments = ("lenet5", "--vary", "input=28,32,36", "--pareto", "macs,+input", "--plot", str(file))
    assert run(*arguments) == (0, "", f"wrote {file}\n")
    assert "on the Pareto front of less macs, more input" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            ["--plot", "x.gif"],
            "error: --plot x.gif has no known ending\n= help: one of .svg, .png, .pdf, .html, .tex\n",
        ),
        (["--where", "params < 1K", "--plot", "x.svg"], "error: no point is left, so there is nothing to draw\n"),
    ],
)  # fmt: skip
def test_charts_used_wrongly(more, message):
    assert run("lenet5", "--vary", "input=32", *more) == (2, "", message)
