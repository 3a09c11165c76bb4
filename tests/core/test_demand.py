"""The one language of demands: what each text means, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archcalc.core.demand import parse_demand, parse_wanted
from archcalc.errors import SpecError


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("61706", [61_706], [61_705, 61_707]),
        ("= 61,706", [61_706], [61_705]),
        ("==61706", [61_706], [61_705]),
        ("138M", [137_500_000, 138_499_999], [137_499_999, 138_500_000]),  # the digits written
        ("= 138M", [137_500_000, 138_499_999], [137_499_999, 138_500_000]),
        ("~60M", [57_000_000, 63_000_000], [56_999_999, 63_000_001]),  # 5 %
        ("!= 7", [6, 8], [7]),
        ("≠ 7", [6, 8], [7]),
        ("!= 138M", [139_000_000], [138_000_001]),
        ("<= 20K", [20_000, -1], [20_001]),  # no rounding beside a bound
        ("≤20K", [20_000], [20_001]),
        ("=< 20K", [20_000], [20_001]),
        ("< 20K", [19_999], [20_000]),
        (">= 1.5", [Fraction(3, 2), 2], [1, Fraction(149, 100)]),
        ("=> 2", [2], [1]),
        ("> 35", [36], [35]),
        (">= -1", [-1, 0], [-2]),
        ("10..20", [10, 20], [9, 21]),
        ("= 10 .. 20", [10, 20], [9, 21]),
        ("4.0G..4.2G", [4_000_000_000, 4_200_000_000], [3_999_999_999, 4_200_000_001]),
        ("0.5..0.75", [Fraction(1, 2), Fraction(3, 4)], [0, 1]),
        ("7..7", [7], [6, 8]),
    ],
)
def test_what_a_number_may_be(text, yes, no):
    wanted = parse_wanted("conv.start", text)
    assert [wanted.holds([(value, value)]) for value in yes] == [True] * len(yes)
    assert [wanted.holds([(value, value)]) for value in no] == [False] * len(no)


@pytest.mark.parametrize(
    ("text", "ends", "holds"),
    [
        (">= 188", [(188, 204), (188, 204)], True),  # some units see 188, and some 204
        (">= 189", [(188, 204), (188, 204)], False),
        ("<= 204", [(188, 204), (188, 204)], True),
        ("= 204", [(188, 204), (188, 204)], False),
        ("188..204", [(188, 204), (188, 204)], True),
        (">= 3", [(3, 3), (5, 5)], True),
        (">= 4", [(3, 3), (5, 5)], False),
        (">= 3x5", [(3, 3), (5, 5)], True),
        (">= 5x3", [(3, 3), (5, 5)], False),
        ("= 3x5", [(3, 3), (5, 5)], True),
        ("!= 3x5", [(3, 3), (5, 5)], False),
        ("!= 3x6", [(3, 3), (5, 5)], True),
        ("!= 5x5", [(3, 3), (5, 5)], True),
        ("= -1.5x2", [(Fraction(-3, 2),) * 2, (2, 2)], True),
        (">= 1", [(None, None)], False),
        ("!= 1", [(None, None)], False),
    ],
)
def test_every_axis_and_every_unit_count(text, ends, holds):
    assert parse_wanted("a.rf", text).holds(ends) is holds


@pytest.mark.parametrize(
    ("text", "sizes", "holds"),
    [
        ("16x5x7", (16, 5, 7), True),
        ("= 16×5×7", (16, 5, 7), True),
        ("!= 16x5x7", (16, 5, 7), False),
        ("16x5", (16, 5, 7), False),
        ("!= 16x5", (16, 5, 7), True),
        ("5", (5, 5, 5), False),  # a shape of one axis
        ("5", (5,), True),
    ],
)
def test_shapes(text, sizes, holds):
    wanted = parse_wanted("conv.out", text)
    assert wanted.shape
    assert wanted.holds([(size, size) for size in sizes]) is holds


@pytest.mark.parametrize("text", ["= 560", "<= 560", "500..600"])
def test_beside_a_sign_a_number_counts_the_values_of_an_output(text):
    assert not parse_wanted("conv.out", text).shape


@pytest.mark.parametrize(
    ("text", "subject", "wanted"),
    [
        ("params <= 20K", "params", "<= 20K"),
        ("conv5.rf=163", "conv5.rf", "=163"),
        ("a/b.rf>=3", "a.b.rf", ">=3"),
        ("macs 4.0G..4.2G", "macs", "4.0G..4.2G"),
        ("macs = 4.0G .. 4.2G", "macs", "= 4.0G .. 4.2G"),
        ("out: 16x5x5", "out", "16x5x5"),
        ("params: <= 20K", "params", "<= 20K"),
        ("params ~60M", "params", "~60M"),
        (" layer1.0.conv2.out.c != 64 ", "layer1.0.conv2.out.c", "!= 64"),
    ],
)
def test_demands(text, subject, wanted):
    demand = parse_demand(text)
    assert (demand.subject, demand.wanted, demand.text) == (subject, parse_wanted(subject, wanted), text.strip())


EXAMPLES = "such as params <= 20K, conv5.rf >= 163, macs = 4.0G..4.2G or out = 10"


@pytest.mark.parametrize(
    ("text", "what", "help"),
    [
        ("params", "`params` compares nothing", EXAMPLES),
        ("params 5", "`params 5` compares nothing", EXAMPLES),
        ("<= 5", "`<= 5` compares nothing", EXAMPLES),
        ("", "`` compares nothing", EXAMPLES),
        ("params <= ~5M", "a bound is exact, here `~5M`", "write 5M"),
        ("params ~1M..2M", "a bound is exact, here `~1M`", "write 1M"),
        ("params < 5m", "`m` is no unit", "write M for a million"),
        ("params < 5MB", "`5MB` has the wrong unit for params", "write 5M or 600K"),
        ("peak_activation_bytes < 5M", "`5M` has the wrong unit for peak_activation_bytes", "write 64MiB or 64MB"),
        ("params 20K..10K", "`20K..10K` is empty", "the smaller end first: 10K..20K"),
        ("params 0.9..0.5", "`0.9..0.5` is empty", "the smaller end first: 0.5..0.9"),
        ("params 1...20", "`1...20` is no range", "write both ends: 20K..30K"),
        ("params: 1..", "`1..` is no range", "write both ends: 20K..30K"),
        ("params <= 1..2", "`<= 1..2` is no range", "write both ends: 20K..30K"),
        ("params 1..2..3", "`1..2..3` is no range", "write both ends: 20K..30K"),
        ("out < 3x2", "shapes are equal or not, here `<`", "write out = 16x5x5, or elements <= 400"),
        ("params <> 3", "`> 3` is no number", "such as 61,706, 138M, ~60M, 1.2e6 or 58.1 MiB"),
    ],
)
def test_what_is_no_demand(text, what, help):
    with pytest.raises(SpecError) as caught:
        parse_demand(text)
    assert (caught.value.what, caught.value.help) == (what, help)
