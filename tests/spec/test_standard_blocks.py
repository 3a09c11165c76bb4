"""The blocks that come with archcalc: what is read of their text without the language, and with it."""

from __future__ import annotations

import pytest

from archcalc.spec.check import standard_block
from archcalc.spec.standard_blocks import STANDARD_BLOCKS, arguments_written


@pytest.mark.parametrize("name", STANDARD_BLOCKS)
def test_the_arguments_written_are_those_of_the_block(name):
    assert arguments_written(name) == [argument.name for argument in standard_block(name).arguments]


def test_the_arguments_of_squeeze_excitation():
    assert arguments_written("squeeze_excitation") == ["reduction", "channels", "act", "gate"]
