"""No command ends in a bug where the disk is full: each says so, exits 6 and leaves the file that was there."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

NET = "input: 1x5x7\nlayers:\n  conv: conv 2 3\n"
COMMANDS = {
    "show": ("show", "lenet5", "-o", "OUT"),
    "show --format html": ("show", "lenet5", "-f", "html", "-o", "OUT"),
    "rf": ("rf", "lenet5", "-o", "OUT"),
    "check": ("check", "lenet5", "-f", "json", "-o", "OUT"),
    "check a sheet": ("check", "sheet.yaml", "-f", "junit", "-o", "OUT"),
    "lock": ("lock", "lenet5", "-o", "OUT"),
    "new": ("new", "-o", "new.yaml"),
    "quiz key": ("quiz", "key", "-a", "hw1.yaml", "-o", "OUT"),
    "run": ("run", "net.yaml", "-f", "json", "-o", "OUT"),
    "run --save": ("run", "net.yaml", "--save", "conv=OUT.npy"),
    "run --show": ("run", "net.yaml", "--show", "conv", "-o", "OUT.png"),
}


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk(tmp_path, monkeypatch, archcalc, name):
    if name.startswith("run"):
        pytest.importorskip("numpy")
    if name == "run --show":
        pytest.importorskip("PIL")
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET, encoding="utf-8")
    Path("hw1.yaml").write_text("questions: [{id: q, spec: lenet5, get: params, points: 1}]\n", encoding="utf-8")
    Path("sheet.yaml").write_text("of: lenet5\nanswers: {params: 61706}\n", encoding="utf-8")
    for file in ("OUT", "OUT.npy", "OUT.png"):
        Path(file).write_text("old", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in Path(".").iterdir()}

    monkeypatch.setattr(os, "write", full)
    found = archcalc(*COMMANDS[name])
    (file,) = [word.removeprefix("conv=") for word in COMMANDS[name] if "OUT" in word or word == "new.yaml"]
    assert (found.code, found.err) == (
        6, f"error: no room left on the disk for {file}\n= help: make room there, and run it again\n",
    )  # fmt: skip
    assert {path.name: path.read_bytes() for path in Path(".").iterdir()} == before


def test_papers_that_find_no_room(tmp_path, monkeypatch, archcalc):
    monkeypatch.chdir(tmp_path)
    vary = "{id: q, layer: conv $k 3, input: 1x5x5, vary: {k: [4, 5]}, get: params, points: 1}"
    Path("hw1.yaml").write_text(f"id: hw1\nquestions: [{vary}]\n", encoding="utf-8")
    Path("secret").write_text("a secret of 24 letters..\n", encoding="utf-8")
    own = os.write
    left = [1]

    def write(file, data):
        left[0] -= 1
        return own(file, data) if left[0] >= 0 else full()

    arguments = ("quiz", "issue", "-a", "hw1.yaml", "--student", "s1", "--secret-file", "secret", "-o", "papers")
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write)
        found = archcalc(*arguments)
    assert found.code == 6
    assert "error: no room left on the disk for papers/s1.md\n" in found.err
    assert archcalc(*arguments).code == 0
    assert sorted(path.name for path in Path("papers").iterdir()) == ["s1.md", "s1.yaml"]
