"""What is published of bundled architectures: accuracies of weights, and entries of the ILSVRC (archcalc/data).

An accuracy belongs to a network, not to its name or the number of its params: a row's own spec is built and must
compute the same as the network that is asked about.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.errors import UsageError
from archcalc.graph.choices import Choices
from archcalc.graph.elaborate import elaborate
from archcalc.graph.graph import Graph
from archcalc.graph.same import same_network
from archcalc.spec.catalog import locate_bundled
from archcalc.spec.check import load_document
from archcalc.spec.names import did_you_mean, nearest

ORIGINAL, BEST = "original", "best"
WEIGHTS = (ORIGINAL, BEST)
"""Whose accuracy is told of several weights: those of the paper or after it, or the most accurate ones."""


@record
class Accuracy:
    """Top-1 and top-5 on ImageNet-1k, in percent, and whose weights reach them."""

    top1: float
    top5: float
    weights: str
    """The library and its name for them: torchvision IMAGENET1K_V1."""
    recipe: str
    """How they were trained."""
    year: int | None
    """In which that recipe was published; None where the library does not say."""
    source: str


@record
class Challenge:
    """An entry of the ILSVRC that was made of a network."""

    year: int
    entry: str
    place: int
    nets: int | None
    """How many were averaged; None for several, where the source does not say how many."""
    top5_error: float
    """On the test set, in percent."""
    source: str
    note: str

    @property
    def words(self) -> str:
        """`2012, 7 nets`."""
        return f"{self.year}, {self.averaged}"

    @property
    def averaged(self) -> str:
        """`7 nets`."""
        return "several nets" if self.nets is None else "1 net" if self.nets == 1 else f"{self.nets} nets"


def accuracy_of(graph: Graph, params: int, weights: str = ORIGINAL) -> Accuracy | None:
    """What is published for this very network; None where nothing is."""
    sizes = set(graph.inputs[0][1].spatial) if len(graph.inputs) == 1 else set()
    if len(sizes) != 1:
        return None
    found = [
        row
        for row in _rows().get((sizes.pop(), params), ())
        if same_network(graph, _built(row["spec"], graph.inputs[0][1]))
    ]
    if not found:
        return None
    row = found[0] if weights == ORIGINAL else max(found, key=lambda row: float(row["top1"]))
    year = int(row["year"]) if row["year"] else None
    return Accuracy(float(row["top1"]), float(row["top5"]), row["weights"], row["recipe"], year, row["source"])


def challenge_of(graph: Graph, params: int) -> Challenge | None:
    """The entry of the ILSVRC that was made of this network."""
    for row in published("ilsvrc.csv"):
        for spec, count in zip(row["specs"].split(), row["params"].split(), strict=True):
            if int(count) == params and same_network(graph, _built(spec, None)):
                nets = int(row["nets"]) if row["nets"] else None
                error = float(row["top5_error"])
                place = int(row["place"])
                return Challenge(int(row["year"]), row["entry"], place, nets, error, row["source"], row["note"])
    return None


def check_weights(weights: str) -> None:
    """Raises UsageError for a choice that there is not."""
    if weights not in WEIGHTS:
        help = (
            did_you_mean(nearest(weights, WEIGHTS)) or "original (the paper's, or after it) or best (the most accurate)"
        )
        raise UsageError(f"unknown weights `{weights}`", help=help)


@cache
def _built(address: str, image: Shape | None) -> Graph:
    """A bundled network, on the image of the row."""
    located = locate_bundled(address)
    document = load_document(located.text, located.file)
    choices = Choices.of(document.variants[located.variant]) if located.variant else Choices()
    inputs = dict(choices.inputs) if image is None else dict.fromkeys(document.inputs, image)
    return elaborate(document, Choices(choices.params, inputs))


@cache
def _rows() -> dict[tuple[int, int], list[dict[str, str]]]:
    """The rows of each size of image and number of params; those of the original weights come first."""
    found: dict[tuple[int, int], list[dict[str, str]]] = {}
    for row in published("accuracy.csv"):
        found.setdefault((int(row["input"]), int(row["params"])), []).append(row)
    return found


@cache
def published(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a table of archcalc/data."""
    text = (files("archcalc") / "data" / name).read_text(encoding="utf-8")
    return tuple(csv.DictReader([line for line in text.splitlines() if not line.startswith("#")]))
