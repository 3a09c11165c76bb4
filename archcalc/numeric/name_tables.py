"""The names of timm and torchvision, family by family; measured from the libraries (tests/reference/state_dicts)."""

from __future__ import annotations

from archcalc.numeric.name_maps import NameMap

MAPS: tuple[NameMap, ...] = ()
