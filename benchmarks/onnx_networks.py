"""A spec as an ONNX model, node by node, and ONNX Runtime's session of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from archcalc.graph.graph import Graph, Node
from archcalc.layers.conv import Conv, DepthwiseConv
from archcalc.layers.fitting import axis_of, feature_axis

OPSET = 17
Attributes = dict[str, Any]


def session_of(graph: Graph, weights: Mapping[str, Any], batch: int, threads: int) -> onnxruntime.InferenceSession:
    """A session on the CPU with all of ONNX Runtime's graph optimizations, batch norm folding among them."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    model = onnx_model(graph, weights, batch)
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def onnx_model(graph: Graph, weights: Mapping[str, Any], batch: int) -> onnx.ModelProto:
    """The model with these weights (NumPy arrays by state-dict name)."""
    first = len(graph.inputs)
    nodes = [
        helper.make_node(operator, [f"v{value}" for value in node.inputs] + parameters, [f"v{first + index}"], **more)
        for index, node in enumerate(graph.nodes)
        for operator, parameters, more in [_operator(node)]
    ]
    used = {name for node in nodes for name in node.input if not name.startswith("v")}
    tensors = {**weights, "zero": np.float32(0), "six": np.float32(6)}
    constants = [numpy_helper.from_array(np.asarray(tensors[name]), name) for name in sorted(used)]
    inputs = [_value(value, (batch, *shape)) for value, (_, shape) in enumerate(graph.inputs)]
    outputs = [_value(value, (batch, *graph.value_shape(value))) for value in graph.outputs]
    made = helper.make_graph(nodes, graph.name, inputs, outputs, constants)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)


def _value(value: int, shape: tuple[int, ...]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(f"v{value}", TensorProto.FLOAT, shape)


def _operator(node: Node) -> tuple[str, list[str], Attributes]:
    """The operator, the names of its tensors after its inputs, and its attributes."""
    layer, owner = node.layer, node.shared or node.name
    names = [f"{owner}.{part}" for part in layer.weights(*node.input_shapes)]
    kind = layer.kind
    if isinstance(layer, Conv | DepthwiseConv):
        return "Conv", names, _convolution(node)
    if kind in ("max_pool", "avg_pool"):
        return {"max_pool": "MaxPool", "avg_pool": "AveragePool"}[kind], [], _pooling(node)
    if kind == "batch_norm":
        return "BatchNormalization", names, {"epsilon": layer.eps}
    if kind == "local_response_norm":
        more = {"size": layer.size, "alpha": layer.alpha, "beta": layer.beta, "bias": layer.k}
        return "LRN", [], {name: float(value) if name != "size" else value for name, value in more.items()}
    if kind == "global_avg_pool":
        return "ReduceMean", [], {"axes": list(range(2, 1 + len(node.input_shapes[0]))), "keepdims": layer.keepdim}
    if kind == "softmax":
        return "Softmax", [], {"axis": 1 + feature_axis(layer.axis, node.input_shapes[0])}
    if kind == "concat":
        return "Concat", [], {"axis": 1 + axis_of(layer.axis, node.input_shapes[0])}
    if kind == "relu6":
        return "Clip", ["zero", "six"], {}
    operator, more = PLAIN[kind]
    return operator, names, dict(more)


PLAIN: dict[str, tuple[str, Attributes]] = {
    "linear": ("Gemm", {"transB": 1}),
    "relu": ("Relu", {}),
    "tanh": ("Tanh", {}),
    "flatten": ("Flatten", {}),
    "dropout": ("Identity", {}),
    "identity": ("Identity", {}),
    "add": ("Add", {}),
}


def _convolution(node: Node) -> Attributes:
    shape = node.input_shapes[0]
    layer = node.layer.grouped(shape) if isinstance(node.layer, DepthwiseConv) else node.layer
    return {**_windows(node), "group": layer.groups, "dilations": list(layer.dilation)}


def _pooling(node: Node) -> Attributes:
    layer = node.layer
    more = {"count_include_pad": int(layer.count_include_pad)} if layer.kind == "avg_pool" else {}
    return {**_windows(node), "ceil_mode": int(layer.ceil_mode), **more}


def _windows(node: Node) -> Attributes:
    windows = node.layer.windows(node.input_shapes[0])
    before, after = zip(*[window.padding for window in windows], strict=True)
    return {
        "kernel_shape": [window.kernel for window in windows],
        "strides": [window.stride for window in windows],
        "pads": [*before, *after],
    }
