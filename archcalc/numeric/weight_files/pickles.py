"""A machine for the pickles that torch.save writes. It runs no code: a name that is not in its table is refused.

Python's own unpickler calls whatever a file names, and its C version sets memory aside as a file says. This one takes
the instructions from `pickletools`, keeps a stack and a memo of plain Python values, and knows the few calls that
a state dict is made of. Source: Lib/pickletools.py; torch/serialization.py.
"""

from __future__ import annotations

import pickletools
import warnings
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

MOST_STEPS = 500_000
"""ResNet-152 takes 47,000. Handing a list to a call is a step for each of its items."""

Call = Callable[..., Any]


class DamagedPickle(Exception):
    """Why it cannot be read, as the end of a sentence."""


class ForeignName(Exception):
    """A class or a function that is not in the table: `torchvision.models.resnet.ResNet`."""


class Named:
    """A name of the table that a pickle holds: called, or kept as a value (torch.FloatStorage)."""

    __slots__ = ("call", "name")

    def __init__(self, name: str, call: Call | None) -> None:
        self.name = name
        self.call = call


class Machine:
    """Runs one pickle.

    Args:
        names: `module.name` -> what a call of it gives; None for a name that is a value only.
        persistent: what an object outside the pickle is, by what the pickle says of it: the bytes of a tensor.
    """

    def __init__(self, names: Mapping[str, Call | None], persistent: Call) -> None:
        self._names = names
        self._persistent = persistent
        self._stack: list[Any] = []
        self._below: list[list[Any]] = []
        """What stands under each mark."""
        self._steps = 0
        self._memo: dict[int, Any] = {}

    def run(self, stream: BinaryIO) -> Any:
        """The value of the pickle; the stream stands after it. Raises DamagedPickle and ForeignName."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it reads words of the first protocol as Python would
                for opcode, argument, _ in pickletools.genops(stream):
                    self._spend(1)
                    self._step(opcode.name, argument)
            return self._stack.pop()
        except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            raise DamagedPickle("its pickle is damaged") from None

    def _step(self, name: str, argument: Any) -> None:
        if name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name])
        elif name in _LITERALS:
            self._stack.append(argument)
        elif name in _EMPTY:
            self._stack.append(_EMPTY[name]())
        elif name in _TUPLES:
            self._fold(_TUPLES[name])
        elif name not in _IGNORED:
            step = getattr(self, f"_{name.lower()}", None)
            if step is None:
                raise DamagedPickle(f"its pickle has the instruction {name}, which no state dict needs")
            step(argument)

    def _spend(self, steps: int) -> None:
        self._steps += steps
        if self._steps > MOST_STEPS:
            raise DamagedPickle(f"its pickle takes more than {MOST_STEPS:,} steps")

    def _spend_on(self, arguments: Any) -> None:
        self._spend(sum(len(item) for item in arguments if isinstance(item, dict | list | tuple)))

    def _fold(self, count: int) -> None:
        items = [self._stack.pop() for _ in range(count)]
        self._stack.append(tuple(reversed(items)))

    def _since_mark(self) -> list[Any]:
        items, self._stack = self._stack, self._below.pop()
        return items

    def _mark(self, _: None) -> None:
        self._below.append(self._stack)
        self._stack = []

    def _pop(self, _: None) -> None:
        self._stack.pop()

    def _tuple(self, _: None) -> None:
        items = self._since_mark()
        self._stack.append(tuple(items))

    def _list(self, _: None) -> None:
        items = self._since_mark()
        self._stack.append(items)

    def _dict(self, _: None) -> None:
        items = self._since_mark()
        self._stack.append(_pairs(items))

    def _append(self, _: None) -> None:
        item = self._stack.pop()
        self._stack[-1].append(item)

    def _appends(self, _: None) -> None:
        items = self._since_mark()
        self._stack[-1].extend(items)

    def _setitem(self, _: None) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self._stack[-1].update(_pairs([key, value]))

    def _setitems(self, _: None) -> None:
        items = self._since_mark()
        self._stack[-1].update(_pairs(items))

    def _binput(self, index: int) -> None:
        self._memo[index] = self._stack[-1]

    _long_binput = _binput

    def _memoize(self, _: None) -> None:
        self._memo[len(self._memo)] = self._stack[-1]

    def _binget(self, index: int) -> None:
        self._stack.append(self._memo[index])

    _long_binget = _binget

    def _global(self, name: str) -> None:
        self._push_name(".".join(name.split(" ", 1)))

    def _stack_global(self, _: None) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        self._push_name(f"{module}.{name}")

    def _push_name(self, name: str) -> None:
        if name not in self._names:
            raise ForeignName(name)
        self._stack.append(Named(name, self._names[name]))

    def _reduce(self, _: None) -> None:
        arguments, called = self._stack.pop(), self._stack.pop()
        if not isinstance(called, Named) or called.call is None:
            raise DamagedPickle("its pickle calls what is no function")
        self._spend_on(arguments)
        self._stack.append(called.call(*arguments))

    _newobj = _reduce

    def _build(self, _: None) -> None:
        """Attributes of an OrderedDict: the versions of its modules, which nothing here reads."""
        self._stack.pop()

    def _binpersid(self, _: None) -> None:
        described = self._stack.pop()
        self._spend_on([described])
        self._stack.append(self._persistent(described))


_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_LITERALS = {
    "BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT", "BINSTRING", "SHORT_BINSTRING", "BINUNICODE",
    "SHORT_BINUNICODE", "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8",
}  # fmt: skip
_EMPTY: dict[str, Call] = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_IGNORED = {"PROTO", "FRAME", "STOP"}


def _pairs(items: list[Any]) -> dict[Any, Any]:
    if not all(isinstance(key, str | int | float | bytes | None) for key in items[::2]):
        raise DamagedPickle("its pickle has a key that is neither a word nor a number")
    return dict(zip(items[::2], items[1::2], strict=True))
