"""What other tools count, term by term, to the unit.

Each rule was held against the tool's own figure, kind by kind (tests/analysis/cost/test_conventions.py). A tool
sees PyTorch modules, not architectures: what a model calls as a function escapes some of them, and some
count a module twice, once for itself and once for the function inside it. A bundled spec says in `about:`
how the PyTorch model is written where that matters: `in_pytorch: "*.relu function, prob absent"`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import translate

from archcalc.analysis.cost.convention import MACS, WAYS, Convention, Term
from archcalc.analysis.cost.tool_rules import (
    biases,
    biases_at_conv_size,
    fixed,
    function,
    gain_by_output,
    inputs,
    learning,
    loss_of_groups,
    loss_of_tokens,
    mode,
    module,
    on_axes,
    only,
    outputs,
    padded_channels,
    params,
    products,
    resized_without_channels,
    softmax,
    window_cells,
)
from archcalc.errors import SpecError
from archcalc.graph.graph import Graph
from archcalc.layers import find
from archcalc.spec.names import did_you_mean, listed, nearest

WORDS = (*WAYS, "absent", "mean")
"""What `in_pytorch` may say of a layer, beside another kind: how its own kind is written, that it is not there, or that
it is a mean over axes (`x.mean([2, 3])`), which no tool counts."""


def built_in_pytorch(graph: Graph) -> Mapping[str, str]:
    """`in_pytorch` of the spec's `about:` as layer -> one of WORDS, or the kind it is there; the last pattern holds.

    Raises:
        SpecError: for an entry that is not a name or pattern and such a word.
    """
    built: dict[str, str] = {}
    names = [node.name for node in graph.nodes]
    for entry in filter(None, map(str.strip, graph.about.get("in_pytorch", "").split(","))):
        pattern, how = _entry(entry)
        matches = re.compile(translate(pattern)).match
        built |= {name: how for name in names if matches(name)}
    return built


def _entry(entry: str) -> tuple[str, str]:
    pattern, _, how = entry.partition(" ")
    how = how.strip()
    if how not in WORDS and find(how) is None:
        help = did_you_mean(nearest(how, WORDS)) or f"a name or pattern and one of {listed(WORDS, 20)}, or a kind"
        raise SpecError(f"`about: in_pytorch` says `{entry}`", help=help)
    return pattern, how


_CONV = ("conv", "depthwise_conv")
_TRANSPOSED = ("conv_transpose",)
_WEIGHTED = (*_CONV, *_TRANSPOSED, "linear")
_ADAPTIVE_AVERAGE = ("adaptive_avg_pool", "global_avg_pool")
_POOLS = ("max_pool", "avg_pool", *_ADAPTIVE_AVERAGE, "adaptive_max_pool", "global_max_pool")
_BATCH_NORM = ("batch_norm",)
_OTHER_NORMS = ("layer_norm", "instance_norm", "group_norm")
_UPSAMPLE = ("upsample",)
_LRN = ("local_response_norm",)
_LP = ("lp_pool",)

_HELD = frozenset(
    (*_WEIGHTED, *_POOLS, *_BATCH_NORM, *_OTHER_NORMS, *_UPSAMPLE, *_LRN, *_LP, "rms_norm", "relu", "relu6", "elu",
     "leaky_relu", "selu", "celu", "gelu", "gelu_tanh", "silu", "mish", "sigmoid", "tanh", "hard_sigmoid",
     "hard_swish", "softplus", "log_sigmoid", "softsign", "prelu", "glu", "softmax", "log_softmax", "dropout",
     "identity", "flatten", "pixel_shuffle", "channel_shuffle", "pad", "add", "multiply", "concat")
)  # fmt: skip
"""Kinds whose count was held against every tool's."""

_IN_VIT = frozenset(("matmul", "position_embedding"))
"""Kinds whose count was held in transformers."""

_BIASES = Term("bias additions", only(_WEIGHTED, biases))
_BY_OUTPUT = Term("MACs of transposed convolutions at output positions", only(_TRANSPOSED, gain_by_output))
_PRODUCTS = "products of two activations"
_LRN_SUMS = Term("local-response-norm elements", only(_LRN, inputs), 3)
_LRN_MEANS = Term("padded inputs of local response norm", only(_LRN, padded_channels))
_LP_INPUTS = Term("lp-pooled inputs", only(_LP, inputs))
_LP_OUTPUTS = Term("lp-pooled outputs", only(_LP, outputs), 2)

_FVCORE = (
    MACS,
    Term(_PRODUCTS, products),
    Term("batch-norm elements", only(_BATCH_NORM, learning(inputs)), 2),
    Term("batch-norm elements without weights", only(_BATCH_NORM, fixed(inputs))),
    Term("elements of other norms", only(_OTHER_NORMS, learning(inputs)), 5),
    Term("elements of other norms without weights", only(_OTHER_NORMS, fixed(inputs)), 4),
    Term("inputs of adaptive average pooling", only(_ADAPTIVE_AVERAGE, on_axes(2, inputs))),
    Term("resized outputs", only(_UPSAMPLE, on_axes(2, mode("nearest", outputs)))),
    Term("interpolated outputs", only(_UPSAMPLE, on_axes(2, mode("bilinear", outputs))), 4),
)

_TORCH = (Term("MACs", MACS.of, 2), Term(_PRODUCTS, products, 2))

_TORCHINFO = (
    MACS,
    _BIASES,
    _BY_OUTPUT,
    Term("params of norms and activations", only((*_BATCH_NORM, *_OTHER_NORMS, "rms_norm", "prelu"), params)),
    Term("operations of linear layers on tokens after the first", only(("linear",), loss_of_tokens)),
)

