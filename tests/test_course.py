"""The numbers of the course notes: every row of course/rows.yaml is one command, run as a student types it."""

from __future__ import annotations

import re
import shlex
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml

from archcalc.cli.main import main
from archcalc.cli.session import Session

ROWS = Path(__file__).parent / "course" / "rows.yaml"
ARITHMETIC = re.compile(r"(?<![\w.^])([(\d][\d+*/() -]*[\d)]) = (-?\d+)(?![\d.])")
"""`5*5 + 1 = 26`, of digits and signs alone."""
LEAST_ROWS = 150
NOTES_ERRORS = 22


def rows() -> list[dict[str, Any]]:
    """Every row with its topic."""
    topics = yaml.safe_load(ROWS.read_text(encoding="utf-8"))
    return [{"topic": topic, "code": 0, **row} for topic, rows in topics.items() for row in rows]


def one_blank(text: str) -> str:
    return " ".join(text.split())


def test_there_are_rows_enough_and_each_is_whole():
    assert len(rows()) >= LEAST_ROWS
    assert [row for row in rows() if not (row["run"] and row["says"] and row["source"])] == []
    assert len({row["run"] for row in rows()}) == len(rows())
    assert sum(row["topic"] == "Errors of the notes" for row in rows()) >= NOTES_ERRORS


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['topic']}: {row['run']}")
def test_one_command_gives_the_number(row, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # no spec of one's own is there to be read
    out, err = StringIO(), StringIO()
    with redirect_stdout(out):
        code = main(shlex.split(row["run"]), Session(out, err, terminal=False, color=False))
    said = one_blank(out.getvalue() + err.getvalue())
    missing = [text for text in row["says"] if one_blank(text) not in said]
    assert (code, missing) == (row["code"], []), out.getvalue() + err.getvalue()


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['topic']}: {row['run']}")
def test_the_arithmetic_of_a_source_is_right(row):
    sums = ARITHMETIC.findall(row["source"])
    assert [(term, value) for term, value in sums if eval(term) != int(value)] == []
