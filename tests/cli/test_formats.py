"""`show` in every format against a golden file, and the sum of its rows against its totals.

`VERSION` stands for archcalc's version in the goldens. 61,706 params: the lecture's sum in specs/lenet5.yaml;
416,520 MACs: tests/reference/models/lenet5.json.
"""

from __future__ import annotations

import csv
import json
import re
from io import StringIO
from pathlib import Path

import pytest

from archcalc import __version__
from archcalc.cli.main import main
from archcalc.cli.session import Session

GOLDENS = Path(__file__).parents[1] / "goldens"
PARAMS, MACS = 61_706, 416_520


def run(*arguments):
    out, err = StringIO(), StringIO()
    code = main(arguments, Session(out, err, terminal=False, color=False))
    assert (code, err.getvalue()) == (0, "")
    return out.getvalue()


def cells(text, row):
    """The last two numbers of each line that `row` finds, commas and TeX's braces removed."""
    found = [re.findall(r"(?<![\w.])\d[\d,{}]*(?![\w.])", line)[-2:] for line in row.findall(text)]
    return [[int(re.sub("[,{}]", "", number)) for number in numbers] for numbers in found]


ROWS = {
    "markdown": re.compile(r"^\| [a-z]\w* \(.*$", re.M),
    "latex": re.compile(r"^    [a-z]\w* \([a-z].*$", re.M),
    "html": re.compile(r"^<tr><th scope=\"row\".*$", re.M),
}


@pytest.mark.parametrize("format", ["markdown", "csv", "latex", "html", "json"])
def test_goldens(format):
    golden = (GOLDENS / f"show_lenet5.{format}").read_text(encoding="utf-8")
    assert run("show", "lenet5", "--format", format).replace(__version__, "VERSION") == golden


@pytest.mark.parametrize("format", ROWS)
def test_rows_add_up_to_the_totals(format):
    found = cells((GOLDENS / f"show_lenet5.{format}").read_text(encoding="utf-8"), ROWS[format])
    assert len(found) == 8
    assert [sum(column) for column in zip(*found, strict=True)] == [PARAMS, MACS]


def test_rows_of_csv_add_up():
    rows = list(csv.DictReader(StringIO((GOLDENS / "show_lenet5.csv").read_text(encoding="utf-8"))))
    assert [sum(int(row[key]) for row in rows) for key in ("params", "macs")] == [PARAMS, MACS]


def test_layers_of_json_add_up():
    found = json.loads((GOLDENS / "show_lenet5.json").read_text(encoding="utf-8"))
    assert [sum(layer[key] for layer in found["layers"]) for key in ("params", "macs")] == [PARAMS, MACS]
    assert (found["totals"]["params"], found["totals"]["macs"]) == (PARAMS, MACS)


@pytest.mark.parametrize("format", ["markdown", "csv", "latex", "html", "json"])
def test_a_format_writes_to_a_file(format, tmp_path):
    target = tmp_path / "table"
    out, err = StringIO(), StringIO()
    code = main(
        ["show", "lenet5", "--format", format, "--output", str(target)], Session(out, err, terminal=False, color=False)
    )
    assert (code, out.getvalue(), err.getvalue()) == (0, "", f"wrote {target}\n")
    golden = (GOLDENS / f"show_lenet5.{format}").read_text(encoding="utf-8")
    assert target.read_text(encoding="utf-8").replace(__version__, "VERSION") == golden