_THOP_NORMS = ("batch_norm", "layer_norm", "instance_norm")
_THOP = (
    MACS,
    _BY_OUTPUT,
    Term("norm elements", only(_THOP_NORMS, module(learning(inputs))), 4),
    Term("norm elements without weights", only(_THOP_NORMS, module(fixed(inputs))), 2),
    Term("average-pooled outputs", only(("avg_pool", *_ADAPTIVE_AVERAGE), module(outputs))),
    Term("inputs of adaptive average pooling", only(_ADAPTIVE_AVERAGE, module(inputs))),
    Term("prelu elements", only(("prelu",), module(inputs))),
    Term("exponentials, sums and divisions of softmax", only(("softmax",), module(softmax))),
    Term("resized outputs", only(_UPSAMPLE, module(mode("nearest", outputs)))),
    Term("linearly resized outputs", only(_UPSAMPLE, module(on_axes(1, mode("bilinear", outputs)))), 5),
    Term("bilinearly resized outputs", only(_UPSAMPLE, module(on_axes(2, mode("bilinear", outputs)))), 11),
)

_PTFLOPS_NORMS = ("batch_norm", "instance_norm", "group_norm")
_PTFLOPS_TWICE = ("relu", "elu", "gelu", "gelu_tanh", "prelu")
_PTFLOPS_PYTORCH = (
    MACS,
    _BIASES,
    Term("norm elements", only(_PTFLOPS_NORMS, module(learning(inputs))), 2),
    Term("norm elements without weights", only(_PTFLOPS_NORMS, module(fixed(inputs)))),
    Term("layer-norm elements", only(("layer_norm",), module(inputs))),
    Term("activations", only(_PTFLOPS_TWICE, module(outputs)), 2),
    Term("activations without a function of their own", only(("relu6", "leaky_relu"), module(outputs))),
    Term("activations called as functions", only((*_PTFLOPS_TWICE, "relu6"), function(outputs))),
    Term("silu and softmax elements", only(("silu", "softmax"), outputs)),
    Term("pooled inputs", only(_POOLS, module(inputs)), 2),
    Term("inputs of pooling called as a function", only(_POOLS, function(inputs))),
    Term("resized outputs", only(_UPSAMPLE, module(outputs)), 2),
    Term("outputs of resizing called as a function", only(_UPSAMPLE, function(outputs))),
    _LRN_SUMS,
    _LRN_MEANS,
    _LP_INPUTS,
    _LP_OUTPUTS,
)

_CALFLOPS_ACTIVATIONS = ("relu", "leaky_relu", "elu", "gelu", "gelu_tanh", "silu", "prelu", "softmax")
_CALFLOPS = (
    Term("MACs", MACS.of, 2),
    Term("bias additions of convolutions", only(_CONV, biases)),
    Term("MACs of grouped transposed convolutions", only(_TRANSPOSED, loss_of_groups), 2),
    Term("bias additions of transposed convolutions", only(_TRANSPOSED, biases_at_conv_size)),
    Term("batch-norm elements", only(_BATCH_NORM, learning(inputs)), 2),
    Term("batch-norm elements without weights", only(_BATCH_NORM, fixed(inputs))),
    Term("elements of other norms", only(_OTHER_NORMS, learning(inputs)), 5),
    Term("elements of other norms without weights", only(_OTHER_NORMS, fixed(inputs)), 4),
    Term("activations", only(_CALFLOPS_ACTIVATIONS, outputs)),
    Term("relu6 called as a function", only(("relu6",), function(outputs))),
    Term("pooled inputs", only(_POOLS, inputs)),
    Term("cells of resizing", only(_UPSAMPLE, resized_without_channels)),
    _LRN_SUMS,
    _LRN_MEANS,
    _LP_INPUTS,
    _LP_OUTPUTS,
)

_TF_SLIM = (
    Term("MACs", MACS.of, 2),
    _BIASES,
    Term("window cells of pooling", only(_POOLS, window_cells)),
    Term("batch-norm elements", only(_BATCH_NORM, inputs)),
    Term("scaled elements", only(("layer_scale", "scale", "multiply"), outputs)),
)

TOOLS: dict[str, Convention] = {
    tool.name: tool
    for tool in (
        Convention(
            "fvcore", "MACs", "macs, 2 an element of batch norm, 5 of other norms, adaptive average pooling, resizing",
            _FVCORE, reproduces=_HELD | _IN_VIT, attention=True,
        ),
        Convention(
            "torch", "FLOPs", "torch.utils.flop_counter: 2 x the MACs of convolutions and matrix products",
            _TORCH, reproduces=_HELD | _IN_VIT, attention=True,
        ),
        Convention(
            "torchinfo", "MACs", "1.8.0: macs, biases, params of norms; transposed conv by output, linear by one token",
            _TORCHINFO, reproduces=_HELD,
        ),
        Convention(
            "thop", "MACs", "macs, 4 an element of norms, average pooling; transposed conv by output elements",
            _THOP, reproduces=_HELD,
        ),
        Convention(
            "ptflops-pytorch", "MACs", "macs, biases, norms; activations and pooled inputs, of modules twice",
            _PTFLOPS_PYTORCH, reproduces=_HELD,
        ),
        Convention(
            "ptflops-aten", "MACs", "macs and biases",
            (MACS, _BIASES, Term(_PRODUCTS, products)), reproduces=_HELD | {"matmul"},
        ),
        Convention(
            "calflops", "FLOPs", "2 x macs, biases of convolutions, norms, activations and pooled inputs",
            _CALFLOPS, reproduces=_HELD,
        ),
        Convention(
            "tf-slim", "FLOPs", "2 x macs, biases, window cells of pooling, elements of batch norm and of scaling",
            _TF_SLIM, ("activation_macs",),
        ),
    )
}  # fmt: skip
"""The tools' conventions, by name."""
