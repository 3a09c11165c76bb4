"""Names that people write for the names of this language, and the nearest one to a misspelt name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from archcalc.errors import Repair, UnknownName

OTHER_WORDS: dict[str, str] = {
    "avgpool": "avg_pool", "maxpool": "max_pool", "pooling": "max_pool", "fullyconnected": "linear",
    "innerproduct": "linear", "deconvolution": "conv_transpose", "convolution": "conv", "convolutional": "conv",
    "route": "concat", "shortcut": "add", "eltwise": "add", "lrn": "local_response_norm", "connected": "linear",
    # people's words that PyTorch and Keras (foreign/tools.py) have not, lower case without _ and - : our word
    "dwconv": "depthwise_conv", "convdw": "depthwise_conv", "deconv": "conv_transpose", "upconv": "conv_transpose",
    "transposedconv": "conv_transpose", "fc": "linear", "gemm": "linear", "pool": "max_pool",
    "averagepool": "avg_pool", "meanpool": "avg_pool", "averagepooling": "avg_pool", "gap": "global_avg_pool",
    "globalavgpool": "global_avg_pool", "globalaveragepool": "global_avg_pool", "gmp": "global_max_pool",
    "sumpool": "global_sum_pool", "sumpooling": "global_sum_pool", "globalsumpooling": "global_sum_pool",
    "bn": "batch_norm", "ln": "layer_norm", "gn": "group_norm", "in": "instance_norm", "norm": "batch_norm",
    "lrelu": "leaky_relu", "logistic": "sigmoid", "hswish": "hard_swish", "sum": "add", "residual": "add",
    "mult": "multiply", "absdiff": "abs_diff", "l1": "abs_diff", "flat": "flatten", "view": "reshape",
    "transpose": "permute", "unpool": "max_unpool", "resize": "upsample", "upsample2d": "upsample", "crop2d": "crop",
    "depthtospace": "pixel_shuffle", "sdpa": "attention", "mha": "multihead_attention",
    "selfattention": "multihead_attention", "se": "squeeze_excitation", "seblock": "squeeze_excitation",
    "posembed": "position_embedding", "clstoken": "class_token", "noop": "identity", "depthwise": "depthwise_conv",
    "bilstm": "lstm", "convlayer": "conv", "denselayer": "linear", "hsigmoid": "hard_sigmoid",
    "inputnorm": "layer_norm", "upsampling": "upsample", "deconv2d": "conv_transpose",
    "globalpool": "global_avg_pool", "minus": "subtract", "plus": "add", "product": "multiply", "times": "multiply",
    "sepconv": "separable_conv", "separableconv": "separable_conv", "convlstm": "conv_lstm",
    "locallyconnected": "locally_connected", "deformconv": "deform_conv", "deformconv2d": "deform_conv",
    "dcn": "deform_conv", "im2col": "unfold", "col2im": "fold", "mixtureofexperts": "moe", "moelayer": "moe",
    "moeblock": "moe",
    "join": "concat", "append": "concat", "dot": "matmul", "padding": "pad",
    "maxoutdense": "maxout", "reduction": "reduce", "reducing": "reduce", "repeat": "tile",
    "expand": "tile", "broadcastto": "tile", "cyclicshift": "roll", "gather": "take", "indexselect": "take",
    "l2norm": "l2_normalize", "l2normalization": "l2_normalize", "unitnorm": "l2_normalize", "power": "pow",
    "negative": "neg", "absval": "abs", "absolute": "abs", "signum": "sign",
    "nnparameter": "parameter", "weight": "parameter",
    "registerbuffer": "constant", "buffer": "constant",
    "custom": "opaque", "unknown": "opaque", "elementwisemax": "maximum",
    "elementwisemin": "minimum", "quotient": "divide", "clipbyvalue": "clamp",
}  # fmt: skip

MEANINGS: dict[str, str] = {
    # other tools' layers that no kind here is, lower case without _ and - : what to do
    "lambda": "a spec holds no code: write the layer that the function is, such as reshape, slice or multiply",
    **dict.fromkeys(("gaussiannoise", "gaussiandropout"), "noise of training only: leave it out, or write identity"),
    "activityregularization": "it acts in training only: leave it out",
    **dict.fromkeys(("max", "min"), "of branches: maximum, minimum; of a layer's own values: reduce max axis=1x2"),
    **dict.fromkeys(("mean", "std", "var", "norm2", "reducemean", "reducesum", "reducemax", "reducemin", "reducel2"),
                    "it is one of reduce's: reduce mean axis=1x2, reduce std axis=0, reduce norm"),
    "repeatvector": "two layers: reshape 1x64 gives the new axis, then tile 5x1",
    **dict.fromkeys(("masking", "supportsmasking"), "a mask changes no size and no count: leave it out"),
    **dict.fromkeys(("bilinear", "einsumdense"), "no kind for it; linear and matmul multiply matrices"),
    **dict.fromkeys(("inputlayer", "input", "data", "imagedata", "dummydata", "net"),
                    "the input stands above the layers: input: 3x224x224"),
    **dict.fromkeys(("crossentropyloss", "nllloss", "mseloss", "l1loss", "bceloss", "bcewithlogitsloss",
                     "softmaxwithloss", "euclideanloss", "loss", "accuracy"),
                    "a loss or a score is no layer of a network: leave it out"),
    "bidirectional": "it is an option of the recurrent layer: lstm 64 bidirectional=yes",
    "timedistributed": "write each=1 on the layer in it; linear and others that read tokens x features need none",
    "embeddingbag": "two layers: embedding, then permute 1 0 and global_avg_pool",
    "transformerencoderlayer": "write its layers out: multihead_attention, add, layer_norm, linear",
    "transformerdecoderlayer": "write its layers out: multihead_attention, add, layer_norm, linear",
    "additiveattention": "attention multiplies queries and keys; multihead_attention has its own linear layers too",
    **dict.fromkeys(("sequential", "modulelist"), "a list is a chain: [conv 64 3x3, relu]"),
    "spectralnorm": "it changes no size and no count of the layer: leave it out",
    "normalization": "it prepares the input and learns nothing: leave it out",
    "yolo": "an output of Darknet that has no weights: leave it out",
    "priorbox": "a detection layer, which a spec has no word for",
    "detectionoutput": "a detection layer, which a spec has no word for",
}  # fmt: skip

OTHER_OPTIONS: dict[str, str] = {
    # other tools' words: ours, the first that the kind has
    "pad": "padding", "strides": "stride", "s": "stride", "p": "padding", "d": "dilation", "k": "kernel_size",
    "kernel": "kernel_size", "size": "kernel_size", "ksize": "kernel_size", "pool_size": "kernel_size",
    "window": "kernel_size", "window_size": "kernel_size window", "filter_size": "kernel_size",
    "kernel_size": "size block_size", "filters": "out_channels out_features hidden_size",
    "channels": "out_channels out_features", "num_filters": "out_channels", "num_output": "out_channels out_features",
    "out": "out_channels out_features", "output": "out_features out_channels",
    "units": "out_features hidden_size out_channels",
    "out_channels": "out_features hidden_size", "out_features": "out_channels hidden_size",
    "hidden": "hidden_size", "hidden_units": "hidden_size out_features", "num_units": "hidden_size out_features",
    "use_bias": "bias", "bias_term": "bias", "with_bias": "bias", "activation": "act", "nonlinearity": "act",
    "group": "groups", "num_groups": "groups", "dilation_rate": "dilation", "dilations": "dilation",
    "rate": "p dilation",
    "prob": "p", "dropout": "p", "ratio": "p", "dropout_ratio": "p", "drop_rate": "p", "probability": "p",
    "ceil": "ceil_mode", "normalization": "norm", "normalizer": "norm", "epsilon": "eps", "heads": "num_heads",
    "key_dim": "head_dim", "num_kv_heads": "kv_heads", "num_key_value_heads": "kv_heads", "is_causal": "causal",
    "depth_multiplier": "multiplier", "layers": "num_layers", "keepdims": "keepdim", "keep_dims": "keepdim",
    "scale": "scale_factor", "interpolation": "mode", "vocab_size": "num_embeddings",
    "input_dim": "num_embeddings", "output_dim": "embedding_dim", "embed_dim": "embedding_dim", "local_size": "size",
    "alpha": "negative_slope", "slope": "negative_slope",
    "input": "from", "inputs": "from", "bottom": "from", "source": "from", "times": "repeat",
    "shared": "share",
}  # fmt: skip

OPTION_MEANINGS: dict[str, str] = {
    # other tools' options that none here is: what to do
    **dict.fromkeys(("in_channels", "in_features", "num_features", "input_size", "input_shape", "in_dim", "in_planes",
                     "normalized_shape", "input_channels", "batch_input_shape"),
                    "leave it out: a spec takes it from the input of the layer"),
    **dict.fromkeys(("kdim", "vdim"), "leave it out: K and V read what the memory has"),
    "value_dim": "leave it out: the values of a head are as wide as its keys",
    "reset_after": "only gru has it",
    **dict.fromkeys(("return_state", "stateful", "go_backwards", "unroll", "batch_first", "time_major"),
                    "leave it out: it changes no size and no count"),
    **dict.fromkeys(("inplace", "data_format", "trainable", "name", "dtype", "device", "seed", "training"),
                    "leave it out: a spec has no word for it"),
    **dict.fromkeys(("kernel_initializer", "bias_initializer", "weight_filler", "bias_filler", "kernel_regularizer",
                     "bias_regularizer", "activity_regularizer", "kernel_constraint", "recurrent_initializer",
                     "weight_decay", "lr_mult", "regularizer", "initializer", "init_method"),
                    "leave it out: a spec says nothing about training"),
    "weights": "write fixed=yes where they are never learned, or name the layer under `freeze:`",
    "dim": "write axis=, which counts without the batch: 0 are the channels",
    "freeze": "write it under `freeze:`, which stands beside `layers:`",
    "recurrent_activation": "leave it out: the gates are sigmoids",
    "recurrent_dropout": "leave it out: it acts in training only",
    "dropout": "write dropout as a layer of its own: dropout 0.5",
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


OTHER_VALUES: dict[str, str] = {
    "zero": "zeros", "edge": "replicate", "wrap": "circular", "linear": "bilinear", "trilinear": "bilinear",
    "cubic": "bicubic",
    "all": "sequence", "half": "same", "none": "no",
}  # fmt: skip
"""Other tools' words for values: ours, where it is among those that may stand there."""

