"""The kinds of layers, one file a family, four facts each; imported when a spec first names one."""

from __future__ import annotations

from importlib import import_module

from archcalc.layers.base import KINDS, Composite, Kind, Layer

__all__ = ["FAMILIES", "KINDS", "Composite", "Kind", "Layer", "all_kinds", "find", "names"]

FAMILIES: dict[str, str] = {
    "conv": "conv depthwise_conv",
}
"""Module of this package -> the kinds it registers."""

_FAMILY_OF = {kind: family for family, kinds in FAMILIES.items() for kind in kinds.split()}


def find(name: str) -> Kind | None:
    """The kind of this name, or None."""
    if name not in KINDS and name in _FAMILY_OF:
        import_module(f"archcalc.layers.{_FAMILY_OF[name]}")
    return KINDS.get(name)


def names() -> list[str]:
    """Every kind's name, without importing any."""
    return list(_FAMILY_OF)


def all_kinds() -> list[Kind]:
    """Every kind, family by family."""
    return [kind for name in names() if (kind := find(name)) is not None]
