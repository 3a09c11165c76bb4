"""The growth of the process, from what the system says of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("numpy", reason="the numeric extra is not installed")

from archcalc.numeric.run import peak
from archcalc.numeric.run.peak import Peak


class System:
    """A /proc/self of two files."""

    def __init__(self, tmp_path, monkeypatch, clears=True):
        self.status = tmp_path / "status"
        monkeypatch.setattr(peak, "_STATUS", self.status)
        monkeypatch.setattr(peak, "_CLEAR", tmp_path / "clear" if clears else tmp_path / "no" / "clear")

    def says(self, resident, highest):
        self.status.write_text(f"Name: x\nVmHWM:\t {highest} kB\nVmRSS:\t {resident} kB\n", encoding="ascii")


def test_growth_is_the_peak_above_the_start(tmp_path, monkeypatch):
    system = System(tmp_path, monkeypatch)
    system.says(100, 100)
    start = Peak.from_here()
    assert (tmp_path / "clear").read_text(encoding="ascii") == "5"
    system.says(120, 170)
    assert start.growth() == 70 * 1024


def test_an_older_peak_that_cannot_be_cleared_hides_a_smaller_one(tmp_path, monkeypatch):
    system = System(tmp_path, monkeypatch, clears=False)
    system.says(100, 300)
    start = Peak.from_here()
    system.says(250, 300)
    assert start.growth() is None
    system.says(350, 350)
    assert start.growth() == 250 * 1024


def test_a_system_that_says_nothing(tmp_path, monkeypatch):
    System(tmp_path, monkeypatch)
    assert Peak.from_here().growth() is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux says how large a process has been")
def test_an_array_that_was_there_is_seen():
    """In a process of its own: a long-lived one has memory to give that it has freed before."""
    lines = [
        "import numpy as np; from archcalc.numeric.run.peak import Peak",
        "start = Peak.from_here(); np.ones(80_000_000 // 8).sum(); print(start.growth() or -1)",
    ]
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    growth = int(done.stdout)
    assert growth == -1 or 79_000_000 < growth < 120_000_000