VALUE_MEANINGS: dict[str, str] = {}
"""Words for values that none here is: what to write."""


def nearest_value(word: str, known: Iterable[str]) -> list[str]:
    """The values that a wrong word probably means."""
    words = list(known)
    meant = OTHER_VALUES.get(word.lower())
    return [meant] if meant in words else nearest(word, words)


_INSTEAD: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("bn", "batch_norm", "use_bn", "batchnorm", "batch_normalize", "batch_normalization", "with_bn"),
                    ("norm", "batch_norm")),
    **dict.fromkeys(("ln", "layer_norm", "use_ln"), ("norm", "layer_norm")),
    **dict.fromkeys(("relu", "use_relu", "with_relu"), ("act", "relu")),
}  # fmt: skip
"""Flags of other tools: the slot and the kind that stands in it."""


def option_meaning(name: str, known: Sequence[str], value: str = "") -> str | None:
    """What to write for another tool's option that is none of the known ones; None where nothing is known of it."""
    word = name.lower()
    off = value.lower() in ("no", "false", "0", "none")
    slot, kind = _INSTEAD.get(word, (word if word in ("act", "norm") else OTHER_OPTIONS.get(word, ""), value))
    if slot in ("act", "norm"):
        if off:
            return "leave it out"
        return f"write {slot}={kind}" if slot in known else f"write `{kind or 'relu'}` as a layer after it"
    if word == "return_sequences" and "returns" in known:
        return (
            "write returns=last" if off else "leave it out: every step is returned, unless returns=last says otherwise"
        )
    return OPTION_MEANINGS.get(word)


def meant_option(name: str, known: Sequence[str]) -> str:
    """The option that another tool's word stands for, where it is among the known ones."""
    return next((ours for ours in OTHER_OPTIONS.get(name.lower(), "").split() if ours in known), "")


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
