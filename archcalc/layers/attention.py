"""Attention: every token asks every token."""

from __future__ import annotations

from archcalc.core import SPREAD, AxisWindow, Shape, TensorSpec, Work
from archcalc.core.record import record
from archcalc.errors import GraphError, ShapeError
from archcalc.layers.arguments import COUNT, FLAG, argument, option
from archcalc.layers.base import Layer, Weights, register
from archcalc.layers.fitting import divisors, needs_sequence


@register("multihead_attention", inputs=(1, 2))
@record
class MultiheadAttention(Layer):
    """Multi-head attention: of a sequence to itself, or (two inputs) of a query to a memory.

    Formula   softmax(Q K^T / sqrt(E / num_heads)) V per head; Q, K, V and the result are linear layers
    Shape     (L, E) -> the same; with a memory (L, E), (S, M) -> (L, E)
    Params    4 E * E weights and 4 E biases; with M other than E: 2 E * E + 2 E * M weights
    Work      weights: 2 L * E * E + 2 S * M * E multiply-adds; of two activations: 2 L * S * E;
              softmax: 1 exponential, 1 addition, 1 division for each head and pair of tokens;
              scaling: L * E multiply-adds; biases: 2 L * E + 2 S * E additions
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
        if query.features % self.num_heads:
            raise ShapeError(
                f"{self.num_heads} heads do not divide {query.features} features",
                help=f"num_heads must divide {query.features}: {divisors(query.features)}",
            )
        return query

    def weights(self, *x: Shape) -> Weights:
        width, memory_width = x[0].features, x[-1].features
        tensors = _projections(width, memory_width)
        if self.bias:
            tensors["in_proj_bias"] = TensorSpec(Shape.of(3 * width))
        tensors["out_proj.weight"] = TensorSpec(Shape.of(width, width))
        if self.bias:
            tensors["out_proj.bias"] = TensorSpec(Shape.of(width))
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
            multiply_adds=length * width,
            additions=biases + scores,
            divisions=scores,
            exponentials=scores,
            connections=macs + biases,
        )


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
