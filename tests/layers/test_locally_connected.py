"""locally_connected: Keras' documented count, shapes of a convolution, the forward place by place."""

from __future__ import annotations

import pytest

from archcalc.core import Shape, Window
from archcalc.errors import ShapeError


def test_the_count_of_keras(facts):
    """Keras 2's documentation: (30*30) * (3*3*3*64) + (30*30) * 64 parameters."""
    found = facts("locally_connected", (3, 32, 32), out_channels=64, kernel_size=3)
    assert found.output == (64, 30, 30)
    assert sum(Shape(shape).elements for shape in found.weights.values()) == 900 * 1_728 + 900 * 64


def test_locally_connected_by_hand(facts):
    """3 x 11 x 13 under 2 x 3 cells, every third column: 10 x 4 places of 5 units."""
    found = facts("locally_connected", (3, 11, 13), out_channels=5, kernel_size=(2, 3), stride=(1, 3))
    assert found.output == (5, 10, 4)
    assert found.weights == {"kernel": (5, 10, 4, 3, 2, 3), "bias": (5, 10, 4)}
    assert found.work == {"macs": 3_600, "additions": 200, "connections": 3_800}  # 200 units of 18 weights and a bias
    assert found.windows == (Window(2), Window(3, 3))
    assert facts("locally_connected", (3, 11), out_channels=5, kernel_size=2, bias=False).weights == {
        "kernel": (5, 10, 3, 2)
    }


def test_a_vector_is_refused(build):
    with pytest.raises(ShapeError) as caught:
        build("locally_connected", 0, out_channels=5, kernel_size=2).output(Shape.of(7))
    assert caught.value.what == "locally_connected needs channels and at least one spatial axis, its input is 7"


@pytest.mark.torch
@pytest.mark.parametrize(
    ("x", "kernel", "stride", "padding", "dilation"),
    [((3, 11, 13), (2, 3), (3, 2), (1, 0), (1, 2)), ((3, 11), (4,), (2,), (1,), (1,))],
)
def test_each_place_is_a_convolution_of_its_own(build, x, kernel, stride, padding, dilation):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    np = pytest.importorskip("numpy")
    from archcalc.numeric.reference import FORWARD

    axes = len(x) - 1
    layer = build("locally_connected", axes, out_channels=5, kernel_size=kernel, stride=stride,
                  padding=tuple((p, p) for p in padding), dilation=dilation)  # fmt: skip
    rng = np.random.default_rng(6)
    tensors = {name: rng.standard_normal(tuple(t.shape)) for name, t in layer.weights(Shape(x)).items()}
    data = rng.standard_normal((2, *x))
    conv = torch.nn.functional.conv1d if axes == 1 else torch.nn.functional.conv2d
    y = FORWARD["locally_connected"](layer, tensors, data)
    assert y.shape == (2, *layer.output(Shape(x)))
    for place in np.ndindex(*y.shape[2:]):
        kernels = torch.from_numpy(np.ascontiguousarray(tensors["kernel"][(slice(None), *place)]))
        shared = conv(torch.from_numpy(data), kernels, None, stride, padding, dilation)[(..., *place)].numpy()
        expected = shared + tensors["bias"][(slice(None), *place)]
        np.testing.assert_allclose(y[(..., *place)], expected, rtol=1e-12, atol=1e-12)
