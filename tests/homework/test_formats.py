"""The formats of marked sheets: each is what its readers expect, and says the same as the others."""

from __future__ import annotations

import csv
import json
import re
from fractions import Fraction
from functools import cache
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from homework.marked_sheets import FLAG, RUNNER, bad, empty, good, hostile, right_otherwise, unmarked, withheld
from jsonschema import Draft202012Validator

from archcalc.errors import UsageError
from archcalc.report.marks.formats import ONE_SHEET, SHEET_FORMATS, rendered
from archcalc.report.marks.github import summary
from archcalc.tables.marks import MarkedAnswer, MarkedSheet, Remark

SCHEMAS = {"json": "result", "sarif": "sarif", "gradescope": "gradescope", "classroom50": "classroom50"}
SHEETS = {
    "good": good,
    "bad": bad,
    "empty": empty,
    "unmarked": unmarked,
    "hostile": lambda: hostile("::add-mask::<b>\x1b]]>\x00 é"),
    "long": lambda: hostile("x" * 10_000),
}


@cache
def validator(name):
    schema = json.loads((Path(__file__).parent / "schemas" / f"{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture(autouse=True)
def _runner(monkeypatch):
    for variable, value in RUNNER.items():
        monkeypatch.setenv(variable, value)
    for variable in ("REVIEW_URL", "OWNER", "ASSIGNMENT_TYPE"):
        monkeypatch.delenv(variable, raising=False)


def test_an_accepted_convention_passes_in_every_format():
    sheets = [right_otherwise()]
    assert rendered(sheets, "text").splitlines()[0] == "answers.yaml:4:7  q1  right by convention: rnn.one_bias"
    assert "::error" not in rendered(sheets, "github")
    assert json.loads(rendered(sheets, "json"))["passed"] is True
    assert json.loads(rendered(sheets, "gradescope"))["tests"][0]["status"] == "passed"
    assert json.loads(rendered(sheets, "sarif"))["runs"][0]["results"][0]["level"] == "note"
    assert 'failures="0"' in rendered(sheets, "junit")
    assert "<failure" not in rendered(sheets, "junit")


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS)
@pytest.mark.parametrize("format", SCHEMAS)
def test_json_formats_fit_their_schemas(format, sheet):
    document = json.loads(rendered([sheet()], format))
    assert [error.message for error in validator(SCHEMAS[format]).iter_errors(document)] == []


def test_the_schemas_refuse_what_is_missing():
    for format, name in SCHEMAS.items():
        document = json.loads(rendered([bad()], format))
        for key in validator(name).schema["required"]:
            short = {other: value for other, value in document.items() if other != key}
            assert [error.validator for error in validator(name).iter_errors(short)] == ["required"], (format, key)


def test_text():
    assert rendered([bad()], "text") == (
        "answers.yaml:4:7  q1  1.0/1  right\n"
        "answers.yaml:5:7  q2  0.5/2  par.no_in_channels in conv2 (or par.stride_for_channels)\n"
        "   (5*5+1)*6 + (5*5+1)*16 + 48120\n"
        "               ^^^^^^^^^^\n"
        "   Each filter spans all 6 input channels.\n"
        "answers.yaml:6:7  q3  0.0/1  slip.rounded\n"
        "   You cut the digits off: round to the nearest.\n"
        "answers.yaml:7:7  q4  2.0/2  right\n"
        "answers.yaml:1:1  q5  0.0/2.67  not answered\n"
        "answers.yaml:8:7  q6  0.0/1  wrong\n"
        "   This is not the answer, and no known mistake gives it.\n"
        "answers.yaml:9:1  q7  0.33/1  convention: out.layout\n"
        "   Right numbers, other order: this sheet wants HWC.\n"
        "answers.yaml:9:7  q8  0.0/0.33  cannot be read\n"
        "   5x\n"
        "    ^\n"
        "   `x` means nothing in an answer.\n"
        "8 answers: 2 right, 5 wrong (2 explained), 1 not answered, 3.83 of 11 points\n"
    )
    assert rendered([good()], "text", quiet=True) == "1 answer: 1 right, 0 wrong\n"


def test_markdown():
    assert rendered([good(), bad()], "markdown").splitlines() == [
        "### answers.yaml",
        "",
        "1 answer: 1 right, 0 wrong",
        "",
        "| question | verdict | at | what to look at |",
        "| --- | --- | --- | --- |",
        "| conv1.params | right | 3:17 |  |",
        "",
        "### answers.yaml · s1 · hw1",
        "",
        "8 answers: 2 right, 5 wrong (2 explained), 1 not answered, 3.83 of 11 points",
        "",
        "| question | points | verdict | at | what to look at |",
        "| --- | --- | --- | --- | --- |",
        "| q1 | 1.0 of 1 | right | 4:7 |  |",
        "| q2: How many? | 0.5 of 2 | par.no_in_channels in conv2 (or par.stride_for_channels) | 5:19 "
        r"| <code>(5\*5+1)\*16</code>: Each filter spans all 6 input channels. |",
        "| q3 | 0.0 of 1 | slip.rounded | 6:7 | You cut the digits off: round to the nearest. |",
        "| q4 | 2.0 of 2 | right | 7:7 |  |",
        "| q5 | 0.0 of 2.67 | not answered | 1:1 |  |",
        "| q6 | 0.0 of 1 | wrong | 8:7 | This is not the answer, and no known mistake gives it. |",
        "| q7 | 0.33 of 1 | convention: out.layout | 9:1 | Right numbers, other order: this sheet wants HWC. |",
        r"| q8 | 0.0 of 0.33 | cannot be read | 9:8 | <code>x</code>: \`x\` means nothing in an answer. |",
    ]


def test_csv():
    rows = list(csv.DictReader(StringIO(rendered([good(), bad()], "csv"))))
    assert len(rows) == 1 + 8
    assert rows[2] == {
        "file": "answers.yaml", "assignment": "hw1", "student": "s1", "question": "q2", "verdict": "misconception",
        "misconceptions": "par.no_in_channels par.stride_for_channels", "layers": "conv2", "line": "5", "column": "19",
        "points": "0.5", "max_points": "2", "message": "Each filter spans all 6 input channels.",
    }  # fmt: skip


def test_json_of_several_sheets():
    document = json.loads(rendered([good(), bad()], "json"))
    assert (document["schema"], len(document["sheets"])) == ("archcalc/results/1", 2)
    alone = json.loads(rendered([bad()], "json"))
    del alone["archcalc"]
    assert document["sheets"][1] == alone
    assert all(validator("result").is_valid({"archcalc": "", **sheet}) for sheet in document["sheets"])
    assert json.loads(rendered([], "json"))["sheets"] == []


def test_github():
    lines = rendered([bad()], "github").splitlines()
    assert lines[0] == (
        "::error file=answers.yaml,line=5,col=19,endColumn=29,title=q2%3A par.no_in_channels in conv2 "
        "(or par.stride_for_channels)::Each filter spans all 6 input channels."
    )
    assert lines[2] == "::notice file=answers.yaml,line=1,col=1,endColumn=2,title=q5%3A not answered::not answered"
    assert lines[-1] == "2 of 8 answers are right"
    assert len(lines) == 6 + 1


def test_github_shows_ten_annotations_of_all_sheets():
    lines = rendered([bad(), bad(), good()], "github").splitlines()
    assert sum(line.startswith("::") for line in lines) == 10
    assert lines[-2:] == ["2 more are in the step summary", "5 of 17 answers are right"]


def test_the_summary_keeps_within_its_size():
    whole = summary([good(), good(), good()])
    assert whole == "\n".join([summary([good()])] * 3)
    room = len(summary([good()]).encode()) + 1
    assert summary([good(), good(), good()], room) == (
        summary([good()]) + "\n2 more sheets find no room in this summary.\n"
    )


JUNIT = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped", "time"}, {"properties", "testcase"}),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": ({"name", "time", "classname"}, {"skipped", "failure", "system-out"}),
    "skipped": ({"message"}, set()),
    "failure": ({"type", "message"}, set()),
    "system-out": (set(), set()),
}
"""Element -> its attributes and children, all of them in the junit-10.xsd of Jenkins' xUnit plugin. It asks for name,
tests, failures and errors of a testsuite, for the name of a testcase, and for name and value of a property."""


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS)
def test_junit_has_the_elements_of_its_schema(sheet):
    root = ElementTree.fromstring(rendered([sheet(), bad()], "junit").encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        attributes, children = JUNIT[element.tag]
        assert set(element.attrib) == attributes
        assert {child.tag for child in element} <= children
    for suite in root:
        cases = suite.findall("testcase")
        assert suite.attrib["tests"] == str(len(cases))
        assert suite.attrib["failures"] == str(len(suite.findall("testcase/failure")))
        assert suite.attrib["skipped"] == str(len(suite.findall("testcase/skipped")))
        assert re.fullmatch(r"[0-9]+(\.[0-9]+)?", suite.attrib["time"])
    assert root.attrib["tests"] == str(len(root.findall(".//testcase")))


def test_junit():
    (suite,) = ElementTree.fromstring(rendered([bad()], "junit"))
    assert (suite.attrib["tests"], suite.attrib["failures"], suite.attrib["skipped"]) == ("8", "5", "1")
    failure = suite.findall("testcase")[1].find("failure")
    assert failure.attrib == {
        "type": "misconception",
        "message": "par.no_in_channels in conv2 (or par.stride_for_channels)",
    }
    assert failure.text.splitlines() == [
        "answers.yaml:5:7",
        "   (5*5+1)*6 + (5*5+1)*16 + 48120",
        "               ^^^^^^^^^^",
        "   Each filter spans all 6 input channels.",
    ]
    assert suite.findall("testcase/system-out")[1].text == "0.5 of 2 points"


def test_sarif():
    (run,) = json.loads(rendered([bad()], "sarif", meanings={"par.no_in_channels": "forgot Ci"}))["runs"]
    assert [(result["ruleId"], result["level"]) for result in run["results"]] == [
        ("par.no_in_channels", "error"), ("slip.rounded", "error"), ("answer.unanswered", "note"),
        ("answer.wrong", "error"), ("out.layout", "warning"), ("answer.unreadable", "error"),
    ]  # fmt: skip
    first = run["results"][0]
    assert first["message"]["text"] == "q2: Each filter spans all 6 input channels. (or par.stride_for_channels)"
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "answers.yaml", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 5, "startColumn": 19, "endColumn": 29},  # behind the last column
            }
        }
    ]
    rules = run["tool"]["driver"]["rules"]
    assert rules[0]["shortDescription"]["text"] == "forgot Ci"
    assert rules[0]["help"]["text"] == "par.no_in_channels: forgot Ci"
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    marks = [result["partialFingerprints"]["archcalcAnswer/v1"] for result in run["results"]]
    assert len(set(marks)) == len(marks)


