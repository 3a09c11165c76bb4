"""Frozen records: what a frozen, slotted dataclass is, at a fifth of its cost at import.

A dataclass writes and compiles seven methods for each class, about 4 million instructions; some eighty of them
would be half of the start-up of `archcalc show`. A record compiles one, `__init__`; the others are closures.
Instances behave as those of `@dataclass(frozen=True, slots=True)`: equality and hash by value and class, a repr,
`__post_init__`, pickling, `replace`. benchmarks/cold_start.py holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform

_Record = TypeVar("_Record")
MISSING: Any = object()


class RecordField:
    """A default value, made afresh where it has a factory, and metadata of a field."""

    __slots__ = ("default", "factory", "metadata", "name")

    def __init__(
        self,
        default: Any = MISSING,
        factory: Callable[[], Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        self.default = default
        self.factory = factory
        self.metadata = metadata or {}
        self.name = ""


def field(*, default: Any = MISSING, factory: Callable[[], Any] | None = None) -> Any:
    """A field with a default that each instance makes for itself: `field(factory=dict)`."""
    return RecordField(default, factory)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[_Record]) -> type[_Record]:
    """Make a class of annotated fields a frozen record."""
    frozen = {"__setattr__": _refuse, "__delattr__": _refuse}
    found = _fields(cls)
    return _slotted(cls, found, {**_comparing(cls, found), **frozen})  # type: ignore[no-any-return]


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def draft(cls: type[_Record]) -> type[_Record]:
    """Make a class of annotated fields a record that may change while it is built, equal only to itself."""
    return _slotted(cls, _fields(cls), {})  # type: ignore[no-any-return]


def fields(cls: Any) -> tuple[RecordField, ...]:
    """The fields of a record or of its class, in order."""
    return cls.__record_fields__  # type: ignore[no-any-return]


def replace(instance: _Record, **changes: Any) -> _Record:
    """The same record with some fields changed; one that stands for another says how, as for `copy.replace`."""
    if hasattr(type(instance), "__replace__"):
        return type(instance).__replace__(instance, **changes)  # type: ignore[attr-defined, no-any-return]
    for name in type(instance).__match_args__:  # type: ignore[attr-defined]
        if name not in changes:
            changes[name] = getattr(instance, name)
    return type(instance)(**changes)


def _fields(cls: type) -> tuple[RecordField, ...]:
    found = []
    for name, annotation in vars(cls).get("__annotations__", {}).items():
        if str(annotation).startswith("ClassVar"):
            continue
        value = vars(cls).get(name, MISSING)
        item = value if isinstance(value, RecordField) else RecordField(value)
        item.name = name
        found.append(item)
    return tuple(found)


def _slotted(cls: Any, found: tuple[RecordField, ...], methods: dict[str, Any]) -> Any:
    """The class again with slots for its fields, `__init__`, a repr and these methods, made in one go."""
    names = tuple(item.name for item in found)
    own = {key: value for key, value in vars(cls).items() if key not in ("__dict__", "__weakref__", *names)}
    setters: dict[str, Any] = {}
    made = {
        **({"__repr__": _repr} if cls.__repr__ is object.__repr__ else {}),
        **methods,
        **own,
        "__slots__": names,
        "__match_args__": names,
        "__record_fields__": found,
        "__init__": _init(cls, found, setters),
        "__reduce__": _reduce,
    }
    again: Any = type(cls.__name__, cls.__bases__, made)
    again.__qualname__ = cls.__qualname__
    for name in names:
        setters[f"set_{name}"] = vars(again)[name].__set__
    return again


def _init(cls: Any, found: tuple[RecordField, ...], scope: dict[str, Any]) -> Callable[..., None]:
    """`__init__`, the one method that is compiled: it sets the slots directly, by the setters put into `scope`."""
    scope["MISSING"] = MISSING
    parameters = []
    body = []
    for item in found:
        name = item.name
        value = name
        if item.factory is not None:
            scope[f"make_{name}"] = item.factory
            parameters.append(f"{name}=MISSING")
            value = f"make_{name}() if {name} is MISSING else {name}"
        elif item.default is not MISSING:
            scope[f"default_{name}"] = item.default
            parameters.append(f"{name}=default_{name}")
        else:
            parameters.append(name)
        body.append(f" set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        body.append(" self.__post_init__()")
    lines = "\n".join([f"def __init__({', '.join(['self', *parameters])}):", *(body or [" pass"])])
    exec(lines, scope)
    init: Callable[..., None] = scope["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _comparing(cls: Any, found: tuple[RecordField, ...]) -> dict[str, Any]:
    """Equality and hash by class and values, unless the class has its own."""
    if "__eq__" in vars(cls):
        return {}
    names = [item.name for item in found]
    values: Callable[[Any], Any] = attrgetter(*names) if names else lambda _: ()

    def __eq__(self: Any, other: object) -> bool:
        if self is other:
            return True
        return bool(values(self) == values(other)) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: Any) -> int:
        return hash(values(self))

    return {"__eq__": __eq__, "__hash__": __hash__}


def _repr(self: Any) -> str:
    values = ", ".join(f"{item.name}={getattr(self, item.name)!r}" for item in fields(self))
    return f"{type(self).__qualname__}({values})"


def _refuse(self: object, name: str, *_: object) -> NoReturn:
    raise AttributeError(f"{type(self).__qualname__} is frozen: its {name} cannot change")


def _reduce(self: Any) -> tuple[Any, tuple[Any, ...]]:
    return type(self), tuple(getattr(self, item.name) for item in fields(self))
