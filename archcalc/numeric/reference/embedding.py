"""Learned vectors for indices, places and the whole sequence."""

from __future__ import annotations

from archcalc.errors import SpecError
from archcalc.layers.embedding import ClassToken, Embedding, PositionEmbedding
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.base import Tensors


def embedding(layer: Embedding, weights: Tensors, x: Array) -> Array:
    """(N, T) indices -> (N, T, embedding_dim). Raises SpecError for what is no index."""
    wrong = x[(x != x.astype(int)) | (x < 0) | (x >= layer.num_embeddings)]
    if wrong.size:
        raise SpecError(
            f"an embedding of {layer.num_embeddings} vectors got the index {wrong[0].item():g}",
            help=f"whole numbers from 0 to {layer.num_embeddings - 1}",
        )
    return weights["weight"][x.astype(int)]


def position_embedding(_: PositionEmbedding, weights: Tensors, x: Array) -> Array:
    """(N, T, D) -> the same: each place's vector added."""
    return x + weights["weight"][: x.shape[1]]


def class_token(_: ClassToken, weights: Tensors, x: Array) -> Array:
    """(N, T, D) -> (N, T + 1, D): the token before the sequence."""
    xp = array_namespace(x)
    token = xp.broadcast_to(weights["weight"], (len(x), 1, x.shape[2]))
    return xp.concatenate([token, x], 1)
