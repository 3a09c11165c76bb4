"""The help: every command with the whole of its summary, in groups, at any width; what people write instead of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archcalc import __version__, cli
from archcalc.cli import quiz
from archcalc.cli.main import COMMANDS, GROUPS, application, main
from archcalc.cli.quiz import COMMANDS as QUIZ

SUBCOMMANDS = tuple(f"quiz {name}" for name in QUIZ)


def helped(capsys, monkeypatch, width, *arguments):
    monkeypatch.setenv("COLUMNS", str(width))
    assert main([*arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(("package", "names"), [(cli, COMMANDS), (quiz, QUIZ)], ids=["cli", "quiz"])
def test_every_file_that_registers_a_command_is_named(package, names):
    """A file `NAME.py`, or the head of a folder `NAME`."""
    folder = Path(package.__file__).parent
    files = [*folder.glob("*.py"), *folder.glob("*/__init__.py")]
    found = {
        file.parent.name if file.stem == "__init__" else file.stem
        for file in files
        if file != Path(package.__file__) and "def register(" in file.read_text(encoding="utf-8")
    }
    assert found == set(names)


def test_the_groups_hold_every_command_once():
    listed = [name for names in GROUPS.values() for name in names]
    assert sorted(listed) == sorted({*listed}) == sorted(COMMANDS)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_summary_is_whole(capsys, monkeypatch, width):
    out = helped(capsys, monkeypatch, width, "--help")
    for command in application().registered_commands:
        first = command.callback.__doc__.split("\n")[0].split(". ")[0]
        assert _squeezed(first) in _squeezed(out)
    assert "..." not in out.replace("[ARGS]...", "")
    for title in GROUPS:
        assert f"\n{title}:\n" in out


def _squeezed(text):
    return re.sub(r"[\s-]", "", text)  # a word may be broken at its hyphen


@pytest.mark.parametrize("command", [*COMMANDS, *SUBCOMMANDS, ""])
@pytest.mark.parametrize("width", [60, 80])
def test_no_line_of_a_help_is_wider_than_the_terminal_and_no_option_is_cut(capsys, monkeypatch, width, command):
    out = helped(capsys, monkeypatch, width, *command.split(), "--help")
    examples = out.rpartition("\n\n")[2] if "Example: " in out else ""
    assert max(map(len, out.removesuffix(examples).splitlines())) <= width
    assert "--help" in out


@pytest.mark.parametrize(
    ("arguments", "same"),
    [
        (["help"], ["--help"]),
        (["help", "show"], ["show", "--help"]),
        (["help", "quiz", "key"], ["quiz", "key", "--help"]),
    ],
)
def test_help_is_a_word(capsys, monkeypatch, arguments, same):
    assert helped(capsys, monkeypatch, 80, *arguments) == helped(capsys, monkeypatch, 80, *same)


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_the_version(capsys, option):
    assert main([option]) == 0
    assert capsys.readouterr().out == f"archcalc {__version__}\n"


@pytest.mark.parametrize(
    ("word", "help"),
    [
        ("net.yaml", "write archcalc show net.yaml"),
        ("vgg19", "write archcalc show vgg19"),
        ("alexnet@grouped", "write archcalc show alexnet@grouped"),
        ("shwo", "did you mean `show`?"),
        ("Show", "did you mean `show`?"),
    ],
)
def test_what_stands_in_the_place_of_a_command(archcalc, word, help):
    run = archcalc(word)
    assert (run.code, run.out, run.err) == (2, "", f"error: there is no command `{word}`\n= help: {help}\n")


def test_a_file_of_any_name_in_the_place_of_a_command(archcalc, spec):
    spec("input: 3\nlayers:\n  fc: linear 2\n", "net")
    assert archcalc("net").err == "error: there is no command `net`\n= help: write archcalc show net\n"
