"""Names of a record -> the groups of a spec: addresses that are legal, told apart, and stand together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from archcalc.core.record import record
from archcalc.interop.net import SourceNet
from archcalc.spec.addresses import ROOT
from archcalc.spec.steps import NAME_LENGTH, RESERVED

Address = tuple[str, ...]


@record
class Shaped:
    """The names that the inputs and operations of a record have in a spec."""

    inputs: tuple[str, ...]
    operations: tuple[Address, ...]

    def address(self, value: int) -> str:
        """The whole address of a value."""
        first = len(self.inputs)
        return self.inputs[value] if value < first else ".".join(self.operations[value - first])

    def reference(self, value: int, by: int) -> str:
        """How the operation `by` names a value: the shortest path that no nearer layer hides."""
        own = self.operations[by][:-1]
        target: Address = (self.inputs[value],) if value < len(self.inputs) else self._ending(value, own)
        common = _common(target[:-1], own)
        short = target[common:]
        hidden = any(short[0] in self._steps[own[:depth]] for depth in range(common + 1, len(own) + 1))
        return ROOT + ".".join(target) if hidden else ".".join(short)

    def _ending(self, value: int, seen_from: Address) -> Address:
        """The outermost group that ends in a value, of those that the reader is not in; else its operation."""
        number = value - len(self.inputs)
        address = self.operations[number]
        after = self.operations[number + 1] if number + 1 < len(self.operations) else ()
        inside = max(_common(address[:-1], after), _common(address[:-1], seen_from))
        return address[: inside + 1]

    @property
    def _steps(self) -> dict[Address, set[str]]:
        """The names in each group."""
        found: dict[Address, set[str]] = {(): set(self.inputs)}
        for address in self.operations:
            for depth, name in enumerate(address):
                found.setdefault(address[:depth], set()).add(name)
        return found


def shaped(net: SourceNet) -> Shaped:
    """The addresses of a record."""
    inputs = tuple(_distinct([_legal(name) for name, _ in net.inputs], set()))
    paths = [tuple(map(_legal, operation.name.split("."))) for operation in net.operations]
    while apart := _apart(paths):
        paths = [_joined(path, apart) for path in paths]
    texts = _distinct([".".join(path) for path in paths], set(inputs))
    return Shaped(inputs, tuple(tuple(text.split(".")) for text in texts))


def _legal(name: str) -> str:
    """A name that a spec takes: what is no letter becomes _."""
    found = re.sub(r"[^\w-]", "_", name)[: NAME_LENGTH - 4] or "_"
    return f"{found}_" if found in RESERVED else found


def _apart(paths: Sequence[Address]) -> set[Address]:
    """Groups that do not stand together, or have the name of a layer."""
    depth = max(map(len, paths), default=1)
    leaves = set(paths)
    found: set[Address] = set()
    for level in range(1, depth):
        runs = [key for key, _ in groupby(path[:level] if len(path) > level else None for path in paths) if key]
        found |= {key for key in runs if runs.count(key) > 1 or key in leaves}
    return found


def _joined(path: Address, apart: set[Address]) -> Address:
    """The path without the outermost of its groups that do not stand together."""
    for level in range(1, len(path)):
        if path[:level] in apart:
            return (*path[: level - 1], f"{path[level - 1]}_{path[level]}", *path[level + 1 :])
    return path


def _distinct(names: Sequence[str], taken: set[str]) -> Iterator[str]:
    """Each name once: the second `fc` is `fc_2`."""
    taken = set(taken)
    for name in names:
        found, number = name, 1
        while found in taken:
            number += 1
            found = f"{name}_{number}"
        taken.add(found)
        yield found


def _common(one: Address, other: Address) -> int:
    """How many names two addresses begin with alike."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other)))
