"""Defaults: the command line goes before the environment, that before pyproject.toml; no name is passed over."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from archcalc.cli.defaults import EVERYWHERE, HOMEWORK, NEVER
from archcalc.cli.main import application

ROOT = Path(__file__).parents[2]
TOY = "input: 3x11x13\nlayers:\n  c: conv 4 3x3\n"
MACS = 3 * 3 * 3 * 4 * 9 * 11


@pytest.fixture
def project(spec, tmp_path):
    """Writes the section of a pyproject.toml beside a spec; a help and errors name the file `pyproject.toml`."""
    spec(TOY)

    def write(text: str) -> None:
        (tmp_path / "pyproject.toml").write_text(f'[project]\nname = "x"\n{text}', encoding="utf-8")

    return write


def macs(run):
    assert (run.code, run.err) == (0, "")
    return int(run.out.split("\n")[1])


SHOWN = ("show", "net.yaml", "--columns", "macs", "-f", "csv")


def test_each_goes_before_the_next(archcalc, project, monkeypatch):
    assert macs(archcalc(*SHOWN)) == MACS
    project("[tool.archcalc]\nbatch = 2\n")
    assert macs(archcalc(*SHOWN)) == 2 * MACS
    project("[tool.archcalc]\nbatch = 2\n[tool.archcalc.show]\nbatch = 3\n")
    assert macs(archcalc(*SHOWN)) == 3 * MACS
    monkeypatch.setenv("ARCHCALC_BATCH", "5")
    assert macs(archcalc(*SHOWN)) == 5 * MACS
    monkeypatch.setenv("ARCHCALC_SHOW_BATCH", "7")
    assert macs(archcalc(*SHOWN)) == 7 * MACS
    assert macs(archcalc(*SHOWN, "--batch", "11")) == 11 * MACS
    assert macs(archcalc(*SHOWN, "--batch=11")) == 11 * MACS


def test_the_nearest_file_with_a_section_counts(archcalc, project, tmp_path, monkeypatch):
    project("[tool.archcalc]\nbatch = 2\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "pyproject.toml").write_text("[project]\nname = 'archcalc'\n", encoding="utf-8")
    monkeypatch.chdir(inner)
    shown = ("show", "../../net.yaml", *SHOWN[2:])
    assert macs(archcalc(*shown)) == 2 * MACS
    (tmp_path / "a" / ".git").mkdir()  # another repository
    assert macs(archcalc(*shown)) == MACS


def test_flags_lists_and_words(archcalc, project):
    project("[tool.archcalc.check]\nquiet = true\nmax-params = '100'\nrequire = ['macs > 1K', 'out.c = 5']\n")
    run = archcalc("check", "net.yaml")
    # 3·3·3·4 + 4 = 112
    assert [line.split("  (")[0] for line in run.out.splitlines()] == [
        "FALSE net  params  claimed at most 100, computed 112",
        "FALSE net  out.c  claimed = 5, computed 4",
        "3 claims of 1 spec: 1 hold, 2 false",
    ]
    assert run.code == 1


def test_a_default_gives_way_in_silence(archcalc, project):
    """To what the command line asks for; a budget to a sheet; a format to a command that does not write it."""
    project(
        '[tool.archcalc]\nformat = "html"\n'
        '[tool.archcalc.show]\ncolumns = "params"\n'
        '[tool.archcalc.check]\nmax-macs = "1"\n'
    )
    assert archcalc("show", "net.yaml").out.startswith("<!DOCTYPE html>")
    assert '"params": 112' in archcalc("show", "net.yaml", "-f", "json").out
    assert archcalc("show", "net.yaml", "-fcsv").out == "params\n112\n"
    assert archcalc("show", "net.yaml", "-o", "table.csv").err == "wrote table.csv\n"
    assert archcalc("lint", "net.yaml").out == "0 pieces of advice on 1 spec\n"
    assert archcalc("check", ROOT / "docs" / "sheet.yaml").out.endswith("2 right, 1 wrong (1 explained)\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[tool.archcalc]\nbtach = 8\n",
            "error: there is no default for `btach`\n --> pyproject.toml:4:1\n4 | btach = 8\n  | ^^^^^\n"
            "  = help: did you mean `batch`?\n",
        ),
        (
            '[tool.archcalc]\n[tool.archcalc.show]\ncolums = "a"\n',
            "error: `archcalc show` takes no default for `colums`\n --> pyproject.toml:5:1\n5 | colums = \"a\"\n"
            "  | ^^^^^^\n  = help: did you mean `columns`?\n",
        ),
        (
            "[tool.archcalc.shwo]\nbatch = 8\n",
            "error: there is no default for `shwo`\n --> pyproject.toml:3:16\n3 | [tool.archcalc.shwo]\n"
            "  |                ^^^^\n  = help: did you mean `show`?\n",
        ),
        (
            "[tool.archcalc.grade]\njobs = 1\n",
            "error: `archcalc grade` takes no defaults\n --> pyproject.toml:4:1\n4 | jobs = 1\n  | ^^^^\n"
            "  = help: write the option on the command line\n",
        ),
        (
            "[tool.archcalc.show]\noutput = 'x.csv'\n",
            "error: `archcalc show` takes no default for `output`\n --> pyproject.toml:4:1\n4 | output = 'x.csv'\n"
            "  | ^^^^^^\n  = help: write --output on the command line\n",
        ),
        (
            "[tool.archcalc]\nbatch = [1, 2]\n",
            "error: `batch` is a text or a number, got `[1, 2]`\n --> pyproject.toml:4:1\n4 | batch = [1, 2]\n"
            "  | ^^^^^\n",
        ),
        (
            "[tool]\narchcalc = 3\n",
            "error: `archcalc` is a table\n --> pyproject.toml:1:1\n1 | [project]\n  | ^\n"
            "  = help: write [tool.archcalc]\n",
        ),
        (
            "[tool.archcalc]\nbatch =\n",
            "error: pyproject.toml is no TOML: Invalid value\n --> pyproject.toml:4:8\n4 | batch =\n  |        ^\n",
        ),
        (
            "[tool.archcalc]\nbatch = 0\n",
            "error: a batch has at least 1 example, got 0\n"
            "= batch = 0 of pyproject.toml:4 counts, where the command line says nothing\n",
        ),
        (
            "[tool.archcalc]\nbatch = 'many'\n",
            "error: Invalid value for '--batch': 'many' is not a valid int\n"
            "= batch = many of pyproject.toml:4 counts, where the command line says nothing\n"
            "= help: `archcalc show --help` lists what it takes\n",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_file_is_told_with_its_place(archcalc, project, text, said):
    project(text)
    run = archcalc("show", "net.yaml")
    assert (run.code, run.out, run.err) == (2, "", said)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ARCHCALC_FROMAT", "there is no default for `fromat`\n= help: did you mean `ARCHCALC_FORMAT`?\n"),
        (
            "ARCHCALC_SHOW_COLUMS",
            "`archcalc show` takes no default for `colums`\n= help: did you mean `ARCHCALC_SHOW_COLUMNS`?\n",
        ),
    ],
)
def test_a_variable_that_is_none_is_told(archcalc, project, monkeypatch, name, said):
    project("")
    monkeypatch.setenv(name, "x")
    run = archcalc("show", "net.yaml")
    assert (run.code, run.err) == (2, f"error: {name}: {said}")
    assert archcalc("show", "--help").code == 0


def test_a_word_for_a_flag(archcalc, project, monkeypatch):
    project("")
    monkeypatch.setenv("ARCHCALC_CHECK_QUIET", "maybe")
    said = "error: `quiet` is true or false, got `maybe`\n= it comes from ARCHCALC_CHECK_QUIET=maybe\n"
    assert archcalc("check", "lenet5").err == said
    monkeypatch.setenv("ARCHCALC_CHECK_QUIET", "1")
    assert archcalc("check", "lenet5").out == "12 claims of 1 spec: 12 hold, 0 false\n"


@pytest.mark.parametrize("name", ["ARCHCALC_DEBUG", "ARCHCALC_SECRET"])
def test_variables_that_are_no_defaults(archcalc, project, monkeypatch, name):
    project("")
    monkeypatch.setenv(name, "1")
    assert archcalc("show", "net.yaml").code == 0


def test_an_error_is_a_document_where_json_is_the_default(archcalc, project, monkeypatch):
    project("")
    monkeypatch.setenv("ARCHCALC_FORMAT", "json")
    assert archcalc("show", "nett.yaml").out.startswith('{\n "schema": "archcalc/errors/1"')


def test_options_for_all_commands_exist_and_mean_one_thing():
    commands = typer.main.get_command(application()).commands
    options: dict[str, set[str]] = {}
    for name, command in commands.items():
        if name not in HOMEWORK:
            for option in command.params:
                for word in option.opts:
                    options.setdefault(word.removeprefix("--"), set()).add(option.type.name)
    assert [name for name in EVERYWHERE if len(options.get(name, ())) != 1] == []
    assert [name for name in NEVER if name not in options and name != "help"] == []
    assert not {name.replace("-", "_").upper() for name in EVERYWHERE} & {name.upper() for name in commands}
