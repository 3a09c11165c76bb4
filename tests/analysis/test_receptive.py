"""Receptive fields of whole nets, against published tables and an exhaustive propagation elsewhere."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

import pytest
from tests_paths import reference_facts

import archcalc
from archcalc.analysis.receptive import ReceptiveFields
from archcalc.analysis.receptive_effective import Influence, influences
from archcalc.analysis.receptive_table import exact_units, field_summary, padding_law
from archcalc.errors import UnknownName, UsageError
