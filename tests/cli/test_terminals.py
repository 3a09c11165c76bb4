"""Commands at a real terminal (a pty), in five encodings and three widths: all well, no line too wide, no name cut.

A name that must be typed (a spec, a layer, a kind, a rule) stands whole, on one line.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html import unescape

import pytest

from archcalc.analysis.catalog import catalog
from archcalc.layers import names as kinds
from archcalc.network import load
from archcalc.report.formats.page import columns_of

pty = pytest.importorskip("pty")  # not on Windows

ENCODINGS = ("utf-8", "ascii", "latin-1", "cp1252", "cp1255")
WIDTHS = (60, 80, 120)
NET = """\
name: net
input: 3x8x8
layers:
  conv1: conv 4 3x3
  conv_with_a_name_that_is_longer_than_the_narrowest_of_the_three_terminals: conv 5 3
  bn: batch_norm
  flat: flatten
  fc: linear 2
"""


def layers(spec):
    return [node.name for node in load(spec).graph.nodes]


COMMANDS = {
    "list": lambda: [row.name for row in catalog()],
    "list vgg": lambda: ["vgg11", "vgg13", "vgg16", "vgg19", "vgg16_torchvision"],
    "layers": lambda: list(kinds()),
    "layers conv": lambda: ["out_channels", "kernel_size", "padding_mode="],
    "show resnet152": lambda: layers("resnet152"),
    "show resnet50 --columns +kernel,+stride,+padding,+connections": lambda: layers("resnet50"),
    "memory resnet50": lambda: layers("resnet50"),
    "rf resnet50": lambda: layers("resnet50"),
    "rf alexnet --exact": lambda: ["conv1", "pool5"],
    "rf alexnet --effective": lambda: ["conv1", "pool5"],
    "rf alexnet --layer conv5 --explain": lambda: ["conv1", "conv5"],
    "rf alexnet --layer conv5 --draw": lambda: ["conv5"],
    "rf --layer conv1": lambda: ["alexnet", "resnet50"],
    "rf --target 31": list,
    "compare vgg16 googlenet": lambda: ["vgg16", "googlenet"],
    "compare vgg16 googlenet resnet50 mobilenet_v2 alexnet lenet5 densenet121 vgg19 nin": lambda: ["mobilenet_v2"],
    "compare vgg16 googlenet --stages": lambda: ["vgg16", "googlenet"],
    "explain alexnet conv1": lambda: ["conv1"],
    "explain alexnet conv1 --lecture": lambda: ["conv1"],
    "explain resnet50 params": lambda: [name for name in layers("resnet50") if "conv" in name],
    "calc conv --in 3x227x227 --out 96 --kernel 11 --stride 4": list,
    "calc conv --in 96x27x27 --kernel 5 --find padding,stride --size 27": list,
    "calc --size-steps lenet5": list,
    "lint vgg16 bottleneck alexnet": list,
    "lint --rules": lambda: ["bias-before-norm"],
    "check vgg16 resnet152": lambda: ["vgg16", "resnet152"],
    "diff bottleneck@direct bottleneck --all": list,
    "sweep lenet5 --vary input=28,32 --columns params,macs,flops,neurons,layers,weight_bytes": lambda: ["1x28x28"],
    "reconcile lenet5 --claim 435,646": list,
    "quiz misconceptions": lambda: ["out.ceil"],
    "quiz misconceptions --spec alexnet --layer conv1 --get params": lambda: ["par.no_bias"],
    "lock lenet5 --output lenet5.json": list,
    "show net.yaml": lambda: ["fc"],
    "memory net.yaml": lambda: ["fc"],
    "--help": list,
}  # fmt: skip
"""A command and the names that its output must have."""

DRIVER = """\
import fcntl, functools, os, struct, sys, termios
from archcalc.analysis import catalog
from archcalc.cli.main import main
catalog.catalog = functools.cache(catalog.catalog)
for width in {widths}:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    for number, command in enumerate({commands!a}):
        print("<<<", width, number)
        code = main(command.split())
        print(">>>", code)
