"""`archcalc quiz`: papers, keys, advice and the catalogue, as a teacher calls them."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
HW = """\
archcalc: assignment/1
id: hw1
questions:
  - {id: q1, spec: lenet5, get: conv1.out.w, points: 1}
  - {id: q2, layer: conv $c 3x3, input: 5x13x11, vary: {c: 7..60}, get: params, points: 2}
"""
SECRET = "a secret of this test, 32 bytes."


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ARCHCALC_SECRET", raising=False)
    Path("hw1.yaml").write_text(HW, encoding="utf-8")
    Path("roster.csv").write_text("student,name\ns1,Ada\n=cmd,Eve\n", encoding="utf-8")
    Path("secret").write_text(SECRET + "\n", encoding="utf-8")
    Path("secret").chmod(0o600)
    return tmp_path


def test_a_paper_for_everybody(archcalc):
    run = archcalc(
        "quiz", "issue", "-a", "hw1.yaml", "--roster", "roster.csv", "--secret-file", "secret", "-o", "papers"
    )
    assert (run.code, run.out) == (0, "")
    assert run.err == "wrote 2 papers to papers: an answer sheet (.yaml) and a page to print (.md) each\n"
    names = sorted(os.listdir("papers"))
    assert names[2:] == ["s1.md", "s1.yaml"]
    assert all(re.fullmatch(r"cmd~[0-9a-f]{10}\.(md|yaml)", name) for name in names[:2])


def test_a_paper_is_marked_in_the_students_repository(archcalc):
    """Without the secret; the answer is 46 for each filter: (3*3*5 + 1)*c."""
    archcalc("quiz", "issue", "-a", "hw1.yaml", "--student", "s1", "--secret-file", "secret", "-o", "papers")
    text = Path("papers/s1.yaml").read_text(encoding="utf-8")
    count = 46 * int(re.search(r"c: (\d+)", text)[1])
    Path("s1.yaml").write_text(
        text.replace("q1:\n", "q1: 28\n").replace("  q2:\n", f"  q2: {count}\n"), encoding="utf-8"
    )
    run = archcalc("check", "s1.yaml", "--assignment", "hw1.yaml", "--format", "json")
    assert (run.code, json.loads(run.out)["points"]) == (0, 3)


def test_the_variable_draws_what_the_file_does(archcalc, monkeypatch):
    preview = ("quiz", "preview", "-a", "hw1.yaml", "--student", "s1")
    by_file = archcalc(*preview, "--secret-file", "secret")
    monkeypatch.setenv("ARCHCALC_SECRET", SECRET)
    assert archcalc(*preview) == by_file
    monkeypatch.setenv("ARCHCALC_SECRET", SECRET[::-1])
    assert archcalc(*preview) != by_file
    assert SECRET not in by_file.out + by_file.err
    assert archcalc(*preview, "-f", "markdown").out.startswith("# hw1\n\nStudent: s1\n")


def test_no_paper_is_overwritten_by_another(archcalc):
    issue = ("quiz", "issue", "-a", "hw1.yaml", "--secret-file", "secret", "-o", "papers", "--student")
    assert archcalc(*issue, "s1").code == 0
    assert archcalc(*issue, "s1").code == 0  # the same again
    path = Path("papers/s1.yaml")
    path.write_text(path.read_text(encoding="utf-8").replace("q1:\n", "q1: 28\n"), encoding="utf-8")
    run = archcalc(*issue, "s1", "--student", "s2")
    assert (run.code, run.err) == (
        2, "error: papers/s1.yaml is there already, and it is another paper\n= help: take another folder\n"
    )  # fmt: skip
    assert "q1: 28" in path.read_text(encoding="utf-8")
    assert not Path("papers/s2.yaml").exists()


def test_the_key(archcalc):
    run = archcalc("quiz", "key", "-a", "hw1.yaml", "--roster", "roster.csv", "--secret-file", "secret", "-f", "csv")
    rows = [line.split(",") for line in run.out.splitlines()]
    assert rows[0] == ["asks", "student", "question", "points", "answer"]
    assert [row[1:] for row in rows[1::2]] == [["s1", "q1", "1", "28"], ["'=cmd", "q1", "1", "28"]]
    for row in rows[2::2]:
        filters = re.fullmatch(r"Parameters of conv (\d+) 3x3 on 5x13x11", row[0])
        assert int(row[4]) == 46 * int(filters[1])


def test_the_key_of_a_quiz_that_is_the_same_for_all(archcalc):
    Path("hw2.yaml").write_text(HW.partition("  - {id: q2")[0], encoding="utf-8")
    assert archcalc("quiz", "key", "-a", "hw2.yaml").out == (
        "Asks                             Question  Points  Answer\n"
        "-------------------------------  --------  ------  ------\n"
        "Output width of conv1 in lenet5  q1             1      28\n"
    )


def test_lint(archcalc):
    run = archcalc("quiz", "lint", "hw1.yaml")
    assert run.code == 0
    assert run.out.startswith(
        "hw1.yaml:4:10: note: q1: cannot tell out.ceil, out.plus1_inside, out.fractional, out.pad_ignored, "
        "out.pad_once, out.pad_is_k and 1 more from the right answer [blind]\n"
    )
    assert run.out.endswith("\nhw1: 0 warnings and 2 notes\n")
    Path("hw1.yaml").write_text(HW.replace("5x13x11", "1x13x11"), encoding="utf-8")
    assert archcalc("quiz", "lint", "hw1.yaml").code == 1


def test_lint_for_machines(archcalc):
    content = json.loads(archcalc("quiz", "lint", "hw1.yaml", "-f", "json").out)
    assert (content["schema"], content["assignment"]) == ("archcalc/quiz-lint/1", "hw1")
    assert [(q["id"], q["variants"]) for q in content["questions"]] == [("q1", 0), ("q2", 54)]
    assert (content["findings"][0]["rule"], content["findings"][0]["line"]) == ("blind", 4)
    first = archcalc("quiz", "lint", "hw1.yaml", "-f", "github").out.splitlines()[0]
    assert first.startswith("::notice file=hw1.yaml,line=4,col=10,title=blind::q1: cannot tell out.ceil, ")


def test_an_assignment_that_is_wrong(archcalc):
    Path("hw1.yaml").write_text(HW.replace("conv1.out.w", "conv9.out.w"), encoding="utf-8")
    run = archcalc("quiz", "lint", "hw1.yaml")
    assert (run.code, run.out) == (4, "")
    assert "hw1.yaml:4:10" in run.err


def test_the_catalogue(archcalc):
    lines = archcalc("quiz", "misconceptions").out.splitlines()
    assert lines[:3] == [
        "sizes of outputs",
        "  out.ceil: rounded up",
        "      You rounded up; a window that does not fit is dropped, so round down before adding 1.",
    ]
    assert archcalc("quiz", "misconceptions", "slip.typo").out == (
        "slip.typo: swapped, dropped, doubled or mistyped a digit\n\n"
        "About     slips\nKnown     listed by teachers\nExample   61,760 for 61,706\n"
    )
    table = json.loads(archcalc("quiz", "misconceptions", "par.no_bias", "-f", "json").out)
    assert [row["id"] for row in table["rows"]] == ["par.no_bias"]


def test_what_a_mistake_gives_on_a_layer(archcalc):
    """AlexNet's conv1: 11*11*3*96 = 34,848 weights and 96 biases."""
    assert archcalc("quiz", "misconceptions", "par.no_bias", "--spec", "alexnet", "--layer", "conv1").out == (
        "What the student did  Misconception  Layers  Figure   Value\n"
        "--------------------  -------------  ------  ------  ------\n"
        "                      right                  params  34,944\n"
        "forgot the biases     par.no_bias    conv1   params  34,848\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ("quiz issue -a hw1.yaml --student s1 -o p", 2,
         "error: q2 draws other numbers for each student, and there is no secret to draw them with\n"
         "= help: set the variable ARCHCALC_SECRET, or name a file with --secret-file\n"),
        ("quiz issue -a hw1.yaml --secret-file secret -o p", 2,
         "error: for whom are the papers?\n= help: name them with --student s1, or with --roster FILE\n"),
        ("quiz issue -a hw1.yaml --student ' ' --secret-file secret -o p", 2,
         "error: --student is empty\n= help: write --student s1\n"),
        ("quiz key -a hw1.yaml --secret-file secret", 2,
         "error: whose key is it?\n= help: name them with --student s1, or with --roster FILE\n"),
        ("quiz issue -a none.yaml --student s1 -o p", 4, "error: there is no file none.yaml\n"),
        ("quiz misconceptions par.nobias", 2,
         "error: there is no misconception `par.nobias`\n= help: did you mean `par.no_bias`?\n"),
        ("quiz misconceptions --layer conv1", 2,
         "error: a layer and a figure are those of a network\n= help: name it: --spec alexnet\n"),
        ("quiz misconceptions par.no_bias --spec alexnet --layer pool1", 2,
         "error: par.no_bias gives nothing for pool1: out, params, macs, rf\n= help: try another layer or figure\n"),
        ("quiz preview -a hw1.yaml --secret-file secret -f text", 2,
         "error: unknown format `text`\n= help: there are yaml and markdown\n"),
        ("quiz lnt", 2,
         "error: No such command 'lnt'. Did you mean 'lint'?\n= help: `archcalc quiz --help` lists what it takes\n"),
    ],
)  # fmt: skip
def test_refusals(archcalc, arguments, code, message):
    run = archcalc(*shlex.split(arguments))
    assert (run.code, run.out) == (code, "")
    assert re.sub(r"`text`\n= help: .*", "`text`\n= help: there are yaml and markdown", run.err) == message


