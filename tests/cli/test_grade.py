"""`archcalc grade`: the files it writes, going on after a cut, and that nothing a student hands in does harm."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from io import StringIO
from pathlib import Path

import pytest

ASSIGNMENT = """\
archcalc: assignment/1
id: hw1
title: First steps
points: 6
questions:
  - {id: q1, spec: alexnet, get: conv1.out.w, points: 1, ask: "Width after conv1?"}
  - {id: q2, spec: lenet5, get: params, points: 3, partial: {par.no_bias: 2}}
  - {id: q3, spec: lenet5, get: pool2.out, points: 2}
"""
ROSTER = "student,name\ns3,Chloe\ns1,Ada\ns2,Boris\n"
RIGHT = "assignment: hw1\nanswers: {q1: 55, q2: 61706, q3: 16x5x5}\n"
NO_BIAS = "student: s9\nanswers: {q1: 54, q2: 5*5*6 + 5*5*6*16 + 400*120 + 120*84 + 84*10, q3: skip}\n"
UNKNOWN = "answers: {q1: 1234, q2: one, q3: 16x5x6}\n"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """An assignment and a folder of submissions in the working folder; writes sheets by their paths."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ARCHCALC_SECRET", raising=False)
    Path("hw1.yaml").write_text(ASSIGNMENT, encoding="utf-8")
    Path("roster.csv").write_text(ROSTER, encoding="utf-8")
    Path("in").mkdir()

    def write(sheets):
        for path, text in sheets.items():
            file = Path("in", path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text if isinstance(text, bytes) else text.encode())

    return write


@pytest.fixture
def grade(archcalc):
    def run(*arguments, folder="in", out="out", code=0):
        found = archcalc("grade", folder, "--assignment", "hw1.yaml", "--output", out, *arguments)
        assert found.code == code, found.err
        return found

    return run


def rows(out="out"):
    """grades.csv as a spreadsheet reads it."""
    return list(csv.reader(StringIO(Path(out, "grades.csv").read_text(encoding="utf-8"))))


def results(out="out"):
    lines = Path(out, "results.jsonl").read_text(encoding="utf-8").splitlines()
    return {content["student"]: content for content in map(json.loads, lines)}


def tree(out):
    """Every file below a folder with its bytes."""
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(Path(out).rglob("*")) if path.is_file()}


def test_the_files_of_a_class(course, grade):
    course({"s1.yaml": RIGHT, "s2/answers.yaml": NO_BIAS, "s4.yaml": UNKNOWN, "s5.yaml": "answers: {q9: 1}"})
    found = grade("--roster", "roster.csv")
    # 6, 2, 0, 0 and 0 points: mean 8/5
    count = "5 students, 3 sheets marked, 1 could not be marked, 1 without a submission."
    points = "Points: mean 1.6, median 0 of 6."
    assert (found.err, found.out.split("\n")) == ("", [
        count, points, "3 flags to look at: see report.md.", "out: grades.csv, report.md, results.jsonl, feedback/", "",
    ])  # fmt: skip
    assert rows() == [
        ["student", "points", "max", "flags", "q1", "q2", "q3"],
        ["s3", "0", "6", "no submission", "", "", ""],
        ["s1", "6", "6", "", "1", "3", "2"],
        ["s2", "2", "6", "the sheet says student s9", "0", "2", "0"],
        ["s4", "0", "6", "not on the roster", "0", "0", "0"],
        ["s5", "0", "6", "s5.yaml:1:11: unknown question `q9`; not on the roster", "", "", ""],
    ]
    assert sorted(path.name for path in Path("out/feedback").iterdir()) == ["s1.md", "s2.md", "s4.md", "s5.md"]
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "feedback", "grades.csv", "report.md", "results.jsonl",
    ]  # fmt: skip
    expected = f"""\
# First steps

{count} {points}

## Questions

| question | right | other convention | known mistake | slip | wrong | unreadable | blank | points earned |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| q1 | 1 | 0 | 1 | 0 | 1 | 0 | 0 | 33 % |
| q2 | 1 | 0 | 1 | 0 | 0 | 1 | 0 | 56 % |
| q3 | 1 | 0 | 0 | 0 | 1 | 0 | 1 | 33 % |

## Known mistakes

| question | mistake | what they did | students |
| --- | --- | --- | ---: |
| q1 | out.no_plus1 | forgot the + 1 | 1 |
| q2 | par.no_bias | forgot the biases | 1 |

## Hardest questions

1. q1, 33 % of its points: Width after conv1?
2. q3, 33 % of its points
3. q2, 56 % of its points

## Sheets that could not be marked

| student | why |
| --- | --- |
| s5 | s5.yaml:1:11: unknown question \\`q9\\` |

## Flagged sheets

| student | what |
| --- | --- |
| s2 | the sheet says student s9 |
| s4 | not on the roster |
| s5 | not on the roster |
"""
    assert Path("out/report.md").read_text(encoding="utf-8") == expected


