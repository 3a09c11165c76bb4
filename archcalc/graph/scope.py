"""What a name means at one point of a spec: variables, earlier layers, `in` and `prev`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from archcalc.core import Shape
from archcalc.errors import Place, SpecError, UnknownName
from archcalc.graph.limits import Allowance
from archcalc.spec.addresses import ROOT
from archcalc.spec.document import Step
from archcalc.spec.names import listed, nearest, unknown

POISON = -1
"""The value of a layer with an error; what depends on it is passed over in silence."""


class Poisoned(Exception):
    """An expression asked for the shape of a layer that has an error."""


class Values(Protocol):
    """What a scope needs of the graph under construction."""

    values: dict[str, int]
    shapes: list[Shape]
    budget: Allowance

    def single(self, value: int, place: Place | None) -> int:
        """The value, refused where it is several. Raises GraphError."""


class Scope:
    """Names of one chain; a group inside sees those around it, a block does not."""

    __slots__ = ("graph", "input", "layers", "parent", "prefix", "previous", "product", "root", "steps", "variables")

    def __init__(
        self,
        graph: Values,
        variables: dict[str, Any],
        prefix: str,
        start: int,
        parent: Scope | None = None,
        product: int = 1,
        root: Scope | None = None,
    ) -> None:
        self.graph = graph
        self.variables = variables
        self.prefix = prefix
        """The path of the chain, with a dot at its end."""
        self.input = start
        self.previous = start
        self.layers: dict[str, int] = {}
        self.parent = parent
        self.root = root or self
        """The scope of the outermost chain."""
        self.product = product
        """How often the chain runs, by the repeats around it."""
        self.steps: Sequence[Step] = ()
        """Those of the chain, also the ones that are still to come."""

    def add_inputs(self, names: Iterable[str]) -> None:
        """Make the inputs of the net known by name."""
        for index, name in enumerate(names):
            self.layers[name] = index

    def inside(self, path: str, start: int) -> Scope:
        """The scope of a group: it sees what stands around it."""
        return Scope(self.graph, self.variables, path + ".", start, self, self.product, self.root)

    def block(self, path: str, start: int, variables: dict[str, Any]) -> Scope:
        """The scope of a block: its arguments, the params and its own layers."""
        return Scope(self.graph, variables, path + ".", start, None, self.product, self.root)

    def repeated(self, times: int) -> Scope:
        """The same scope, counted `times` times."""
        product = self.product * max(1, times)
        scope = Scope(self.graph, self.variables, self.prefix, self.input, self.parent, product, self.root)
        scope.layers = self.layers
        scope.steps = self.steps
        scope.previous = self.previous
        return scope

    def word(self, name: str) -> str:
        """A word, or the word that a variable of this name holds."""
        return str(self.variables.get(name, name))

    def lookup(self, name: str) -> Any:
        """The value of a name in an expression: a variable, a word, or a layer's dimension."""
        if "." not in name:
            return self.variables.get(name, name)
        path, _, attribute = name.rpartition(".")
        value = self.graph.single(self.resolve(path), None)
        if value == POISON:
            raise Poisoned
        return dimension(self.graph.shapes[value], attribute, name)

    def resolve(self, path: str, place: Place | None = None) -> int:
        """The value at an address. Raises UnknownName with the nearest names."""
        if path == "in":
            return self.input
        if path == "prev":
            return self.previous
        return self._find(path, place)[1]

    def path_of(self, path: str, place: Place) -> str:
        """The full address of an earlier layer or group, for `share=`."""
        if path in ("in", "prev"):
            raise SpecError(f"`{path}` is not the name of a layer", help="name the layer with the weights").at(place)
        address, value = self._find(path, place)
        if value == POISON:
            raise Poisoned
        return address

    def _find(self, path: str, place: Place | None) -> tuple[str, int]:
        """The full address and the value of an earlier layer, a group, or a layer inside one."""
        if path.startswith(ROOT):
            return self.root._absolute(path.removeprefix(ROOT), place)
        root, _, rest = path.partition(".")
        scope: Scope | None = self
        while scope is not None:
            if root in scope.layers:
                address = scope.prefix + path
                value = scope.graph.values.get(address) if rest else scope.layers[root]
                if value is not None:
                    return address, value
                if scope.layers[root] == POISON:
                    raise Poisoned
            scope = scope.parent
        raise self._unknown(path).at(place)

    def _absolute(self, address: str, place: Place | None) -> tuple[str, int]:
        """The value at an address from here, the outermost chain; of an open group that of the layers so far."""
        root, _, rest = address.partition(".")
        value = self.graph.values.get(address) if rest else self.layers.get(root)
        if value is not None:
            return address, value
        if self.layers.get(root) == POISON:
            raise Poisoned
        raise self._unknown(address, ROOT).at(place)

    def _unknown(self, path: str, sign: str = "") -> UnknownName:
        """The error for an address that is none; `sign` stands before it."""
        known: list[str] = []
        scope = self
        while True:
            later = scope._later(path.partition(".")[0])
            if later is not None:
                return later
            known += scope.layers
            if scope.parent is None:
                break
            scope = scope.parent
        help = f"earlier layers here: {listed([sign + name for name in ('in', *known)][bool(sign) :])}"
        near = [sign + name for name in nearest(path, known)]
        error = unknown(f"unknown layer `{sign}{path}`", sign + path, near, help)
        if scope.prefix:
            error.help = f"{error.help}; a block sees only its own layers, its arguments and the params"
        return error

    def _later(self, name: str) -> UnknownName | None:
        """The error for a layer that there is, but not yet."""
        waiting = [step for step in self.steps if step.name not in self.layers]
        if waiting and waiting[0].name == name:
            return UnknownName(f"`{name}` would read itself", help="a layer reads what stands before it")
        step = next((step for step in waiting if step.name == name), None)
        if step is None:
            return None
        what = f"`{name}` stands below, on line {step.place.line}"
        return UnknownName(what, help=f"a layer reads what stands before it: put `{name}` above this line")


def dimension(shape: Shape, attribute: str, name: str) -> int:
    """`c` channels, `d` `h` `w` the last axes, `l` length, `n` tokens, `f` features, of a layer."""
    spatial = {1: "l", 2: "hw", 3: "dhw"}.get(len(shape.spatial), "")
    if attribute == "c":
        return shape.channels
    if attribute == "f":
        return shape.features
    if attribute == "n" and len(shape) == 2:
        return shape[0]
    if attribute == "w" and spatial == "l":
        return shape[-1]
    if attribute and attribute in spatial:
        return shape.spatial[spatial.index(attribute)]
    has = ["c", "f", *(("n",) if len(shape) == 2 else ()), *spatial]
    raise UnknownName(f"`{name}`: a shape of {shape} has no `{attribute}`", help=f"it has {listed(has)}")