@pytest.mark.parametrize(
    ("file", "artifact"),
    [
        ("a b/é:1.yaml", {"uri": "a%20b/%C3%A9%3A1.yaml", "uriBaseId": "%SRCROOT%"}),
        ("/x/answers.yaml", {"uri": "file:///x/answers.yaml"}),
    ],
)
def test_sarif_names_files_by_uris(file, artifact):
    sheet = MarkedSheet(file, "", "", (MarkedAnswer("q", "wrong", good().answers[0].place, (Remark((), (), "No."),)),))
    sheet.answers[0].place.file = file
    (result,) = json.loads(rendered([sheet], "sarif"))["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == artifact


def test_gradescope():
    found = json.loads(rendered([bad()], "gradescope"))
    assert (found["score"], found["stdout_visibility"], found["visibility"]) == (3.8333, "hidden", "visible")
    assert found["output"] == "8 answers: 2 right, 5 wrong (2 explained), 1 not answered, 3.83 of 11 points"
    assert [test["score"] for test in found["tests"]] == [1, 0.5, 0, 2, 0, 0, 0.3333, 0]
    assert [test["max_score"] for test in found["tests"]] == [1, 2, 1, 2, 2.6667, 1, 1, 0.3333]
    assert [test["number"] for test in found["tests"]] == list("12345678")
    assert found["tests"][1]["name"] == "q2: How many?"
    assert found["tests"][1]["status"] == "failed"
    assert found["tests"][1]["output"] == (
        "par.no_in_channels in conv2 (or par.stride_for_channels)\n"
        "   (5*5+1)*6 + (5*5+1)*16 + 48120\n"
        "               ^^^^^^^^^^\n"
        "   Each filter spans all 6 input channels."
    )


def test_classroom50_counts_in_hundredths_that_add_up():
    found = json.loads(rendered([bad()], "classroom50"))
    assert [test["score"] for test in found["tests"]] == [100, 50, 0, 200, 0, 0, 33, 0]
    # 8/3 + 1 + 1 + 1/3 of a point: the ends of the parts are rounded, so that the whole stays 11.00
    assert [test["max-score"] for test in found["tests"]] == [100, 200, 100, 200, 267, 100, 100, 33]
    assert (found["score"], found["max-score"]) == (383, 1100)
    assert found["tests"][1]["points"] == "0.5 of 2"
    assert found["review"] == found["commit"] == RUNNER["COMMIT_URL"]


def test_classroom50_never_scores_more_than_there_is():
    third = [MarkedAnswer(f"q{n}", "exact", good().answers[0].place, (), Fraction(2, 3), Fraction(2, 3)) for n in "123"]
    found = json.loads(rendered([MarkedSheet("a", "hw1", "", tuple(third))], "classroom50"))
    assert [test["score"] for test in found["tests"]] == [67, 66, 67]
    assert (found["score"], found["max-score"]) == (200, 200)


def test_classroom50_takes_what_its_runner_says(monkeypatch):
    monkeypatch.setenv("REVIEW_URL", "https://example.org/compare")
    monkeypatch.setenv("OWNER", "alice")
    monkeypatch.setenv("ASSIGNMENT_TYPE", "group")
    found = json.loads(rendered([good()], "classroom50"))
    assert (found["owner"], found["assignment_type"], found["review"]) == (
        "alice", "group", "https://example.org/compare",
    )  # fmt: skip
    monkeypatch.delenv("COMMIT_URL")
    monkeypatch.setenv("RELEASE_URL", "")
    with pytest.raises(UsageError) as caught:
        rendered([good()], "classroom50")
    assert caught.value.what == "--format classroom50 needs the variables `COMMIT_URL` and `RELEASE_URL`"


@pytest.mark.parametrize("format", ONE_SHEET)
@pytest.mark.parametrize("sheets", [[], [good(), good()]], ids=len)
def test_platforms_take_one_sheet_a_run(format, sheets):
    with pytest.raises(UsageError) as caught:
        rendered(sheets, format)
    assert caught.value.what == f"--format {format} is for one sheet at a time, got {len(sheets)}"


@pytest.mark.parametrize("format", ONE_SHEET)
def test_points_that_are_not_told_are_not_scored(format):
    with pytest.raises(UsageError) as caught:
        rendered([withheld()], format)
    assert caught.value.what == f"--format {format} tells points, and the assignment has `feedback: none`"


def test_nothing_is_told_of_a_sheet_that_is_withheld():
    sheets = [withheld()]
    assert rendered(sheets, "text") == (
        "answers.yaml:4:7  q1  received\nanswers.yaml:1:1  q2  not answered\n2 answers: 1 received, 1 not answered\n"
    )
    assert rendered(sheets, "github").splitlines() == [
        "::notice file=answers.yaml,line=1,col=1,endColumn=2,title=q2%3A not answered::not answered",
        "1 of 2 answers are received",
    ]
    document = json.loads(rendered(sheets, "json"))
    assert validator("result").is_valid(document)
    assert (document["points"], document["passed"], document["results"][0]["points"]) == (None, None, None)
    assert [row["points"] for row in csv.DictReader(StringIO(rendered(sheets, "csv")))] == ["", ""]
    assert [result["ruleId"] for result in json.loads(rendered(sheets, "sarif"))["runs"][0]["results"]] == [
        "answer.unanswered"
    ]
    (suite,) = ElementTree.fromstring(rendered(sheets, "junit"))
    assert suite.attrib["failures"] == "0"
    assert suite.findall(".//system-out") == []
    assert "points" not in rendered(sheets, "markdown")


def test_a_sheet_that_cannot_be_marked_is_in_every_result():
    first = "`answers` is missing: write answers:."
    results = json.loads(rendered([unmarked()], "json"))["results"]
    assert [(r["id"], r["verdict"], r["line"], r["max_points"], r["message"]) for r in results] == [
        ("sheet", "unreadable", 1, 11, first),
        ("sheet", "unreadable", 6, 0, "unknown question `q9`: did you mean `q8`?"),
    ]
    found = json.loads(rendered([unmarked()], "gradescope"))
    assert (found["score"], [test["max_score"] for test in found["tests"]]) == (0, [11, 0])
    assert json.loads(rendered([unmarked()], "classroom50"))["max-score"] == 1100
    assert rendered([unmarked()], "github").splitlines()[0] == (
        f"::error file=answers.yaml,line=1,col=1,endColumn=2,title=sheet%3A cannot be read::{first}"
    )


@pytest.mark.parametrize("format", SHEET_FORMATS)
def test_flags_are_for_the_teacher_alone(format):
    assert FLAG not in rendered([bad()], format)
    assert FLAG not in summary([bad()])
