"""Operations of one layer on one example, by type."""

from __future__ import annotations

from archcalc.core.record import fields, record


@record
class Work:
    """Counts of operations; a convention (analysis/cost/) says which of them it adds up.

    `macs` are multiply-accumulates, a product and the sum it goes into, of weights with activations (convolutions,
    fully connected layers), `activation_macs` of two activations (attention, matmul); `products` are all others, with
    or without a sum (normalization, scaling, interpolation). `additions` holds biases and sums, `exponentials` every
    transcendental: exp, log, tanh, power, square root. `connections` are links that carry a weight, with
    the biases, as LeCun et al. 1998 count them.
    """

    macs: int = 0
    activation_macs: int = 0
    products: int = 0
    additions: int = 0
    comparisons: int = 0
    divisions: int = 0
    exponentials: int = 0
    connections: int = 0

    def times(self, count: int) -> Work:
        """The same so many times."""
        return Work(*[count * getattr(self, field.name) for field in fields(Work)])


NO_WORK = Work()
"""A layer that only moves, renames or drops values at inference."""
