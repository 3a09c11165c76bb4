"""The footer of a network's table."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.analysis.fold import fold
from archcalc.report.network.summary import summary_table


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (250_000, "1.00"),  # 4 bytes each: exactly a million
        (249_999, "1"),  # 999,996 bytes, three digits
        (250_001, "1.00"),
        (2_500, "0.01"),
        (617, "0.00247"),
        (625_125, "2.50"),  # 2,500,500 bytes lie between: half to even
        (628_750, "2.52"),  # 2,515,000: half to even
    ],
)
def test_megabytes_have_two_decimals_or_three_digits(values, shown):
    summary = archcalc.loads(f"input: {values}\nlayers: [relu]\n").summary()
    assert dict(summary_table(summary, fold(summary)).footer)["Input size (MB)"] == shown
