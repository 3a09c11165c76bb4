"""Attention: every token asks every token, of the sequence or of its window."""

from __future__ import annotations

from math import prod

from archcalc.core import SPREAD, ZEROS, AxisWindow, PartitionAxis, Shape, TensorSpec, Work
from archcalc.core.record import record
from archcalc.errors import GraphError, ShapeError, SpecError
from archcalc.layers.arguments import COUNT, FLAG, NON_NEGATIVE, argument, option
from archcalc.layers.base import Layer, Weights, register
from archcalc.layers.fitting import divisors, needs_sequence
from archcalc.layers.traits import CHANNELS, TOKENS


@register("multihead_attention", inputs=(1, 2), reads=TOKENS)
@record
class MultiheadAttention(Layer):
    """Multi-head attention: of a sequence to itself, or (two inputs) of a query to a memory.

    Formula   softmax(Q K^T / sqrt(E / num_heads)) V per head; Q, K, V and the result are linear layers
    Shape     (L, E) -> the same; with a memory (L, E), (S, M) -> (L, E)
    Params    4 E * E weights and 4 E biases; with M other than E: 2 E * E + 2 E * M weights
    Work      weights: 2 L * E * E + 2 S * M * E MACs; of two activations: 2 L * S * E;
              softmax: 1 exponential, 1 addition, 1 division for each head and pair of tokens;
              scaling: L * E products; biases: 2 L * E + 2 S * E additions
    Field     the whole sequence
    Source    Vaswani et al. 2017; PyTorch, MultiheadAttention
    """

    num_heads: int = argument(COUNT, "heads; each sees E / num_heads features")
    bias: bool = option(FLAG, True, "biases of the four linear layers")

    def windows(self, *x: Shape) -> tuple[AxisWindow, ...]:
        return (SPREAD,) * len(x[0].spatial)

    def output(self, *x: Shape) -> Shape:
        query = x[0]
        _needs_sequences(x)
        _needs_divisor(self.num_heads, query.features, "features")
        return query

    def weights(self, *x: Shape) -> Weights:
        width, memory_width = x[0].features, x[-1].features
        tensors = _projections(width, memory_width)
        if self.bias:
            tensors["in_proj_bias"] = TensorSpec(Shape.of(3 * width), fill=ZEROS)
        tensors["out_proj.weight"] = TensorSpec(Shape.of(width, width))
        if self.bias:
            tensors["out_proj.bias"] = TensorSpec(Shape.of(width), fill=ZEROS)
        return tensors

    def work(self, *x_then_y: Shape) -> Work:
        *x, y = x_then_y
        length, width = y
        memory_length, memory_width = x[-1]
        macs = 2 * length * width * width + 2 * memory_length * memory_width * width
        biases = 2 * (length + memory_length) * width if self.bias else 0
        scores = self.num_heads * length * memory_length
        return Work(
            macs=macs,
            activation_macs=2 * length * memory_length * width,
            products=length * width,
            additions=biases + scores,
            divisions=scores,
            exponentials=scores,
            connections=macs + biases,
        )


@register("window_attention", reads=CHANNELS)
@record
class WindowAttention(Layer):
    """Multi-head self-attention inside the windows of a map, with a learned bias for each offset (Swin).

    Formula   softmax(Q K^T / sqrt(C / num_heads) + B) V per head and window; B depends on the offset of two cells
    Shape     (C, H, W) -> the same; H' and W' below are padded up to multiples of the window
    Params    4 C * C weights and 4 C biases; (2 window - 1)^2 * num_heads offsets
    Work      weights: 4 H' W' C^2 MACs; of two activations: 2 H' W' window^2 C;
              softmax: 1 exponential, 1 addition, 1 division for each head and pair of cells of a window;
              scaling: H' W' C products; biases: 4 H' W' C additions, and of each pair B and the mask of a shift
    Field     the window
    Differs   a shift masks the pairs that it brings together; torchvision adds -100 to their scores, we -infinity
    Source    Liu et al. 2021, sections 3.2 and 4.4; torchvision, ShiftedWindowAttention
    """

    num_heads: int = argument(COUNT, "heads; each sees C / num_heads channels")
    window: int = option(COUNT, 7, "cells of a window along each axis")
    shift: int = option(NON_NEGATIVE, 0, "cells by which the windows shift; none where one window covers the axis")

    def __post_init__(self) -> None:
        if self.shift >= self.window:
            raise SpecError(
                f"a shift of {self.shift} is not inside a window of {self.window}", help=f"at most {self.window - 1}"
            )

    def windows(self, x: Shape) -> tuple[PartitionAxis, ...]:
        _needs_plane(x)
        return tuple(PartitionAxis(self.window, shift) for shift in self.shifts(x))

    def output(self, x: Shape) -> Shape:
        _needs_plane(x)
        _needs_divisor(self.num_heads, x.channels, "channels")
        return x

    def weights(self, x: Shape) -> Weights:
        width, distances = x.channels, (2 * self.window - 1) ** 2
        return {
            "relative_position_bias_table": TensorSpec(Shape.of(distances, self.num_heads), fill=ZEROS),
            "qkv.weight": TensorSpec(Shape.of(3 * width, width)),
            "qkv.bias": TensorSpec(Shape.of(3 * width), fill=ZEROS),
            "proj.weight": TensorSpec(Shape.of(width, width)),
            "proj.bias": TensorSpec(Shape.of(width), fill=ZEROS),
        }

    def work(self, x: Shape, y: Shape) -> Work:
        cells, width = prod(self.padded(x)), x.channels
        macs = 4 * cells * width * width
        pairs = cells * self.window * self.window
        scores = self.num_heads * pairs
        return Work(
            macs=macs,
            activation_macs=2 * pairs * width,
            products=cells * width,
            additions=4 * cells * width + (3 if any(self.shifts(x)) else 2) * scores,
            divisions=scores,
            exponentials=scores,
            connections=macs + 4 * cells * width,
        )

    def padded(self, x: Shape) -> tuple[int, ...]:
        """The lengths of the axes, up to multiples of the window."""
        return tuple(-(-length // self.window) * self.window for length in x.spatial)

    def shifts(self, x: Shape) -> tuple[int, ...]:
        """The shift along each axis."""
        return tuple(self.shift if length > self.window else 0 for length in x.spatial)


def _projections(width: int, memory_width: int) -> dict[str, TensorSpec]:
    """One tensor for Q, K and V where they read the same width, as PyTorch packs them; else three."""
    if memory_width == width:
        return {"in_proj_weight": TensorSpec(Shape.of(3 * width, width))}
    return {
        "q_proj_weight": TensorSpec(Shape.of(width, width)),
        "k_proj_weight": TensorSpec(Shape.of(width, memory_width)),
        "v_proj_weight": TensorSpec(Shape.of(width, memory_width)),
    }


def _needs_sequences(x: tuple[Shape, ...]) -> None:
    if len(x) > 2:
        raise GraphError(f"multihead_attention has {len(x)} inputs", help="a query, and at most one memory")
    for shape in x:
        needs_sequence(shape, "multihead_attention")


def _needs_plane(x: Shape) -> None:
    if len(x) != 3:
        raise ShapeError(f"window_attention needs a map of C x H x W, its input is {x}")


def _needs_divisor(num_heads: int, width: int, what: str) -> None:
    if width % num_heads:
        raise ShapeError(
            f"{num_heads} heads do not divide {width} {what}",
            help=f"num_heads must divide {width}: {divisors(width)}",
        )
