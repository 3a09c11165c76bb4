"""What the caller sets over a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archcalc.core import Shape
from archcalc.core.record import field, record
from archcalc.spec.document import Variant


@record
class Choices:
    """What the caller sets over the file: a variant's and `--set` params, `--input` shapes."""

    params: Mapping[str, Any] = field(factory=dict)
    inputs: Mapping[str, Shape] = field(factory=dict)
    freeze: tuple[str, ...] = ()
    """Layers, groups and patterns that are not trained, beside those of the file's `freeze:`."""
    unfreeze: tuple[str, ...] = ()
    """Those that are trained all the same."""
    variant: str | None = None
    """Whose `weights:` go before those of the file."""

    @classmethod
    def of(cls, variant: Variant) -> Choices:
        """What a variant sets."""
        params = {name: value.expression.evaluate(lambda word: word) for name, value in variant.params.items()}
        return cls(params, variant.inputs, variant=variant.name)


AS_WRITTEN = Choices()