sys.stdout.flush()
os._exit(0)
"""


def at_a_terminal(encoding, commands, folder):
    """What the commands wrote, as {(width, command): (text, exit code)}."""
    master, slave = pty.openpty()
    code = DRIVER.format(widths=WIDTHS, commands=commands)
    kept = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES", "NO_COLOR")}
    environment = {**kept, "PYTHONIOENCODING": encoding, "TERM": "xterm-256color"}
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, cwd=folder, env=environment):
        os.close(slave)
        data = b""
        while piece := _read(master):
            data += piece
    os.close(master)
    text = re.sub(r"\x1b\[[0-9;]*m", "", data.decode(encoding)).replace("\r\n", "\n")
    found = re.findall(r"^<<< (\d+) (\d+)\n(?s:(.*?))^>>> (.*)\n", text, re.MULTILINE)
    return {(int(width), commands[int(number)]): (output, code) for width, number, output, code in found}


def _read(master):
    try:
        return os.read(master, 65536)
    except OSError:  # the other end is closed
        return b""


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_and_width(encoding, tmp_path):
    (tmp_path / "net.yaml").write_text(NET, encoding="utf-8")
    written = at_a_terminal(encoding, list(COMMANDS), tmp_path)
    assert set(written) == {(width, command) for width in WIDTHS for command in COMMANDS}
    wrong = []
    for (width, command), (output, code) in written.items():
        if code != "0" or not output:
            wrong.append(f"{width} {command}: exit {code}: {output[:300]}")
        wrong += [f"{width} {command}: too wide: {line}" for line in output.split("\n") if columns_of(line) > width]
        words = set(re.split(r"[\s,;()]+|: |:$", output, flags=re.MULTILINE))
        wrong += [f"{width} {command}: {name} is cut" for name in COMMANDS[command]() if name not in words]
    assert wrong == []


def test_a_name_that_can_be_written_stays_and_another_is_escaped(tmp_path):
    (tmp_path / "רשת.yaml").write_text(NET, encoding="utf-8")
    show, wrong = "show רשת.yaml", "show רשת"
    hebrew = at_a_terminal("cp1255", [show, wrong], tmp_path)
    assert "· net (רשת) · input 3x8x8 ·" in hebrew[(80, show)][0]
    assert "רשת" in hebrew[(80, wrong)][0]
    western = at_a_terminal("cp1252", [show, wrong], tmp_path)
    assert r"· net (\u05e8\u05e9\u05ea) · input 3x8x8 ·" in western[(80, show)][0]
    assert r"\u05e8\u05e9\u05ea" in western[(80, wrong)][0]


def test_a_name_longer_than_the_terminal_is_broken_and_not_cut(tmp_path):
    (tmp_path / "net.yaml").write_text(NET, encoding="utf-8")
    output, _ = at_a_terminal("utf-8", ["memory net.yaml"], tmp_path)[(60, "memory net.yaml")]
    assert "conv_with_a_name_that_is_longer_than_the_narrowest_of_the_three_terminals" in output.replace("\n", "")


PIPE = """\
import sys
from html import unescape
from archcalc.cli.main import main
for number, command in enumerate({commands!a}):
    print("<<<", number)
    code = main(command.split())
    print(">>>", code)
"""


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_pipe_in_every_format(encoding, tmp_path):
    """As `PYTHONIOENCODING=cp1252 archcalc explain ... | cat` and a redirect on Windows: the same table of signs."""
    (tmp_path / "רשת.yaml").write_text(NET, encoding="utf-8")
    formats = ("text", "markdown", "csv", "json", "latex", "html")
    commands = [
        f"{command} -f {format}" for format in formats for command in ("show רשת.yaml", "explain alexnet conv1")
    ]
    done = subprocess.run(
        [sys.executable, "-c", PIPE.format(commands=commands)], capture_output=True, cwd=tmp_path, check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )  # fmt: skip
    out = done.stdout.decode(encoding)
    codes = re.findall(r"^>>> (.*)$", out, re.MULTILINE)
    assert (codes, done.stderr.decode(encoding)) == (["0"] * len(commands), "")
    assert "11-11-3" not in out
    written = dict(zip(commands, re.split(r"^<<< \d+$", out, flags=re.MULTILINE)[1:], strict=True))
    weight = "11·11·3·96 = 34,848" if "·".encode(encoding, "ignore") else "11*11*3*96 = 34,848"
    assert weight in written["explain alexnet conv1 -f text"]
    assert ("רשת" in written["show רשת.yaml -f text"]) is (encoding in ("utf-8", "cp1255"))
    assert "רשת" in unescape(written["show רשת.yaml -f html"])
    assert encoding == "utf-8" or written["show רשת.yaml -f html"].isascii()
    assert json.loads(written["show רשת.yaml -f json"].partition("\n>>>")[0])["spec"] == "רשת"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_error_in_every_encoding(encoding, tmp_path):
    """The caret stands under the fault although the signs before it have grown."""
    (tmp_path / "רשת.yaml").write_text("input: 3\nlayers: {a: {b: '…→ x'}, c: linera 2}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "archcalc", "show", "רשת.yaml"], capture_output=True, cwd=tmp_path, check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )  # fmt: skip
    err = done.stderr.decode(encoding)
    assert done.returncode == 3
    found = re.search(r"^2 \| (.*)\n  \| ( *)(\^+)\n  = help: did you mean `linear`", err, re.MULTILINE)
    assert found is not None, err
    assert found[1][len(found[2]) :].startswith("linera")


def test_a_file_is_utf_8_whatever_the_terminal_is(tmp_path):
    (tmp_path / "רשת.yaml").write_text(NET, encoding="utf-8")
    for ending in ("txt", "md", "csv", "html", "tex"):
        subprocess.run(
            [sys.executable, "-m", "archcalc", "show", "רשת.yaml", "-o", f"out.{ending}"], cwd=tmp_path, check=True,
            capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"},
        )  # fmt: skip
        text = (tmp_path / f"out.{ending}").read_text(encoding="utf-8")
        assert ("רשת" in text) is (ending != "csv")
