"""`archcalc diff`: lines, totals, formats and exit codes."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pytest

from archcalc import __version__

# lecture: 5*5*192*32 + 32 = 153,632; 192*16 + 16 = 3,088; 5*5*16*32 + 32 = 12,832
BOTTLENECK = f"""\
Layer     What                           Params          MACs
--------  ---------------------------  --------  ------------
+ reduce  conv 16 1x1                    +3,088    +2,408,448
~ conv    input 192x28x28 -> 16x28x28  -140,800  -110,387,200

Layers: 0 equal, 1 changed, 1 added, 0 removed
Params: 153,632 -> 15,920 (-137,712, 9.65x fewer, 89.6 % fewer)
MACs:   120,422,400 -> 12,443,648 (-107,978,752, 9.68x fewer, 89.7 % fewer)
archcalc {__version__} · bottleneck@direct -> bottleneck · batch 1 · macs
"""

MARKDOWN = f"""\
**bottleneck@direct -&gt; bottleneck**

| Layer     | What                           |   Params |         MACs |
| --------- | ------------------------------ | -------: | -----------: |
| \\+ reduce | conv 16 1x1                    |   +3,088 |   +2,408,448 |
| \\~ conv   | input 192x28x28 -&gt; 16x28x28 | -140,800 | -110,387,200 |

- **Layers**: 0 equal, 1 changed, 1 added, 0 removed
- **Params**: 153,632 -&gt; 15,920 (-137,712, 9.65x fewer, 89.6 % fewer)
- **MACs**: 120,422,400 -&gt; 12,443,648 (-107,978,752, 9.68x fewer, 89.7 % fewer)

*archcalc {__version__} · bottleneck@direct -&gt; bottleneck · batch 1 · macs*
"""

BEFORE = "input: 3x11x13\nlayers:\n  a: conv 7 2x3\n  r: relu\n  b: conv 5 3x3 padding=1\n"
AFTER = "input: 3x11x13\nlayers:\n  a: conv 7 2x3 stride=1x2\n  r: relu\n  c: conv 5 5x5 padding=2\n"

# a: floor((13 - 3)/2) + 1 = 6 for 11 columns; 3*7*6*(60 - 110) = -6,300; b: 7*5*(25*60 - 9*110) = 17,850
CHANGED = """\
Layer  What                     Params     MACs
-----  -----------------------  ------  -------
~ a    stride 1 -> 1x2               0   -6,300
~ c    was b                      +560  +17,850
       kernel_size 3x3 -> 5x5
       padding 1 -> 2
       input 7x10x11 -> 7x10x6

Layers: 0 equal, 3 changed, 0 added, 0 removed; 1 renamed
Params: 453 -> 1,013 (+560, 2.24x more, 124 % more)
MACs:   48,510 -> 60,060 (+11,550, 23.8 % more)
note: 1 more layer only works on another size, with the same params and MACs (--all shows all)
"""


@pytest.fixture
def two(spec):
    return spec(BEFORE, "before.yaml"), spec(AFTER, "after.yaml")


def test_the_bottleneck_of_the_lecture(archcalc):
    run = archcalc("diff", "bottleneck@direct", "bottleneck")
    assert (run.out, run.code) == (BOTTLENECK, 0)


def test_the_other_way_round(archcalc):
    out = archcalc("diff", "bottleneck", "bottleneck@direct").out
    assert "Params: 15,920 -> 153,632 (+137,712, 9.65x more, 865 % more)" in out


def test_markdown_for_a_pull_request(archcalc):
    assert archcalc("diff", "bottleneck@direct", "bottleneck", "-f", "markdown").out == MARKDOWN


def test_a_row_for_each_change(archcalc, two):
    run = archcalc("diff", *two)
    assert (run.out[: len(CHANGED)], run.code) == (CHANGED, 0)


def test_all_shows_every_layer(archcalc, two):
    lines = archcalc("diff", *two, "--all").out.splitlines()
    assert "~ r    input 7x10x11 -> 7x10x6       0        0" in lines


def test_the_same_network(archcalc):
    run = archcalc("diff", "lenet5", "lenet5", "--exit-code")
    assert (run.out, run.code) == ("lenet5 and lenet5 are the same network: 12 layers, 61,706 params\n", 0)


def test_exit_code(archcalc, two):
    assert archcalc("diff", *two, "--exit-code").code == 1
    assert archcalc("diff", *two).code == 0


def test_another_input_is_a_difference(archcalc):
    run = archcalc("diff", "nin", "nin:input=3x34x34", "--exit-code")
    assert run.code == 1
    assert "Input:  3x32x32 -> 3x34x34" in run.out


def test_json(archcalc, two):
    found = json.loads(archcalc("diff", *two, "-f", "json").out)
    assert (found["schema"], found["same"], found["params"]) == ("archcalc/diff/1", False, [453, 1013])
    assert found["ratios"] == {"params": 1013 / 453, "macs": 60060 / 48510}
    assert found["layers"][2] == {
        "state": "changed", "before": "b", "after": "c",
        "changes": [
            {"what": "kernel_size", "before": [3, 3], "after": [5, 5]},
            {"what": "padding", "before": [[1, 1], [1, 1]], "after": [[2, 2], [2, 2]]},
            {"what": "input", "before": [[7, 10, 11]], "after": [[7, 10, 6]]},
        ],
        "params": [320, 880], "macs": [34650, 52500],
    }  # fmt: skip


def test_csv_has_a_row_a_layer(archcalc, two):
    rows = [*csv.DictReader(StringIO(archcalc("diff", *two, "-f", "csv").out))]
    assert [(row["state"], row["before"], row["params_before"], row["params_after"]) for row in rows] == [
        ("changed", "a", "133", "133"),
        ("changed", "r", "0", "0"),
        ("changed", "b", "320", "880"),
    ]


def test_an_unknown_spec(archcalc):
    run = archcalc("diff", "lenet5", "lenet6")
    assert (run.out, run.code) == ("", 3)
    assert run.err.startswith("error: there is no spec `lenet6`\n= help: did you mean `lenet5`")
