"""Names of files that the system refuses: a sentence and exit code 2, 3 or 4, wherever a path is opened."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path

import pytest

from archcalc.cli.main import main
from archcalc.cli.session import Session

LONG = "a" * 300  # a name may have 255 bytes
REFUSED = {
    "a name too long": LONG,
    "with an ending": f"{LONG}.yaml",
    "in a folder": f"inner/{LONG}.yaml",
    "a path too long": "inner/" * 2000 + "x.yaml",
    "a loop of links": "loop.yaml",
    "a folder": "inner",
    "under a file": "net.yaml/x.yaml",
    "not UTF-8": "caf\udce9.yaml",
    "not there": "nowhere/x.yaml",
}
READING = {
    "show": "show {}",
    "variant": "show {}@b",
    "check": "check {} net.yaml",
    "sheet": "check s.yaml -a {}",
    "lock": "check net.yaml --lock {}",
    "compare": "compare net.yaml {}",
    "grade": "grade {} -a hw.yaml -o out",
    "assignment": "grade class -a {} -o out",
    "roster": "grade class -a hw.yaml -o out --roster {}",
    "secret": "grade class -a hw.yaml -o out --secret-file {}",
    "quiz": "quiz lint {}",
    "weights": "run net.yaml --weights {}",
    "labels": "run net.yaml --top 1 --labels {}",
    "input": "run net.yaml --input {}.npy",
}
WRITING = {
    "show": "show net.yaml -o {}",
    "json": "show net.yaml -f json -o {}",
    "new": "new x -o {}",
    "lock": "lock net.yaml -o {}",
    "rf": "rf net.yaml -o {}",
    "marks": "check s.yaml -o {}",
    "save": "run net.yaml --save c={}",
    "picture": "run net.yaml --show c -o {}.png",
    "grade": "grade class -a hw.yaml -o {}",
    "papers": "quiz issue -a hw.yaml --student s1 -o {}",
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ARCHCALC_DEBUG", raising=False)
    Path("inner").mkdir()
    Path("class").mkdir()
    Path("loop.yaml").symlink_to("loop.yaml")
    Path("net.yaml").write_text("input: 3x5x7\nlayers: {c: conv 2 3x3}\nexpect: {c.out: 2x3x5}\n")
    Path("s.yaml").write_text("of: net.yaml\nanswers: {c.out: 2x3x5}\n")
    Path("class/s1.yaml").write_text("answers: {q1: 2x3x5}\n")
    Path("hw.yaml").write_text("id: hw\nquestions: [{id: q1, spec: net.yaml, get: c.out, points: 1}]\n")


def run(command, path):
    out, err = StringIO(), StringIO()
    arguments = [part.replace("{}", path) for part in command.split()]
    return main(arguments, Session(out, err, terminal=False, color=False)), out.getvalue(), err.getvalue()


@pytest.mark.parametrize("path", REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("command", READING.values(), ids=READING.keys())
def test_reading_from_it_is_refused_with_a_sentence(command, path):
    if "run" in command:
        pytest.importorskip("numpy")
    code, _, err = run(command, path)
    assert "bug" not in err
    if (command, path) != (READING["grade"], "inner"):  # an empty class
        assert code in (2, 3, 4, 5)
        assert err.startswith("error: ")


@pytest.mark.parametrize(
    "path", [p for p in REFUSED.values() if p.isascii()], ids=[k for k in REFUSED if k != "not UTF-8"]
)
@pytest.mark.parametrize("command", WRITING.values(), ids=WRITING.keys())
def test_writing_to_it_is_refused_with_a_sentence(command, path):
    if "run" in command:
        pytest.importorskip("PIL")
    code, _, err = run(command, path)
    assert "bug" not in err
    assert code in (0, 2, 3, 4)  # 0: the picture is loop.yaml.png, and grades and papers may lie in any folder
    assert code == 0 or err.startswith("error: ")


@pytest.mark.parametrize("name", [f"{LONG}", f"{LONG}.yaml", "loop.yaml", "inner"])
def test_a_sheet_that_names_it_is_wrong(name):
    Path("s.yaml").write_text(f"of: {name}\nanswers: {{c.out: 2x3x5}}\n")
    code, _, err = run("check s.yaml", "")
    assert code == 3
    assert "--> s.yaml:1:5\n" in err


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission():
    Path("net.yaml").chmod(0)
    code, _, err = run("show net.yaml", "")
    assert (code, err) == (3, "error: net.yaml cannot be read: Permission denied\n")


def test_a_name_that_is_not_utf_8_can_be_written_everywhere():
    odd = Path("caf\udce9.yaml")
    odd.write_bytes(Path("net.yaml").read_bytes())
    for format in ("text", "markdown", "csv", "json", "latex", "html"):
        code, out, err = run(f"show {odd} -f {format}", "")
        assert (code, err) == (0, "")
        out.encode("utf-8")
        assert run(f"show {odd} -f {format} -o out", "")[0] == 0
    assert run(f"check {odd}", "")[1].encode("utf-8")
