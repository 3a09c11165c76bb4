"""`archcalc.compare("vgg16", "googlenet")` and `archcalc.diff("lenet5", "my_lenet.yaml")`."""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Protocol

from archcalc.core.record import record
from archcalc.errors import UsageError
from archcalc.graph.graph import Graph
from archcalc.loading import document_of, find, loaded
from archcalc.spec.document import Document
from archcalc.spec.names import did_you_mean, listed, nearest

if TYPE_CHECKING:
    from archcalc.analysis.changes.diff import Difference
    from archcalc.analysis.compare import Comparison


class LoadedNetwork(Protocol):
    """A Network."""

    @property
    def graph(self) -> Graph: ...

    @property
    def document(self) -> Document: ...


def compare(
    *specs: str | PathLike[str] | LoadedNetwork,
    sort: str | None = None,
    set: Mapping[str, Any] | None = None,
    input: str | None = None,
    weights: str = "original",
) -> Comparison:
    """Compare networks: Networks, paths, bundled names, `name@variant`, or `resnet50:num_classes=10`.

    Args:
        sort: a figure, largest first, or `name`.
        set: values for each side whose spec has such a param; what an address says itself comes first.
        input: another input for every side.
        weights: whose published accuracies: `original` (the paper's, or after it) or `best` (the most accurate).

    Raises ArchcalcError of the kind that says what is wrong.
    """
    from archcalc.analysis.compare import compare_graphs

    sides = load_sides(specs, set, input)
    return compare_graphs([(side.address, side.graph) for side in sides], sort, weights)


def diff(
    before: str | PathLike[str] | LoadedNetwork,
    after: str | PathLike[str] | LoadedNetwork,
    *,
    set: Mapping[str, Any] | None = None,
    input: str | None = None,
) -> Difference:
    """What changed from one network to another, layer by layer; arguments as of `compare`."""
    from archcalc.analysis.changes.diff import difference

    one, other = load_sides((before, after), set, input)
    return difference(one.graph, other.graph, (one.address, other.address))


@record
class LoadedSide:
    """One network of a comparison, and what it was called there."""

    address: str
    graph: Graph
    document: Document


def load_sides(
    sides: Sequence[str | PathLike[str] | LoadedNetwork], set: Mapping[str, Any] | None = None, input: str | None = None
) -> list[LoadedSide]:
    """Load `ADDRESS` or `ADDRESS:key=value,input=SHAPE`, with values for all that have such a param.

    Raises UsageError for a setting that is none, and for a param that no side has.
    """
    given = dict(set or {})
    unused = {*given}
    found = [_loaded(side, given, input, unused) for side in sides]
    if unused:
        params = sorted({param for side in found for param in side.document.params})
        name = min(unused)
        help = did_you_mean(nearest(name, params)) or (f"they have {listed(params)}" if params else "they have none")
        raise UsageError(f"no network has the param `{name}`", help=help)
    return found


def _loaded(
    side: str | PathLike[str] | LoadedNetwork, given: Mapping[str, Any], input: str | None, unused: builtins.set[str]
) -> LoadedSide:
    if not isinstance(side, str | PathLike):
        if given or input is not None:
            raise UsageError(f"{side.graph.name} is loaded already", help="give `set` and `input` to archcalc.load")
        return LoadedSide(side.graph.name, side.graph, side.document)
    address, own = _settings(str(side))
    own_input = own.pop("input", None)
    located = find(address, own_input or input)
    document = document_of(located)
    shared = {key: value for key, value in given.items() if key in document.params}
    unused.difference_update(shared)
    found = loaded(located, {**shared, **own}, own_input or input, document=document)
    return LoadedSide(str(side), found.graph, found.document)


def _settings(side: str) -> tuple[str, dict[str, str]]:
    """The address of a side and what it sets."""
    address, settings = _split(side)
    given: dict[str, str] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or not key.strip() or not value.strip():
            raise UsageError(f"{side}: `{setting}` is not KEY=VALUE", help=f"write {address}:width=0.5")
        given[key.strip()] = value.strip()
    return address, given


def _split(side: str) -> tuple[str, list[str]]:
    match = re.fullmatch(r"(.+?):([A-Za-z_]\w*(?:=|,|$).*)", side)
    if match is None or "=" not in match[2]:
        return side, []
    return match[1], match[2].split(",")
