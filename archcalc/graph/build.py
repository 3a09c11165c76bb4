"""From a call and the shapes of its inputs to its layer, built once for the same values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archcalc.errors import SpecError
from archcalc.graph.scope import Scope
from archcalc.layers import Composite, Kind, Layer
from archcalc.layers.arguments import NON_NEGATIVE
from archcalc.spec.document import Call, Value
from archcalc.spec.expression import truth

Tables = Mapping[str, tuple[tuple[int, ...], ...]]


def layer_of(call: Call, kind: Kind, scope: Scope, axes: int, tables: Tables, each: int = 0) -> Layer | Composite:
    """The layer of a call on an input with `axes` spatial axes. Raises SpecError.

    Args:
        each: of the layer that this one is the norm or the act of; its own goes before.
    """
    key: Any = (axes, each)
    values = None
    if not _is_constant(call):
        values = _evaluated(call, kind, scope)
        key = (axes, each, *values.values())
    layer: Layer | Composite | None = call.cache.get(key)
    if layer is None:
        values = values if values is not None else _evaluated(call, kind, scope)
        values = {"each": each, **values} if each else values
        layer = call.cache[key] = _made(call, kind, axes, _with_table(values, tables))
    return layer


def check_values(call: Call, kind: Kind, scope: Scope) -> None:
    """Find what is wrong in a call whose input is not known. Raises SpecError."""
    for name, given in _evaluated(call, kind, scope).items():
        parameter = kind.parameter(name)
        if parameter is None or parameter.variadic or name == "links":
            continue
        try:
            parameter.type.convert(given, len(given) if isinstance(given, tuple) else 2)
        except SpecError as error:
            error.what = f"`{name}`: {error.what}"
            raise error.at(call.values[name].place) from None


def evaluate(value: Value, scope: Scope) -> Any:
    """The value of an expression; an error stands where the value does. Raises SpecError."""
    expression = value.expression
    if expression.constant:
        return expression.value
    try:
        if len(expression.text) > _SHORT:
            return _remembered(value, scope)
        scope.graph.budget.spend(1 + len(expression.text) // 8, value.place)
        return expression.evaluate(scope.lookup)
    except SpecError as error:
        raise error.at(value.place) from None


def condition(value: Value, scope: Scope) -> bool:
    """The value of a `when:`. Raises SpecError."""
    try:
        return truth(evaluate(value, scope))
    except SpecError as error:
        raise error.at(value.place) from None


def count(value: Value, scope: Scope, name: str) -> int:
    """A whole number of at least 0. Raises SpecError."""
    try:
        return NON_NEGATIVE.convert(evaluate(value, scope), 0)
    except SpecError as error:
        if error.place is None:
            error.what = f"`{name}`: {error.what}"
        raise error.at(value.place) from None


_SHORT = 16
"""Characters of an expression that is evaluated as fast as it is remembered."""


def _remembered(value: Value, scope: Scope) -> Any:
    """The value of a long expression, computed once for the same values of its names."""
    names = value.expression.names
    scope.graph.budget.spend(len(names), value.place)
    try:
        given = [scope.lookup(name) for name in names]
    except SpecError:  # of a part that may not be evaluated: `deep and in.h > 1`
        return value.expression.evaluate(scope.lookup)
    key = (*given, *map(type, given))
    if key not in value.results:
        value.results[key] = value.expression.evaluate(scope.lookup)
    return value.results[key]


def _is_constant(call: Call) -> bool:
    """Whether no value of the call depends on where it is called."""
    constant = call.cache.get("constant")
    if constant is None:
        values = [*call.values.values(), *call.variadic]
        constant = call.cache["constant"] = all(value.expression.constant for value in values)
    return bool(constant)


def _evaluated(call: Call, kind: Kind, scope: Scope) -> dict[str, Any]:
    values = {name: evaluate(value, scope) for name, value in call.values.items()}
    if call.variadic:
        variadic = next(parameter.name for parameter in kind.parameters if parameter.variadic)
        values[variadic] = tuple([evaluate(value, scope) for value in call.variadic])
    return values


def _with_table(values: dict[str, Any], tables: Tables) -> dict[str, Any]:
    """A connection table for its name."""
    name = values.get("links")
    return {**values, "links": tables[name]} if isinstance(name, str) and name in tables else values


def _made(call: Call, kind: Kind, axes: int, values: Mapping[str, Any]) -> Layer | Composite:
    try:
        return kind.make(axes, **values)
    except SpecError as error:
        name = getattr(error, "parameter", None)
        value = call.values.get(name) if name else None
        raise error.at(value.place if value else call.place) from None
