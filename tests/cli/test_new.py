"""`archcalc new`: a starter that loads, whose claims hold, and that never overwrites."""

from __future__ import annotations

from io import StringIO

import pytest

from archcalc import load, loads
from archcalc.cli.main import main
from archcalc.cli.session import Session

SCHEMA_LINE = "# yaml-language-server: $schema=archcalc.schema.json\n"


def run(*arguments):
    out, err = StringIO(), StringIO()
    code = main(["new", *arguments], Session(out, err, terminal=False, color=False))
    return code, out.getvalue(), err.getvalue()


def test_the_starter_loads_and_its_claims_hold():
    code, out, err = run()
    assert (code, err) == (0, "")
    assert out.startswith(f"{SCHEMA_LINE}name: My network\n")
    network = loads(out)
    assert [(result.subject, result.holds) for result in network.check()] == [
        ("params", True), ("conv1.out", True), ("conv1.params", True), ("pool2.out", True), ("macs", True),
    ]  # fmt: skip
    assert network.summary().totals.params == 61_706  # the lecture's LeNet-5


@pytest.mark.parametrize(
    "name", ["My LeNet", "it's: #1", "- x", "[a]", "yes", "5", "ÅNet", '"q"', "a: b", "{x}", "x #y"]
)
def test_any_name_reads_back(name):
    assert loads(run("--", name)[1]).document.name == name


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "\x1b[31mred"])
def test_a_name_that_is_no_line(name):
    message = "error: the name of a network is one line of text\n= help: such as 'My LeNet'\n"
    assert run(name) == (2, "", message)


def test_it_writes_a_new_file_and_checks(tmp_path):
    target = tmp_path / "net.yaml"
    assert run("My LeNet", "--output", str(target)) == (0, "", f"wrote {target}\n")
    assert target.read_text(encoding="utf-8") == run("My LeNet")[1]
    assert all(result.holds for result in load(target).check())


def test_it_never_overwrites(tmp_path):
    target = tmp_path / "net.yaml"
    target.write_text("mine", encoding="utf-8")
    message = f"error: {target} exists already\n= help: name another file: `new` never overwrites\n"
    assert run("--output", str(target)) == (2, "", message)
    assert target.read_text(encoding="utf-8") == "mine"


def test_a_folder_that_does_not_exist(tmp_path):
    target = tmp_path / "nowhere" / "net.yaml"
    message = f"error: {target} cannot be written: No such file or directory\n"
    assert run("--output", str(target)) == (2, "", message)
