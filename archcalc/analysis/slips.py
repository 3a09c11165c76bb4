"""How a number may have become another one on its way to a page: doubled, in thousands, digits swapped."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.core.record import record
from archcalc.core.units import Quantity


@record
class Slip:
    """The claim is the figure times `numerator / denominator`."""

    says: str
    """What it would mean, for a sentence: `twice the figure`. Empty for no slip."""
    numerator: int = 1
    denominator: int = 1


NO_SLIP = Slip("")

SLIPS = (
    NO_SLIP,
    Slip("twice the figure", 2),
    Slip("half the figure", 1, 2),
    Slip("a thousand times the figure", 1000),
    Slip("a thousandth of the figure", 1, 1000),
    Slip("a million times the figure", 10**6),
    Slip("a millionth of the figure", 1, 10**6),
    *(Slip(f"the figure for a batch of {batch}", batch) for batch in (4, 8, 10, 16, 32, 64, 100, 128, 256)),
)
"""The likely ones, the likeliest first."""


def slips(claim: Quantity, figure: int) -> Iterator[Slip]:
    """The slips under which the figure is the claim."""
    for slip in SLIPS:
        value, rest = divmod(figure * slip.numerator, slip.denominator)
        if claim.holds(value) and (not claim.exact or not rest):
            yield slip


def digit_slip(claim: Quantity, figure: int) -> str:
    """`two digits are swapped`, `one digit differs`, `a digit is missing` or `too many`; empty where it is none."""
    if not claim.exact or claim.value < 1000 or figure == claim.value:
        return ""
    said, right = str(claim.value), str(figure)
    if len(said) + 1 == len(right):
        return "a digit is missing" if _without_one(right, said) else ""
    if len(said) == len(right) + 1:
        return "a digit is too many" if _without_one(said, right) else ""
    if len(said) != len(right):
        return ""
    differing = [index for index, (a, b) in enumerate(zip(said, right, strict=True)) if a != b]
    if len(differing) == 1:
        return "one digit differs"
    return "two digits are swapped" if _swapped(said, right, differing) else ""


def _without_one(longer: str, shorter: str) -> bool:
    return any(longer[:index] + longer[index + 1 :] == shorter for index in range(len(longer)))


def _swapped(said: str, right: str, differing: list[int]) -> bool:
    if len(differing) != 2 or differing[1] != differing[0] + 1:
        return False
    first, second = differing
    return said[first] == right[second] and said[second] == right[first]
