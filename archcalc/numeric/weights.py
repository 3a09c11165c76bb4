"""The tensors of a network: drawn at random by a seed, or read from a file; all of them or none."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from math import prod, sqrt
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from archcalc.core import Shape, TensorSpec
from archcalc.core.record import record
from archcalc.errors import SpecError
from archcalc.graph.graph import Graph, Node
from archcalc.layers.conv import Conv
from archcalc.layers.conv_transpose import ConvTranspose
from archcalc.layers.regularize import LayerScale
from archcalc.layers.subsampling import Subsample
from archcalc.numeric import safetensors
from archcalc.numeric.namespace import Array
from archcalc.spec.names import did_you_mean, nearest

_COUNTERS = "num_batches_tracked"
"""What PyTorch's batch norm counts in training; no layer of ours reads it."""


@record
class Tensor:
    """One tensor that a network needs."""

    name: str
    """As in a state dict: `layer1.0.conv1.weight`."""
    alias: str
    """The name with the row's: `conv1.weight` for `conv1.conv.weight`, where a layer carries its act or norm."""
    node: Node
    part: str
    """Its name in its layer: `weight`."""
    spec: TensorSpec

    @property
    def shape(self) -> Shape:
        return self.spec.shape


def tensors(graph: Graph) -> Iterator[Tensor]:
    """Every tensor once, in execution order; a shared one with its owner."""
    for node in graph.nodes:
        if node.shared is None:
            for part, spec in node.layer.weights(*node.input_shapes).items():
                yield Tensor(f"{node.name}.{part}", f"{graph.title(node)}.{part}", node, part, spec)


def he_weights(graph: Graph, seed: int, dtype: str = "float32") -> dict[str, Array]:
    """Random weights after He et al. 2015: normal with variance 2 / fan_in; biases 0, norms 1.

    A tensor depends on the seed and its name only: the rest of the network and the dtype do not change it.
    """
    return {tensor.name: _initial(tensor, seed).astype(dtype, copy=False) for tensor in tensors(graph)}


def load_weights(path: Path, graph: Graph, dtype: str = "float32") -> dict[str, Array]:
    """The tensors of a .npz or .safetensors file: by name, else by order where every shape agrees.

    Raises:
        SpecError: for a file that cannot be read, for the first tensor that does not fit, for one that is not finite.
    """
    found = {name: array for name, array in _read(path).items() if name.rpartition(".")[2] != _COUNTERS}
    matched = _matched(path, list(tensors(graph)), found)
    return {name: _finite(path, source, found[source]).astype(dtype, copy=False) for name, source in matched.items()}


def _initial(tensor: Tensor, seed: int) -> Array:
    layer, part, shape = tensor.node.layer, tensor.part, tensor.shape
    if isinstance(layer, LayerScale):
        return np.full(shape, layer.init)
    if isinstance(layer, Subsample):
        return np.full(shape, 1 / prod(layer.kernel_size) if part == "coefficient" else 0.0)
    if layer.kind == "prelu":
        return np.full(shape, 0.25)
    if "bias" in part or part == "running_mean":
        return np.zeros(shape)
    if layer.kind.endswith("_norm"):  # its weight or its variance
        return np.ones(shape)
    draw = np.random.default_rng((seed, crc32(tensor.name.encode()))).standard_normal(shape, np.float32)
    draw *= np.float32(_deviation(tensor))
    return draw


def _deviation(tensor: Tensor) -> float:
    """sqrt(2 / fan_in), fan_in the products that one output value sums; embeddings and codes as their papers."""
    layer, shape = tensor.node.layer, tensor.shape
    if layer.kind in ("embedding", "rbf"):
        return 1.0
    if layer.kind in ("position_embedding", "class_token"):
        return 0.02
    fan_in = prod(shape[1:])
    if isinstance(layer, Conv) and layer.links is not None:
        fan_in = shape.elements // layer.out_channels
    elif isinstance(layer, ConvTranspose):
        fan_in = shape[0] * prod(shape[2:]) // (layer.groups * prod(layer.stride))
    return sqrt(2 / max(1, fan_in))


def _read(path: Path) -> Mapping[str, Array]:
    if not path.is_file():
        raise SpecError(f"the file {path} does not exist")
    if path.suffix == ".safetensors":
        return safetensors.load(path)
    if path.suffix != ".npz":
        raise SpecError(
            f"{path} is neither .npz nor .safetensors",
            help="in PyTorch: safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')",
        )
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile):
        raise SpecError(f"{path} is no .npz file of plain arrays") from None


def _matched(path: Path, wanted: list[Tensor], found: Mapping[str, Array]) -> dict[str, str]:
    """Each tensor of the network -> its name in the file."""
    for names in ({t.name: t.name for t in wanted}, {t.name: t.alias for t in wanted}):
        if found.keys() >= set(names.values()) and len(set(names.values())) == len(names):
            _refuse_misfit(path, wanted, names, found)
            return names
    in_order = dict(zip((t.name for t in wanted), found, strict=False))
    if len(found) == len(wanted) and _first_misfit(wanted, in_order, found) is None:
        return in_order
    if any(t.name in found for t in wanted):
        missing = next(t for t in wanted if t.name not in found)
        help = did_you_mean(nearest(missing.name, found))
        raise SpecError(f"{path} has no tensor `{missing.name}` ({missing.shape})", help=help)
    _refuse_misfit(path, wanted, in_order, found)
    raise SpecError(
        f"{path} holds {len(found)} tensors, the network has {len(wanted)}",
        notes=[f"`{wanted[len(found)].name}` ({wanted[len(found)].shape}) is the first without one"]
        if len(found) < len(wanted)
        else [],
    )


def _refuse_misfit(path: Path, wanted: list[Tensor], names: Mapping[str, str], found: Mapping[str, Array]) -> None:
    misfit = _first_misfit(wanted, names, found)
    if misfit is not None:
        source = names[misfit.name]
        raise SpecError(
            f"`{misfit.name}` does not fit: {_shape(found[source])} in {path}, {misfit.shape} in the network",
            notes=[] if source == misfit.name else [f"the file calls it `{source}`; no name agrees, so order decides"],
        )


def _first_misfit(wanted: list[Tensor], names: Mapping[str, str], found: Mapping[str, Array]) -> Tensor | None:
    return next((t for t in wanted if t.name in names and found[names[t.name]].shape != t.shape), None)


def _finite(path: Path, name: str, array: Array) -> Any:
    if array.dtype.kind not in "fiub":
        raise SpecError(f"`{name}` of {path} holds no numbers")
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):
        place = ", ".join(map(str, wrong[0]))
        raise SpecError(f"`{name}` of {path} holds {array[tuple(wrong[0])]} at [{place}]")
    return array


def _shape(array: Array) -> str:
    return str(Shape(array.shape)) if array.ndim else "a single number"
