"""From a document to a graph: blocks opened, repeats unrolled, expressions evaluated, shapes inferred.

Shapes and structure come together, because `in.c` and `when:` ask for shapes. An error in one layer does
not stop the run: what depends on it is passed over in silence, everything else is still checked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NoReturn

from archcalc import layers
from archcalc.core import Shape
from archcalc.errors import ArchcalcError, GraphError, Place, ShapeError, SpecError, SpecErrors, UnknownName
from archcalc.graph.graph import Graph, Group, Node
from archcalc.graph.scope import POISON, Poisoned, Scope
from archcalc.layers import Composite, Kind, Layer
from archcalc.spec.document import Block, Body, Branches, Call, Chain, Document, Reference, Step, Sugar, Value
from archcalc.spec.expression import truth
from archcalc.spec.names import did_you_mean, listed, nearest, nearest_kind

LAYERS = 100_000
"""Layers after expansion."""
REPEAT = 10_000
NESTING = 64
"""How deep groups may stand in groups; with the reader's 48 and 32 blocks no call stack overflows."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the caller sets over the file: a variant's and `--set` params, `--input` shapes."""

    params: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Shape] = field(default_factory=dict)


def elaborate(document: Document, choices: Choices = Choices()) -> Graph:
    """Build the graph. Raises SpecErrors with every error found."""
    return _Elaborator(document, choices).run()


class _Elaborator:
    def __init__(self, document: Document, choices: Choices) -> None:
        self.document = document
        self.errors: dict[tuple[str, str], ArchcalcError] = {}
        self.inputs = {**document.inputs, **choices.inputs}
        self.params = {**self._params(), **choices.params}
        self.nodes: list[Node] = []
        self.groups: dict[str, Group] = {}
        self.names: list[str] = list(self.inputs)
        self.shapes: list[Shape] = list(self.inputs.values())
        self.values: dict[str, int] = {name: index for index, name in enumerate(self.inputs)}
        self.parts: dict[int, str] = {}
        self.steps = 0

    def run(self) -> Graph:
        start = 0 if len(self.inputs) == 1 else -2
        self.parts[-2] = ""
        scope = Scope(self, self.params, "", start)
        scope.add_inputs(self.inputs)
        last = self._chain(self.document.layers, scope)
        outputs = self._outputs(scope, last)
        frozen = self._frozen()
        if self.errors:
            raise SpecErrors(self.errors.values())
        nodes = [replace(n, frozen=True) if n.name in frozen else n for n in self.nodes] if frozen else self.nodes
        return Graph(
            name=self.document.name,
            inputs=tuple(self.inputs.items()),
            nodes=tuple(nodes),
            groups=self.groups,
            outputs=outputs,
            values=self.values,
            claims=tuple(self.document.claims),
            about=self.document.about,
            params=self.params,
        )

    def _params(self) -> dict[str, Any]:
        return {name: value.expression.evaluate(lambda word: word) for name, value in self.document.params.items()}

    def _outputs(self, scope: Scope, last: int) -> tuple[int, ...]:
        if not self.document.outputs:
            return (last,)
        found = []
        for reference in self.document.outputs:
            with _placing(self, reference.place):
                value = scope.resolve(reference.path)
                if reference.path in self.values:  # not where its `when:` is false: no auxiliary head
                    found.append(value)
        return tuple(found) or (last,)

    def _frozen(self) -> set[str]:
        """Names of the nodes that `freeze:` covers: by name, by group, or by pattern."""
        from fnmatch import fnmatchcase

        frozen: set[str] = set()
        for pattern in self.document.freeze:
            hits = [a for a in [*self.groups, *self.names] if fnmatchcase(a, pattern.path)]
            inside = [n.name for n in self.nodes if any(n.name == a or n.name.startswith(a + ".") for a in hits)]
            if not inside and not self.errors:
                help = did_you_mean(nearest(pattern.path, [*self.groups, *self.names]))
                self.report(UnknownName(f"`{pattern.path}` freezes no layer", help=help).at(pattern.place))
            frozen.update(inside)
        return frozen

    # steps

    def _chain(self, chain: Chain, scope: Scope) -> int:
        """Run the steps one after the other; the value of the last one."""
        for step in chain.steps:
            scope.previous = self._step(step, scope, scope.previous)
            scope.layers[step.name] = scope.previous
        return scope.previous

    def _step(self, step: Step, scope: Scope, previous: int) -> int:
        self.steps += 1
        if self.steps > 4 * LAYERS:
            self.refuse_size(step.place)
        source: tuple[int, ...] = ()
        with _placing(self, step.place):
            source = tuple(scope.resolve(r.path, r.place) for r in step.source) or (previous,)
            if step.when is not None and not self._truth(step.when, scope):
                return self._single(source[0], step.place)
            if step.repeat is not None:
                return self._repeat(step, scope, source)
            return self._instance(step, step.body, scope, scope.prefix + step.name, source)
        return POISON

    def _truth(self, when: Value, scope: Scope) -> bool:
        try:
            return truth(when.expression.evaluate(scope.lookup))
        except SpecError as error:
            raise error.at(when.place) from None

    def _repeat(self, step: Step, scope: Scope, source: tuple[int, ...]) -> int:
        assert step.repeat is not None
        times = self._whole(step.repeat, scope, "repeat")
        if times > REPEAT:
            raise SpecError(f"repeat={times:,} is over the limit of {REPEAT:,}").at(step.repeat.place)
        scope = scope.repeated(times)
        if scope.product > LAYERS:
            self.refuse_size(step.repeat.place)
        path = scope.prefix + step.name
        first = len(self.nodes)
        value = source
        for index in range(times):
            child = f"{path}.{_child_name(step.first_name, index)}"
            body = _overridden(step, index, times)
            value = (self._instance(step, body, scope, child, value),)
        return self._group(path, f"{_label(step.body)} x{times}", first, value[0])

    def _instance(self, step: Step, body: Body, scope: Scope, path: str, source: tuple[int, ...]) -> int:
        first = len(self.nodes)
        value = self._body(body, scope, path, source, step.place)
        self.values[path] = value
        if step.share is not None and value != POISON:
            self._share(step.share, scope, path, first)
        return value

    def _body(self, body: Body, scope: Scope, path: str, source: tuple[int, ...], place: Place) -> int:
        if isinstance(body, Sugar):
            name, layer = self._word_layer(body, scope, self._single(source[0], place))
            return self._leaf(path, layer, (self._single(source[0], place),), body.place) if name else source[0]
        if isinstance(body, Call):
            if isinstance(body.target, Kind):
                return self._kind(body, body.target, scope, path, source)
            return self._block(body, body.target, scope, path, self._single(source[0], place))
        first = len(self.nodes)
        inner = scope.inside(path, self._single(source[0], place))
        value = self._chain_or_branches(body, inner, path)
        return self._group(path, _label(body), first, value)

    def _chain_or_branches(self, body: Chain | Branches, inner: Scope, path: str) -> int:
        if isinstance(body, Chain):
            return self._chain(body, inner)
        start = inner.previous
        for step in body.steps:
            inner.layers[step.name] = self._step(step, inner, start)
        return self._kind(body.merge, body.merge.target, inner, f"{path}.{body.merge.target.name}", (start,))  # type: ignore[arg-type]

    def _block(self, call: Call, block: Block, scope: Scope, path: str, source: int) -> int:
        variables = dict(self.params) if block.name in self.document.blocks else {}
        inner = scope.block(path, source, variables)
        for argument in block.arguments:
            value = call.values.get(argument.name)
            if value is not None:
                inner.variables[argument.name] = self._evaluate(value, scope)
            elif argument.default is not None:
                inner.variables[argument.name] = self._evaluate(argument.default, inner)
        first = len(self.nodes)
        with _calling(self, path, call.place):
            value_ = self._chain_or_branches(block.body, inner, path)
        return self._group(path, block.name, first, value_)

    def _group(self, path: str, label: str, first: int, value: int, sugar: bool = False) -> int:
        if path.count(".") >= NESTING:
            raise SpecError(f"groups stand more than {NESTING} deep in groups", help="flatten the nesting")
        if len(self.nodes) > first:
            self.groups[path] = Group(path, label, first, len(self.nodes), value, sugar)
        self.values[path] = value
        return value

    # calls

    def _kind(self, call: Call, kind: Kind, scope: Scope, path: str, source: tuple[int, ...]) -> int:
        inputs = self._inputs(call, kind, scope, source)
        if POISON in inputs:
            return POISON
        layer = self._layer(call, kind, scope, self.shapes[inputs[0]])
        if isinstance(layer, Composite):
            return self._composite(layer, kind, path, inputs[0], call.place)
        sugar = self._sugar(call, scope)
        if not sugar and not call.crop:
            return self._leaf(path, layer, inputs, call.place)
        first = len(self.nodes)
        if call.crop:
            inputs = self._cropped(path, inputs, call.place)
        value = self._leaf(f"{path}.{kind.name}", layer, inputs, call.place)
        for suffix, word in sugar:
            if value != POISON:
                name, extra = self._word_layer(word, scope, value)
                value = self._leaf(f"{path}.{suffix}", extra, (value,), word.place) if name else value
        label = " + ".join(node.layer.kind for node in self.nodes[first:])
        return self._group(path, label, first, value, sugar=True)

    def _inputs(self, call: Call, kind: Kind, scope: Scope, source: tuple[int, ...]) -> tuple[int, ...]:
        values = source
        if call.references:
            values = tuple(scope.resolve(r.path, r.place) for r in call.references)
        values = tuple(self._single(value, call.place) for value in values)
        least, most = kind.inputs
        if len(values) < least or (most is not None and len(values) > most):
            takes = f"{least}" if most == least else f"at least {least}" if most is None else f"{least} to {most}"
            help = f"write `{kind.name} prev NAME`" if kind.merges else None
            raise GraphError(f"`{kind.name}` takes {takes} inputs, got {len(values)}", help=help).at(call.place)
        return values

    def _layer(self, call: Call, kind: Kind, scope: Scope, x: Shape) -> Layer | Composite:
        """The layer of a call, built once for the same values and number of axes."""
        axes = len(x.spatial)
        if call.variadic or any(not value.expression.constant for value in call.values.values()):
            values = {name: self._evaluate(value, scope) for name, value in call.values.items()}
            values = {name: self._table(name, value) for name, value in values.items()}
            if call.variadic:
                variadic = next(p.name for p in kind.parameters if p.variadic)
                values[variadic] = tuple(self._evaluate(value, scope) for value in call.variadic)
            key: Any = (axes, *values.values())
        else:
            key, values = axes, None
        layer = call.cache.get(key)
        if layer is None:
            if values is None:
                values = {name: self._evaluate(value, scope) for name, value in call.values.items()}
            layer = call.cache[key] = _make(kind, axes, values, call)
        return layer

    def _table(self, name: str, value: Any) -> Any:
        """A connection table for its name."""
        return self.document.tables.get(value, value) if name == "links" and isinstance(value, str) else value

    def _evaluate(self, value: Value, scope: Scope) -> Any:
        if value.expression.constant:
            return value.expression.evaluate(_no_names)
        try:
            return value.expression.evaluate(scope.lookup)
        except SpecError as error:
            raise error.at(value.place) from None

    def _whole(self, value: Value, scope: Scope, name: str) -> int:
        from archcalc.layers.arguments import NON_NEGATIVE

        try:
            return NON_NEGATIVE.convert(self._evaluate(value, scope), 0)
        except SpecError as error:
            error.what = f"`{name}`: {error.what}"
            raise error.at(value.place) from None

    def _sugar(self, call: Call, scope: Scope) -> list[tuple[str, Sugar]]:
        """The norm and act of a call that are not `none`, in the order in which they run."""
        return [
            (name, call.sugar[name])
            for name in ("norm", "act")
            if name in call.sugar and scope.word(call.sugar[name].word) != "none"
        ]

    def _word_layer(self, word: Sugar, scope: Scope, source: int) -> tuple[str, Layer]:
        """The layer behind `relu`, `leaky_relu(0.2)` or a block's argument that holds such a word."""
        name = scope.word(word.word)
        if source == POISON:
            raise Poisoned
        kind = layers.find(name)
        if name == "none":
            return "", None  # type: ignore[return-value]
        if kind is None or kind.merges:
            help = did_you_mean(nearest_kind(name, layers.names())) or "`archcalc layers` lists all kinds"
            raise UnknownName(f"unknown kind `{name}`", help=help).at(word.place)
        slots = [p.name for p in kind.parameters if p.positional]
        if len(word.positional) > len(slots):
            raise SpecError(f"`{name}` takes at most {len(slots)} arguments").at(word.place)
        written = {**dict(zip(slots, word.positional, strict=False)), **word.values}
        values = {key: self._evaluate(value, scope) for key, value in written.items()}
        unknown = next((key for key in values if kind.parameter(key) is None), None)
        if unknown is not None:
            known = did_you_mean(nearest(unknown, [p.name for p in kind.parameters]))
            raise UnknownName(f"unknown option `{unknown}` of `{name}`", help=known).at(word.place)
        call = Call(kind, word.place, written)
        layer = _make(kind, len(self.shapes[source].spatial), values, call)
        assert isinstance(layer, Layer)
        return name, layer

    def _composite(self, layer: Composite, kind: Kind, path: str, source: int, place: Place) -> int:
        first = len(self.nodes)
        with _fitting(path):
            parts = layer.parts(self.shapes[source])
        for name, part in parts.items():
            self.values[f"{path}.{name}"] = self._leaf(f"{path}.{name}", part, (source,), place)
        value = -3 - len(self.parts)
        self.parts[value] = path
        return self._group(path, kind.name, first, value)

    def _cropped(self, path: str, inputs: tuple[int, ...], place: Place) -> tuple[int, ...]:
        """Crop every input around its centre to the smallest of them, each crop a layer of its own."""
        shapes = [self.shapes[value] for value in inputs]
        if len({len(shape) for shape in shapes}) > 1:
            return inputs
        smallest = tuple(min(sizes) for sizes in zip(*(shape.spatial for shape in shapes), strict=True))
        crop = layers.find("crop")
        assert crop is not None
        larger = [value for value in inputs if self.shapes[value].spatial != smallest]
        cropped = {}
        for count, value in enumerate(larger, 1):
            layer = crop.make(len(smallest), size=smallest)
            name = f"{path}.crop" if len(larger) == 1 else f"{path}.crop_{count}"
            assert isinstance(layer, Layer)
            cropped[value] = self._leaf(name, layer, (value,), place)
        return tuple(cropped.get(value, value) for value in inputs)

    def _leaf(self, path: str, layer: Layer, inputs: tuple[int, ...], place: Place) -> int:
        """Add one node; its shape is the layer's output."""
        if POISON in inputs:
            return POISON
        if len(self.nodes) >= LAYERS:
            self.refuse_size(place)
        shapes = tuple([self.shapes[value] for value in inputs])
        try:
            shape = layer.output(*shapes)
        except (ShapeError, GraphError) as error:
            raise self._misfit(error, path, inputs).at(place, path) from None
        self.nodes.append(Node(path, layer, inputs, shapes, shape, place))
        self.shapes.append(shape)
        self.names.append(path)
        value = self.values[path] = len(self.shapes) - 1
        return value

    def _misfit(self, error: ArchcalcError, path: str, inputs: tuple[int, ...]) -> ArchcalcError:
        """The error of a layer that does not fit, with what it was given."""
        if len(inputs) == 1:
            return ShapeError(f"{path} does not fit its input", notes=[error.what, *error.notes], help=error.help)
        notes = [f"`{self.names[value]}` is {self.shapes[value]}" for value in inputs]
        return GraphError(f"{path}: {error.what}", notes=[*error.notes, *notes], help=error.help)

    def _share(self, reference: Reference, scope: Scope, path: str, first: int) -> None:
        """Let the nodes from `first` on use the weights of the nodes they copy, shapes verified."""
        original = scope.path_of(reference.path, reference.place)
        by_name = {node.name: node for node in self.nodes[:first]}
        for index in range(first, len(self.nodes)):
            node = self.nodes[index]
            twin = by_name.get(original + node.name[len(path) :])
            mine = node.layer.weights(*node.input_shapes)
            if twin is None or (mine and mine != twin.layer.weights(*twin.input_shapes)):
                raise _unlike(node, twin, original).at(reference.place)
            if mine:
                self.nodes[index] = replace(node, shared=twin.shared or twin.name)

    def _single(self, value: int, place: Place) -> int:
        """The value, refused where it is several (a chunk's parts, several inputs of the net)."""
        if value >= 0 or value == POISON:
            return value
        path = self.parts[value]
        if not path:
            help = f"say which: from={next(iter(self.inputs))}"
            raise GraphError(f"the net has several inputs: {listed(self.inputs)}", help=help).at(place)
        names = [name for name in self.values if name.startswith(path + ".")]
        raise GraphError(f"`{path}` has several parts", help=f"say which: from={names[0]}").at(place)

    # errors

    def report(self, error: ArchcalcError) -> None:
        """Keep one error of each place and text: a block may be used many times."""
        for single in error.errors:
            self.errors.setdefault((str(single.place), single.what if single.layer is None else ""), single)

    def refuse_size(self, place: Place) -> NoReturn:
        error = SpecError(f"the spec expands to more than {LAYERS:,} layers", help="make the repeats smaller").at(place)
        raise SpecErrors([*self.errors.values(), error])


