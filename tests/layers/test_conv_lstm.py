"""conv_lstm: Keras' published counts, work by hand, forward and cells against a loop of PyTorch's convolutions."""

from __future__ import annotations

import pytest

from archcalc.core import WHOLE, Shape, Window
from archcalc.errors import ShapeError, SpecError


@pytest.mark.parametrize(("channels", "params"), [(1, 59_200), (40, 115_360)])
def test_the_counts_of_keras(facts, channels, params):
    """Keras' example of next-frame prediction: two ConvLSTM2D(40, (3, 3)) on frames of 40 x 40."""
    found = facts("conv_lstm", (7, channels, 40, 40), out_channels=40, kernel_size=3, padding="same")
    assert found.output == (7, 40, 40, 40)
    assert sum(Shape(shape).elements for shape in found.weights.values()) == params


def test_conv_lstm_by_hand(facts):
    """3 steps of 2 x 11 x 13, 5 channels of state, 3 x 2 cells at every second place: 5 x 6 stops."""
    options = {"out_channels": 5, "kernel_size": (3, 2), "stride": 2}
    found = facts("conv_lstm", (3, 2, 11, 13), **options)
    assert found.output == (3, 5, 5, 6)
    assert found.weights == {"weight_ih": (20, 2, 3, 2), "weight_hh": (20, 5, 3, 2), "bias": (20,)}
    assert found.work == {
        "macs": 75_600,  # 3 steps * 20 gates * 30 places * (2 + 5 channels) * 6 taps
        "products": 1_350,  # 3 for each of 3 * 5 * 30 cells
        "additions": 3_150,  # 3 a cell, and 3 * 20 * 30 biases
        "divisions": 1_350,
        "exponentials": 2_250,
        "connections": 77_400,  # 75,600 + 1,800
    }
    # two more steps: 2 rows and 1 column of the state each, 2 cells of the input apart: 3 + 2*2*2 = 11, 2 + 2*2*1 = 6
    assert found.windows == (WHOLE, Window(11, 2, (4, 4)), Window(6, 2, (0, 4)))
    last = facts("conv_lstm", (3, 2, 11, 13), **options, returns="last", bias=False, peephole=True)
    assert last.output == (5, 5, 6)
    assert last.weights == {
        "weight_ih": (20, 2, 3, 2), "weight_hh": (20, 5, 3, 2),
        "weight_ci": (5, 5, 6), "weight_cf": (5, 5, 6), "weight_co": (5, 5, 6),
    }  # fmt: skip
    assert last.work["products"] == 1_350 + 3 * 450
    assert last.work["connections"] == 75_600 + 3 * 450
    assert last.work["additions"] == 1_350


@pytest.mark.parametrize(
    ("x", "values", "y"),
    [
        pytest.param((4, 3, 11), {"kernel_size": 3}, (4, 2, 9), id="lines"),
        pytest.param((4, 3, 5, 7, 11), {"kernel_size": (1, 2, 3), "padding": "same"}, (4, 2, 5, 7, 11), id="volumes"),
        pytest.param((4, 3, 11, 13), {"kernel_size": 3, "padding": ((1, 0), (2, 2))}, (4, 2, 10, 15), id="sides"),
        pytest.param((4, 3, 11, 13), {"kernel_size": 3, "dilation": (2, 1)}, (4, 2, 7, 11), id="dilation"),
    ],
)
def test_shapes(facts, x, values, y):
    assert facts("conv_lstm", x, out_channels=2, **values).output == y


@pytest.mark.parametrize(
    ("x", "values", "what", "help"),
    [
        ((7, 15), {}, "conv_lstm needs steps x channels x a map, its input is 7x15", "such as 10x3x64x64"),
        ((7, 3, 11, 13), {"kernel_size": (3, 3, 3)},
         "3x3x3 has 3 sizes, a map of the sequence has 2 spatial axes: 3x11x13", None),
    ],
)  # fmt: skip
def test_what_does_not_fit(build, x, values, what, help):
    layer = build("conv_lstm", len(x) - 1, **{"out_channels": 2, "kernel_size": 3, **values})
    with pytest.raises(ShapeError) as caught:
        layer.output(Shape(x))
    assert (caught.value.what, caught.value.help) == (what, help)


