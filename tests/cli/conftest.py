"""Runs a command as a user does, without a process."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO

import pytest

from archcalc.cli.main import main
from archcalc.cli.session import Session


@dataclass
class Run:
    """What one run left."""

    out: str
    err: str
    code: int


@pytest.fixture
def archcalc():
    def run(*arguments: str, terminal: bool = False, width: int = 80) -> Run:
        out, err = StringIO(), StringIO()
        code = main([str(argument) for argument in arguments], Session(out, err, terminal, color=False, width=width))
        return Run(out.getvalue(), err.getvalue(), code)

    return run


@pytest.fixture
def spec(tmp_path, monkeypatch):
    """Writes a spec into an empty folder, which becomes the working folder; gives its name."""
    monkeypatch.chdir(tmp_path)

    def write(text: str, name: str = "net.yaml") -> str:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return name

    return write
