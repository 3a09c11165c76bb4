"""How a number may have become another one on its way to a page: rounded, cut off, in thousands, digits swapped.

One catalogue for all who look for where a number comes from: `reconcile`, and the marking of answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import floor

from archcalc.core.record import record
from archcalc.core.units import Quantity


@record
class Written:
    """A number as it stands on a page: so many steps, the step being the worth of its last digit."""

    mantissa: int
    step: Fraction
    near: bool = False
    """Written with ~: within 5 % is near enough."""

    @classmethod
    def of(cls, claim: Quantity) -> Written:
        """A claim: 4.09G is 409 steps of 10 million."""
        step = Fraction(claim.scale * 10 ** max(claim.exponent, 0), 10 ** max(-claim.exponent, 0))
        return cls(claim.mantissa, step, claim.approximate)

    @property
    def value(self) -> Fraction:
        return self.mantissa * self.step

    @property
    def exact(self) -> bool:
        """Whether every digit is written."""
        return self.step == 1 and not self.near

    @property
    def digits(self) -> int:
        """Significant digits: 2 of 650,000 and of 3.8G, 1 of 60M."""
        return len(str(abs(self.mantissa)).rstrip("0"))

    @property
    def coarse(self) -> Fraction:
        """The worth of the last digit that is not 0."""
        return self.step * Fraction(10 ** (len(str(abs(self.mantissa))) - max(1, self.digits)))

    def holds(self, figure: Fraction | int) -> bool:
        """Whether the figure, rounded half up to the digits written, is this number (or within 5 % of ~)."""
        if self.near:
            return abs(figure - self.value) * 20 <= abs(self.value)
        return floor(figure / self.step + Fraction(1, 2)) == self.mantissa

    def holds_coarsely(self, figure: Fraction | int) -> bool:
        """Whether the figure, rounded to the digits that are not 0 at the end, is this number: 62.4M is 60M.

        A single digit says too little where it is more than a tenth away: 138M is not 100M.
        """
        if self.digits < 2 and abs(self.value - figure) * 10 > figure:
            return False
        return floor(figure / self.coarse + Fraction(1, 2)) * self.coarse == self.value

    def cuts(self, figure: Fraction | int) -> bool:
        """Whether the figure begins with these digits: 659,272 is cut off at 650,000."""
        return floor(figure / self.coarse) * self.coarse == self.value


@record
class Factor:
    """Another unit, another batch, another convention: the number is the figure times `times`."""

    says: str
    """For a sentence: `twice the figure`. Empty for none."""
    times: Fraction = Fraction(1)
    digits: int = 1
    """A number of fewer significant digits is this by chance."""
    batch: bool = False
    """Only for figures that grow with the batch."""
    unit: bool = False
    """A matter of the unit alone: thousands for ones."""


@record
class Slip:
    """What happened to a figure: a factor, then how its digits were written."""

    factor: Factor
    precision: str = ""
    """For a sentence: `rounded to 1 digit`, `cut off after 2 digits`, `two digits are swapped`. Empty for none."""
    kind: str = ""
    """rounded, cut, swapped or digit."""

    @property
    def says(self) -> str:
        """The whole: `a thousand times the figure, cut off after 2 digits`. Empty for no slip."""
        return ", ".join(word for word in (self.factor.says, self.precision) if word)

    @property
    def rank(self) -> tuple[int, int]:
        """The likelier slips are less."""
        return FACTORS.index(self.factor), _KINDS.index(self.kind)


AS_IT_IS = Factor("")
BATCHES = (4, 8, 10, 16, 32, 64, 100, 128, 256)
FACTORS = (
    AS_IT_IS,
    Factor("twice the figure", Fraction(2), 2),
    Factor("half the figure", Fraction(1, 2), 2),
    Factor("a thousand times the figure", Fraction(1000), unit=True),
    Factor("a thousandth of the figure", Fraction(1, 1000), unit=True),
    Factor("a million times the figure", Fraction(10**6), unit=True),
    Factor("a millionth of the figure", Fraction(1, 10**6), unit=True),
    *(Factor(f"the figure for a batch of {batch}", Fraction(batch), 3, batch=True) for batch in BATCHES),
)
"""The likely ones, the likeliest first."""

_KINDS = ("", "rounded", "cut", "swapped", "digit")
NO_SLIP = Slip(AS_IT_IS)

FEWEST = 4
"""Digits of a number in which one wrong digit tells more than chance."""


def slips(written: Written, figure: int, main: bool = True, batched: bool = False) -> Iterator[Slip]:
    """The slips under which the figure is the number, the likeliest first.

    Args:
        main: a figure that people quote (params, macs, neurons); of all others one or two digits tell nothing.
        batched: a figure that grows with the batch.
    """
    for factor in FACTORS:
        if factor.batch and not batched:
            continue
        least = factor.digits if main else max(factor.digits, 2 if factor is AS_IT_IS else 3)
        if written.digits < least:
            continue
        precision = _precision(written, figure * factor.times, main, factor.unit)
        if precision is not None:
            yield Slip(factor, *precision)


def digit_slip(written: Written, figure: int) -> Slip | None:
    """Two digits swapped, one that differs, one missing or too many; None where it is none of these."""
    if not written.exact or written.mantissa < 0 or figure == written.mantissa:
        return None
    said, right = str(written.mantissa), str(figure)
    if max(len(said), len(right)) < FEWEST:
        return None
    for found, precision, kind in (
        (_swapped(said, right), "two digits are swapped", "swapped"),
        (_one_differs(said, right), "one digit differs", "digit"),
        (_without_one(right, said), "a digit is missing", "digit"),
        (_without_one(said, right), "a digit is too many", "digit"),
    ):
        if found:
            return Slip(AS_IT_IS, precision, kind)
    return None


def _precision(written: Written, figure: Fraction, main: bool, unit: bool) -> tuple[str, str] | None:
    """How the digits of the figure were written; None where they are others."""
    broken = unit and figure.denominator != 1
    if written.holds(figure) and (not written.exact or figure.denominator == 1):
        return "", ""
    if not main or written.near:
        return None
    digits = f"{written.digits} digit{'s' if written.digits > 1 else ''}"
    if (written.coarse != written.step or broken) and written.holds_coarsely(figure):
        return f"rounded to {digits}", "rounded"
    if (written.coarse != 1 or broken) and written.digits > 1 and written.cuts(figure):
        return f"cut off after {digits}", "cut"
    return None


def _without_one(longer: str, shorter: str) -> bool:
    return len(longer) == len(shorter) + 1 and any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))


def _one_differs(said: str, right: str) -> bool:
    return len(said) == len(right) and sum(a != b for a, b in zip(said, right, strict=True)) == 1


def _swapped(said: str, right: str) -> bool:
    return len(said) == len(right) and any(
        said[i : i + 2] == right[i : i + 2][::-1] and said[:i] == right[:i] and said[i + 2 :] == right[i + 2 :]
        for i in range(len(said) - 1)
    )
