"""What docs/homework.md shows is what the command prints."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest

from archcalc.cli.main import main
from archcalc.cli.session import Session

PAGE = (Path(__file__).parents[2] / "docs" / "homework.md").read_text(encoding="utf-8")


@pytest.fixture
def blocks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    sheet, assignment = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    Path("sheet.yaml").write_text(sheet, encoding="utf-8")
    Path("hw1.yaml").write_text(assignment, encoding="utf-8")


def check(*arguments):
    out, err = StringIO(), StringIO()
    code = main(["check", *arguments], Session(out, err, terminal=False, color=False))
    return code, out.getvalue(), err.getvalue()


@pytest.mark.usefixtures("blocks")
def test_the_first_example():
    command, output = re.findall(r"```text\n\$ archcalc (.*?)\n(.*?)```", PAGE, re.DOTALL)[0]
    assert command == "check sheet.yaml"
    assert check("sheet.yaml") == (1, output, "")


@pytest.mark.usefixtures("blocks")
def test_the_assignment():
    Path("answers.yaml").write_text("assignment: hw1\nanswers: {q1: 55, q3: {conv1: {out: 55x55x96, params: 34944}}}\n")
    code, out, err = check("answers.yaml", "--assignment", "hw1.yaml")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "10 answers: 3 right, 0 wrong, 7 not answered, 3.0 of 12 points"


def test_the_page_names_every_family_of_misconceptions():
    assert all(f"`{family}.*`" in PAGE for family in ("out", "par", "fc", "mac", "tot", "qty", "mem", "rf", "slip"))