def test_the_page_shows_what_its_command_gives(tmp_path, monkeypatch, archcalc):
    page = Path(__file__).parents[2] / "docs/grading.md"
    command, *shown = re.findall(r"```(?:sh|text)\n(.*?)```", page.read_text(encoding="utf-8"), re.S)[:3]
    (tmp_path / "docs").symlink_to(page.parent)
    monkeypatch.chdir(tmp_path)
    found = archcalc(*command.split()[1:])
    assert (found.code, [found.out, Path("graded/grades.csv").read_text(encoding="utf-8")]) == (0, shown)


def test_results_are_the_contract_with_what_the_teacher_needs(course, grade):
    course({"s2/answers.yaml": NO_BIAS})
    grade()
    found = results()["s2"]
    assert {key: found[key] for key in ("schema", "assignment", "student", "points", "max_points", "passed")} == {
        "schema": "archcalc/result/1", "assignment": "hw1", "student": "s2", "points": 2, "max_points": 6,
        "passed": False,
    }  # fmt: skip
    assert [(answer["id"], answer["verdict"]) for answer in found["results"]] == [
        ("q1", "misconception"), ("q2", "misconception"), ("q3", "unanswered"),
    ]  # fmt: skip
    q2 = found["results"][1]
    assert (q2["earned"], q2["working"]) == ("2", "5*5*6+5*5*6*16+400*120+120*84+84*10")
    assert (found["flags"], found["problem"]) == (["the sheet says student s9"], "")
    assert list(found["files"]) == ["s2/answers.yaml"]
    # sha256sum of the sheet
    sheet = Path("in/s2/answers.yaml")
    said = subprocess.run([sys.executable, "-c", f"import hashlib; print(hashlib.sha256(open({str(sheet)!r}, 'rb')"
                           ".read()).hexdigest())"], capture_output=True, text=True, check=True)  # fmt: skip
    assert found["files"]["s2/answers.yaml"] == said.stdout.strip()


@pytest.mark.parametrize("feedback", ["none", "verdict"])
def test_the_teacher_sees_what_students_are_not_told(course, grade, feedback):
    Path("hw1.yaml").write_text(ASSIGNMENT.replace("points: 6", f"points: 6\nfeedback: {feedback}"), encoding="utf-8")
    course({"s2.yaml": NO_BIAS})
    grade()
    assert rows()[1] == ["s2", "2", "6", "the sheet says student s9", "0", "2", "0"]
    assert "par.no_bias" in Path("out/report.md").read_text(encoding="utf-8")
    told = Path("out/feedback/s2.md").read_text(encoding="utf-8")
    assert "no_bias" not in told
    assert "s9" not in told
    assert (re.search(r"\b2(\.0)? of 6\b", told) is not None) is (feedback == "verdict")


