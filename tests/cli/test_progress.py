"""The bar of long work: only at a terminal, only after a while, and gone at the end."""

from __future__ import annotations

from io import StringIO

import pytest

from archcalc.cli import progress
from archcalc.cli.progress import progress_bar
from archcalc.cli.session import Session


class Terminal(StringIO):
    def isatty(self):
        return True


def told(err):
    with progress_bar(Session(StringIO(), err, terminal=True, color=False)) as tell:
        tell("covering", 3, 4)
        tell("covering", 4, 4)
    return err.getvalue()


def test_a_pipe_gets_none(monkeypatch):
    monkeypatch.setattr(progress, "_PATIENCE", 0)
    assert told(StringIO()) == ""


def test_short_work_gets_none():
    assert told(Terminal()) == ""


@pytest.mark.filterwarnings("error")
def test_a_terminal_sees_what_is_going_on_and_is_clean_afterwards(monkeypatch):
    monkeypatch.setattr(progress, "_PATIENCE", 0)
    monkeypatch.setenv("TERM", "xterm")
    written = told(Terminal())
    assert "covering" in written
    assert "100%" in written
    assert written.endswith("\x1b[1A\x1b[2K")  # a line up, and it is empty
