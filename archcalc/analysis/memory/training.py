"""A training in numbers: its steps, and the operations of the forward and the backward pass by rule.

Backward, a layer's product is done again for the gradient of its weights, where they learn, and once more for that of
its input, where a gradient flows on. That is twice the forward pass, as Amodei and Hernandez 2018 ("AI and compute")
take it, but for the input of the first layer that learns, and for frozen layers.
"""

from __future__ import annotations

from archcalc.analysis.memory.learning import learns, passes_gradient
from archcalc.core.record import record
from archcalc.errors import UsageError
from archcalc.graph.graph import Graph

RULE = (
    "backward, by rule: each product once more for the gradient of its weights, where they learn, and once for that of "
    "its input, where a gradient flows on; twice the forward pass in Amodei and Hernandez 2018, AI and compute"
)


@record
class TrainingRun:
    """So many epochs over so many examples, or so many steps."""

    examples: int
    batch: int
    epochs: int | None
    """None where the steps are told."""
    told_steps: int | None
    forward_macs: int
    """Of one example."""
    backward_macs: int
    """Of one example, by rule."""

    @property
    def steps_per_epoch(self) -> int:
        """Batches that an epoch takes, the last one perhaps smaller."""
        return -(-self.examples // self.batch)

    @property
    def last_batch(self) -> int:
        """Examples of the last batch of an epoch."""
        return self.examples - (self.steps_per_epoch - 1) * self.batch

    @property
    def steps(self) -> int:
        """Changes of the weights."""
        return (self.told_steps or 0) if self.epochs is None else self.steps_per_epoch * self.epochs

    @property
    def seen(self) -> int:
        """Examples that go through the network in all, again and again."""
        return self.steps * self.batch if self.epochs is None else self.examples * self.epochs

    @property
    def macs(self) -> int:
        """MACs of the whole training, forward and backward."""
        return (self.forward_macs + self.backward_macs) * self.seen


def training_run(
    graph: Graph, examples: int, batch: int, epochs: int | None = 1, steps: int | None = None
) -> TrainingRun:
    """The training of a network, in epochs or else in steps. Raises UsageError for fewer than one of anything."""
    for count, what in ((examples, "example"), (epochs, "epoch"), (steps, "step")):
        if count is not None and count < 1:
            raise UsageError(f"a training has at least 1 {what}, got {count}")
    forward = sum(node.work.macs for node in graph.nodes)
    return TrainingRun(examples, batch, epochs, steps, forward, sum(backward_macs(graph)))


def backward_macs(graph: Graph) -> tuple[int, ...]:
    """MACs of each layer in the backward pass of one example."""
    flows = passes_gradient(graph)
    return tuple(node.work.macs * (learns(node) + any(flows[value] for value in node.inputs)) for node in graph.nodes)
