"""The library an array belongs to, so that one forward serves every library with NumPy's functions."""

from __future__ import annotations

import sys
from typing import Any

Array = Any
"""A NumPy array, or one of a library with the same functions (CuPy)."""


def array_namespace(x: Array) -> Any:
    """The library of an array: the module `numpy` for a NumPy array."""
    return sys.modules[type(x).__module__.partition(".")[0]]
