"""The tensors of a network: drawn at random by a seed, or read from a file; all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from archcalc.core import Drawn
from archcalc.errors import BackendError, SpecError
from archcalc.graph.graph import Graph
from archcalc.numeric.inputs.numbers import as_array
from archcalc.numeric.namespace import Array
from archcalc.numeric.run.progress import Progress, silent
from archcalc.numeric.weight_files import Stored, WeightFile, quoted, read_weight_file
from archcalc.numeric.weights.matching import Tensor, match, states, tensors
from archcalc.tables.forward import Loading

__all__ = ["he_weights", "load_weights", "of_spec", "tensors"]


def he_weights(graph: Graph, seed: int, dtype: str = "float32", progress: Progress = silent) -> dict[str, Array]:
    """Random weights after He et al. 2015: normal with variance 2 / fan_in; others as the kind states (`fill`).

    What the spec states under `weights:` stands as it is.

    A tensor depends on the seed and its name only: the rest of the network and the dtype do not change it.

    Raises:
        BackendError: where a tensor does not fit into the memory.
    """
    wanted = list(tensors(graph))
    drawn = {}
    for number, tensor in enumerate(wanted):
        progress("drawing weights", number, len(wanted))
        drawn[tensor.name] = _of_nobody(graph, tensor, seed, dtype)
    return drawn


def of_spec(graph: Graph, loading: Loading | None = None) -> tuple[str, ...]:
    """The tensors whose numbers the spec states, without those of a file that was loaded."""
    sources = loading.sources if loading is not None else {}
    return tuple(tensor.name for tensor in tensors(graph) if states(graph, tensor) and tensor.name not in sources)


def load_weights(
    path: Path, graph: Graph, dtype: str = "float32", partial: bool = False, seed: int = 0
) -> tuple[dict[str, Array], Loading]:
    """The tensors of a file under the network's names, and how they came to them (matching.py).

    Args:
        partial: what the file does not hold is drawn by the seed, what the network does not need is left out.

    Raises:
        SpecError: for a file that cannot be read or does not fit, and for values that are not finite.
        BackendError: where a tensor does not fit into the memory.
    """
    return fitted_weights(path, read_weight_file(path), graph, dtype, partial, seed)


def fitted_weights(
    path: Path, file: WeightFile, graph: Graph, dtype: str, partial: bool, seed: int
) -> tuple[dict[str, Array], Loading]:
    """The same for a file that has been read; `path` is what messages call it."""
    loading = match(path, graph, file, partial)
    weights = {}
    for tensor in tensors(graph):
        source = loading.sources.get(tensor.name)
        if source is None:
            weights[tensor.name] = _of_nobody(graph, tensor, seed, dtype)
        else:
            values = _stored_values(path, tensor, source, file.tensors[source], dtype)
            weights[tensor.name] = _with_eps(tensor, values, loading.norm_eps)
    return weights, loading


def _of_nobody(graph: Graph, tensor: Tensor, seed: int, dtype: str) -> Array:
    """What stands in a tensor that no file has: the numbers of the spec, or random ones."""
    if not states(graph, tensor):
        return _drawn(tensor, seed, dtype)
    return as_array(graph.stated[tensor.name], dtype, f"`{tensor.name}` of the spec")


def _drawn(tensor: Tensor, seed: int, dtype: str) -> Array:
    try:
        return _initial(tensor, seed).astype(dtype, copy=False)
    except MemoryError:
        raise _too_large(tensor) from None


def _stored_values(path: Path, tensor: Tensor, source: str, stored: Stored, dtype: str) -> Array:
    try:
        values = stored.read()
        _refuse_not_finite(path, source, values)
        with np.errstate(over="ignore"):  # told below, with the tensor's name
            cast = values.astype(dtype, copy=False).reshape(tensor.shape)
        if not np.isfinite(cast).all():
            _refuse_too_large(path, source, values, dtype)
        return cast
    except MemoryError:
        raise _too_large(tensor) from None


def _with_eps(tensor: Tensor, values: Array, theirs: float | None) -> Array:
    """A variance that the layer's eps makes the same as the library's own does: only their sum counts."""
    ours = getattr(tensor.node.layer, "eps", None)
    if tensor.part != "running_var" or theirs is None or ours in (None, theirs):
        return values
    shifted: Array = values + values.dtype.type(theirs - ours)
    return shifted


def _too_large(tensor: Tensor) -> BackendError:
    megabytes = f"{tensor.shape.elements * 4 / 1e6:.3g} MB in float32"
    return BackendError(f"the memory is too small for `{tensor.name}` ({tensor.shape}): it takes {megabytes}")


def _refuse_not_finite(path: Path, name: str, array: Array) -> None:
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):
        raise SpecError(f"{quoted(name)} of {path} holds {array[tuple(wrong[0])]} at {_place(wrong[0])}")


def _refuse_too_large(path: Path, name: str, array: Array, dtype: str) -> None:
    largest = np.unravel_index(np.abs(array).argmax(), array.shape)
    what = f"{quoted(name)} of {path} holds {array[largest]} at {_place(largest)}, too large for {dtype}"
    raise SpecError(what, help="--dtype float64")


def _place(index: Sequence[Any]) -> str:
    return f"[{', '.join(map(str, index))}]"


def _initial(tensor: Tensor, seed: int) -> Array:
    fill, shape = tensor.spec.fill, tensor.shape
    if not isinstance(fill, Drawn):
        return np.full(shape, fill) if isinstance(fill, float | int) else np.reshape(fill, shape)
    draw = np.random.default_rng((seed, crc32(tensor.name.encode()))).standard_normal(shape, np.float32)
    draw *= np.float32(fill.deviation_of(shape))
    return draw
