"""Published accuracies of bundled architectures, from the table in archcalc/data."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from archcalc.core.record import record


@record
class Accuracy:
    """Top-1 and top-5 on ImageNet-1k, in percent, and whose weights reach them."""

    top1: float
    top5: float
    weights: str
    """The library and its name for them: torchvision IMAGENET1K_V1."""


def accuracy_of(spec: str, size: int, params: int) -> Accuracy | None:
    """What is published for this very network; None where nothing is, or its size or params are not those."""
    for row in _rows().get(spec.removesuffix("_torchvision"), ()):
        if int(row["input"]) == size and int(row["params"]) == params:
            return Accuracy(float(row["top1"]), float(row["top5"]), row["weights"])
    return None


@cache
def _rows() -> dict[str, list[dict[str, str]]]:
    """The rows of each spec; the weights that a library loads by default come first."""
    table = files("archcalc") / "data" / "accuracy.csv"
    lines = [line for line in table.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    found: dict[str, list[dict[str, str]]] = {}
    for row in csv.DictReader(lines):
        found.setdefault(row["spec"], []).append(row)
    return found
