"""Every command of the README and of docs/*.md is run, and what stands under it is what it prints.

`python tests/test_readme.py` writes the outputs anew; read the difference before you commit it.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
from pathlib import Path

import pytest

import archcalc
from archcalc.cli.formats import TABLES
from archcalc.cli.main import COMMANDS, main
from archcalc.cli.session import Session

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"```console\n(.*?)```", re.S)
SESSION = re.compile(r"```pycon\n(.*?)```", re.S)


def run(line: str, folder: Path = ROOT) -> tuple[str, str, int]:
    """What a command prints on stdout and stderr in a folder, and its exit code."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out):  # help goes to stdout by itself
        code = main(shlex.split(line)[1:], Session(out, err, terminal=False, color=False))
    return out.getvalue(), err.getvalue(), code


def played(block: str) -> str:
    """A console block with the outputs that its commands give; `...` keeps the lines after it to the end."""
    shown = []
    for part in re.split(r"^(?=\$ )", block, flags=re.M):
        command, _, old = part.partition("\n")
        if not command.startswith("$ archcalc"):
            shown.append(part)
            continue
        out, err, _ = run(command[2:])
        lines = "\n".join(line.rstrip() for line in (out + err).rstrip("\n").split("\n")) + "\n"
        shown.append(f"{command}\n{_cut(lines, old)}\n" if old.endswith("\n\n") else f"{command}\n{_cut(lines, old)}")
    return "".join(shown)


def _cut(lines: str, old: str) -> str:
    """The output, shortened where the page shortens it with a line `...`."""
    if "\n...\n" not in f"\n{old}":
        return lines
    head, _, tail = old.partition("...\n")
    all_lines = lines.splitlines(keepends=True)
    last = len(tail.strip("\n").splitlines())
    return "".join([*all_lines[: head.count("\n")], "...\n", *(all_lines[-last:] if last else [])])


def interpreted(block: str, names: dict[str, object]) -> str:
    """A Python session with what each of its statements prints."""
    shown = []
    for example in doctest.DocTestParser().get_examples(block):
        out = io.StringIO()
        with contextlib.chdir(ROOT), contextlib.redirect_stdout(out):
            exec(compile(example.source, "<page>", "single"), names)
        first, *others = example.source.rstrip("\n").split("\n")
        said = "".join(f"{line.rstrip()}\n" for line in out.getvalue().rstrip("\n").split("\n") if out.getvalue())
        shown.append("".join([f">>> {first}\n", *(f"... {line}\n" for line in others), said]))
    return "".join(shown)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_shows_what_its_python_prints(page):
    sessions = SESSION.findall(page.read_text(encoding="utf-8"))
    if sessions:
        pytest.importorskip("numpy", reason="the numeric extra is not installed")
    names: dict[str, object] = {}
    for session in sessions:
        assert interpreted(session, names) == session


def test_the_page_on_python_has_every_verb():
    """A new method of a network, or name of the package, comes with a call that is run."""
    calls = "".join(SESSION.findall((ROOT / "docs" / "python.md").read_text(encoding="utf-8")))
    verbs = [name for name, value in vars(archcalc.Network).items() if callable(value) and not name.startswith("_")]
    assert [name for name in verbs if f".{name}(" not in calls] == []
    assert [name for name in dir(archcalc) if name not in calls] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_shows_what_its_commands_print(page):
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        assert played(block) == block


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_specs_of_a_page_hold_what_they_claim(page):
    for number, text in enumerate(re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.S)):
        if re.search(r"^input", text, re.M) and re.search(r"^layers:", text, re.M):
            results = archcalc.loads(text, name=f"{page.name}-{number}").check()
            assert [result.subject for result in results if not result.holds] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_the_example_of_every_help_runs(command, tmp_path):
    for folder in ("specs", "docs"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    help_, _, code = run(f"archcalc {command} --help")
    assert code == 0
    examples = re.findall(r"^  Examples?: (archcalc .*(?:\n  (?!Example).+)*)", help_, re.M)
    assert examples, f"`archcalc {command} --help` ends without an example"
    for example in examples:
        line = " ".join(example.split()).partition(" > ")[0]
        _, err, code = run(line, tmp_path)
        assert code == 0, f"{line}\n{err}"


def test_the_readme_names_every_command():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"archcalc {name}" not in readme] == []


def test_the_readme_names_every_format_of_tables():
    assert f"`--format {'|'.join(TABLES)}`" in (ROOT / "README.md").read_text(encoding="utf-8")


if __name__ == "__main__":
    os.chdir(ROOT)
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        text = BLOCK.sub(lambda found: f"```console\n{played(found[1])}```", text)
        names: dict[str, object] = {}
        text = SESSION.sub(lambda found, names=names: f"```pycon\n{interpreted(found[1], names)}```", text)
        path.write_text(text, encoding="utf-8")
