"""Embeddings: learned vectors for indices, for places and for the whole sequence."""

from __future__ import annotations

from archcalc.core import Drawn, Shape, TensorSpec, Window, Work
from archcalc.core.record import record
from archcalc.errors import ShapeError
from archcalc.layers.arguments import COUNT, argument
from archcalc.layers.base import Layer, Weights, pointwise, register
from archcalc.layers.fitting import needs_sequence
from archcalc.layers.traits import TOKENS


@register("embedding", indices=True, gives=TOKENS)
@record
class Embedding(Layer):
    """A learned vector for each index: words, pieces, categories.

    Formula   y[t] = weight[x[t]]
    Shape     (T) indices -> (T, embedding_dim)
    Params    num_embeddings * embedding_dim
    Work      none (a lookup)
    Field     1 (each vector from the index at its place)
    Source    Bengio et al. 2003; PyTorch, Embedding
    """

    num_embeddings: int = argument(COUNT, "how many indices there are")
    embedding_dim: int = argument(COUNT, "size of each vector")

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return pointwise(x)

    def output(self, x: Shape) -> Shape:
        if len(x) != 1:
            raise ShapeError(f"embedding needs a row of indices, its input is {x}", help="flatten it first")
        return Shape.of(x[0], self.embedding_dim)

    def weights(self, x: Shape) -> Weights:
        return {"weight": TensorSpec(Shape.of(self.num_embeddings, self.embedding_dim), fill=Drawn(1.0))}


@register("position_embedding", reads=TOKENS)
@record
class PositionEmbedding(Layer):
    """A learned vector added at each place of a sequence.

    Formula   y[t] = x[t] + weight[t]
    Shape     (N, D) -> the same
    Params    N * D; with length= so many vectors, of which the first N are read
    Work      1 addition an element
    Field     1 (each cell from the cell at its own place)
    Differs   PyTorch has no module for it; torchvision's ViT keeps it as pos_embedding of shape (1, N, D)
    Source    Gehring et al. 2017; Dosovitskiy et al. 2021 (ViT)
    """

    length: int | None = argument(COUNT, "places of the table; as many as the input has unless told: 1024", None)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return pointwise(x)

    def output(self, x: Shape) -> Shape:
        needs_sequence(x, "position_embedding")
        if self.length is not None and x[0] > self.length:
            what = f"position_embedding has {self.length:,} places, its input {x} has {x[0]:,}"
            raise ShapeError(what, help=f"at least {x[0]:,}, or a shorter input")
        return x

    def weights(self, x: Shape) -> Weights:
        return {"weight": TensorSpec(Shape.of(self.length or x[0], x[1]), fill=Drawn(0.02))}

    def work(self, x: Shape, y: Shape) -> Work:
        return Work(additions=y.elements)


@register("class_token", reads=TOKENS)
@record
class ClassToken(Layer):
    """A learned token before the sequence, which gathers what a classifier reads.

    Formula   y = (weight, x[0], x[1], ...)
    Shape     (N, D) -> (N + 1, D)
    Params    D, of shape (1, D)
    Work      none (values only move)
    Field     1; the new token sees nothing
    Differs   PyTorch has no module for it; torchvision's ViT keeps it as class_token of shape (1, 1, D)
    Source    Devlin et al. 2019 (BERT); Dosovitskiy et al. 2021 (ViT)
    """

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return pointwise(x)

    def output(self, x: Shape) -> Shape:
        needs_sequence(x, "class_token")
        return Shape.of(x[0] + 1, x[1])

    def weights(self, x: Shape) -> Weights:
        return {"weight": TensorSpec(Shape.of(1, x.features), fill=Drawn(0.02))}
