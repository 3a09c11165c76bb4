"""What a decoder keeps of the tokens before the next one: the keys and values of every attention."""

from __future__ import annotations

from archcalc.core.record import record
from archcalc.errors import UsageError
from archcalc.graph.graph import Graph, Node


@record
class KvCache:
    """Keys and values, two numbers for each feature of each token."""

    context: int
    """Tokens that are kept."""
    layers: int
    """Attentions that keep them."""
    bytes_per_token: int
    bytes: int
    """Of the whole batch; an attention to a memory keeps the memory's tokens, however long the context is."""


def kv_cache(graph: Graph, context: int | None, batch: int, size: int, option: str = "--kv-cache") -> KvCache:
    """The cache of a network for a context, by default as long as its input.

    Args:
        size: bytes of a number.

    Raises UsageError for a network without attention and for a context of no tokens.
    """
    if context is not None and context < 1:
        raise UsageError(f"a context has at least 1 token, got {context}")
    kept = [(node, found) for node in graph.nodes if (found := _features(node))]
    if not kept:
        help = "language models have one, such as gpt2 and llama2_7b"
        raise UsageError(f"{option}: {graph.name} has no attention whose keys and values could be kept", help=help)
    length = context or max(node.input_shapes[-1][0] for node, _ in kept)
    own = sum(features for node, features in kept if len(node.inputs) == 1)
    memory = sum(features * node.input_shapes[-1][0] for node, features in kept if len(node.inputs) > 1)
    return KvCache(length, len(kept), 2 * own * size, 2 * (own * length + memory) * size * batch)


def _features(node: Node) -> int:
    """Of K, and as many of V, that a layer keeps of each token; 0 where it keeps none."""
    features = getattr(node.layer, "cached_features", None)
    return 0 if features is None else int(features(*node.input_shapes))
