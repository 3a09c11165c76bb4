"""Networks that are taken for each other: another variant, an option set, other classes, another image, a cousin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from archcalc.core import Shape
from archcalc.core.record import record, replace
from archcalc.errors import ArchcalcError
from archcalc.graph.choices import Choices
from archcalc.graph.elaborate import elaborate
from archcalc.graph.graph import Graph
from archcalc.spec.catalog import address_of, bundled
from archcalc.spec.check import load_document
from archcalc.spec.document import Document

SIZES = (28, 32, 64, 96, 112, 128, 160, 192, 224, 227, 240, 256, 288, 299, 320, 331, 384, 448, 512)
CLASSES = (10, 100, 1000, 1001)


@record
class Relative:
    """A network that is not the one in question, and how they differ."""

    change: str
    """For a sentence: `in variant vgg19`, `with stride_in_1x1=yes`, `for input 1x28x28`, `of alexnet_torchvision`."""
    whose: str
    """Whose numbers its are: `VGG-19`, `AlexNet in variant grouped`; empty where it has no name of its own."""
    document: Document
    choices: Choices
    variant: str = ""
    """Its variant of the document; empty where it is none."""

    @property
    def graph(self) -> Graph | None:
        """The network; None where it does not fit together."""
        try:
            return elaborate(self.document, self.choices)
        except ArchcalcError:
            return None


def variants(document: Document, choices: Choices) -> Iterator[Relative]:
    """The file as it is written, and its variants."""
    if choices != Choices():
        yield Relative("without its variant and settings", document.name, document, Choices())
    for name, variant in document.variants.items():
        if Choices.of(variant) != choices:
            yield Relative(f"in variant {name}", spoken(document, name), document, Choices.of(variant), name)


def options(document: Document, choices: Choices, graph: Graph) -> Iterator[Relative]:
    """What a variant sets, set in this network too, and each of its switches the other way."""
    tried = {_key(choices.params, graph)}
    if not choices.params:
        tried |= {_key(params, graph) for params in _of_variants(document)}  # those are variants, with names
    for other in (*_of_variants(document), *_switched(graph)):
        params = {**choices.params, **other}
        if _key(params, graph) not in tried:
            tried.add(_key(params, graph))
            said = ", ".join(f"{name}={_said(value)}" for name, value in other.items())
            yield Relative(f"with {said}", "", document, replace(choices, params=params))


def classes(document: Document, choices: Choices, graph: Graph) -> Iterator[Relative]:
    """The same for another number of classes."""
    for count in CLASSES if "num_classes" in graph.params else ():
        if count != graph.params["num_classes"]:
            params = {**choices.params, "num_classes": count}
            yield Relative(f"with num_classes={count}", "", document, replace(choices, params=params))


def images(document: Document, choices: Choices, graph: Graph) -> Iterator[Relative]:
    """The same on images of other sides."""
    name, usual = graph.inputs[0]
    shapes = dict.fromkeys(Shape((usual.channels, *(size,) * len(usual.spatial))) for size in SIZES)
    for shape in shapes if len(usual) > 1 else ():
        if shape != usual:
            inputs = {**choices.inputs, name: shape}
            yield Relative(f"for input {shape}", "", document, replace(choices, inputs=inputs))


def cousins(document: Document) -> Iterator[Relative]:
    """Bundled networks of the same family in other files, with their variants."""
    family = _family(document)
    for path in bundled():
        if _letters(path.stem) == family and path.stem != Path(document.file).stem:
            other = _document(str(path))
            yield Relative(f"of {path.stem}", other.name, other, Choices())
            for name, variant in other.variants.items():
                address = address_of(path.stem, name)
                yield Relative(f"of {address}", spoken(other, name), other, Choices.of(variant))


def spoken(document: Document, variant: str) -> str:
    """What people call a variant: `VGG-19`, `ResNet-152 (paper)` for resnet152_paper, `AlexNet in variant grouped`."""
    stem = Path(document.file).stem
    own, other = [re.fullmatch(r"([a-z]+)(\d+)(?:_([a-z]+))?", name) for name in (stem, variant)]
    if own and other and own[1] == other[1] and own[2] in document.name:
        return document.name.replace(own[2], other[2]) + (f" ({other[3]})" if other[3] else "")
    return variant if address_of(stem, variant) == variant else f"{document.name} in variant {variant}"


def _of_variants(document: Document) -> Iterator[dict[str, Any]]:
    for variant in document.variants.values():
        params = Choices.of(variant).params
        if params and not variant.inputs:
            yield dict(params)


def _switched(graph: Graph) -> Iterator[dict[str, Any]]:
    for name, value in graph.params.items():
        if isinstance(value, bool):
            yield {name: not value}


def _key(params: Any, graph: Graph) -> tuple[tuple[str, Any], ...]:
    """What a network is built with, the values of the file among it."""
    return tuple(sorted({**graph.params, **params}.items()))


def _said(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _family(document: Document) -> str:
    return document.about.get("family") or _letters(Path(document.file).stem) or _letters(document.name)


def _letters(name: str) -> str:
    match = re.match(r"[a-z]+", name.lower())
    return match[0] if match else name


@cache
def _document(path: str) -> Document:
    return load_document(Path(path).read_text(encoding="utf-8"), path)
