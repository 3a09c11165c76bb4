"""Names that people write for the names of this language, and the nearest one to a misspelt name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice

from archcalc.errors import Repair, UnknownName

OTHER_WORDS: dict[str, str] = {
    # other tools' and people's words, lower case without _ and - : our word
    "conv1d": "conv", "conv2d": "conv", "conv3d": "conv", "convolution": "conv", "convolutional": "conv",
    "dwconv": "depthwise_conv", "depthwiseconv2d": "depthwise_conv", "convdw": "depthwise_conv",
    "convtranspose1d": "conv_transpose", "convtranspose2d": "conv_transpose", "convtranspose3d": "conv_transpose",
    "conv2dtranspose": "conv_transpose", "deconv": "conv_transpose", "deconvolution": "conv_transpose",
    "upconv": "conv_transpose", "transposedconv": "conv_transpose",
    "fc": "linear", "dense": "linear", "innerproduct": "linear", "fullyconnected": "linear", "gemm": "linear",
    "maxpool": "max_pool", "maxpool1d": "max_pool", "maxpool2d": "max_pool", "maxpool3d": "max_pool",
    "maxpooling2d": "max_pool", "pool": "max_pool", "pooling": "max_pool",
    "avgpool": "avg_pool", "avgpool1d": "avg_pool", "avgpool2d": "avg_pool", "avgpool3d": "avg_pool",
    "averagepool": "avg_pool", "averagepooling2d": "avg_pool", "meanpool": "avg_pool", "averagepooling": "avg_pool",
    "gap": "global_avg_pool", "globalavgpool": "global_avg_pool", "globalaveragepooling2d": "global_avg_pool",
    "globalaveragepool": "global_avg_pool", "gmp": "global_max_pool", "globalmaxpooling2d": "global_max_pool",
    "adaptiveavgpool2d": "adaptive_avg_pool", "adaptivemaxpool2d": "adaptive_max_pool",
    "bn": "batch_norm", "batchnorm": "batch_norm", "batchnorm1d": "batch_norm", "batchnorm2d": "batch_norm",
    "batchnormalization": "batch_norm", "ln": "layer_norm", "layernorm": "layer_norm",
    "layernormalization": "layer_norm", "gn": "group_norm", "groupnorm": "group_norm", "in": "instance_norm",
    "instancenorm2d": "instance_norm", "rmsnorm": "rms_norm", "lrn": "local_response_norm",
    "localresponsenorm": "local_response_norm", "norm": "batch_norm",
    "swish": "silu", "lrelu": "leaky_relu", "leakyrelu": "leaky_relu", "hardswish": "hard_swish",
    "hardsigmoid": "hard_sigmoid", "logistic": "sigmoid", "hswish": "hard_swish",
    "sum": "add", "eltwise": "add", "shortcut": "add", "residual": "add", "mul": "multiply", "mult": "multiply",
    "sub": "subtract", "absdiff": "abs_diff", "l1": "abs_diff", "cat": "concat", "concatenate": "concat",
    "route": "concat", "bmm": "matmul", "flat": "flatten", "view": "reshape", "transpose": "permute",
    "unpool": "max_unpool", "maxunpool2d": "max_unpool", "resize": "upsample", "interpolate": "upsample",
    "upsampling2d": "upsample", "upsample2d": "upsample", "zeropad2d": "pad", "zeropadding2d": "pad",
    "crop2d": "crop", "cropping2d": "crop", "centercrop": "crop", "pixelunshuffle": "space_to_depth",
    "reorg": "space_to_depth", "pixelshuffle": "pixel_shuffle", "depthtospace": "pixel_shuffle",
    "attention": "multihead_attention", "mha": "multihead_attention", "selfattention": "multihead_attention",
    "multiheadattention": "multihead_attention", "se": "squeeze_excitation", "seblock": "squeeze_excitation",
    "posembed": "position_embedding", "clstoken": "class_token", "stochasticdepth": "drop_path",
    "droppath": "drop_path", "noop": "identity", "channelshuffle": "channel_shuffle",
}  # fmt: skip

OTHER_OPTIONS: dict[str, str] = {
    "pad": "padding", "strides": "stride", "s": "stride", "p": "padding", "d": "dilation", "k": "kernel_size",
    "kernel": "kernel_size", "size": "kernel_size", "ksize": "kernel_size", "filters": "out_channels",
    "channels": "out_channels", "num_output": "out_channels", "out": "out_channels", "units": "out_features",
    "use_bias": "bias", "bias_term": "bias", "activation": "act", "group": "groups", "dilation_rate": "dilation",
    "ceil": "ceil_mode", "normalization": "norm", "input": "from", "inputs": "from", "bottom": "from",
}  # fmt: skip


_LONGEST = 50
_MOST_CANDIDATES = 1000
"""Beyond these a guess costs more time than it is worth."""


def nearest(name: str, candidates: Iterable[str], count: int = 3) -> list[str]:
    """The candidates that look most like `name`, best first."""
    from difflib import get_close_matches

    if len(name) > _LONGEST:
        return []
    like = (c for c in candidates if abs(len(c) - len(name)) <= max(4, len(name)))
    by_folded = {folded(candidate): candidate for candidate in islice(like, _MOST_CANDIDATES)}
    if folded(name) in by_folded:
        return [by_folded[folded(name)]]
    return [by_folded[match] for match in get_close_matches(folded(name), by_folded, count, 0.6)]


def nearest_kind(name: str, kinds: Iterable[str]) -> list[str]:
    """The kinds that a wrong word probably means: `Conv2d` is conv."""
    known = list(kinds)
    meant = OTHER_WORDS.get(folded(name)) or OTHER_WORDS.get(re.sub(r"[^a-z0-9]", "", name.lower()))
    return [meant] if meant in known else nearest(name, known)


def nearest_option(name: str, options: Iterable[str]) -> list[str]:
    """The options that a wrong word probably means: `pad` is padding."""
    known = list(options)
    meant = OTHER_OPTIONS.get(name.lower())
    return [meant] if meant in known else nearest(name, known)


def did_you_mean(matches: Iterable[str]) -> str | None:
    """The help line for a misspelt name, or None where nothing comes close."""
    quoted = [f"`{match}`" for match in matches]
    if not quoted:
        return None
    return "did you mean " + " or ".join(quoted) + "?"


def unknown(what: str, name: str, matches: Sequence[str], otherwise: str | None = None) -> UnknownName:
    """The error for a name that does not exist.

    Args:
        matches: what is probably meant; one alone is the repair of what stands at the error's place.
        otherwise: the help where nothing comes near.
    """
    repair = Repair(name, matches[0]) if len(matches) == 1 else None
    return UnknownName(what, help=did_you_mean(matches) or otherwise, repair=repair)


def listed(names: Iterable[str], most: int = 12) -> str:
    """`a`, `b` and `c`; the tail of a long list is cut and counted."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) > most:
        return ", ".join(quoted[:most]) + f" and {len(quoted) - most} more"
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else "".join(quoted)


def folded(name: str) -> str:
    """A name without what people write in several ways: its case, _ and -."""
    return name.lower().replace("_", "").replace("-", "")
