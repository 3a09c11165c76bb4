"""The shape rules and the reference forward against ONNX Runtime, one operator at a time.

Where ONNX and PyTorch name the same thing, this is a second oracle; `same` padding (SAME_UPPER, the odd cell after the
axis, as in TensorFlow) is one that PyTorch does not have.
"""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="the numeric extra is not installed")
onnx = pytest.importorskip("onnx", reason="onnx is not installed")
runtime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")

pytestmark = pytest.mark.onnx

MAP = (2, 6, 11, 13)

CASES = [
    # id, kind, values, shapes of weights, operator, attributes
    ("conv", "conv", {"out_channels": 5, "kernel_size": (2, 3), "stride": (1, 2), "padding": ((0, 1), (2, 1))},
     {"weight": (5, 6, 2, 3), "bias": (5,)}, "Conv", {"strides": [1, 2], "pads": [0, 2, 1, 1]}),
    ("conv in groups, dilated", "conv",
     {"out_channels": 4, "kernel_size": 3, "groups": 2, "dilation": (2, 3), "bias": "no"},
     {"weight": (4, 3, 3, 3)}, "Conv", {"dilations": [2, 3], "group": 2}),
    ("conv with same padding", "conv", {"out_channels": 3, "kernel_size": (2, 4), "stride": 2, "padding": "same"},
     {"weight": (3, 6, 2, 4), "bias": (3,)}, "Conv", {"strides": [2, 2], "auto_pad": "SAME_UPPER"}),
    ("conv_transpose", "conv_transpose",
     {"out_channels": 4, "kernel_size": (3, 2), "stride": (2, 3), "padding": 1, "output_padding": (1, 2)},
     {"weight": (6, 4, 3, 2), "bias": (4,)}, "ConvTranspose",
     {"strides": [2, 3], "pads": [1, 1, 1, 1], "output_padding": [1, 2]}),
    ("max_pool in ceil mode", "max_pool",
     {"kernel_size": (2, 3), "stride": (3, 2), "padding": (0, 1), "ceil_mode": True},
     {}, "MaxPool", {"kernel_shape": [2, 3], "strides": [3, 2], "pads": [0, 1, 0, 1], "ceil_mode": 1}),
    ("avg_pool that counts its padding", "avg_pool", {"kernel_size": (3, 2), "stride": 2, "padding": 1},
     {}, "AveragePool",
     {"kernel_shape": [3, 2], "strides": [2, 2], "pads": [1, 1, 1, 1], "count_include_pad": 1}),
    ("avg_pool that does not", "avg_pool",
     {"kernel_size": (3, 2), "stride": 2, "padding": 1, "count_include_pad": False},
     {}, "AveragePool", {"kernel_shape": [3, 2], "strides": [2, 2], "pads": [1, 1, 1, 1]}),
    ("local_response_norm", "local_response_norm", {"size": 5, "alpha": 0.3, "beta": 0.75, "k": 2},
     {}, "LRN", {"size": 5, "alpha": 0.3, "beta": 0.75, "bias": 2.0}),
]  # fmt: skip


def onnx_forward(operator, attributes, x, weights):
    """The operator's output for x, run by ONNX Runtime."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    node = helper.make_node(operator, ["x", *weights], ["y"], **attributes)
    constants = [onnx.numpy_helper.from_array(array, name) for name, array in weights.items()]
    graph = helper.make_graph(
        [node], "one", [helper.make_tensor_value_info("x", kind, x.shape)],
        [helper.make_tensor_value_info("y", kind, None)], constants,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


@pytest.mark.parametrize(("kind", "values", "tensors", "operator", "attributes"),
                         [case[1:] for case in CASES], ids=[case[0] for case in CASES])  # fmt: skip
def test_an_operator_gives_the_same_values(run_layer, rng, kind, values, tensors, operator, attributes):
    x = rng.standard_normal(MAP).astype(np.float32)
    weights = {name: rng.standard_normal(shape).astype(np.float32) for name, shape in tensors.items()}
    ours = run_layer(kind, x.astype(np.float64), weights, **values)
    np.testing.assert_allclose(ours, onnx_forward(operator, attributes, x, weights), rtol=1e-4, atol=1e-5)
