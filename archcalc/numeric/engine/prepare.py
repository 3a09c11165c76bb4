"""The tensors of a plan as its kernels need them, made once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, MutableMapping
from typing import Any

import numpy as np

from archcalc.numeric.engine.fold import folded, scale_and_shift
from archcalc.numeric.engine.kernels.base import Tensors
from archcalc.numeric.engine.kernels.elementwise import Elementwise
from archcalc.numeric.engine.kernels.fallback import Fallback, tensors_of_all
from archcalc.numeric.engine.plan import Plan, PlanStep
from archcalc.numeric.namespace import Array


def prepared(plan: Plan, weights: MutableMapping[str, Array], dtype: str, consume: bool) -> list[Tensors]:
    """The tensors of each step; shared layers share them.

    Args:
        consume: take each tensor out of `weights` when its last step has it, so that nothing is there twice.
    """
    readers = Counter(name for step in plan.steps for name in _names(step))
    made: dict[tuple[Any, ...], Tensors] = {}
    result: list[Tensors] = []
    for step in plan.steps:
        turned = tuple(node.transposed for node in step.nodes)
        key = (_names(step), turned, step.name, step.inputs and step.inputs[0].shape)
        if step.kernel is None or step.operation is None:
            result.append({})
            continue
        if not _names(step) or key not in made:
            made[key] = _prepared(step, weights, dtype)
        result.append(made[key])
        for name in _names(step):
            readers[name] -= 1
            if consume and not readers[name]:
                del weights[name]
    return result


def _prepared(step: PlanStep, weights: Mapping[str, Array], dtype: str) -> Tensors:
    operation, kernel = step.operation, step.kernel
    assert operation is not None
    assert kernel is not None
    node = operation.node
    if isinstance(kernel, Fallback):
        return {
            name: tensor.astype(dtype, copy=False) for name, tensor in tensors_of_all(kernel.nodes, weights).items()
        }
    if isinstance(kernel, Elementwise) and kernel.name == "scale":
        scale, shift = scale_and_shift(node, weights)
        filters = np.zeros(node.shape.channels)
        return {"weight": (filters + scale).astype(dtype), "bias": (filters + shift).astype(dtype)}
    if not node.weights:
        return kernel.prepared({})
    both = folded(node, operation.norm, weights)
    return kernel.prepared({"weight": both.weight.astype(dtype, copy=False), "bias": both.bias.astype(dtype)})


def _names(step: PlanStep) -> tuple[str, ...]:
    """The full names of the tensors a step reads."""
    return tuple(f"{node.shared or node.name}.{name}" for node in step.nodes for name in node.weights)
