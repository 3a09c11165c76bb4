"""The bundled architectures and what they count."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from archcalc.analysis.summary import summarize
from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.errors import UsageError
from archcalc.graph.choices import AS_WRITTEN, Choices
from archcalc.graph.elaborate import elaborate
from archcalc.spec.catalog import address_of, bundled
from archcalc.spec.check import load_document
from archcalc.spec.document import Document, Variant
from archcalc.spec.names import did_you_mean, nearest


@record
class CatalogRow:
    """One bundled architecture, or a variant of one."""

    name: str
    """What `archcalc show` takes: `vgg16`, `resnet101`, `alexnet@grouped`."""
    title: str
    """The spec's own name: VGG-16."""
    family: str
    spec: str
    """The bundled file it stands in, without its ending."""
    variant: str | None
    year: int | None
    inputs: tuple[Shape, ...]
    params: int
    macs: int


def catalog(pattern: str = "") -> tuple[CatalogRow, ...]:
    """Every bundled spec with its variants, computed; families by their first year, then by year and name.

    Args:
        pattern: only those with it in a name, an address, the title or the family; `*`, `?` and `[` make it a glob of
            the whole. Case, `-`, `_` and blanks do not count.

    Raises UsageError where none has it.
    """
    rows = [row for path in bundled() for row in _rows(path, pattern)]
    if not rows:
        found = did_you_mean(nearest(pattern, [word for path in bundled() for word in _addresses(path)]))
        raise UsageError(f"no bundled spec has `{pattern}` in its name", help=found or "`archcalc list` has them all")
    first: dict[str, int] = {}
    for row in rows:
        first[row.family] = min(_year(row), first.get(row.family, _NO_YEAR))
    return tuple(sorted(rows, key=lambda row: (first[row.family], row.family, _year(row))))


_NO_YEAR = 9999


def _rows(path: Path, pattern: str) -> Iterator[CatalogRow]:
    document = load_document(path.read_text(encoding="utf-8"), str(path))
    for variant in (None, *document.variants.values()):
        if not pattern or any(_matches(word, pattern) for word in _words(path.stem, document, variant)):
            yield _row(path.stem, document, variant)


def _words(stem: str, document: Document, variant: Variant | None) -> Iterator[str]:
    """What a person may look for it by."""
    yield document.name
    yield document.about.get("family") or _letters(stem)
    yield from (address_of(stem, variant.name), f"{stem}@{variant.name}") if variant else (stem,)


def _matches(word: str, pattern: str) -> bool:
    folded, wanted = (re.sub(r"[-_\s]+", "", text).lower() for text in (word, pattern))
    return fnmatchcase(folded, wanted) if re.search(r"[*?\[]", pattern) else wanted in folded


def _addresses(path: Path) -> list[str]:
    document = load_document(path.read_text(encoding="utf-8"), str(path))
    return [path.stem, *(address_of(path.stem, name) for name in document.variants)]


def _row(stem: str, document: Document, variant: Variant | None) -> CatalogRow:
    graph = elaborate(document, Choices.of(variant) if variant else AS_WRITTEN)
    totals = summarize(graph).totals
    about = {**document.about, **(variant.about if variant else {})}
    return CatalogRow(
        name=address_of(stem, variant.name) if variant else stem,
        title=document.name,
        family=about.get("family") or _letters(stem),
        spec=stem,
        variant=variant.name if variant else None,
        year=int(about["year"]) if about.get("year", "").isdecimal() else None,
        inputs=tuple(shape for _, shape in graph.inputs),
        params=totals.params,
        macs=totals.macs,
    )


def _letters(name: str) -> str:
    """What a family's names begin with: resnet of resnet50."""
    match = re.match(r"[A-Za-z]+", name)
    return match[0].lower() if match else name


def _year(row: CatalogRow) -> int:
    return _NO_YEAR if row.year is None else row.year
