"""Blocks that call each other: none may call itself, and the calls may not go too deep."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.errors import SpecError
from archcalc.spec.document import Block, Body, Branches, Call, Chain

BLOCK_DEPTH = 32
"""Blocks that call blocks, one inside the other."""


def refuse_recursion(block: Block, path: tuple[str, ...], cleared: dict[str, int]) -> int:
    """How deep the blocks below this one go; each block is walked once. Raises SpecError."""
    if block.name in cleared:
        return cleared[block.name]
    depth = 1
    if len(path) > BLOCK_DEPTH:
        raise SpecError(f"blocks call each other more than {BLOCK_DEPTH} deep, the limit", help="use repeat=").at(
            block.place
        )
    for inner, call in _blocks_called(block.body):
        if inner.name in path:
            chain = " -> ".join([*path[path.index(inner.name) :], inner.name])
            help = "a block can only call others; what repeats is written repeat=N"
            problem = SpecError(f"the block `{inner.name}` calls itself", notes=[chain] * (len(path) > 1), help=help)
            raise problem.at(call.place)
        depth = max(depth, 1 + refuse_recursion(inner, (*path, inner.name), cleared))
    if depth > BLOCK_DEPTH:
        raise SpecError(f"blocks call each other more than {BLOCK_DEPTH} deep, the limit", help="use repeat=").at(
            block.place
        )
    cleared[block.name] = depth
    return depth


def _blocks_called(body: Body) -> Iterator[tuple[Block, Call]]:
    if isinstance(body, Call) and isinstance(body.target, Block):
        yield body.target, body
    elif isinstance(body, Chain | Branches):
        for step in body.steps:
            yield from _blocks_called(step.body)