class _placing:
    """Report an error of the block inside, at `place` where it has none, and go on."""

    def __init__(self, elaborator: _Elaborator, place: Place) -> None:
        self.elaborator = elaborator
        self.place = place

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, Poisoned):
            return True
        if isinstance(error, SpecErrors) or not isinstance(error, SpecError):
            return False
        self.elaborator.report(error.at(self.place))
        return True


class _calling:
    """Add to the errors of a block's inside where the block was called."""

    def __init__(self, elaborator: _Elaborator, path: str, place: Place) -> None:
        self.elaborator = elaborator
        self.path = path
        self.place = place

    def __enter__(self) -> None:
        self.known = len(self.elaborator.errors)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> Literal[False]:
        for single in list(self.elaborator.errors.values())[self.known :]:
            if single.place is None or single.place.file != self.place.file:
                single.place = self.place
            note = f"in `{self.path}`, called on line {self.place.line}"
            if not any(n.startswith("in `") for n in single.notes) and single.place.line != self.place.line:
                single.notes = (*single.notes, note)
        return False


class _fitting:
    """Turn a bare ShapeError into the sentence that names the layer."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> Literal[False]:
        if isinstance(error, ShapeError):
            error.notes = (error.what, *error.notes)
            error.what = f"{self.path} does not fit its input"
            error.layer = self.path
        return False


def _make(kind: Kind, axes: int, values: Mapping[str, Any], call: Call) -> Layer | Composite:
    try:
        return kind.make(axes, **values)
    except SpecError as error:
        name = getattr(error, "parameter", None)
        value = call.values.get(name) if name else None
        raise error.at(value.place if value else call.place) from None


def _unlike(node: Node, twin: Node | None, original: str) -> GraphError:
    if twin is None:
        return GraphError(f"{node.name} has no counterpart in `{original}` to share weights with")
    return GraphError(
        f"{node.name} cannot share the weights of {twin.name}",
        notes=[_weights(node), _weights(twin)],
        help="shared layers need the same kind, sizes and input channels",
    )


def _weights(node: Node) -> str:
    tensors = node.layer.weights(*node.input_shapes)
    return f"{node.name}: " + ", ".join(f"{name} {tensor.shape}" for name, tensor in tensors.items())


def _overridden(step: Step, index: int, times: int) -> Body:
    """The body of one repeated child, with its `first.` and `last.` values."""
    changes = {**(step.first if index == 0 else {}), **(step.last if index == times - 1 else {})}
    if not changes or not isinstance(step.body, Call):
        return step.body
    return replace(step.body, values={**step.body.values, **changes}, cache={})


def _child_name(first_name: str | None, index: int) -> str:
    if first_name is None:
        return str(index)
    return re.sub(r"(\d+)(?!.*\d)", lambda match: str(int(match[1]) + index), first_name)


def _label(body: Body) -> str:
    if isinstance(body, Sugar):
        return body.word
    if isinstance(body, Call):
        return body.target.name
    return body.merge.target.name if isinstance(body, Branches) else "group"


def _no_names(name: str) -> NoReturn:
    raise UnknownName(f"unknown name `{name}`")