def test_other_words_for_padding_are_refused(build):
    with pytest.raises(SpecError) as caught:
        build("conv_lstm", 3, out_channels=2, kernel_size=3, padding="full")
    assert caught.value.what == (
        "`padding`: expected cells (2, 2x3, or before:after as 0:1x0:1), same or valid, got `full`"
    )


def torch_conv_lstm(torch, weights, x, stride, padding, dilation, peephole):
    """The states of Shi et al. 2015, equation 3, with PyTorch's convolutions; (N, T, F, H, W)."""
    functional = torch.nn.functional
    kernel = weights["weight_hh"].shape[2:]
    before_after = [side for size in reversed(kernel) for side in ((size - 1) // 2, size // 2)]
    states = []
    for step in range(x.shape[1]):
        given = functional.conv2d(x[:, step], weights["weight_ih"], weights.get("bias"), stride, padding, dilation)
        if not states:
            h = c = given.new_zeros(len(given), given.shape[1] // 4, *given.shape[2:])
        i, f, g, o = (given + functional.conv2d(functional.pad(h, before_after), weights["weight_hh"])).chunk(4, 1)
        if peephole:
            i, f = i + weights["weight_ci"] * c, f + weights["weight_cf"] * c
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = (o + weights["weight_co"] * c if peephole else o).sigmoid() * c.tanh()
        states.append(h)
    return torch.stack(states, 1)


CASES = [((3, 2), (2, 1), (1, 0), (1, 2), True), ((2, 3), 1, 0, 1, False), (3, 1, 1, 1, False)]


@pytest.mark.torch
@pytest.mark.parametrize(("kernel", "stride", "padding", "dilation", "peephole"), CASES)
def test_forward_and_cells_are_those_of_torch(build, kernel, stride, padding, dilation, peephole):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    np = pytest.importorskip("numpy")
    from archcalc.numeric.reference import FORWARD

    x = Shape.of(3, 2, 11, 13)
    options = {"out_channels": 5, "kernel_size": kernel, "stride": stride, "dilation": dilation, "peephole": peephole}
    layer = build("conv_lstm", 3, padding=padding if isinstance(padding, int) else tuple((p, p) for p in padding),
                  **options)  # fmt: skip
    rng = np.random.default_rng(5)
    tensors = {name: rng.standard_normal(tuple(tensor.shape)) for name, tensor in layer.weights(x).items()}
    data = torch.from_numpy(rng.standard_normal((2, *x))).requires_grad_()
    weights = {name: torch.from_numpy(tensor) for name, tensor in tensors.items()}
    expected = torch_conv_lstm(torch, weights, data, stride, padding, dilation, peephole)
    found = FORWARD["conv_lstm"](layer, tensors, data.detach().numpy())
    assert found.shape == (2, *layer.output(x))
    np.testing.assert_allclose(found, expected.detach().numpy(), rtol=1e-12, atol=1e-12)
    _, rows, columns = layer.windows(x)
    for row in range(expected.shape[3]):
        for column in range(expected.shape[4]):
            (touched,) = torch.autograd.grad(expected[0, -1, :, row, column].sum(), data, retain_graph=True)
            _, _, seen_rows, seen_columns = touched[0].nonzero(as_tuple=True)
            assert (min(seen_rows), max(seen_rows)) == (rows.reads(row, 11)[0], rows.reads(row, 11)[-1])
            assert (min(seen_columns), max(seen_columns)) == (
                columns.reads(column, 13)[0], columns.reads(column, 13)[-1],
            )  # fmt: skip
