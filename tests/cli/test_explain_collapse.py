"""`archcalc explain SPEC --collapse`."""

from __future__ import annotations

import json

import pytest

NET = "input: 1x16\nlayers: {a: conv 1 2 bias=no, p: max_pool 1 stride=2, b: conv 1 2 bias=no}\n"


def test_the_one_filter(archcalc, spec):
    run = archcalc("explain", spec(NET), "--collapse", "--weights", "a=1 -1 / b=1 1", "-f", "json")
    (chain,) = json.loads(run.out)["chains"]
    assert (chain["filter"], chain["stride"], run.code) == ([[[1, -1, 1, -1]]], [2], 0)


@pytest.mark.parametrize("format", ["text", "markdown", "csv", "latex", "html"])
def test_formats(archcalc, spec, format):
    run = archcalc("explain", spec(NET), "--collapse", "-f", format)
    assert ("a, p, b" in run.out, run.err, run.code) == (True, "", 0)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("a", "--collapse"), "error: --collapse is of the whole network\n= help: leave out a\n"),
        (("--collapse", "--weights", "1 -1"),
         "error: --weights 1 -1 names no layer\n= help: --weights 'conv1=1 -1 / conv2=1 1'\n"),
    ],
)  # fmt: skip
def test_what_is_refused(archcalc, spec, arguments, error):
    run = archcalc("explain", spec(NET), *arguments)
    assert (run.out, run.err, run.code) == ("", error, 2)
