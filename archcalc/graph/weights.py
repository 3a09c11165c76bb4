"""Weights that several layers use, and weights that are not trained."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fnmatch import translate
from typing import Any

from archcalc.core import Shape
from archcalc.core.record import replace
from archcalc.errors import GraphError, Place, SpecError
from archcalc.graph.choices import Choices
from archcalc.graph.graph import Group, Node
from archcalc.graph.limits import Allowance
from archcalc.layers import Layer
from archcalc.layers.base import KINDS
from archcalc.spec.document import Document, has_weights
from archcalc.spec.names import listed, nearest, unknown

Pattern = tuple[str, Place | None]
"""A layer, a group or a pattern of them, and where it stands; None on a command line."""

_COMPARISONS = 500_000


def shared(mine: Sequence[Node], originals: Sequence[Node], path: str, original: str) -> list[Node]:
    """The nodes with the weights of the originals, in the same order. Raises GraphError."""
    own = [node for node in mine if weights_of(node)]
    theirs = [node for node in originals if weights_of(node)]
    if not theirs:
        raise GraphError(f"`{original}` has no weights to share", help="delete `share`, or name another layer")
    if len(own) != len(theirs):
        notes = [_counted(path, own), _counted(original, theirs)]
        help = "share between layers or blocks of the same kind"
        raise GraphError(f"{path} cannot share the weights of {original}", notes=notes, help=help)
    twins = {}
    for node, twin in zip(own, theirs, strict=True):
        turned = _turned(node, twin)
        if turned is None:
            raise GraphError(
                f"{node.name} cannot share the weights of {twin.name}",
                notes=[_described(node), _described(twin)],
                help=_repair(node, twin),
            )
        twins[node.name] = replace(node, shared=twin.shared or twin.name, transposed=turned != twin.transposed)
    return [twins.get(node.name, node) for node in mine]


def _turned(node: Node, twin: Node) -> bool | None:
    """Whether a node uses the matrix of its twin transposed; None where one of its tensors is none of the twin's.

    Kinds may differ: what is shared are tensors. A twin may have more of them: a bias that nobody shares.
    """
    own, theirs = weights_of(node), weights_of(twin)
    if all(theirs.get(name) == tensor for name, tensor in own.items()):
        return False
    (name, (shape, role)), *others = own.items()
    return True if not others and len(shape) == 2 and theirs.get(name) == (shape[::-1], role) else None


def _repair(node: Node, twin: Node) -> str:
    own, theirs = weights_of(node), weights_of(twin)
    if "bias" in own and own["bias"] != theirs.get("bias"):
        without = replace(node, layer=_without_bias(node.layer))
        if without.layer is not node.layer and _turned(without, twin) is not None:
            return "bias=no: it would have a bias of its own"
    return "shared layers need tensors of the same names and sizes; a matrix may be transposed"


def _without_bias(layer: Layer) -> Layer:
    """The same layer with `bias=no`, where it has such an option."""
    bias = KINDS[layer.kind].parameter("bias")
    if bias is None:
        return layer
    off = bias.type.convert(False, 0)
    return replace(layer, bias=off)


def stated(
    document: Document, choices: Choices, nodes: Sequence[Node], groups: Mapping[str, Group], budget: Allowance
) -> dict[str, Any]:
    """What a graph keeps of `weights:`; where there are errors, nothing."""
    if budget.errors or not has_weights(document):
        return {}
    from archcalc.graph.stated_weights import stated_weights  # fractions load slowly

    return stated_weights(document, choices, nodes, groups, budget.report)


def weights_of(node: Node) -> dict[str, tuple[Shape, str]]:
    """Shape and role of each tensor of a node, by name; what first stands in it is no reason not to share it."""
    return {name: (tensor.shape, tensor.role) for name, tensor in node.weights.items()}


def frozen(
    nodes: Sequence[Node],
    groups: Collection[str],
    freeze: Iterable[Pattern],
    report: Callable[[SpecError], None],
    unfreeze: Iterable[Pattern] = (),
) -> list[Node]:
    """The nodes, those frozen that `freeze` covers and `unfreeze` does not: by name, by group, or by pattern."""
    addresses = dict.fromkeys([*groups, *(node.name for node in nodes)])
    covered = _covered(nodes, addresses, freeze, "freeze", report)
    stopped = {node.name for node in nodes if _covers(covered, node.name)}
    stopped |= {node.shared for node in nodes if node.shared and node.name in stopped}
    covered = _covered(nodes, addresses, unfreeze, "unfreeze", report)
    learning = {node.shared or node.name for node in nodes if _covers(covered, node.name)}
    stopped = {node.name for node in nodes if node.name in stopped and (node.shared or node.name) not in learning}
    return [replace(node, frozen=True) if node.name in stopped or node.shared in stopped else node for node in nodes]


def _covered(
    nodes: Sequence[Node],
    addresses: Collection[str],
    patterns: Iterable[Pattern],
    word: str,
    report: Callable[[SpecError], None],
) -> set[str]:
    """The addresses that patterns hit; each has to cover a layer."""
    covered: set[str] = set()
    for count, (pattern, place) in enumerate(patterns, 1):
        if count * len(addresses) > _COMPARISONS:
            report(_at(SpecError(f"`{word}` has too many entries", help=f"{word} whole groups by name"), place))
            break
        hits = _hits(pattern, addresses)
        if not any(_covers(hits, node.name) for node in nodes):
            help = f"layers and groups are {listed(address for address in addresses if '.' not in address)}"
            error = unknown(f"`{pattern}` {word}s no layer", pattern, nearest(pattern, addresses), help)
            report(_at(error, place))
        covered |= hits
    return covered


def _at(error: SpecError, place: Place | None) -> SpecError:
    return error if place is None else error.at(place)


def _hits(pattern: str, addresses: Collection[str]) -> set[str]:
    if not any(sign in pattern for sign in "*?["):
        return {pattern} if pattern in addresses else set()
    matches = re.compile(translate(pattern)).match
    return {address for address in addresses if matches(address)}


def _covers(covered: Collection[str], name: str) -> bool:
    """Whether a layer or one of the groups around it is covered."""
    while name:
        if name in covered:
            return True
        name = name.rpartition(".")[0]
    return False


def _described(node: Node) -> str:
    tensors = node.weights
    weights = ", ".join(f"{name} {tensor.shape}" for name, tensor in tensors.items())
    return f"{node.name} ({node.layer.kind}): {weights}"


def _counted(path: str, nodes: Sequence[Node]) -> str:
    return f"{path} has {len(nodes)} {'layer' if len(nodes) == 1 else 'layers'} with weights"
