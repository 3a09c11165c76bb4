"""archcalc: an architecture calculator for neural networks.

`archcalc.load("alexnet")` gives a Network; everything else hangs on it. Nothing heavy is imported before it
is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.version import __version__

if TYPE_CHECKING:
    from archcalc.calculation import values
    from archcalc.comparison import compare, diff
    from archcalc.network import Network, load, loads

__all__ = ["Network", "__version__", "compare", "diff", "load", "loads", "values"]


def __getattr__(name: str) -> Any:
    if name in ("Network", "load", "loads"):
        from archcalc import network

        return getattr(network, name)
    if name in ("compare", "diff"):
        from archcalc import comparison

        return getattr(comparison, name)
    if name == "values":
        from archcalc import calculation, network

        return calculation.values
    raise AttributeError(f"module 'archcalc' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
