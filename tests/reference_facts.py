"""Reads the facts of tests/reference: measured elsewhere or printed in papers (see the README there)."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "reference"

MODELS = tuple(sorted(path.stem for path in (FOLDER / "models").glob("*.json")))
RECEPTIVE_FIELDS = tuple(sorted(path.stem for path in (FOLDER / "rf").glob("*.json")))


def model(name: str) -> dict[str, Any]:
    """Totals and layers of one architecture: `model("resnet18")["params"]`."""
    return _read(f"models/{name}.json")


def receptive_fields(name: str) -> dict[str, Any]:
    """Receptive fields of the layers of one architecture: `receptive_fields("vgg16")["layers"][0]["rf"]`."""
    return _read(f"rf/{name}.json")


def lecture_arithmetic() -> dict[str, Any]:
    """The parameter sums of the lecture notes, term by term."""
    return _read("lecture_arithmetic.json")


def accuracy_against_operations() -> list[dict[str, str]]:
    """One row per published set of ImageNet weights; an empty text where nothing is published."""
    with (FOLDER / "accuracy_vs_ops.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _text(path: str) -> str:
    return (FOLDER / path).read_text(encoding="utf-8")


def _read(path: str) -> Any:
    return json.loads(_text(path))
