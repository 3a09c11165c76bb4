"""A mixture of experts: every token asks a router, and few of many networks answer."""

from __future__ import annotations

from math import prod

from archcalc.core import SPREAD, ZEROS, AxisWindow, Drawn, Fill, Shape, TensorSpec, Work
from archcalc.core.record import record
from archcalc.errors import ShapeError, SpecError
from archcalc.layers.arguments import COUNT, FLAG, Choice, argument, option
from archcalc.layers.base import Layer, Weights, register
from archcalc.layers.traits import TOKENS

ACT = Choice(("silu", "gelu", "gelu_tanh", "relu"))


@register("moe", reads=TOKENS)
@record
class MixtureOfExperts(Layer):
    """Mixture of experts: a router picks top_k of num_experts networks for each token and adds up what they say.

    Formula   y = sum over the top_k of p_e * W_down (act(W_gate x) * (W_up x)), gated=no: W_down act(W_up x);
              p = softmax(W x), of the chosen shared out anew to a sum of 1 (normalize=no: as they are)
    Shape     (T, D) or (D) -> the same
    Params    num_experts * D of the router, num_experts * 3 * D * hidden_size of the experts (gated=no: 2), with biases
              one for each of these outputs; active, read by one token, are the router and top_k experts
    Work      per token: num_experts * D MACs, and for each chosen expert its weights; the softmax of the router;
              num_experts comparisons a choice; act on hidden_size values an expert; the weighted sum
    Field     each token alone, all of its features
    Differs   counts the work of the chosen experts, whichever they are; no capacity is full and no token dropped
    Source    Shazeer et al. 2017; Jiang et al. 2024 (Mixtral); names as in transformers 5, MixtralSparseMoeBlock
    """

    num_experts: int = argument(COUNT, "networks to choose from")
    top_k: int = argument(COUNT, "networks that answer a token")
    hidden_size: int = argument(COUNT, "units inside one expert")
    act: str = option(ACT, "silu", "function between the two matrices of an expert")
    gated: bool = option(FLAG, True, "a third matrix whose output, through act, weighs the second's")
    bias: bool = option(FLAG, False, "biases of the router and of the experts")
    normalize: bool = option(FLAG, True, "the weights of the chosen experts add up to 1")

    def __post_init__(self) -> None:
        if self.top_k > self.num_experts:
            raise SpecError(f"the top {self.top_k} of {self.num_experts} experts", help=f"at most {self.num_experts}")

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        return (SPREAD,) * len(x.spatial)

    def output(self, x: Shape) -> Shape:
        if len(x) > 2:
            raise ShapeError(
                f"moe needs features, or tokens x features, its input is the map {x}",
                help=f"tokens turns it into {Shape.of(x.elements // x.channels, x.channels)}",
            )
        return x

    def weights(self, x: Shape) -> Weights:
        width, rows = x.features, self.hidden_size * (2 if self.gated else 1)
        up, down = ("gate_up_proj" if self.gated else "up_proj"), "down_proj"
        tensors = {
            "gate.weight": TensorSpec(Shape.of(self.num_experts, width)),
            f"experts.{up}": self._of_experts(rows, width, fill=Drawn(fan_in=width)),
            f"experts.{down}": self._of_experts(width, self.hidden_size, fill=Drawn(fan_in=self.hidden_size)),
        }
        if self.bias:
            tensors["gate.bias"] = TensorSpec(Shape.of(self.num_experts), fill=ZEROS)
            tensors[f"experts.{up}_bias"] = self._of_experts(rows, fill=ZEROS)
            tensors[f"experts.{down}_bias"] = self._of_experts(width, fill=ZEROS)
        return tensors

    def work(self, x: Shape, y: Shape) -> Work:
        tokens, width = prod(x[:-1]), x.features
        matrices = 3 if self.gated else 2
        asked, units = tokens * self.top_k, tokens * self.top_k * self.hidden_size
        routes = tokens * self.num_experts
        macs = routes * width + matrices * units * width
        biases = routes + asked * width + (matrices - 1) * units if self.bias else 0
        act = self.function.work(Shape.of(units), Shape.of(units))
        shares = asked if self.normalize else 0
        return Work(
            macs=macs,
            products=act.products + (units if self.gated else 0) + asked * width,
            additions=act.additions + biases + routes + shares + (asked - tokens) * width,
            comparisons=act.comparisons + routes * self.top_k,
            divisions=act.divisions + routes + shares,
            exponentials=act.exponentials + routes,
            connections=macs + biases,
        )

    @property
    def function(self) -> Layer:
        """What stands between the two matrices of an expert."""
        from archcalc.layers import find

        kind = find(self.act)
        assert kind is not None
        layer = kind.make(0)
        assert isinstance(layer, Layer)
        return layer

    def _of_experts(self, *sizes: int, fill: Fill) -> TensorSpec:
        """One slice an expert, of which a token reads those of the chosen."""
        return TensorSpec(Shape((self.num_experts, *sizes)), fill=fill, active=self.top_k)
