"""What a figure should be, as people write it: 61706, <= 20K, >= 35, != 7, 20K..30K, ~60M, 16x5x5.

One language for the claims of a spec (`expect:`), budgets, `rf --require`, designs and `sweep --where`. A value after
`=` (or alone) is as precise as it is written: 138M must agree in the digits written, ~60M within 5 %. Beside `<=` and
its like and in a range, which has both its ends, a number is exactly that number.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from archcalc.core.record import record
from archcalc.core.units import Quantity, parse_quantity, parse_shape
from archcalc.errors import Repair, SpecError

if TYPE_CHECKING:
    from fractions import Fraction

Pair = tuple["Fraction | int | None", "Fraction | int | None"]
Ends = Sequence[Pair]
"""The least and the largest value of a figure along each axis; None where there is none."""

Value = tuple[Quantity, ...]
"""One number for all axes, or one an axis."""

_ORDER: dict[str, Callable[[Fraction | int, int], bool]] = {
    "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt,
}  # fmt: skip
_SPELLED = {"==": "=", "=<": "<=", "=>": ">=", "≤": "<=", "≥": ">=", "≠": "!="}
_SIGN = re.compile(r"\s*(<=|>=|==|=<|=>|!=|[=<>≤≥≠])?\s*(.*?)\s*", re.DOTALL)
_SIZES = re.compile(r"[-−]?[0-9.]+(\s*[xX×]\s*[-−]?[0-9.]+)+")
_DEMAND = re.compile(
    r"(?P<subject>[^\s<>=!:~≈≤≥≠]+)"
    r"(?:\s*:\s*|\s*(?=[<>=!~≈≤≥≠])|\s+(?=[-−]?[0-9.][^\s]*\s*\.\.))"
    r"(?P<wanted>\S.*)",
    re.DOTALL,
)
SHAPES = ("out", "filter")
"""What is a shape."""
EXAMPLES = "params <= 20K, conv5.rf >= 163, macs = 4.0G..4.2G or out = 10"


@record
class Wanted:
    """What a figure should be."""

    text: str
    sign: str
    """One of = != < <= > >= and .. (from the first value to the second)."""
    values: tuple[Value, ...]
    shape: bool = False
    """A shape, which has so many axes; else one number is meant for every axis."""

    def holds(self, ends: Ends) -> bool:
        """Whether it is so along every axis, for the least and the largest value there."""
        if len(self.values[0]) == 1 and not self.shape:
            return all(end is not None and self._one(0, end) for pair in ends for end in pair)
        if len(ends) != len(self.values[0]):
            return self.sign == "!="
        held = [self._along(axis, pair) for axis, pair in enumerate(ends)]
        return any(held) if self.sign == "!=" else all(held)

    def _along(self, axis: int, pair: Pair) -> bool:
        return all(end is not None and self._one(axis, end) for end in pair)

    def _one(self, axis: int, actual: Fraction | int) -> bool:
        first = self.values[0][axis]
        if self.sign in ("=", "!="):
            return first.holds(actual) == (self.sign == "=")
        if self.sign == "..":
            return first.beyond(actual) >= 0 >= self.values[1][axis].beyond(actual)
        return _ORDER[self.sign](first.beyond(actual), 0)


@record
class Demand:
    """A figure and what it should be: `conv5.rf >= 163`."""

    subject: str
    wanted: Wanted
    text: str


def parse_demand(text: str, figure: Callable[[str], str] = str) -> Demand:
    """Read `params <= 20K`, `conv5.rf=163`, `macs 4.0G..4.2G` or `out: 16x5x5`. Raises SpecError.

    Args:
        figure: the whole name of the figure for the one that is written.
    """
    parts = split_demand(text)
    if parts is None:
        raise SpecError(f"`{text.strip()}` compares nothing", help=f"such as {EXAMPLES}")
    subject = figure(parts[0].replace("/", "."))
    return Demand(subject, parse_wanted(subject, parts[1]), text.strip())


def split_demand(text: str) -> tuple[str, str] | None:
    """The figure and what it should be, as they are written; None where the text compares nothing."""
    match = _DEMAND.fullmatch(text.strip())
    return match and (match["subject"], match["wanted"])


def parse_wanted(subject: str, text: str) -> Wanted:
    """Read what `subject` should be: `61,706`, `<= 20K`, `20K..30K`, `16x5x5`. Raises SpecError."""
    match = _SIGN.fullmatch(text)
    assert match is not None
    sign, value = _SPELLED.get(match[1] or "", match[1] or ""), match[2]
    if ".." in value:
        return _range(text, sign, value, subject)
    if subject.rpartition(".")[2] in SHAPES and (not sign or re.search("[xX×]", value)):
        return _shape(text, sign or "=", value)
    sizes = re.split("[xX×]", value) if _SIZES.fullmatch(value) else [value]
    numbers = tuple([_number(size, subject, exact=sign in _ORDER) for size in sizes])
    return Wanted(text, sign or "=", (numbers,))


def _range(text: str, sign: str, value: str, subject: str) -> Wanted:
    ends = value.split("..")
    if sign not in ("", "=") or len(ends) != 2 or not all(ends) or ends[1].startswith("."):
        raise SpecError(f"`{text}` is no range", help="write both ends: 20K..30K")
    low, high = (_number(end, subject, exact=True) for end in ends)
    if low.beyond(high.fraction) < 0:
        swapped = f"{ends[1].strip()}..{ends[0].strip()}"
        raise SpecError(f"`{text}` is empty", help=f"the smaller end first: {swapped}", repair=Repair(text, swapped))
    return Wanted(text, "..", ((low,), (high,)))


def _shape(text: str, sign: str, value: str) -> Wanted:
    if sign in _ORDER:
        raise SpecError(f"shapes are equal or not, here `{sign}`", help="write out = 16x5x5, or elements <= 400")
    return Wanted(text, sign, (tuple(map(Quantity, parse_shape(value))),), shape=True)


def _number(text: str, subject: str, exact: bool) -> Quantity:
    number = parse_quantity(text)
    quantity = subject.rpartition(".")[2]
    if exact and number.approximate:
        raise SpecError(f"a bound is exact, here `{text}`", help=f"write {text.lstrip('~≈ ')}")
    if number.unit and number.in_bytes != quantity.endswith("bytes"):
        help = "write 64MiB or 64MB" if quantity.endswith("bytes") else "write 5M or 600K"
        raise SpecError(f"`{text}` has the wrong unit for {quantity}", help=help)
    return number