def test_a_short_secret_is_none(archcalc):
    Path("short").write_text("only 15 letters\n", encoding="utf-8")
    Path("short").chmod(0o600)
    run = archcalc("quiz", "preview", "-a", "hw1.yaml", "--secret-file", "short")
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("error: the secret of short is shorter than 16 bytes\n")
    assert "only" not in run.err


@pytest.mark.skipif(os.name != "posix", reason="permissions as on Unix")
def test_a_secret_that_others_can_read(archcalc):
    Path("secret").chmod(0o644)
    run = archcalc("quiz", "preview", "-a", "hw1.yaml", "--secret-file", "secret")
    assert (run.code, run.err) == (0, "note: others can read secret; chmod 600 keeps it a secret\n")


@pytest.mark.parametrize("command", ["issue", "key", "preview", "lint", "misconceptions"])
def test_the_example_of_every_help_runs(archcalc, command, capsys):
    Path("docs").symlink_to(DOCS)
    archcalc("quiz", command, "--help")
    (example,) = re.findall(r"^  Example: archcalc (.*(?:\n  (?!Example).+)*)", capsys.readouterr().out, re.M)
    assert archcalc(*shlex.split(" ".join(example.split()))).code == 0


def test_help_without_a_command(archcalc, capsys):
    assert archcalc("quiz").code == 0
    assert "misconceptions" in capsys.readouterr().out


def test_a_terminal(archcalc):
    """Drawn by rich, in its width."""
    run = archcalc(
        "quiz", "key", "-a", "hw1.yaml", "--student", "s1", "--secret-file", "secret", terminal=True, width=120
    )
    assert "Output width of conv1 in lenet5" in run.out


def test_lint_at_a_terminal(archcalc):
    """No word is broken."""
    run = archcalc("quiz", "lint", "hw1.yaml", terminal=True, width=80)
    assert run.out.startswith(
        "hw1.yaml:4:10: note: q1: cannot tell out.ceil, out.plus1_inside, out.fractional,\n"
        "   out.pad_ignored, out.pad_once, out.pad_is_k and 1 more from the right answer\n"
        "   [blind]\n"
    )
