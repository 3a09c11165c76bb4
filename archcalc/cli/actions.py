"""What GitHub Actions adds to a run: a format of its own, and the summary of the step."""

from __future__ import annotations

import os

from archcalc.core.writing import unwritable


def usual_format() -> str:
    """The format where none is asked for."""
    return "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text"


def append_summary(text: str) -> None:
    """Add to the summary of the step, where GitHub names a file for it. Raises as `unwritable` says."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        try:
            with open(path, "a", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise unwritable("the step summary", error) from None
