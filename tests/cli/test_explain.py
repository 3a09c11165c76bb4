"""`archcalc explain`: what it prints in each format, and what it says where a name does not exist."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pytest

from archcalc import __version__

NET = """\
name: Net
input: 3x11x13
layers:
  conv1: conv 7 2x3 stride=1x2
  flat: flatten
  fc: linear 5
"""

# O: 11 - 2 + 1 = 10 and floor((13 - 3)/2) + 1 = 6; (2*3*3 + 1)*7 = 133; 3*7*6*60 = 7,560; 7*60*4 = 1,680 bytes
CONV1 = """\
conv1: conv 7 2x3 stride=1x2
input 3x11x13, output 7x10x6

conv1 height: 11 − 2 + 2·0 + 1 = 10                    O = ⌊(W − K + 2P)/s⌋ + 1
conv1 width: ⌊(13 − 3 + 2·0)/2⌋ + 1 = 6                O = ⌊(W − K + 2P)/s⌋ + 1
conv1 channels: 7                                      C_out
conv1 weight: 2·3·3·7 = 126                            K_h·K_w·C_in·C_out
conv1 bias: 7                                          C_out
conv1 params: (2·3·3 + 1)·7 = 133                      (K_h·K_w·C_in + 1)·C_out
conv1 MACs: 3·7·2·3·10·6 = 7,560                       C_in·C_out·K_h·K_w·O_h·O_w
conv1 additions: 7·10·6 = 420                          C_out·O_h·O_w
conv1 connections: 3·7·2·3·10·6 + 7·10·6 = 7,980       C_in·C_out·K_h·K_w·O_h·O_w + C_out·O_h·O_w
conv1 activation memory: 7·10·6·4 = 1,680 bytes        C_out·O_h·O_w·4
conv1 receptive field (height): 1 + 2 − 1 = 2 pixels   r' = r + (K − 1)·j
conv1 receptive field (width): 1 + 3 − 1 = 3 pixels    r' = r + (K − 1)·j
conv1 jump (width): 2 pixels                           j' = j·s
"""

LECTURE = """\
conv1: conv 7 2x3 stride=1x2
input 3x11x13, output 7x10x6

Width: the kernel stops every s cells; count its stops along W cells and their
padding
  O = ⌊(W − K + 2P)/s⌋ + 1
    = ⌊(13 − 3 + 2·0)/2⌋ + 1
    = 6
  with W = 13 (input size), K = 3 (kernel), P = 0 (padding on each side),
  s = 2 (stride)
"""

SUM = f"""\
Params of net

Layer  Formula        params
-----  -------------  ------
conv1  (2·3·3 + 1)·7     133
fc     (420 + 1)·5     2,105

(2·3·3 + 1)·7 + (420 + 1)·5 = 2,238

archcalc {__version__} · net · batch 1 · float32
"""

MARKDOWN = f"""\
### conv1: `conv 7 2x3 stride=1x2`

Input 3x11x13, output 7x10x6.

**width**

$$
O = \\left\\lfloor \\frac{{W - K + 2P}}{{s}} \\right\\rfloor + 1 = \
\\left\\lfloor \\frac{{13 - 3 + 2 \\cdot 0}}{{2}} \\right\\rfloor + 1 = 6
$$

*archcalc {__version__} · net · batch 1 · float32*
"""

LATEX = f"""\
% archcalc {__version__} · net · batch 1 · float32

\\paragraph{{conv1}} \\texttt{{conv 7 2x3 stride=1x2}}: \
input $3 \\times 11 \\times 13$, output $7 \\times 10 \\times 6$.

