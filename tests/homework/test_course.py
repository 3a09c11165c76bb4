"""The ready course in specs/homework: every assignment can be asked, every example sheet is marked as it is meant."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest

from archcalc.cli.main import main
from archcalc.cli.session import Session

COURSE = Path(__file__).parents[2] / "specs" / "homework"
ASSIGNMENTS = {path.name[:3]: path for path in sorted(COURSE.glob("hw*.yaml"))}
SECRET = COURSE / "secret.example.txt"

POINTS = {
    ("hw1", "s1001"): 20, ("hw1", "s1002"): 7.25, ("hw1", "s1003"): 2,
    ("hw2", "s1001"): 20, ("hw2", "s1002"): 5, ("hw2", "s1003"): 8,
    ("hw3", "s1001"): 20, ("hw3", "s1002"): 6, ("hw3", "s1003"): 6.25,
}  # fmt: skip
"""Of 20. The sums by hand: hw1 s1002 2 + 2 (partial) + 1 + 3 * 3/4 (carried forward); hw3 s1003 4 + 3 * 3/4."""

MISTAKES = {
    ("hw1", "s1002"): {
        "q1": "out.no_plus1", "q3": "out.ceil", "q4": "out.dil_ignored", "q5.conv1.out": "out.layout",
        "q5.conv2.out": "out.pad_ignored", "q6": "out.pad_once", "q7": "out.tconv_outpad",
    },
    ("hw2", "s1002"): {
        "q1.pool1.params": "par.lenet_paper", "q1.conv2.params": "par.no_in_channels",
        "q1.fc1.params": "fc.channels_only", "q2": "par.no_in_channels", "q3": "par.no_bias",
        "q4": "par.no_in_channels", "q5": "par.bn_running_stats", "q6": "par.no_bias", "q7": "slip.typo",
        "q8": "mac.flops", "q9": "par.groups_ignored", "q10": "mem.count_for_bytes",
    },
    ("hw3", "s1002"): {
        "q1.pool1.rf": "rf.no_stride", "q1.pool5.rf": "rf.no_stride", "q2": "rf.no_stride", "q4": "rf.sum_k",
        "q5": "rf.dil_ignored",
    },
}  # fmt: skip
"""What the author of the sheet had in mind."""


def run(*arguments: object) -> tuple[int, str]:
    out = StringIO()
    code = main([*map(str, arguments)], Session(out, StringIO(), False, False))
    return code, out.getvalue()


def sheet_of(assignment: str, student: str) -> Path:
    folder = COURSE / "submissions" / assignment
    return next(path for path in (folder / f"{student}.yaml", folder / student / "answers.yaml") if path.is_file())


def test_there_are_three() -> None:
    assert list(ASSIGNMENTS) == ["hw1", "hw2", "hw3"]


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_nothing_has_to_be_mended(assignment: str) -> None:
    code, text = run("quiz", "lint", ASSIGNMENTS[assignment])
    assert code == 0
    assert f"{assignment}: 0 warnings" in text


@pytest.mark.parametrize(("assignment", "student"), POINTS)
def test_a_sheet_is_worth_what_it_is_meant_to_be(assignment: str, student: str) -> None:
    sheet = sheet_of(assignment, student)
    code, text = run("check", sheet, "--assignment", ASSIGNMENTS[assignment], "--format", "json")
    found = json.loads(text)
    assert (found["points"], found["max_points"]) == (POINTS[assignment, student], 20)
    assert code == (0 if student == "s1001" else 1)
    named = {answer["id"]: answer["misconceptions"] for answer in found["results"]}
    for question, id in MISTAKES.get((assignment, student), {}).items():
        assert named[question][0] == id, question


@pytest.mark.parametrize("assignment", ["hw1", "hw2"])
def test_the_numbers_are_those_of_the_example_secret(assignment: str, tmp_path: Path) -> None:
    """So that `grade` with that secret flags none of them."""
    issue = ("quiz", "issue", "--assignment", ASSIGNMENTS[assignment], "--roster", COURSE / "roster.csv")
    assert run(*issue, "--secret-file", SECRET, "--output", tmp_path)[0] == 0
    for student in ("s1001", "s1002", "s1003"):
        assert drawn(tmp_path / f"{student}.yaml") == drawn(sheet_of(assignment, student))


def drawn(sheet: Path) -> str:
    text = sheet.read_text(encoding="utf-8")
    return text[text.index("drawn:") : text.index("answers:")]
