"""Completion: what stands for the word under the cursor, and that real shells put it there."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer

from archcalc.cli.completion import answer, candidates, split
from archcalc.cli.completion.scripts import SCRIPTS
from archcalc.cli.completion.values import BY_METAVAR, BY_NAME
from archcalc.cli.main import COMMANDS, application

TOY = """\
input: 3x11x13
params: {width: 4, depth: 2}
layers: {stem: conv width 3x3 act=relu, flat: flatten, head: linear 5}
"""


def words(line: str) -> list[str]:
    *before, incomplete = split(line)
    return [found.word for found in candidates(before[1:], incomplete, COMMANDS, application)]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy.yaml").write_text(TOY, encoding="utf-8")
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "other one.yml").write_text(TOY, encoding="utf-8")
    (tmp_path / "picture.png").write_bytes(b"")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("archcalc s", ["show", "sweep", "schema"]),
        ("archcalc show alexn", ["alexnet", "alexnet_cs231n", "alexnet_torchvision"]),
        ("archcalc show alexnet", ["alexnet", "alexnet@grouped", "alexnet_cs231n", "alexnet_torchvision"]),
        ("archcalc show alexnet@", ["alexnet@grouped"]),
        ("archcalc show to", ["toy.yaml"]),
        ("archcalc show alo", ["alone/"]),
        ("archcalc show alone/", ["alone/other one.yml"]),
        ("archcalc show 'alone/o", ["alone/other one.yml"]),
        ("archcalc run toy.yaml --input p", ["picture.png"]),
        ("archcalc explain toy.yaml st", ["stem", "stem.conv", "stem.act"]),
        ("archcalc explain toy.yaml head.pa", ["head.params"]),
        ("archcalc explain toy.yaml stem.conv.mac", ["stem.conv.macs"]),
        ("archcalc rf toy.yaml --layer s", ["stem", "stem.conv", "stem.act"]),
        ("archcalc rf --layer s toy.yaml --wrt stem.c", ["stem.conv"]),
        ("archcalc rf --layer stem", []),  # of no spec nothing is known
        ("archcalc show wrong.yaml --only s", []),
        ("archcalc show toy.yaml --set w", ["width="]),
        ("archcalc sweep toy.yaml --vary ", ["width=", "depth=", "input="]),
        ("archcalc show toy.yaml --format ", ["text", "markdown", "csv", "json", "latex", "html", "svg", "png", "pdf"]),
        ("archcalc show toy.yaml -f j", ["json"]),
        ("archcalc show toy.yaml --format=j", ["--format=json"]),
        ("archcalc lint toy.yaml -f ", ["text", "json", "github"]),
        ("archcalc show toy.yaml --layout ", ["chw", "hwc"]),
        ("archcalc show toy.yaml --lay", ["--layout"]),
        ("archcalc show toy.yaml --layout hwc --lay", []),  # once is enough
        ("archcalc show toy.yaml --set width=2 --set", ["--set"]),  # as often as wanted
        ("archcalc show toy.yaml --batch ", []),
        ("archcalc show toy.yaml al", []),  # there is one spec
        ("archcalc compare toy.yaml alexnet_", ["alexnet_cs231n", "alexnet_torchvision"]),
        ("archcalc diff toy.yaml alexnet_", ["alexnet_cs231n", "alexnet_torchvision"]),
        ("archcalc calc depth", ["depthwise_conv"]),
        ("archcalc layers depth", ["depthwise_conv"]),
        ("archcalc lint --skip idle", ["idle-pool"]),
        ("archcalc quiz mis", ["misconceptions"]),
        ("archcalc quiz misconceptions par.no_in", ["par.no_in_channels", "par.no_in_channels+no_bias"]),
        ("archcalc show toy.yaml --convention lenet", ["lenet-1998"]),
        ("archcalc --show", ["--show-completion"]),
        ("archcalc --show-completion ", ["bash", "zsh", "fish"]),
        ("X=1 archcalc sho", ["show"]),
        ("archcalc nothing ", []),
    ],
)
def test_what_may_stand_there(line, found):
    assert words(line) == found


def test_what_a_candidate_means_is_said_to_shells_that_show_it(monkeypatch):
    monkeypatch.setenv("_ARCHCALC_LINE", "archcalc dif")
    assert (
        answer("fish", COMMANDS, application)
        == "diff\tWhat changed from A to B, layer by layer: changed, added, removed,...\n"
    )


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("archcalc show alexnet@g", ["grouped"]),
        ("archcalc show toy.yaml --format=j", ["json"]),
        ("archcalc show alone/", [r"alone/other\ one.yml"]),
    ],
)
def test_bash_puts_in_what_is_behind_its_last_break(monkeypatch, line, lines):
    monkeypatch.setenv("_ARCHCALC_LINE", line)
    monkeypatch.setenv("_ARCHCALC_BREAKS", " \t\n\"'@><=;|&(:")
    assert answer("bash", COMMANDS, application).splitlines() == lines


def test_every_value_of_the_command_line_is_known_or_one_of_its_own():
    """A new option says what stands for it, or that nobody can know."""
    own = {
        "A,B", "N", "NAME", "KEY=VALUE", "SHAPE", "Y,X", "N,N", "DEMAND", "R", "K", "S", "TYPE", "BYTES", "LAYER=FILE",
        "STEPS", "COLOUR", "P", "D", "G", "M", "NAME=VALUES", "CONDITION", "ID", "COLUMN", "FIGURE", "W:H", "ROWS", "B",
        "QUESTION=ANSWER",
    }  # fmt: skip
    unknown = [
        f"{name} {parameter.opts[0]} {metavar}"
        for name, parameter in _parameters(typer.main.get_command(application()))
        if not getattr(parameter, "is_flag", False)
        and (metavar := (parameter.metavar or "").strip("[].")) not in own
        and parameter.name.rstrip("_") not in BY_NAME
        and metavar not in BY_METAVAR
        and "|" not in metavar
    ]
    assert unknown == []


def test_no_name_of_the_table_is_of_no_parameter():
    named = {p.name.rstrip("_") for _, p in _parameters(typer.main.get_command(application()))}
    assert set(BY_NAME) - named == set()


def _parameters(command, path=""):
    yield from ((path, parameter) for parameter in command.params)
    for name, inner in getattr(command, "commands", {}).items():
        yield from _parameters(inner, f"{path} {name}".strip())


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """`archcalc` as a command on the PATH, and a home of its own."""
    home = tmp_path / "home"
    home.mkdir()
    program = tmp_path / "bin" / "archcalc"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m archcalc \"$@\"\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(variable, raising=False)
    return home


def shell(name: str, script: str) -> list[str]:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    done = subprocess.run([name, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.stdout.splitlines()


def completed_by_bash(line: str, start: str = "source <(archcalc --show-completion bash)") -> list[str]:
    return shell(
        "bash",
        f"{start}; COMP_LINE={line!r}; COMP_POINT=${{#COMP_LINE}}; "
        "COMP_WORDBREAKS=$' \\t\\n\"\\'@><=;|&(:'; compopt() { :; }; _archcalc_completion archcalc; "
        'printf "%s\\n" "${COMPREPLY[@]}"',
    )


@pytest.mark.usefixtures("installed")
def test_bash_completes():
    assert completed_by_bash("archcalc show alexnet@g") == ["grouped"]
    assert completed_by_bash("archcalc explain toy.yaml st") == ["stem", "stem.conv", "stem.act"]
    assert completed_by_bash("archcalc show alone/o") == [r"alone/other\ one.yml"]


@pytest.mark.usefixtures("installed")
def test_bash_completes_at_a_terminal():
    """As a hand does: words begun, tabs, return. 3 channels, 4 filters of 3x3 at 9x11 places."""
    said = typed("bash", ["--noprofile", "-i"], ".bashrc", "archcalc explain to\tst\t.conv.macs")
    assert "= 10,692" in said


@pytest.mark.usefixtures("installed")
def test_zsh_completes_at_a_terminal():
    """4 channels of 9x11 to 5 units."""
    said = typed("zsh", ["-i"], ".zshrc", "archcalc explain to\thea\t")
    assert "= 1,985" in said


def typed(name: str, options: list[str], start: str, line: str) -> str:
    """What a shell at a terminal says when a line is typed into it, once completion is installed."""
    pty = pytest.importorskip("pty", reason="there are no terminals here")
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    own = Path(os.environ["HOME"]) / start
    own.write_text("PS1='ready> '\n", encoding="utf-8")
    subprocess.run(["archcalc", "--install-completion", name], capture_output=True, check=True)
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(name, [name, *options])
    said = _until(terminal, "ready> ")
    time.sleep(0.5)  # zsh drops what is typed before it is ready
    os.write(terminal, f"{line}\n".encode())
    said += _until(terminal, "batch 1")  # the last line of what explain says
    os.kill(pid, signal.SIGHUP)
    os.waitpid(pid, 0)
    os.close(terminal)
    return said


def _until(terminal: int, words: str) -> str:
    said = ""
    while words not in said:
        ready, _, _ = select.select([terminal], [], [], 30)
        assert ready, said
        said += os.read(terminal, 65536).decode(errors="replace")
    return said


@pytest.mark.usefixtures("installed")
def test_fish_completes():
    start = "archcalc --show-completion fish | source; complete -C"
    assert shell("fish", f"{start} 'archcalc explain toy.yaml head.pa'") == ["head.params"]
    assert shell("fish", f"{start} 'archcalc show alexnet@'") == ["alexnet@grouped"]


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("bash", [".local/share/bash-completion/completions/archcalc", ".bashrc"]),
        ("zsh", [".local/share/archcalc/completion.zsh", ".zshrc"]),
        ("fish", [".config/fish/completions/archcalc.fish"]),
    ],
)
def test_a_script_is_put_where_its_shell_finds_it(archcalc, installed, name, files):
    for start in files[1:]:
        (installed / start).write_text("# mine", encoding="utf-8")
    run = archcalc("--install-completion", name)
    assert (run.code, run.out) == (0, "")
    said = [line.removeprefix("wrote ").replace(f"{installed}/", "") for line in run.err.splitlines()]
    assert said == files
    assert (
        (installed / files[0]).read_text(encoding="utf-8") == SCRIPTS[name] == archcalc("--show-completion", name).out
    )
    for start in files[1:]:
        assert (installed / start).read_text(encoding="utf-8") == f"# mine\nsource '{installed / files[0]}'\n"
    assert archcalc("--install-completion", name).err == f"wrote {installed / files[0]}\n"  # once


def test_a_shell_that_is_not_known(archcalc):
    run = archcalc("--show-completion", "tcsh")
    assert (run.code, run.err) == (2, "error: there is no completion for `tcsh`\n= help: bash, zsh or fish\n")


def test_the_commands_are_all_completed():
    assert sorted(words("archcalc ")) == sorted(COMMANDS)
