"""Apply the edits that errors offer, as an editor does."""

from __future__ import annotations

from archcalc.errors import Edit


def edited(text: str, edit: Edit) -> str:
    """The text after an edit; columns count from 1, without the mark that a file may begin with."""
    text = text.removeprefix("\ufeff")
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    begin = starts[edit.line - 1] + edit.column - 1
    end = starts[edit.end_line - 1] + edit.end_column - 1
    return text[:begin] + edit.text + text[end:]
