"""The numbers of a file of weights as exact fractions: what stands there, bit by bit."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from archcalc.graph.graph import Graph
from archcalc.numeric.weights.weights import load_weights


def exact_weights(path: Path, graph: Graph) -> dict[str, tuple[Fraction, ...]]:
    """State-dict name -> its numbers in order, of the tensors that the file holds. Raises SpecError."""
    arrays, loading = load_weights(path, graph, "float64", partial=True)
    return {name: tuple(map(Fraction, arrays[name].ravel().tolist())) for name in arrays if loading.sources.get(name)}
