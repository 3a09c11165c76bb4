"""Settings of all tests."""

from __future__ import annotations

import os

from hypothesis import settings

for variable in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
    os.environ.pop(variable, None)  # in CI, too, a test that speaks of them sets them

# A slow machine is no failure, and every machine tries the same examples and leaves no files behind.
settings.register_profile("archcalc", deadline=None, derandomize=True, database=None)
settings.load_profile("archcalc")
