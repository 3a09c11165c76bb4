"""Normalization: values are shifted and scaled by a mean and a variance, then by learned weights."""

from __future__ import annotations

from archcalc.core import ONES, SPREAD, ZEROS, AxisWindow, Shape, TensorSpec, Window, Work
from archcalc.core.record import record
from archcalc.errors import ShapeError
from archcalc.layers.arguments import AXIS, COUNT, FLAG, NUMBER, Choice, argument, option
from archcalc.layers.base import NO_WEIGHTS, Layer, Weights, needs_map, pointwise, register
from archcalc.layers.fitting import axis_of, divisors, feature_axis
from archcalc.layers.traits import CHANNELS, TOKENS

OVER = Choice(("channels", "all"))


@register("batch_norm", reads=CHANNELS, centres=True)
@record
class BatchNorm(Layer):
    """Batch normalization: each channel by the mean and variance of the training data.

    Formula   y = (x - mean_c) / sqrt(var_c + eps) * weight_c + bias_c
    Shape     (C) or (C, *spatial) -> the same
    Params    C weights (none with weight=no) and C biases (none with bias=no); C running means and C running
              variances are buffers, not params
    Work      at inference 1 product an element and its sum: scale and shift are folded into these.
              With track_running_stats=no the map's own statistics are taken, as in instance_norm
    Field     1 at inference (in training, or with track_running_stats=no, the whole map)
    Differs   Keras counts the running statistics as non-trainable params; its momentum is 1 minus this one;
              scale=False and center=False are weight=no and bias=no here, axis counts without the batch;
              track_running_stats=no takes the statistics of each example, PyTorch those of the batch;
              lectures write (x - mean)/(sigma + eps), eps beside the root and not under it
    Source    Ioffe and Szegedy 2015
    """

    eps: float = option(NUMBER, 1e-5, "added to the variance")
    momentum: float = option(NUMBER, 0.1, "weight of the newest batch in the running statistics")
    affine: bool = option(FLAG, True, "learn a weight and a bias per channel")
    track_running_stats: bool = option(FLAG, True, "keep running statistics for inference")
    weight: bool = option(FLAG, True, "learn a weight, where it is affine")
    bias: bool = option(FLAG, True, "learn a bias, where it is affine")
    axis: int = option(AXIS, 0, "axis of what has a mean of its own; 0 are the channels, -1 the features of tokens")

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        if self.track_running_stats:
            return pointwise(x)
        own = axis_of(self.axis, x)
        return tuple(Window(1) if i == own else SPREAD for i in range(1, len(x)))

    def output(self, x: Shape) -> Shape:
        axis_of(self.axis, x)
        return x

    def weights(self, x: Shape) -> Weights:
        channels = Shape.of(x[axis_of(self.axis, x)])
        learned = _learned(channels, self.affine)
        kept = {name: tensor for name, tensor in learned.items() if {"weight": self.weight, "bias": self.bias}[name]}
        return {**kept, **_running(channels, self.track_running_stats)}

    def work(self, x: Shape, y: Shape) -> Work:
        if self.track_running_stats:
            return Work(products=x.elements)
        return _centred(x, x[axis_of(self.axis, x)], self.affine and (self.weight or self.bias))


@register("instance_norm", reads=CHANNELS, centres=True)
@record
class InstanceNorm(Layer):
    """Instance normalization: each channel of each example by its own mean and variance.

    Formula   y = (x - mean_c) / sqrt(var_c + eps), then * weight_c + bias_c with affine=yes
    Shape     (C, *spatial) -> the same
    Params    none; with affine=yes C weights and C biases; with track_running_stats=yes C + C buffers
    Work      2 additions and 2 products an element (1 more with affine), 3 divisions and 1 root a channel
    Field     the whole map (1 with track_running_stats=yes, which works as batch_norm at inference)
    Source    Ulyanov, Vedaldi and Lempitsky 2016
    """

    eps: float = option(NUMBER, 1e-5, "added to the variance")
    momentum: float = option(NUMBER, 0.1, "weight of the newest batch in the running statistics")
    affine: bool = option(FLAG, False, "learn a weight and a bias per channel")
    track_running_stats: bool = option(FLAG, False, "keep running statistics for inference")

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        needs_map(x, "instance_norm")
        return pointwise(x) if self.track_running_stats else _spread(x)

    def output(self, x: Shape) -> Shape:
        needs_map(x, "instance_norm")
        return x

    def weights(self, x: Shape) -> Weights:
        return {**_learned(x[:1], self.affine), **_running(x, self.track_running_stats)}

    def work(self, x: Shape, y: Shape) -> Work:
        if self.track_running_stats:
            return Work(products=x.elements)
        return _centred(x, x.channels, self.affine)


