"""Numbers as people write them: 61,706, 1.14G, 58.1 MiB, ~60M, 3x224x224. Exact, without floats.

K, M, G, T are powers of 1000. MB is 10^6 bytes, MiB is 2^20.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archcalc.core.record import record
from archcalc.core.shape import Shape
from archcalc.errors import Repair, SpecError

if TYPE_CHECKING:
    from fractions import Fraction

COUNT_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
BYTE_UNITS = {
    "B": 1,
    "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
}  # fmt: skip

MOST_DIGITS = 18
"""Longer numbers and powers of ten are refused, so that no claim can take long to read."""


@record
class Quantity:
    """A number of a claim: mantissa * 10^exponent * the unit's size, as precise as it was written.

    `138M` is mantissa 138, exponent 0; `4.09G` is 409 and -2; `1.2e6` is 12 and 5.
    """

    mantissa: int
    exponent: int = 0
    unit: str = ""
    approximate: bool = False
    """Written with ~: within 5 % is near enough."""

    @property
    def exact(self) -> bool:
        """Whether every digit is written, so that only this very number will do."""
        return not self.approximate and self.exponent == 0 and self.scale == 1

    @property
    def in_bytes(self) -> bool:
        return self.unit in BYTE_UNITS

    @property
    def scale(self) -> int:
        """What one of the unit counts: 1,000,000 for M and MB."""
        return BYTE_UNITS.get(self.unit) or COUNT_UNITS[self.unit]

    @property
    def value(self) -> int:
        """The number itself, rounded down: 4,090,000,000 for 4.09G."""
        step, parts = self._step
        return self.mantissa * step // parts

    @property
    def fraction(self) -> Fraction:
        """The number itself."""
        from fractions import Fraction

        return Fraction(self.mantissa * self._step[0], self._step[1])

    def holds(self, actual: Fraction | int) -> bool:
        """Whether `actual`, rounded half up to the digits written, is this number (or within 5 % of ~)."""
        if not self.approximate:
            return self.round(actual) == self.mantissa
        step, parts = self._step
        claimed = self.mantissa * step
        return -abs(claimed) <= 20 * (actual * parts - claimed) <= abs(claimed)

    def beyond(self, actual: Fraction | int) -> Fraction | int:
        """More than 0 where `actual` is more than the number as it is written, 0 where it is this very number."""
        step, parts = self._step
        return actual * parts - self.mantissa * step

    def round(self, actual: Fraction | int) -> int:
        """The mantissa that `actual` has when written with as many decimals and in the same unit."""
        step, parts = self._step
        size = actual if actual >= 0 else -actual
        magnitude = int((2 * size * parts + step) // (2 * step))
        return magnitude if actual >= 0 else -magnitude

    @property
    def _step(self) -> tuple[int, int]:
        """The worth of the last digit written, as numerator and denominator."""
        if self.exponent >= 0:
            return self.scale * 10**self.exponent, 1
        return self.scale, 10**-self.exponent


def hundredths(value: int, size: int) -> str:
    """`value / size` with two decimals, half to even, exact for any size of number: 3,725,290.30."""
    cents, rest = divmod(100 * value, size)
    cents += 2 * rest > size or (2 * rest == size and cents % 2)
    return f"{cents // 100:,}.{cents % 100:02}"


def parse_quantity(text: str) -> Quantity:
    """Read 61706, 61,706, 61_706, 61 706, 138M, 4.09G, 1.2e6, ~60M, 93MB or 58.1 MiB. Raises SpecError."""
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        raise _no_number(text)
    about, sign, number, power, unit = match.groups()
    if unit not in COUNT_UNITS and unit not in BYTE_UNITS:
        raise SpecError(f"`{unit}` is no unit", help=_UNIT_REPAIRS.get(unit.lower(), _UNITS))
    if power and unit:
        raise SpecError(f"`{text}` has both a power of ten and a unit", help="write one of them: 1.2e6 or 1.2M")
    whole, _, decimals = _ungrouped(number).partition(".")
    exponent = int(power or 0) - len(decimals)
    if len(whole + decimals) > MOST_DIGITS or abs(exponent) > MOST_DIGITS:
        raise SpecError(f"`{text}` is too long a number", help=f"at most {MOST_DIGITS} digits, and 1e{MOST_DIGITS}")
    mantissa = int(whole + decimals)
    return Quantity(-mantissa if sign else mantissa, exponent, unit, bool(about))


def parse_shape(text: str) -> Shape:
    """Read 3x224x224 (or 3×224×224). Raises SpecError."""
    sizes = [size.strip() for size in re.split("[xX×]", text)]
    if not all(re.fullmatch("[0-9]+", size) for size in sizes):
        raise _no_shape(text)
    if any(len(size) > MOST_DIGITS for size in sizes):
        raise SpecError(f"`{text}` is too large a shape", help=f"at most {MOST_DIGITS} digits for one size")
    shape = Shape(map(int, sizes))
    if 0 in shape:
        raise SpecError(f"`{text}` has a size of 0", help="each size is at least 1")
    return shape


_QUANTITY = re.compile(
    r"([~≈]?)\s*([-−]?)((?:[0-9][0-9,_ ]*)?[0-9](?:\.[0-9,_]+)?|\.[0-9]+)(?:[eE]\+?(-?[0-9]{1,9}))?\s*([A-Za-z]*)"
)

_UNITS = "K, M, G, T are powers of 1000; bytes are B, kB, MB, GB, TB or KiB, MiB, GiB, TiB"
_UNIT_REPAIRS = {
    "k": "write K for a thousand",
    "m": "write M for a million",
    "g": "write G for a billion",
    "t": "write T for a trillion",
    "b": "write B for bytes, G for a billion",
    "bn": "write G for a billion",
    "million": "write M for a million",
    "billion": "write G for a billion",
    "kb": "write kB for 1,000 bytes, KiB for 1,024",
    "mb": "write MB for 1,000,000 bytes, MiB for 1,048,576",
    "gb": "write GB for 10^9 bytes, GiB for 2^30",
    "tb": "write TB for 10^12 bytes, TiB for 2^40",
    "kib": "write KiB for 1,024 bytes",
    "mib": "write MiB for 1,048,576 bytes",
    "gib": "write GiB for 2^30 bytes",
    "tib": "write TiB for 2^40 bytes",
}


def _ungrouped(number: str) -> str:
    """The digits of 61,706 or 1_234.5 without the marks between groups of three."""
    whole, point, decimals = number.partition(".")
    if re.search("[,_]", decimals):
        raise SpecError(
            f"`{number}` has a comma after the decimal point",
            help="the point is the decimal sign, commas group thousands: 1,234.5",
        )
    marks = set(re.findall("[,_ ]", whole))
    if not marks:
        return whole + point + decimals
    if len(marks) > 1:
        raise SpecError(f"`{number}` mixes marks between its groups", help="use one of them: 1,234,567")
    mark = marks.pop()
    if not re.fullmatch(f"[1-9][0-9]{{0,2}}({mark}[0-9]{{3}})+", whole):
        word = {",": "comma", "_": "underscore", " ": "space"}[mark]
        repair = "; a decimal sign is a point: 1.23" if mark == "," else ""
        raise SpecError(
            f"`{number}` has a {word} that does not group thousands", help=f"groups of three only: 1,234{repair}"
        )
    return whole.replace(mark, "") + point + decimals


def _no_number(text: str) -> SpecError:
    if not text.strip():
        return SpecError("expected a number, got nothing", help="such as 61,706 or 138M")
    return SpecError(f"`{text}` is no number", help="such as 61,706, 138M, ~60M, 1.2e6 or 58.1 MiB")


def _no_shape(text: str) -> SpecError:
    if re.fullmatch(r"[\[(]?\s*[0-9]+(\s*[,*; ]\s*[0-9]+)+\s*,?\s*[\])]?", text.strip()) is None:
        return SpecError(f"`{text}` is no shape", help="sizes joined by x: 3x224x224")
    shape = "x".join(re.findall("[0-9]+", text))
    return SpecError(f"`{text}` is no shape", help=f"write {shape}", repair=Repair(text, shape))
