"""`archcalc import`, and other tools' files wherever a spec is asked for."""

from __future__ import annotations

from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

import archcalc as package

FILES = Path(__file__).parents[1] / "interop" / "files"
TINY = FILES / "darknet" / "yolov3-tiny.cfg"
CFG = "[net]\nwidth=20\nheight=12\nchannels=3\n[convolutional]\nfilters=4\nsize=3\npad=1\n"


def test_a_file_becomes_a_spec_that_holds_what_it_claims(tmp_path, archcalc):
    out = tmp_path / "tiny.yaml"
    done = archcalc("import", TINY, "-o", out)
    assert (done.code, done.err) == (0, f"wrote {out}\n")
    assert archcalc("check", out).code == 0
    assert "are the same network: 43 layers" in archcalc("diff", TINY, out).out


def test_another_input(archcalc):
    assert "input: 3x320x320\n" in archcalc("import", TINY, "--input", "3x320x320").out


@pytest.mark.parametrize(
    "arguments",
    [
        ("show",), ("explain", "conv15"), ("rf",), ("memory",), ("draw",), ("lint",), ("lock",), ("check",),
        ("diff", TINY), ("compare", "lenet5"), ("sweep", "--vary", "input=3x320x320,3x416x416"),
    ],
)  # fmt: skip
def test_every_command_takes_it(arguments, archcalc):
    command, *others = arguments
    done = archcalc(command, TINY, *others)
    assert (done.code, done.err) == (0, "")
    assert done.out


def test_stdin(monkeypatch, archcalc):
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(CFG.encode())))
    done = archcalc("show", "-", "--columns", "layer,params")
    assert "112" in done.out  # 4*3*9 + 4


def test_python(tmp_path):
    (tmp_path / "net.cfg").write_text(CFG)
    assert package.load(tmp_path / "net.cfg").summary().totals.params == 112


def test_a_spec_is_one_already(spec, archcalc):
    name = spec("input: 3x5x5\nlayers: [relu]\n")
    done = archcalc("import", name)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {name} is a spec already\n")


def test_an_error_stands_where_it_is_in_the_file(spec, archcalc):
    name = spec(CFG + "[route]\nlayers=-4\n", "net.cfg")
    for arguments in (["show", name], ["import", name], ["compare", "lenet5", name], ["check", name]):
        done = archcalc(*arguments)
        assert (done.code, done.out) == (3, "")
        assert done.err == (
            "error: section -3 is not before this one, which is section 1\n"
            "  --> net.cfg:10:8\n"
            "10 | layers=-4\n"
            "   |        ^^\n"
            "   = help: name one of 0 to 0, or count back: -1 to -1\n"
        )


def test_text_in_an_old_encoding_is_read_and_binary_is_not(spec, archcalc):
    name = spec("", "net.cfg")
    Path(name).write_bytes(b"# caf\xe9\n" + CFG.encode())
    assert archcalc("show", name).code == 0
    Path(name).write_bytes(b"\0\1\2\xff" * 9)
    done = archcalc("show", name)
    assert (done.code, done.err) == (3, "error: net.cfg is not UTF-8 text (line 1)\n= help: save it as UTF-8\n")


def test_an_input_that_does_not_fit(archcalc):
    done = archcalc("show", TINY, "--input", "3x4")
    assert done.code == 3
    assert done.err.startswith("error: [convolutional] reads a map, what comes in is 3x4\n")
    done = archcalc("show", TINY, "--input", "big")
    assert done.code == 2
