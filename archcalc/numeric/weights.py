"""The tensors of a network: drawn at random by a seed, or read from a file; all of them or none."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from math import prod, sqrt
from pathlib import Path
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
from archcalc.numeric.progress import Progress, silent
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


def he_weights(graph: Graph, seed: int, dtype: str = "float32", progress: Progress = silent) -> dict[str, Array]:
    """Random weights after He et al. 2015: normal with variance 2 / fan_in; biases 0, norms 1.

    A tensor depends on the seed and its name only: the rest of the network and the dtype do not change it.
    """
    wanted = list(tensors(graph))
    drawn = {}
    for number, tensor in enumerate(wanted):
        progress("drawing weights", number, len(wanted))
        drawn[tensor.name] = _initial(tensor, seed).astype(dtype, copy=False)
    return drawn


def load_weights(path: Path, graph: Graph, dtype: str = "float32") -> dict[str, Array]:
    """The tensors of a .npz or .safetensors file: by name, else by order where every shape agrees.

    By name, axes of size 1 do not count: a linear layer's 384x96 is a 1x1 convolution's 384x96x1x1.

    Raises:
        SpecError: for a file that cannot be read, for the first tensor that does not fit, for one that is not finite.
    """
    found = {name: array for name, array in _read(path).items() if name.rpartition(".")[2] != _COUNTERS}
    wanted = list(tensors(graph))
    matched = _matched(path, wanted, found)
    for name in matched.values():
        _refuse_not_finite(path, name, found[name])
    return {t.name: found[matched[t.name]].astype(dtype, copy=False).reshape(t.shape) for t in wanted}


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
    spelled = _spelled(wanted, found)
    for names in ({t.name: t.name for t in wanted}, {t.name: t.alias for t in wanted}, spelled):
        if found.keys() >= set(names.values()) and len(set(names.values())) == len(wanted):
            _refuse_misfit(path, wanted, names, found)
            return names
    if len(found) == len(wanted) and all(x.shape == t.shape for x, t in zip(found.values(), wanted, strict=True)):
        return dict(zip((t.name for t in wanted), found, strict=True))
    if spelled:
        missing = next(t for t in wanted if t.name not in spelled)
        help = did_you_mean(nearest(missing.name, [name for name in found if name not in spelled.values()]))
        raise SpecError(f"{path} has no tensor `{missing.name}` ({missing.shape})", help=help)
    _refuse_misfit_in_order(path, wanted, found)
    raise SpecError(
        f"{path} holds {len(found)} tensors, the network has {len(wanted)}",
        notes=[f"`{wanted[len(found)].name}` ({wanted[len(found)].shape}) is the first without one"]
        if len(found) < len(wanted)
        else [],
    )


def _spelled(wanted: list[Tensor], found: Mapping[str, Array]) -> dict[str, str]:
    """Tensors -> names in the file that say the same in the way of torchvision's modules.

    A layer of a single tensor gives it its own name (`class_token` for `class_token.weight`), and what is `layer` here
    may be `layers` there: the language keeps that word.
    """
    files = {_singular(name): name for name in reversed(list(found))}
    alone = Counter(tensor.node.name for tensor in wanted)
    spelled = {}
    for tensor in wanted:
        names = [tensor.name, *([tensor.node.name] if alone[tensor.node.name] == 1 else [])]
        source = next((files[_singular(name)] for name in names if _singular(name) in files), None)
        if source is not None:
            spelled[tensor.name] = source
    return spelled


def _singular(name: str) -> str:
    return ".".join("layer" if word == "layers" else word for word in name.split("."))


def _refuse_misfit(path: Path, wanted: list[Tensor], names: Mapping[str, str], found: Mapping[str, Array]) -> None:
    for tensor in wanted:
        source = names[tensor.name]
        if _without_ones(found[source].shape) != _without_ones(tensor.shape):
            raise _misfit(path, tensor, source, found[source], "")


def _refuse_misfit_in_order(path: Path, wanted: list[Tensor], found: Mapping[str, Array]) -> None:
    """Where no name helps, an axis of size 1 does: it tells a weight from its bias."""
    for tensor, source in zip(wanted, found, strict=False):
        if found[source].shape != tensor.shape:
            raise _misfit(path, tensor, source, found[source], "; no name agrees, so order decides")


def _misfit(path: Path, tensor: Tensor, source: str, array: Array, why: str) -> SpecError:
    return SpecError(
        f"`{tensor.name}` does not fit: {_shape(array)} in {path}, {tensor.shape} in the network",
        notes=[] if source == tensor.name else [f"the file calls it `{source}`{why}"],
    )


def _without_ones(shape: tuple[int, ...]) -> list[int]:
    return [size for size in shape if size != 1]


def _refuse_not_finite(path: Path, name: str, array: Array) -> None:
    if array.dtype.kind not in "fiub":
        raise SpecError(f"`{name}` of {path} holds no numbers")
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):
        place = ", ".join(map(str, wrong[0]))
        raise SpecError(f"`{name}` of {path} holds {array[tuple(wrong[0])]} at [{place}]")


def _shape(array: Array) -> str:
    return str(Shape(array.shape)) if array.ndim else "a single number"
