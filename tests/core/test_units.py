"""Numbers as people write them."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.core import Shape
from archcalc.core.units import Quantity, parse_quantity, parse_shape
from archcalc.errors import SpecError


class TestParse:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("61706", Quantity(61706)),
            ("61,706", Quantity(61706)),
            ("61_706", Quantity(61706)),
            ("61 706", Quantity(61706)),
            (" 1,234,567 ", Quantity(1234567)),
            ("010", Quantity(10)),
            ("0", Quantity(0)),
            ("-5", Quantity(-5)),
            ("−5", Quantity(-5)),
            ("1,234.5", Quantity(12345, -1)),
            (".5", Quantity(5, -1)),
            ("138M", Quantity(138, 0, "M")),
            ("4.09G", Quantity(409, -2, "G")),
            ("4.090 G", Quantity(4090, -3, "G")),
            ("1.2e6", Quantity(12, 5)),
            ("1.2E+6", Quantity(12, 5)),
            ("5e-3", Quantity(5, -3)),
            ("~60M", Quantity(60, 0, "M", approximate=True)),
            ("≈ 60M", Quantity(60, 0, "M", approximate=True)),
            ("93MB", Quantity(93, 0, "MB")),
            ("58.1 MiB", Quantity(581, -1, "MiB")),
            ("8GiB", Quantity(8, 0, "GiB")),
        ],
    )
    def test_quantity(self, text, expected):
        assert parse_quantity(text) == expected

    @pytest.mark.parametrize(
        ("unit", "scale"),
        [
            ("", 1), ("K", 1_000), ("M", 1_000_000), ("G", 1_000_000_000), ("T", 1_000_000_000_000),
            ("B", 1), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
            ("KiB", 1_024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776),
        ],
    )  # fmt: skip
    def test_units(self, unit, scale):
        quantity = parse_quantity(f"3{unit}")
        assert quantity.scale == scale
        assert quantity.in_bytes is unit.endswith("B")
        assert quantity.exact is (scale == 1)
        assert quantity.holds(3 * scale)

    @pytest.mark.parametrize(
        ("text", "what", "repair"),
        [
            (
                "1,23",
                "`1,23` has a comma that does not group thousands",
                "groups of three only: 1,234; a decimal sign is a point: 1.23",
            ),
            (
                "0,123",
                "`0,123` has a comma that does not group thousands",
                "groups of three only: 1,234; a decimal sign is a point: 1.23",
            ),
            ("1 2", "`1 2` has a space that does not group thousands", "groups of three only: 1,234"),
            (
                "1.234,5",
                "`1.234,5` has a comma after the decimal point",
                "the point is the decimal sign, commas group thousands: 1,234.5",
            ),
            ("1_234,567", "`1_234,567` mixes marks between its groups", "use one of them: 1,234,567"),
            ("138 m", "`m` is no unit", "write M for a million"),
            ("93 Mb", "`Mb` is no unit", "write MB for 1,000,000 bytes, MiB for 1,048,576"),
            (
                "3 foo",
                "`foo` is no unit",
                "K, M, G, T are powers of 1000; bytes are B, kB, MB, GB, TB or KiB, MiB, GiB, TiB",
            ),
            ("1.2e6M", "`1.2e6M` has both a power of ten and a unit", "write one of them: 1.2e6 or 1.2M"),
            ("1e999999999", "`1e999999999` is too long a number", "at most 18 digits, and 1e18"),
            ("1" * 19, f"`{'1' * 19}` is too long a number", "at most 18 digits, and 1e18"),
            ("many", "`many` is no number", "such as 61,706, 138M, ~60M, 1.2e6 or 58.1 MiB"),
            ("1/2", "`1/2` is no number", "such as 61,706, 138M, ~60M, 1.2e6 or 58.1 MiB"),
            ("٣", "`٣` is no number", "such as 61,706, 138M, ~60M, 1.2e6 or 58.1 MiB"),
            ("", "expected a number, got nothing", "such as 61,706 or 138M"),
        ],
    )
    def test_no_quantity(self, text, what, repair):
        with pytest.raises(SpecError) as caught:
            parse_quantity(text)
        assert (caught.value.what, caught.value.help) == (what, repair)

    @given(st.text("0123456789,._ +eEMGBix~-½٣", max_size=12))
    def test_any_text_is_read_or_refused(self, text):
        with suppress(SpecError):
            assert parse_quantity(text).scale >= 1


class TestHolds:
    @pytest.mark.parametrize(
        ("claim", "exact"), [("61,706", True), ("93 B", True), ("~61,706", False), ("62K", False), ("1.2e6", False)]
    )
    def test_a_full_number_is_exact(self, claim, exact):
        assert parse_quantity(claim).exact is exact

    @pytest.mark.parametrize(
        ("claim", "actual", "holds"),
        [
            ("61,706", 61_706, True),
            ("61,706", 61_707, False),
            ("138M", 138_357_544, True),  # VGG-16
            ("139M", 138_357_544, False),
            ("138.4M", 138_357_544, True),
            ("138.36M", 138_357_544, True),
            ("138.3M", 138_357_544, False),
            ("138.5M", 138_500_000, True),
            ("139M", 138_500_000, True),  # half up
            ("138M", 138_499_999, True),
            ("4.09G", 4_089_184_256, True),  # ResNet-50
            ("4.10G", 4_089_184_256, False),
            ("1.2e6", 1_249_999, True),
            ("1.2e6", 1_250_000, False),
            ("1.2e6", 1_150_000, True),
            ("~60M", 62_378_344, True),  # AlexNet
            ("~60M", 63_000_000, True),
            ("~60M", 63_000_001, False),
            ("~60M", 57_000_000, True),
            ("~60M", 56_999_999, False),
            ("58.1 MiB", 4 * 15_237_608, True),  # 60,950,432 bytes are 58.127 MiB
            ("58.1 MB", 4 * 15_237_608, False),
            ("61.0 MB", 4 * 15_237_608, True),
            ("60.95 MB", 4 * 15_237_608, True),
            ("-5", -5, True),
            ("-5", 5, False),
            ("-1.5K", -1_500, True),
            ("2.5", 2, False),
            ("2.0", 2, True),
        ],
    )
    def test_table(self, claim, actual, holds):
        assert parse_quantity(claim).holds(actual) is holds

    @given(st.integers(0, 10**13), st.integers(-6, 12), st.sampled_from(["", "K", "M", "MB", "MiB", "GiB"]))
    def test_rounding_is_half_up_in_exact_fractions(self, actual, exponent, unit):
        step = Quantity(1, 0, unit).scale * Fraction(10) ** exponent
        assert Quantity(0, exponent, unit).round(actual) == floor(actual / step + Fraction(1, 2))


class TestShape:
    @pytest.mark.parametrize("text", ["3x11x13", "3×11×13", "3X11X13", " 3 x 11 x 13 "])
    def test_sizes_joined_by_x(self, text):
        shape = parse_shape(text)
        assert type(shape) is Shape
        assert shape == (3, 11, 13)

    def test_a_vector(self):
        assert parse_shape("784") == (784,)

    @pytest.mark.parametrize(
        ("text", "what", "repair"),
        [
            ("3x", "`3x` is no shape", "sizes joined by x: 3x224x224"),
            ("", "`` is no shape", "sizes joined by x: 3x224x224"),
            ("-1x3", "`-1x3` is no shape", "sizes joined by x: 3x224x224"),
            ("3.5x2", "`3.5x2` is no shape", "sizes joined by x: 3x224x224"),
            ("[3, 11, 13]", "`[3, 11, 13]` is no shape", "write 3x11x13"),
            ("(3, 11, 13,)", "`(3, 11, 13,)` is no shape", "write 3x11x13"),
            ("3*11", "`3*11` is no shape", "write 3x11"),
            ("3 11", "`3 11` is no shape", "write 3x11"),
            ("3x0x13", "`3x0x13` has a size of 0", "each size is at least 1"),
            ("3x" + "9" * 19, f"`3x{'9' * 19}` is too large a shape", "at most 18 digits for one size"),
        ],
    )
    def test_no_shape(self, text, what, repair):
        with pytest.raises(SpecError) as caught:
            parse_shape(text)
        assert (caught.value.what, caught.value.help) == (what, repair)