@register("group_norm", reads=CHANNELS)
@record
class GroupNorm(Layer):
    """Group normalization: each group of channels of each example by its own mean and variance.

    Formula   y = (x - mean_g) / sqrt(var_g + eps) * weight_c + bias_c, g the group of channel c
    Shape     (C) or (C, *spatial) -> the same; num_groups divides C
    Params    C weights and C biases
    Work      2 additions and 3 products an element (1 less without affine), 3 divisions and 1 root a group
    Field     the whole map
    Source    Wu and He 2018
    """

    num_groups: int = argument(COUNT, "groups of channels; 1 is layer norm over the whole map")
    eps: float = option(NUMBER, 1e-5, "added to the variance")
    affine: bool = option(FLAG, True, "learn a weight and a bias per channel")

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        return _spread(x)

    def output(self, x: Shape) -> Shape:
        if x.channels % self.num_groups:
            raise ShapeError(
                f"{self.num_groups} groups do not divide {x.channels} channels",
                help=f"num_groups must divide them: {divisors(x.channels)}",
            )
        return x

    def weights(self, x: Shape) -> Weights:
        return _learned(x[:1], self.affine)

    def work(self, x: Shape, y: Shape) -> Work:
        return _centred(x, self.num_groups, self.affine)


@register("layer_norm", reads=TOKENS)
@record
class LayerNorm(Layer):
    """Layer normalization: each token, or each position of a map, by its own mean and variance.

    Formula   y = (x - mean) / sqrt(var + eps) * weight + bias, over the features of one token or position
    Shape     (features), (tokens, features) or (C, *spatial) -> the same
    Params    one weight and one bias per feature or channel; with over=all one per element of the example
    Work      2 additions and 3 products an element (fewer without weight or bias), 3 divisions and 1 root
              per token, position or example normalized
    Field     1 on a map (sees across channels); with over=all the whole map; on features, all features
    Differs   a map is normalized over its channels at each position, as ConvNeXt does; over=all takes all axes,
              which in PyTorch is LayerNorm([C, H, W])
    Source    Ba, Kiros and Hinton 2016; Liu et al. 2022 (ConvNeXt) for maps
    """

    over: str = option(OVER, "channels", "what one mean is taken over: channels (or features), or all axes")
    eps: float = option(NUMBER, 1e-5, "added to the variance")
    elementwise_affine: bool = option(FLAG, True, "learn a weight per normalized value")
    bias: bool = option(FLAG, True, "learn a bias beside the weight")

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        return _over_windows(x, self.over)

    def output(self, x: Shape) -> Shape:
        return x

    def weights(self, x: Shape) -> Weights:
        return _learned(_normalized(x, self.over), self.elementwise_affine, self.bias)

    def work(self, x: Shape, y: Shape) -> Work:
        return _centred(x, x.elements // _normalized(x, self.over).elements, self.elementwise_affine)


@register("rms_norm", reads=TOKENS)
@record
class RMSNorm(Layer):
    """Root mean square normalization: layer norm without the mean and without a bias.

    Formula   y = x / sqrt(mean(x^2) + eps) * weight, over the features of one token or position
    Shape     (features), (tokens, features) or (C, *spatial) -> the same
    Params    one weight per feature or channel; with over=all one per element of the example
    Work      3 products an element (2 without weight), 1 addition, 2 divisions and 1 root per token,
              position or example normalized
    Field     as layer_norm
    Differs   without eps the smallest step of the number format is taken, as in PyTorch; maps as in layer_norm
    Source    Zhang and Sennrich 2019
    """

    over: str = option(OVER, "channels", "what one mean is taken over: channels (or features), or all axes")
    eps: float | None = option(NUMBER, None, "added to the mean square")
    elementwise_affine: bool = option(FLAG, True, "learn a weight per normalized value")

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        return _over_windows(x, self.over)

    def output(self, x: Shape) -> Shape:
        return x

    def weights(self, x: Shape) -> Weights:
        return _learned(_normalized(x, self.over), self.elementwise_affine, bias=False)

    def work(self, x: Shape, y: Shape) -> Work:
        means = x.elements // _normalized(x, self.over).elements
        products = (3 if self.elementwise_affine else 2) * x.elements
        return Work(products=products, additions=means, divisions=2 * means, exponentials=means)


@register("l2_normalize", reads=TOKENS)
@record
class L2Normalize(Layer):
    """Every vector to length 1: through its Euclidean norm along an axis.

    Formula   y = x / max(sqrt(sum_j x_j^2), eps), j along the axis
    Shape     any shape -> the same
    Params    none; layer_scale after it learns a factor per channel (SSD's conv4_3)
    Work      1 product and 1 division an element, 1 root and 1 comparison a vector
    Field     1 along the channels; the whole axis where the axis is spatial
    Differs   the axis is the channels of a map (3 or more axes), else the last one, as in softmax
    Source    PyTorch, functional.normalize; Liu et al. 2016 (ParseNet); Liu et al. 2016 (SSD)
    """

    axis: int | None = option(AXIS, None, "axis of the vectors; the channels of a map, the features of a sequence")
    eps: float = option(NUMBER, 1e-12, "the least norm that is divided by")

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        axis = feature_axis(self.axis, x)
        return tuple(SPREAD if i == axis else Window(1) for i in range(1, len(x)))

    def output(self, x: Shape) -> Shape:
        feature_axis(self.axis, x)
        return x

    def work(self, x: Shape, y: Shape) -> Work:
        vectors = x.elements // x[feature_axis(self.axis, x)]
        return Work(products=x.elements, divisions=x.elements, exponentials=vectors, comparisons=vectors)


def _normalized(x: Shape, over: str) -> Shape:
    """The axes that share one mean, as the shape of their weights."""
    return x if over == "all" else Shape.of(x[feature_axis(None, x)])


def _over_windows(x: Shape, over: str) -> tuple[AxisWindow, ...]:
    return pointwise(x) if over == "channels" and len(x) > 2 else _spread(x)


def _spread(x: Shape) -> tuple[AxisWindow, ...]:
    return (SPREAD,) * len(x.spatial)


def _learned(shape: tuple[int, ...], affine: bool, bias: bool = True) -> Weights:
    if not affine:
        return NO_WEIGHTS
    weight = {"weight": TensorSpec(Shape(shape), fill=ONES)}
    return {**weight, "bias": TensorSpec(Shape(shape), fill=ZEROS)} if bias else weight


def _running(x: Shape, tracked: bool) -> Weights:
    if not tracked:
        return NO_WEIGHTS
    shape = Shape.of(x.channels)
    return {"running_mean": TensorSpec(shape, "buffer", ZEROS), "running_var": TensorSpec(shape, "buffer", ONES)}


def _centred(x: Shape, means: int, affine: bool) -> Work:
    """Normalization by `means` means and variances taken from x itself.

    For n values that share a mean: n - 1 additions for their sum and 1 for eps, n to centre them; n
    products for the squares, n to scale by 1/sigma, n for weight and bias. Then sum / n, squares / n, 1 / sigma.
    """
    return Work(
        additions=2 * x.elements,
        products=(3 if affine else 2) * x.elements,
        divisions=3 * means,
        exponentials=means,
    )
