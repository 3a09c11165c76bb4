"""The pictures of README and docs are those that the script draws today."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"


def script():
    found = importlib.util.spec_from_file_location("pictures", ROOT / "docs" / "pictures.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.mark.parametrize("file", [*script().NETWORKS, *script().CHARTS])
def test_the_picture_is_todays(file):
    assert (IMAGES / f"{file}.svg").read_text(encoding="utf-8") == script().picture(file), "run python docs/pictures.py"


def test_every_picture_is_shown_somewhere():
    pages = "".join(page.read_text(encoding="utf-8") for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
    assert [file.name for file in IMAGES.iterdir() if file.name not in pages] == []
