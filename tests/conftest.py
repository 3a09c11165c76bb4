"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# A slow machine is no failure, and every machine tries the same examples and leaves no files behind.
settings.register_profile("archcalc", deadline=None, derandomize=True, database=None)
settings.load_profile("archcalc")
