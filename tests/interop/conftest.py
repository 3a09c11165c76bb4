"""Files of other tools, read as records and loaded as specs."""

from __future__ import annotations

from pathlib import Path

FILES = Path(__file__).parent / "files"


def fixtures(folder: str) -> list[Path]:
    """The files of a format, by name."""
    return sorted((FILES / folder).glob("*.*"))
