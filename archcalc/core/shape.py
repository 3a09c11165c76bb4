"""The shape of one example, channels first, without the batch."""

from __future__ import annotations

from math import prod


class Shape(tuple[int, ...]):
    """`(C, *spatial)` of a map, `(tokens, features)` of a sequence, `(features,)` of a vector.

    A pair is read by the layer that takes it: a convolution sees channels x length, a linear layer or an
    attention sees tokens x features, as in PyTorch.
    """

    __slots__ = ()

    @classmethod
    def of(cls, *sizes: int) -> Shape:
        """The shape with these sizes: `Shape.of(96, 55, 55)`."""
        return cls(sizes)

    @property
    def channels(self) -> int:
        return self[0]

    @property
    def features(self) -> int:
        """The last axis: what a linear layer multiplies."""
        return self[-1]

    @property
    def spatial(self) -> tuple[int, ...]:
        """The axes a window slides along: all but the channels."""
        return self[1:]

    @property
    def elements(self) -> int:
        return prod(self)

    def __str__(self) -> str:
        return "x".join(map(str, self))

    def __repr__(self) -> str:
        return f"Shape({self})"
