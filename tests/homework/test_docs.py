"""What docs/homework.md shows is what the command prints."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest

from archcalc.cli.main import main
from archcalc.cli.session import Session
from archcalc.homework.asking.asked import CONVENTIONS, FEEDBACK
from archcalc.homework.asking.formulas import FORMULAS

PAGE = (Path(__file__).parents[2] / "docs" / "homework.md").read_text(encoding="utf-8")


@pytest.fixture
def blocks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    files = ("sheet.yaml", "hw1.yaml", "hw2.yaml", "sheet2.yaml")
    for name, text in zip(files, re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL), strict=True):
        Path(name).write_text(text, encoding="utf-8")


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


@pytest.mark.usefixtures("blocks")
def test_drawn_numbers_formulas_and_designs():
    """my_net: (27 + 1)*16 + (16*9 + 1)*32 + (32 + 1)*10 = 5,418 params, and a pooling of the whole image."""
    Path("my_net.yaml").write_text(
        "input: 3x28x28\nlayers:\n  conv1: conv 16 3x3\n  conv2: conv 32 3x3\n  gap: global_avg_pool\n  fc: linear 10\n"
    )
    code, out, err = check("sheet2.yaml", "--assignment", "hw2.yaml")
    assert (code, err) == (1, "")
    assert out == (
        "sheet2.yaml:4:7  q1  2.0/2  right\n"
        "sheet2.yaml:5:17  q2  0.0/2  out.pad_once\n"
        "   floor((W - K + P)/S) + 1\n"
        "   ^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "   Padding is added on both sides: use 2P.\n"
        "sheet2.yaml:6:14  q3  4.0/4  right\n"
        "sheet2.yaml:7:7  q4  1.0/1  right\n"
        "sheet2.yaml:8:7  q5  1.0/1  right\n"
        "5 answers: 4 right, 1 wrong (1 explained), 8.0 of 10 points\n"
    )


def test_the_page_names_every_formula_and_feedback():
    assert [word for word in (*FORMULAS, *FEEDBACK, *CONVENTIONS) if f"`{word}`" not in PAGE] == []


def test_the_page_names_every_family_of_misconceptions():
    assert all(f"`{family}.*`" in PAGE for family in ("out", "par", "fc", "mac", "tot", "qty", "mem", "rf", "slip"))
