"""What a claim may be about, and how exactly it must hold."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.errors import SpecError

NET = "input: 3x11x13\nlayers: {c: conv 5 2x3, flat: flatten, fc: linear 7}\nexpect: {%s}\n"
"""c: 5x10x11, 5·(3·2·3) = 90 weights and 5 biases; flat: 550; fc: 550·7 + 7 = 3,857."""


def holds(claim: str) -> bool | None:
    return archcalc.loads(NET % claim).check()[0].holds


@pytest.mark.parametrize(
    "claim",
    [
        "params: 3952", "params: 3.95K", "params: ~4000", "c.params: 95", "c.weights: 90", "c.out: 5x10x11",
        "c.out.c: 5", "c.out.h: 10", "c.out.w: 11", "c/out: 5x10x11", "out: 7", "c.elements: 550",
        "c.macs: 9900", "macs: 13_750", "c.rf: 2x3",
    ],
)  # fmt: skip
def test_claims_that_hold(claim):
    assert holds(claim) is True


@pytest.mark.parametrize(
    "claim", ["params: 3951", "params: 3.96K", "params: ~5000", "c.out: 5x11x10", "out: 8", "c.out.h: 11", "c.out: 550"]
)
def test_claims_that_do_not(claim):
    assert holds(claim) is False


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("flat.out.h: 1", "550 has no height"),
        ("d.params: 1", "spec has no layer `d`"),
        ("c.parms: 1", "unknown quantity `parms`"),
    ],
)
def test_claims_about_nothing(claim, message):
    with pytest.raises(SpecError) as caught:
        archcalc.loads(NET % claim).check()
    (error,) = caught.value.errors
    assert error.what == message
    word = claim.rpartition(":")[0]
    column = 10 + (word.index("parms") if "parms" in word else 0)  # `expect: {` are 9 characters
    assert (error.place.line, error.place.column) == (3, column)


def test_every_wrong_claim_is_told_in_one_run():
    with pytest.raises(SpecError) as caught:
        archcalc.loads(NET % "d.params: 1, params: 3952, flat.out.h: 1").check()
    assert [error.what for error in caught.value.errors] == ["spec has no layer `d`", "550 has no height"]
