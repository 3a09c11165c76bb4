"""Values of other tools' arguments as a spec writes them."""

from __future__ import annotations

import re

from archcalc.errors import SpecError
from archcalc.layers.arguments import FactorsType, Flag, Number, PaddingType, Parameter, PerAxis
from archcalc.spec.expression import parse
from archcalc.spec.foreign.written import ForeignCall, Value


def text_of(value: Value, parameter: Parameter, axes: int) -> str:
    """A value as a spec writes it: yes, 3x3, 0:1x0:1, same."""
    if isinstance(parameter.type, Flag) and value in (0, 1):
        return "yes" if value else "no"
    if isinstance(parameter.type, PerAxis | FactorsType):
        if isinstance(value, int) and not isinstance(value, bool) and parameter.required and axes > 1:
            return "x".join([str(value)] * axes)
        if isinstance(value, tuple) and len({*map(shown, value)}) == 1 and not parameter.required:
            return shown(value[0])
    if isinstance(parameter.type, PaddingType) and isinstance(value, tuple) and len({*map(shown, value)}) == 1:
        return shown(value[0]).replace("x", ":")
    if isinstance(value, float) and value.is_integer() and not isinstance(parameter.type, Number):
        return str(int(value))
    words = getattr(parameter.type, "words", ())
    text = shown(value)
    return text.lower() if text.lower() in words or text.lower() == "causal" else text


def shown(value: Value) -> str:
    """A value as text; of sides inside sizes `before:after`."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, ForeignCall):
        return value.name
    if isinstance(value, tuple):
        return "x".join(":".join(map(shown, item)) if isinstance(item, tuple) else shown(item) for item in value)
    return re.sub(r"e([-+])0+", r"e\1", str(value)) if isinstance(value, float) else str(value)


def may_stand(parameter: Parameter, text: str) -> bool:
    """Whether the text is a value of this argument; what names a param of the spec may be one."""
    words = getattr(parameter.type, "words", ())
    if parameter.type.literal:
        return not any(map(str.isspace, text))
    try:
        expression = parse(text)
        if expression.constant:
            parameter.type.convert(expression.value, len(expression.value) if "x" in text else 0)
            return True
        return text in words or not (words and re.fullmatch(r"[A-Za-z_]\w*", text))
    except SpecError:
        return False


def is_usual(parameter: Parameter, text: str) -> bool:
    """Whether the value is the one that stands where the line says nothing."""
    if parameter.required or parameter.default is None:
        return False
    if text == "valid" and isinstance(parameter.type, PaddingType):
        return True
    try:
        usual = parameter.type.convert(parameter.default, 2)
        return bool(parameter.type.convert(parse(text).value if parse(text).constant else text, 2) == usual)
    except SpecError:
        return False
