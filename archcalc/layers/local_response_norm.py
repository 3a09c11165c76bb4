"""Local response normalization: a channel is damped by its neighbours."""

from __future__ import annotations

from archcalc.core import Shape, Window, Work
from archcalc.core.record import record
from archcalc.layers.arguments import COUNT, NUMBER, Choice, argument, option
from archcalc.layers.base import Layer, needs_map, pointwise, register
from archcalc.layers.traits import CHANNELS, NORM

REGION = Choice(("across", "within"))


@register("local_response_norm", family=NORM, reads=CHANNELS)
@record
class LocalResponseNorm(Layer):
    """Local response normalization across channels (AlexNet, section 3.3).

    Formula   y_c = x_c / (k + alpha/size * sum_j x_j^2)^beta, j over `size` channels around c; with region=within
              j over size^axes places around the cell in its own channel, alpha divided by as many
    Shape     (C, *spatial) -> the same
    Params    none
    Work      neighbours + 1 products, 1 power, 1 division an element, each neighbourhood counted as full
    Field     1 (sees across channels, not across space); with region=within size cells along each axis
    Differs   the paper does not divide alpha by size; PyTorch and ONNX do; so do we. The paper has k = 2
    Source    Caffe, LRN, for region=within; Krizhevsky, Sutskever and Hinton 2012
    """

    size: int = argument(COUNT, "channels of the neighbourhood, the channel itself included", 5)
    alpha: float = option(NUMBER, 1e-4, "weight of the squares")
    beta: float = option(NUMBER, 0.75, "the exponent")
    k: float = option(NUMBER, 1.0, "added to the weighted squares; the paper has 2")
    region: str = option(REGION, "across", "whose neighbours: across channels, or within each of them (Caffe)")

    def windows(self, x: Shape) -> tuple[Window, ...]:
        needs_map(x, "local_response_norm")
        if self.region == "across":
            return pointwise(x)
        before = self.size // 2
        return (Window(self.size, padding=(before, self.size - 1 - before)),) * len(x.spatial)

    def output(self, x: Shape) -> Shape:
        needs_map(x, "local_response_norm")
        return x

    def neighbours(self, x: Shape) -> int:
        """Values whose squares are summed."""
        return self.size if self.region == "across" else self.size ** len(x.spatial)

    def work(self, x: Shape, y: Shape) -> Work:
        return Work(
            products=(self.neighbours(x) + 1) * x.elements,
            exponentials=x.elements,
            divisions=x.elements,
        )
