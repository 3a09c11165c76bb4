"""Settings of all tests."""

from __future__ import annotations

import os
import signal

import pytest
import yaml
from hypothesis import settings

for variable in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
    os.environ.pop(variable, None)  # in CI, too, a test that speaks of them sets them

# A job in the background ignores Ctrl-C, and so would everything that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A slow machine is no failure, and every machine tries the same examples and leaves no files behind.
settings.register_profile("archcalc", deadline=None, derandomize=True, database=None)
settings.load_profile("archcalc")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pure-yaml", action="store_true", help="read YAML without libyaml, as where it is missing")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--pure-yaml"):
        vars(yaml).pop("CLoader", None)
