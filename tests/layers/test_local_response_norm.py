"""local_response_norm: defaults of PyTorch, work of size + 1 products, a power and a division an element."""

from __future__ import annotations

import pytest

from archcalc.core import Window
from archcalc.errors import ShapeError

X = (7, 11, 13)  # 1,001 elements


@pytest.mark.parametrize(
    ("values", "products"),
    [
        pytest.param({}, 6_006, id="size 5 by default"),
        pytest.param({"size": 3, "alpha": 1e-3, "beta": 0.5, "k": 2}, 4_004, id="size 3"),
    ],
)
def test_facts(facts, values, products):
    found = facts("local_response_norm", X, **values)
    assert (found.output, found.weights, found.windows) == (X, {}, (Window(1), Window(1)))
    assert found.work == {"products": products, "exponentials": 1_001, "divisions": 1_001}


def test_defaults(build):
    # PyTorch's LocalResponseNorm; Krizhevsky et al. 2012 have size 5, alpha 1e-4, beta 0.75 and k 2
    layer = build("local_response_norm", 2)
    assert (layer.size, layer.alpha, layer.beta, layer.k) == (5, 1e-4, 0.75, 1.0)


def test_a_vector_is_refused(facts):
    with pytest.raises(ShapeError) as caught:
        facts("local_response_norm", (37,))
    assert caught.value.what == "local_response_norm needs channels and at least one spatial axis, its input is 37"


@pytest.mark.torch
def test_torch_agrees(build, measured):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    ours, torchs = build("local_response_norm", 2), torch.nn.LocalResponseNorm(5)
    assert (ours.size, ours.alpha, ours.beta, ours.k) == (torchs.size, torchs.alpha, torchs.beta, torchs.k)
    assert measured(lambda t: t.nn.LocalResponseNorm(5), X) == (X, {})


@pytest.mark.torch
def test_torch_sees_across_channels_not_across_space():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    image = torch.ones(1, *X, dtype=torch.float64, requires_grad=True)
    torch.nn.LocalResponseNorm(5)(image)[0, 3, 4, 5].backward()
    places = [tuple(place) for place in image.grad[0].nonzero().tolist()]
    assert places == [(channel, 4, 5) for channel in (1, 2, 3, 4, 5)]


def test_within_a_channel_it_is_a_window(facts):
    """Caffe's WITHIN_CHANNEL: 3 x 3 places of one channel, so 10 products an element."""
    found = facts("local_response_norm", (3, 11, 13), size=3, region="within")
    assert found.output == (3, 11, 13)
    assert found.work == {"products": 10 * 429, "exponentials": 429, "divisions": 429}
    assert found.windows == (Window(3, padding=(1, 1)),) * 2


def test_the_engine_tells_the_two_regions_apart():
    np = pytest.importorskip("numpy", reason="the numeric extra is not installed")
    import archcalc
    from archcalc.numeric.engine import Engine
    from archcalc.numeric.run.forward import forward

    graph = archcalc.loads("input: 3x5x7\nlayers: [local_response_norm 3 alpha=2 region=within]\n").graph
    x = np.random.default_rng(1).standard_normal((2, 3, 5, 7))
    (found,) = Engine(graph, {}, batch=2, dtype="float64", backend="numpy", threads=1).run([x])
    np.testing.assert_allclose(found, forward(graph, [x], {})[0], rtol=1e-10)
