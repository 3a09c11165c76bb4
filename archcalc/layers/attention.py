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

    Formula   softmax(Q K^T / sqrt(d) + B) V per head; Q, K, V and the result are linear layers
    Shape     (L, E) -> the same; with a memory (L, E), (S, M) -> (L, E)
    Params    D = num_heads * d, G = kv_heads * d; d is E / num_heads unless told, so that D is E, and G is D.
              2 E * D + 2 M * G weights (4 E * E where all are E), D + 2 G + E biases;
              relative_buckets * num_heads for B
    Work      weights: 2 L * E * D + 2 S * M * G MACs; of two activations: 2 L * S * D;
              softmax: 1 exponential, 1 addition, 1 division for each head and pair of tokens, and 1 addition for B;
              scaling: L * D products; biases: L * D + 2 S * G + L * E additions
    Field     the whole sequence
    Differs   PyTorch has one size for all heads and no B, whose buckets are T5's (bucket 0 is the token itself);
              a causal mask saves no work here, as no tool counts that it may
    Source    Vaswani et al. 2017; Ainslie et al. 2023 (grouped queries); Raffel et al. 2020 (T5, relative
              positions); PyTorch, MultiheadAttention
    """

    num_heads: int = argument(COUNT, "heads; each sees E / num_heads features")
    bias: bool = option(FLAG, True, "biases of the four linear layers")
    out_bias: bool | None = option(FLAG, None, "bias of the result's linear layer, where it is not as `bias` says")
    head_dim: int | None = option(COUNT, None, "features of a head, where they are not E / num_heads")
    kv_heads: int | None = option(COUNT, None, "heads of K and V, each for as many of Q as share it; 1: multi-query")
    causal: bool = option(FLAG, False, "no token asks one that stands after it")
    scaled: bool = option(FLAG, True, "divide by sqrt(d); T5 does not")
    relative_buckets: int | None = option(COUNT, None, "learned biases of a head, one a bucket of distances: T5 has 32")
    relative_distance: int = option(COUNT, 128, "distance from which on all are in the last bucket")

    def __post_init__(self) -> None:
        if self.kv_heads is not None and self.num_heads % self.kv_heads:
            raise SpecError(
                f"{self.kv_heads} heads of K and V do not divide {self.num_heads} heads",
                help=f"kv_heads must divide {self.num_heads}: {divisors(self.num_heads)}",
            )
        if self.relative_buckets is not None:
            _needs_buckets(self.relative_buckets, self.relative_distance, self.causal)

    def windows(self, *x: Shape) -> tuple[AxisWindow, ...]:
        return (SPREAD,) * len(x[0].spatial)

    def output(self, *x: Shape) -> Shape:
        query = x[0]
        _needs_sequences(x)
        if self.head_dim is None:
            _needs_divisor(self.num_heads, query.features, "features")
        return query

    def weights(self, *x: Shape) -> Weights:
        width, memory_width = x[0].features, x[-1].features
        queries, keys = self.widths(x[0])
        tensors = _projections(width, memory_width, queries, keys)
        if self.bias:
            tensors["in_proj_bias"] = TensorSpec(Shape.of(queries + 2 * keys), fill=ZEROS)
        tensors["out_proj.weight"] = TensorSpec(Shape.of(width, queries))
        if self.has_out_bias:
            tensors["out_proj.bias"] = TensorSpec(Shape.of(width), fill=ZEROS)
        if self.relative_buckets is not None:
            table = Shape.of(self.relative_buckets, self.num_heads)
            tensors["relative_attention_bias.weight"] = TensorSpec(table, fill=ZEROS)
        return tensors

    def work(self, *x_then_y: Shape) -> Work:
        *x, y = x_then_y
        length, width = y
        memory_length, memory_width = x[-1]
        queries, keys = self.widths(y)
        macs = 2 * length * width * queries + 2 * memory_length * memory_width * keys
        biases = length * queries + 2 * memory_length * keys if self.bias else 0
        if self.has_out_bias:
            biases += length * width
        scores = self.num_heads * length * memory_length
        return Work(
            macs=macs,
            activation_macs=2 * length * memory_length * queries,
            products=length * queries if self.scaled else 0,
            additions=biases + scores + (0 if self.relative_buckets is None else scores),
            divisions=scores,
            exponentials=scores,
            connections=macs + biases,
        )

    @property
    def has_out_bias(self) -> bool:
        """Whether the result's linear layer has a bias."""
        return self.bias if self.out_bias is None else self.out_bias

    def cached_features(self, *x: Shape) -> int:
        """Numbers of K, and as many of V, that are kept of each token while text is generated.

        None where every token asks all others: what came before has to be worked out anew.
        """
        return self.widths(x[0])[1] if self.causal or len(x) > 1 else 0

    def widths(self, x: Shape) -> tuple[int, int]:
        """Features of Q, and of K as of V, over all their heads."""
        queries = x.features if self.head_dim is None else self.num_heads * self.head_dim
        if self.kv_heads is None:
            return queries, queries
        return queries, self.kv_heads * (x.features // self.num_heads if self.head_dim is None else self.head_dim)


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


def _projections(width: int, memory_width: int, queries: int, keys: int) -> dict[str, TensorSpec]:
    """One tensor for Q, K and V where they read the same width, as PyTorch packs them; else three."""
    if memory_width == width:
        return {"in_proj_weight": TensorSpec(Shape.of(queries + 2 * keys, width))}
    return {
        "q_proj_weight": TensorSpec(Shape.of(queries, width)),
        "k_proj_weight": TensorSpec(Shape.of(keys, memory_width)),
        "v_proj_weight": TensorSpec(Shape.of(keys, memory_width)),
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


def _needs_buckets(buckets: int, distance: int, causal: bool) -> None:
    """Half of the buckets of a side have one distance each; the others share out what is left up to the last."""
    sides = 1 if causal else 2
    if buckets % (2 * sides):
        half = "half of those are" if causal else "half of those of a side are"
        raise SpecError(
            f"{buckets} buckets do not share out: {half} for one distance each",
            help=f"a multiple of {2 * sides}, as T5's 32",
        )
    if distance <= buckets // (2 * sides):
        raise SpecError(
            f"a relative_distance of {distance} leaves nothing for the wide ones of {buckets} buckets",
            help=f"at least {buckets // (2 * sides) + 1}",
        )