def test_a_zip_gives_what_its_folder_gives(course, grade):
    course({"s1.yaml": RIGHT, "s2/answers.yaml": NO_BIAS, "s4.yaml": UNKNOWN})
    grade()
    with zipfile.ZipFile("in.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(Path("in").rglob("*.yaml"), reverse=True):
            archive.write(path)
    grade(folder="in.zip", out="zipped")
    assert tree("zipped") == tree("out")


def test_processes_and_order_change_nothing(course, grade):
    course({f"s{n}.yaml": (RIGHT, NO_BIAS, UNKNOWN, "answers: [", "\0")[n % 5] for n in range(23)})
    grade("--jobs", "1", out="one")
    grade("--jobs", "2", out="two")
    assert tree("two") == tree("one")
    shutil.copytree("one", "again")
    found = grade("--jobs", "2", out="again")
    assert "23 of them had been graded before and have not changed.\n" in found.out
    assert tree("again") == tree("one")


def test_what_has_changed_is_marked_again(course, grade):
    course({"s1.yaml": RIGHT, "s2.yaml": NO_BIAS, "s3.yaml": RIGHT})
    grade()
    course({"s2.yaml": RIGHT})
    Path("in/s3.yaml").unlink()
    Path("out/feedback/s1.md").unlink()
    found = grade()
    assert "graded before" not in found.out
    assert [row[:2] for row in rows()[1:]] == [["s1", "6"], ["s2", "6"]]
    assert Path("out/feedback/s1.md").is_file()
    Path("hw1.yaml").write_text(ASSIGNMENT.replace("points: 3", "points: 2").replace("points: 6", "points: 5"))
    grade()
    assert [row[1:3] for row in rows()[1:]] == [["5", "5"], ["5", "5"]]
    course({"s4.yaml": RIGHT})
    for arguments, flag in (((), ""), (("--roster", "roster.csv"), "not on the roster"), ((), "")):
        grade(*arguments)
        assert rows()[-1][:4] == ["s4", "5", "5", flag]


CUT = """
import multiprocessing, os, signal, sys
from archcalc.cli.main import main
from archcalc.homework.grading.results import Results

add = Results.add

def cut(self, student, line):
    cut.count += 1
    if cut.count > 7:
        os.write(self.file, line[:50].encode())
        print(*(child.pid for child in multiprocessing.active_children()), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    add(self, student, line)

cut.count = 0
Results.add = cut
if __name__ == "__main__":
    main(sys.argv[1:])
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_run_that_is_killed_goes_on_where_it_was(course, grade, jobs):
    course({f"s{n:02}.yaml": (RIGHT, NO_BIAS, UNKNOWN)[n % 3] for n in range(20)})
    grade(out="whole")
    Path("cut.py").write_text(CUT, encoding="utf-8")
    arguments = ["grade", "in", "--assignment", "hw1.yaml", "--output", "out", "--jobs", jobs]
    killed = subprocess.run([sys.executable, "cut.py", *arguments], capture_output=True, text=True, check=False)
    assert killed.returncode == -9
    assert Path("out/results.jsonl.part").read_bytes().count(b"\n") == 7
    assert not Path("out/grades.csv").exists()
    for pid in killed.stdout.split():
        while Path("/proc", pid).exists() and "\nState:\tZ" not in Path("/proc", pid, "status").read_text():
            pass  # ends by itself, for its parent is gone
    found = grade("--jobs", jobs)
    assert "7 of them had been graded before and have not changed.\n" in found.out
    assert tree("out") == tree("whole")


FAILED = """\
error: archcalc 0.1.0 failed on 1 sheet, which has no points: see report.md
= help: please report it with the sheet; once it is mended, a run marks those sheets alone
"""


def test_a_bug_costs_one_sheet_and_is_no_zero(course, grade, monkeypatch):
    from archcalc.homework.grading import grader as grading

    read = grading.read_sheet

    def fail(text, file):
        if "1234" in text:
            raise ZeroDivisionError
        return read(text, file)

    monkeypatch.setattr(grading, "read_sheet", fail)
    course({"s1.yaml": RIGHT, "s2.yaml": UNKNOWN})
    found = grade("--jobs", "1", code=70)
    assert found.err == FAILED
    assert rows()[1:] == [
        ["s1", "6", "6", "", "1", "3", "2"],
        ["s2", "", "6", "archcalc 0.1.0 failed on this sheet: ZeroDivisionError", "", "", ""],
    ]
    line = "2 students, 1 sheet marked, 1 could not be marked, archcalc failed on 1, which have no points.\n"
    assert found.out.startswith(line + "Points: mean 6, median 6 of 6.\n")
    monkeypatch.setattr(grading, "read_sheet", read)
    assert "1 of them had been graded before" in grade().out
    assert [row[1] for row in rows()[1:]] == ["6", "0"]


def test_a_bug_costs_one_answer_and_its_student_has_no_total(course, grade, monkeypatch):
    from archcalc.homework.marking import paper

    own = paper.mark_answer

    def fail(catalogue, entry, *rest):
        if entry.text == "1234":
            raise ZeroDivisionError
        return own(catalogue, entry, *rest)

    monkeypatch.setattr(paper, "mark_answer", fail)
    course({"s1.yaml": RIGHT, "s2.yaml": RIGHT.replace("55", "1234")})
    found = grade("--jobs", "1", code=70)
    said = "archcalc 0.1.0 failed on this answer: ZeroDivisionError. That is a bug of archcalc."
    assert rows()[1:] == [["s1", "6", "6", "", "1", "3", "2"], ["s2", "", "6", f"q1: {said}", "", "3", "2"]]
    assert found.err == FAILED
    count = "2 students, 2 sheets marked, archcalc failed on 1, which have no points.\nPoints: mean 6, median 6 of 6.\n"
    assert found.out.startswith(count)
    line = results()["s2"]
    assert (line["bug"], line["points"], line["problem"]) == (True, None, "")
    assert said in Path("out/feedback/s2.md").read_text(encoding="utf-8").replace("\\", "")
    assert "| q1 | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 100 % |" in Path("out/report.md").read_text(encoding="utf-8")
    monkeypatch.setattr(paper, "mark_answer", own)
    assert "1 of them had been graded before" in grade().out
    assert [row[1] for row in rows()[1:]] == ["6", "5"]


@pytest.mark.parametrize(
    ("sheet", "flag"),
    [
        pytest.param(b"\xff\xfe", "s1.yaml is not UTF-8 text (line 1)", id="not UTF-8"),
        pytest.param(b"#" * 65_537, "s1.yaml is larger than 64 KiB, the limit", id="too large"),
        pytest.param(b"#" * 10**6, "s1.yaml is larger than 64 KiB, the limit", id="far too large"),
        pytest.param(b"", "s1.yaml:1:1: the file is empty", id="empty"),
        pytest.param(b"a: &a [x, x]\nb: &b [*a, *a]\n", "s1.yaml:1:4: an answer cannot begin with `&`", id="bomb"),
        pytest.param(b"[" * 5000, "s1.yaml:1:9: nested deeper than 8 levels, the limit", id="deep"),
        pytest.param(b"answers: {q1: 1}\nanswers: {q1: 2}\n",
                     "s1.yaml:2:1: `answers` is defined twice; first on line 1", id="twice"),
        pytest.param(b"assignment: hw2\nanswers: {q1: 1}\n", "the sheet is for `hw2`, the assignment is `hw1`",
                     id="other assignment"),
        pytest.param(b"!!python/object/apply:os.system [id]", None, id="tag"),
        pytest.param(b"answers: {" + b"".join(b"x%d: 1, " % n for n in range(2400)) + b"}", None, id="many errors"),
    ],
)  # fmt: skip
def test_a_bad_sheet_is_a_row_that_says_why(course, grade, sheet, flag):
    course({"s1.yaml": sheet, "s2.yaml": RIGHT})
    grade()
    (bad, good) = rows()[1:]
    assert good == ["s2", "6", "6", "", "1", "3", "2"]
    assert bad[:3] == ["s1", "0", "6"]
    assert bad[3] == flag if flag else bad[3].startswith("s1.yaml:")
    assert len(Path("out/feedback/s1.md").read_text(encoding="utf-8")) < 10_000


@pytest.mark.parametrize("answer", ["9^9^9^9^9", "2^(2^62)", "(" * 500 + "1" + ")" * 500, "1" * 60_000, "9" * 400])
def test_huge_answers_are_unreadable_or_wrong(course, grade, answer):
    course({"s1.yaml": f'answers: {{q1: 55, q2: "{answer}"}}\n'})
    grade()
    assert rows()[1] == ["s1", "1", "6", "", "1", "0", "0"]


HOSTILE = [
    "::add-mask::s1", "=cmd|' C'!A0", "+1", "-2+3", "@SUM(A1)", "<script>alert(1)<", "| a | b", "[x](javascript:y)",
    "`x`", "\x1b[31mred", "s\u202e1", "a\nb", "a\r\nb", "..", "\tx", "%0A::error::x", "]]>", "s1 ", "con", "$(id)",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_and_answers_do_no_harm(course, grade, name):
    quoted = json.dumps(name.replace("\x1b", "").replace("\u202e", ""))
    answers = f"student: {quoted}\nanswers: {{q1: {quoted}, q2: {quoted}, q3: 3*(4+5)*{quoted[1:-1][:5]}}}\n"
    course({"s1.yaml": answers, "s2.yaml": answers, "s3.yaml": f"answers: {{{quoted}: 1}}\n", "z.yaml": RIGHT})
    os.makedirs(Path("in", name + "_"))
    Path("in", name + "_", "answers.yaml").write_text(answers, encoding="utf-8")
    Path("in", name + "_", name + "x").write_text("", encoding="utf-8")
    Path("in", name + "x").write_text("", encoding="utf-8")
    out = grade().out
    assert len(rows()) == 5 + (not name.startswith("."))
    for row in rows():
        assert len(row) == 7
        for cell in row:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
    texts = [path.read_text(encoding="utf-8") for path in Path("out").rglob("*") if path.suffix in (".md", ".csv")]
    for text in [*texts, out]:
        assert all(character.isprintable() or character == "\n" for character in text)
        assert not re.search(r"^\s*::|##\[", text, re.M)
        assert "<script" not in text or text.startswith("student,")
    report = Path("out/report.md").read_text(encoding="utf-8")
    assert not re.search(r"(?<!\\)\[x\]\(|(?<!\\)`", report)
    for line in report.splitlines():
        if line.startswith("|"):
            assert line.endswith("|")
            assert len(re.findall(r"(?<!\\)\|", line)) in (3, 4, 5, 10)
    for path in Path("out/feedback").iterdir():
        assert re.fullmatch(r"[\w~-]+\.md", path.name)
    assert [path.name for path in Path(".").iterdir() if path.name not in ("in", "out", "hw1.yaml", "roster.csv")] == []
    assert results()["z"]["points"] == 6


@pytest.mark.parametrize("head", ["input: what", "of: nonet\ninput: 3x8", "of: lenet5\ninput: 0x0x0"])
def test_what_a_sheet_says_of_a_network_is_not_the_assignments(course, grade, head):
    course({"s1.yaml": f"{head}\n{RIGHT}"})
    grade()
    assert rows()[1:] == [["s1", "6", "6", "", "1", "3", "2"]]


def test_ids_that_differ_by_capital_letters_have_files_of_their_own(course, grade):
    course({"s1.yaml": RIGHT, "S1/answers.yaml": NO_BIAS})
    grade()
    names = [path.name for path in Path("out/feedback").iterdir()]
    assert len({name.casefold() for name in names}) == 2
    assert [row[:2] for row in rows()[1:]] == [["S1", "2"], ["s1", "6"]]


def test_two_submissions_of_one_student_are_not_guessed_between(course, grade):
    course({"s1.yaml": RIGHT, "s1/answers.yaml": NO_BIAS, "ada_55/hw.yaml": RIGHT, "s2.yaml": RIGHT, "s4.yaml": RIGHT})
    Path("roster.csv").write_text("student,submission\ns1,\ns2,ada_55\ns3,s4.yaml\nS4,\n", encoding="utf-8")
    grade("--roster", "roster.csv")
    assert [row[:4] for row in rows()[1:]] == [
        ["s1", "0", "6", "there are 2 submissions: `s1` and `s1.yaml`"],
        ["s2", "0", "6", "there are 2 submissions: `ada_55` and `s2.yaml`"],
        ["s3", "6", "6", ""],
        ["S4", "0", "6", "no submission"],
    ]


def test_a_near_id_is_pointed_at_and_not_taken(course, grade):
    course({"S1.yaml": RIGHT})
    grade("--roster", "roster.csv")
    assert [row[:4] for row in rows()[1:]] == [
        ["s3", "0", "6", "no submission"], ["s1", "0", "6", "no submission"], ["s2", "0", "6", "no submission"],
        ["S1", "6", "6", "not on the roster, which has s1"],
    ]  # fmt: skip


DESIGN = """\
archcalc: assignment/1
id: hw1
questions:
  - {id: q1, design: {input: 3x32x32, require: ["out == 10"]}, points: 4}
"""
NET = "input: 3x32x32\nlayers:\n  flat: flatten\n  fc: linear 10\n"


def test_designs_are_read_from_inside_the_submission_only(course, grade):
    Path("hw1.yaml").write_text(DESIGN, encoding="utf-8")
    Path("net.yaml").write_text(NET, encoding="utf-8")

    def sheet(name):
        return f"answers: {{q1: {{spec: {name}}}}}\n"

    course({
        "s1/answers.yaml": sheet("net.yaml"), "s1/net.yaml": NET, "s2/answers.yaml": sheet("../s1/net.yaml"),
        "s3/answers.yaml": sheet("link.yaml"), "s4.yaml": sheet("net.yaml"), "net.yaml": NET,
        "s5/answers.yaml": sheet(Path("net.yaml").absolute()), "s6/answers.yaml": sheet("none.yaml"),
    })  # fmt: skip
    Path("in/s3/link.yaml").symlink_to("../s1/net.yaml")
    grade()
    assert [row[:2] for row in rows()[1:]] == [
        ["net", "0"], ["s1", "4"], ["s2", "0"], ["s3", "0"], ["s4", "0"], ["s5", "0"], ["s6", "0"],
    ]  # fmt: skip
    messages = {student: found["results"][0]["message"] for student, found in results().items()}
    assert {student: messages[student] for student in ("s2", "s3", "s4", "s5", "s6")} == {
        "s2": "This names no file of the submission; write the file's name: spec: my_net.yaml.",
        "s3": "s3/link.yaml is no plain file.",
        "s4": "A sheet without a folder of its own has no files beside it;"
        " hand in a folder that holds answers.yaml and the network.",
        "s5": "This names no file of the submission; write the file's name: spec: my_net.yaml.",
        "s6": "s6/none.yaml cannot be read: No such file or directory.",
    }
    assert sorted(results()["s1"]["files"]) == ["s1/answers.yaml", "s1/net.yaml"]
    course({"s1/net.yaml": NET.replace("10", "11")})
    assert "6 of them had been graded before" in grade().out
    assert rows()[2][:2] == ["s1", "0"]


VARY = """\
archcalc: assignment/1
id: hw1
course: c
questions:
  - id: q1
    layer: conv $cout 3x3
    input: $cinx32x32
    vary: {cin: [40, 50], cout: [60, 70]}
    get: params
    points: 2
"""


def test_another_student_s_numbers_are_the_teacher_s_to_see(course, grade):
    Path("hw1.yaml").write_text(VARY, encoding="utf-8")

    def sheet(cin, cout, answer):
        return f"drawn: {{q1: {{cin: {cin}, cout: {cout}}}}}\nanswers: {{q1: {answer}}}\n"

    # (3*3*40 + 1)*60 = 21,660 and (3*3*50 + 1)*70 = 31,570
    course({"s1.yaml": sheet(40, 60, 21660), "s2.yaml": sheet(50, 70, "(3*3*40+1)*60"), "s3.yaml": sheet(50, 70, 31570),
            "s4.yaml": sheet(50, 71, 1), "s5.yaml": "answers: {q1: 1}\n", "s6.yaml": sheet(40, 60, "(3*3*40+1)*60"),
    })  # fmt: skip
    grade()
    assert [row[:4] for row in rows()[1:]] == [
        ["s1", "2", "2", ""],
        ["s2", "0", "2", "q1: slip.other_variant: right on the paper of s1, s6"],
        ["s3", "2", "2", ""],
        ["s4", "0", "2", "s4.yaml:1:23: the drawn values of q1 are none that it may have"],
        ["s5", "0", "2", "s5.yaml:1:1: this sheet has no drawn values"],
        ["s6", "2", "2", ""],
    ]
    assert "other_variant" not in Path("out/feedback/s2.md").read_text(encoding="utf-8")


def test_the_secret_tells_whose_numbers_they_are(course, grade, monkeypatch):
    Path("hw1.yaml").write_text(VARY, encoding="utf-8")
    Path("secret.txt").write_text("a secret of 24 letters..\n", encoding="utf-8")
    course({f"s{n}.yaml": "answers: {q1: 21660}\n" for n in range(12)})
    grade("--secret-file", "secret.txt")
    marks = [row[1] for row in rows()[1:]]
    assert {"0", "2"} == set(marks)
    monkeypatch.setenv("ARCHCALC_SECRET", "a secret of 24 letters..")
    assert "12 of them had been graded before" in grade().out
    monkeypatch.setenv("ARCHCALC_SECRET", "another secret of letters")
    assert "graded before" not in grade().out
    for path in Path("out").rglob("*"):
        assert path.is_dir() or b"secret" not in path.read_bytes()


def test_other_formats_of_feedback(course, grade):
    course({"s1.yaml": RIGHT, "s2.yaml": "answers: ["})
    grade("--format", "gradescope")
    for name, score in (("s1", 6), ("s2", 0)):
        found = json.loads(Path(f"out/feedback/{name}.json").read_text(encoding="utf-8"))
        assert found["score"] == score
    grade("--format", "junit")
    assert Path("out/feedback/s2.xml").is_file()


WRONG_USE = {
    ("none", ()): (3, "error: none cannot be read: No such file or directory\n"),
    ("hw1.yaml", ()): (3, "error: hw1.yaml is neither a folder nor a zip\n"),
    ("empty", ()): (5, "error: there is nothing to grade in empty\n"
                       "= help: a sheet a student, such as s1.yaml, or s1/answers.yaml\n"),
    ("in", ("--assignment", "none.yaml")): (4, "error: there is no file none.yaml\n"),
    ("in", ("--assignment", "roster.csv")): (4, None),
    ("in", ("--roster", "none.csv")): (4, "error: the roster none.csv cannot be read: No such file or directory\n"),
    ("in", ("--jobs", "-1")): (2, "error: --jobs is 0 or more, got -1\n"),
    ("in", ("--format", "jsn")): (2, "error: unknown format `jsn`\n= help: did you mean `json`?\n"),
    ("in", ("--output", "in")): (2, "error: --output is the folder of the submissions\n"
                                    "= help: name another folder for the results\n"),
    ("in", ("--output", "hw1.yaml")): (2, "error: hw1.yaml cannot be made: Not a directory\n"),
    ("in", ("--secret-file", "none")): (2, "error: the secret file none cannot be read: No such file or directory\n"),
    ("in", ("--secret-file", "short")): (2, "error: the secret of short is shorter than 16 bytes\n"
        "= help: make one: python -c 'import secrets; print(secrets.token_hex())'\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_USE, ids=lambda case: " ".join([case[0], *case[1]]))
def test_wrong_use(course, archcalc, case):
    course({"s1.yaml": RIGHT})
    Path("empty").mkdir()
    Path("short").write_text("0123456789abcde\n", encoding="utf-8")
    code, message = WRONG_USE[case]
    options = {"--assignment": "hw1.yaml", "--output": "out", **dict([case[1]] if case[1] else [])}
    found = archcalc("grade", case[0], *(part for pair in options.items() for part in pair))
    assert (found.code, found.out) == (code, "")
    assert message is None or found.err == message
    assert "Traceback" not in found.err


def test_points_are_not_told_in_a_format_of_points_where_nothing_is_told(course, archcalc):
    Path("hw1.yaml").write_text(ASSIGNMENT.replace("points: 6", "feedback: none"), encoding="utf-8")
    course({"s1.yaml": RIGHT})
    found = archcalc("grade", "in", "-a", "hw1.yaml", "-o", "out", "--format", "gradescope")
    assert (found.code, found.err) == (2, (
        "error: --format gradescope tells points, and the assignment has `feedback: none`\n"
        "= help: choose `feedback: verdict`, or another format\n"
    ))  # fmt: skip


def test_the_results_of_another_assignment_are_left_alone(course, grade, archcalc):
    course({"s1.yaml": RIGHT.replace("assignment: hw1\n", "")})
    grade()
    before = tree("out")
    Path("hw2.yaml").write_text(ASSIGNMENT.replace("hw1", "hw2"), encoding="utf-8")
    found = archcalc("grade", "in", "-a", "hw2.yaml", "-o", "out")
    assert (found.code, found.err) == (
        2, "error: out holds the results of `hw1`\n= help: name another --output, so that they stay\n",
    )  # fmt: skip
    left = tree("out")
    left.pop("results.jsonl.part", None)
    assert left == before


def test_files_of_the_teacher_in_the_folder_are_no_sheets(course, archcalc):
    course({"s1.yaml": RIGHT, "hw1.yaml": ASSIGNMENT, "roster.csv": "student\ns1\n"})
    for _ in range(2):
        found = archcalc("grade", "in", "-a", "in/hw1.yaml", "--roster", "in/roster.csv", "-o", "in/out")
        assert found.code == 0
        assert rows("in/out")[1:] == [["s1", "6", "6", "", "1", "3", "2"]]