Params:
\\[
(K_h \\cdot K_w \\cdot C_{{\\mathrm{{in}}}} + 1) \\cdot C_{{\\mathrm{{out}}}} = (2 \\cdot 3 \\cdot 3 + 1) \\cdot 7 = 133
\\]
"""


@pytest.fixture
def net(spec):
    return spec(NET)


def test_a_layer(archcalc, net):
    run = archcalc("explain", net, "conv1", width=100)
    assert (run.out[: len(CONV1)], run.code) == (CONV1, 0)


def test_the_line_of_the_design_page(archcalc):
    run = archcalc("explain", "alexnet", "conv1.width")
    assert "conv1 width: ⌊(227 − 11 + 2·0)/4⌋ + 1 = 55" in run.out


def test_lecture(archcalc, net):
    run = archcalc("explain", net, "conv1.width", "--lecture")
    assert run.out[: len(LECTURE)] == LECTURE


def test_in_a_lecture_axes_that_are_alike_are_said_once(archcalc):
    out = archcalc("explain", "alexnet", "conv1", "--lecture").out
    assert out.count("⌊(227 − 11 + 2·0)/4⌋ + 1") == 1
    assert "Height and width: " in out


def test_the_sum_of_the_net(archcalc, net):
    run = archcalc("explain", net, "params")
    assert (run.out, run.code) == (SUM, 0)


def test_lenet5_as_the_lecture_sums_it(archcalc):
    out = archcalc("explain", "lenet5", width=120).out
    assert "(5·5·1 + 1)·6 + (5·5·6 + 1)·16 + (400 + 1)·120 + (120 + 1)·84 + (84 + 1)·10 = 61,706" in out.splitlines()


def test_a_long_sum_shows_its_first_terms_and_its_last(archcalc):
    out = archcalc("explain", "vgg16", "params", width=200).out
    assert "+ ... + (4096 + 1)·1000 = 138,357,544" in " ".join(out.split())
    assert out.count("\nconv") == 13  # the table has every layer


def test_a_sum_breaks_between_its_terms(archcalc):
    lines = archcalc("explain", "dcgan_generator", "params", width=100).out.splitlines()
    assert [line for line in lines if line.count("(") != line.count(")")] == []


def test_a_sum_of_nothing(archcalc):
    run = archcalc("explain", "gap_head", "params")
    assert run.out.splitlines()[0] == "Params of gap_head: 0, no layer has any"


def test_markdown(archcalc, net):
    assert archcalc("explain", net, "conv1.width", "-f", "markdown").out == MARKDOWN


def test_latex(archcalc, net):
    assert archcalc("explain", net, "conv1.params", "-f", "latex").out == LATEX


def test_json(archcalc, net):
    found = json.loads(archcalc("explain", net, "conv1.width", "-f", "json").out)
    assert (found["schema"], found["spec"], found["subject"]) == ("archcalc/explain/1", "net", "conv1")
    assert found["layers"][0]["figures"] == [
        {
            "quantity": "width", "axis": "width", "symbol": "O", "symbolic": "⌊(W − K + 2P)/s⌋ + 1",
            "formula": "⌊(13 − 3 + 2·0)/2⌋ + 1", "result": 6, "unit": "", "letters": {"W": 13, "K": 3, "P": 0, "s": 2},
        }
    ]  # fmt: skip


def test_csv_has_a_row_a_figure(archcalc, net):
    rows = [*csv.DictReader(StringIO(archcalc("explain", net, "conv1", "-f", "csv").out))]
    assert {row["quantity"]: row["result"] for row in rows}["params"] == "133"


def test_html_is_a_page(archcalc, net):
    page = archcalc("explain", net, "-f", "html").out
    assert page.startswith("<!DOCTYPE html>")
    assert ">(2·3·3 + 1)·7</td>" in page


def test_a_file_is_written(archcalc, net, tmp_path):
    run = archcalc("explain", net, "params", "-o", "sum.txt")
    assert (run.out, run.err) == ("", "wrote sum.txt\n")
    assert (tmp_path / "sum.txt").read_text(encoding="utf-8") == SUM


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("conv1.widht",), 3, "error: conv1 has no figure `widht`\n= help: did you mean `width` or `weight`?\n"),
        (("conv2",), 3, "error: net has no layer `conv2`\n= help: did you mean `conv1`?\n"),
        (
            ("conv1", "-f", "pdf"),
            2,
            "error: unknown format `pdf`\n= help: there are `text`, `markdown`, `csv`, `json`, `latex` and `html`\n",
        ),
    ],
)
def test_errors(archcalc, net, arguments, code, message):
    run = archcalc("explain", net, *arguments)
    assert (run.code, run.out, run.err) == (code, "", message)
