"""What every test of a kind asks: its four facts for one input, and the same facts of a torch module."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from archcalc.core import Shape
from archcalc.core.record import fields
from archcalc.layers import find


@dataclass(frozen=True)
class Facts:
    """Facts as plain values, to compare with literals."""

    output: tuple[int, ...]
    weights: dict[str, tuple[int, ...]]
    roles: dict[str, str]
    work: dict[str, int]
    """Only what is not zero."""
    windows: tuple


@pytest.fixture
def build():
    """build(kind, axes, **values): the layer for inputs with `axes` spatial axes."""
    return lambda kind, axes, **values: find(kind).make(axes, **values)


@pytest.fixture
def facts(build):
    """facts(kind, x, **values): the facts of the layer on an input of shape x."""

    def of(kind, x, **values):
        x = Shape(x)
        layer = build(kind, len(x) - 1, **values)
        y, weights = layer.output(x), layer.weights(x)
        return Facts(
            output=tuple(y),
            weights={name: tuple(tensor.shape) for name, tensor in weights.items()},
            roles={name: tensor.role for name, tensor in weights.items()},
            work={name: count for name, count in _counts(layer.work(x, y)) if count},
            windows=layer.windows(x),
        )

    return of


@pytest.fixture
def measured():
    """measured(make, x): output shape and state dict of the torch module that `make(torch)` builds.

    A batch of two goes through it; `num_batches_tracked` is left out, and the names lose the place in a Sequential.
    """
    torch = pytest.importorskip("torch", reason="torch is not installed")

    def of(make, x):
        module = make(torch).eval()
        with torch.no_grad():
            y = module(torch.randn(2, *x))
        state = {name.rsplit(".", 1)[-1]: tuple(value.shape) for name, value in module.state_dict().items()}
        state.pop("num_batches_tracked", None)
        return tuple(y.shape[1:]), state

    return of


def _counts(work):
    return ((item.name, getattr(work, item.name)) for item in fields(type(work)))
