"""Every JSON document stands in docs/json.md with its keys, and says there what it says when it is made.

`python tests/test_json_docs.py` writes the keys anew; read the difference before you commit it: keys are a contract.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_readme import ROOT, run

import archcalc

PAGE = ROOT / "docs" / "json.md"
SECTION = re.compile(r"^## (archcalc/[a-z-]+/\d)\n\n(.*?)`((?:archcalc|net)[^`]*)`\n\n```text\n(.*?)```", re.M | re.S)


def sections() -> dict[str, tuple[str, str]]:
    """Schema -> what makes it, and its keys as the page has them."""
    found = SECTION.findall(PAGE.read_text(encoding="utf-8"))
    return {schema: (call, keys) for schema, _, call, keys in found}


def made(call: str) -> dict[str, Any]:
    """The document of a command or of a call in Python."""
    if call.startswith("archcalc "):
        return json.loads(run(call)[0])
    with contextlib.chdir(ROOT):
        return json.loads(eval(call, {"archcalc": archcalc}).to_json())


def keys_of(document: dict[str, Any]) -> str:
    """A line for the plain keys, then one for each object, and for each list of objects."""
    own = {key: value for key, value in document.items() if key not in ("schema", "archcalc")}
    plain = [key for key, value in own.items() if not _inner(value)]
    lines = [", ".join(plain)] if plain else []
    return "".join(f"{line}\n" for line in [*lines, *_lines(own, "")])


def _lines(given: dict[str, Any], path: str) -> Iterator[str]:
    for key, value in given.items():
        inner = _inner(value)
        if inner:
            where = f"{path}{key}{'[]' if isinstance(value, list) else ''}"
            yield f"{where}: {', '.join(inner)}"
            if not path:
                yield from _lines(inner, f"{where}.")


def _inner(value: Any) -> dict[str, Any]:
    """The keys of an object, or of all objects of a list; none where they are names of the network's."""
    if isinstance(value, dict):
        return value
    objects = value if isinstance(value, list) and value and all(isinstance(item, dict) for item in value) else []
    return {key: inner for item in objects for key, inner in item.items()}


@pytest.mark.parametrize("schema", sections())
def test_a_document_has_the_keys_that_the_page_shows(schema):
    call, keys = sections()[schema]
    document = made(call)
    assert (next(iter(document)), document["schema"]) == ("schema", schema)
    assert ("archcalc" in document) == (schema != "archcalc/lock/1")
    assert keys_of(document) == keys


def test_every_document_stands_in_the_page():
    written = set()
    for file in (ROOT / "archcalc").rglob("*.py"):
        written |= set(re.findall(r'"(archcalc/[a-z-]+/\d)"', file.read_text(encoding="utf-8")))
    assert written == set(sections())


def rewritten(text: str) -> str:
    """The page with the keys as they are."""
    return SECTION.sub(
        lambda found: found[0].replace(f"```text\n{found[4]}", f"```text\n{keys_of(made(found[3]))}"), text
    )


if __name__ == "__main__":
    os.chdir(ROOT)
    Path(PAGE).write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
