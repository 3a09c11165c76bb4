"""Whole numbers of the command line: none is so large that a figure computed of it falls over."""

from __future__ import annotations

from io import StringIO

import pytest
import typer

from archcalc.cli.main import COMMANDS, application, main
from archcalc.cli.session import Session
from archcalc.core.units import hundredths

MOST = 10**15
DIGITS_400 = "9" * 400


def run(*arguments):
    out, err = StringIO(), StringIO()
    code = main(list(arguments), Session(out, err, terminal=False, color=False))
    return code, out.getvalue(), err.getvalue()


def whole_numbers():
    """Every option of every command that takes a whole number."""
    waiting = [((name,), command) for name, command in typer.main.get_command(application()).commands.items()]
    while waiting:
        path, command = waiting.pop()
        waiting += [((*path, name), inner) for name, inner in getattr(command, "commands", {}).items()]
        for parameter in command.params:
            if parameter.type.name.startswith("int"):
                yield " ".join([*path, parameter.opts[0]])


@pytest.mark.parametrize("option", sorted(whole_numbers()))
@pytest.mark.parametrize("number", [str(MOST + 1), DIGITS_400], ids=["16", "400"])
def test_none_is_above_the_limit(option, number):
    *command, name = option.split()
    code, _, err = run(*command, name, number)
    assert (code, err) == (2, f"error: {name} is a number above 10^15, the limit\n")


def test_there_are_such_options():
    assert {"show --batch", "memory --batch", "rf --target", "run --seed", "sweep --top"} <= set(whole_numbers())
    assert set(COMMANDS)


@pytest.mark.parametrize("format_", ["text", "markdown", "csv", "json", "latex", "html"])
@pytest.mark.parametrize("command", [["show"], ["show", "--convention", "fvcore"], ["memory", "--fit", "1kB"]])
def test_the_largest_batch_has_figures_in_every_format(command, format_):
    code, out, err = run(*command, "lenet5", "--batch", str(MOST), "--format", format_)
    assert (code, err) == (1 if "--fit" in command else 0, "")
    assert out


def test_large_figures_are_exact():
    """4,096 bytes of the input times 10^15: 4,096 * 10^9 MB, and 4,096 * 10^15 / 2^40 = 3,725,290.298 TiB."""
    _, out, _ = run("show", "lenet5", "--batch", str(MOST))
    assert "Input size (MB):                 4,096,000,000,000.00\n" in out
    _, out, _ = run("memory", "lenet5", "--batch", str(MOST))
    assert "Input (B):                       4,096,000,000,000,000,000 (3,725,290.30 TiB)\n" in out
    # a wider one, by hand: 10^30 + 10^4 is no double; in millions it is 10^24 + 0.01
    assert hundredths(10**30 + 10**4, 10**6) == "1,000,000,000,000,000,000,000,000.01"
