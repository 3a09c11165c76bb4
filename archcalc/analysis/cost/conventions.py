"""The conventions by name: the definitions are here, what other tools count is read when one of them is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.analysis.cost.convention import ACTIVATION_MACS, MACS, Convention, Term
from archcalc.errors import UsageError
from archcalc.graph.graph import Graph

CONVENTIONS: dict[str, Convention] = {
    convention.name: convention
    for convention in (
        Convention(
            "macs", "MACs", "conv, linear and products with weights; no bias",
            (MACS,), ("activation_macs",),
        ),
        Convention("macs+attention", "MACs", "macs, and products of two activations", (MACS, ACTIVATION_MACS)),
        Convention("flops", "FLOPs", "2 x macs", (Term("MACs", MACS.of, 2),), ("activation_macs",)),
        Convention(
            "lenet-1998", "connections", "weighted links with their biases (LeCun et al. 1998)",
            (Term("weighted links", lambda counted: counted.work.connections),), ("activation_macs",),
        ),
    )
}  # fmt: skip
"""The definitions, by name."""


def convention(name: str) -> Convention:
    """The convention of this name. Raises UsageError with the nearest names."""
    if name in CONVENTIONS:
        return CONVENTIONS[name]
    known = all_conventions()
    if name not in known:
        from archcalc.spec.names import did_you_mean, listed, nearest

        help = did_you_mean(nearest(name, known)) or f"there are {listed(known, 20)}"
        raise UsageError(f"unknown convention `{name}`", help=help)
    return known[name]


def all_conventions() -> dict[str, Convention]:
    """Every convention by name: the definitions, then the tools'."""
    from archcalc.analysis.cost.tools import TOOLS

    return {**CONVENTIONS, **TOOLS}


def built_for(convention: Convention, graph: Graph) -> Mapping[str, str]:
    """How the layers are written in the PyTorch models that a tool was run on, by name, where that differs."""
    if convention.reproduces is None:
        return {}
    from archcalc.analysis.cost.tools import built_in_pytorch

    return built_in_pytorch(graph)
