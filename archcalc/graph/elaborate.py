"""From a document to a graph: blocks opened, repeats unrolled, expressions evaluated, shapes inferred.

Shapes and structure come together, because `in.c` and `when:` ask for shapes. An error in one layer does
not stop the run: what depends on it is passed over in silence, everything else is still checked.
"""

from __future__ import annotations

from archcalc import layers
from archcalc.core import Shape
from archcalc.errors import ArchcalcError, GraphError, Place, ShapeError, SpecError, SpecErrors
from archcalc.graph import build, limits, weights
from archcalc.graph.blame import add_call, bound_word, misfit, named_output
from archcalc.graph.choices import AS_WRITTEN, Choices
from archcalc.graph.graph import Graph, Group, Node
from archcalc.graph.limits import LAYERS, REPEAT, Allowance
from archcalc.graph.repeats import child_name, label_of, overridden
from archcalc.graph.scope import POISON, Poisoned, Scope
from archcalc.layers import Composite, Kind, Layer
from archcalc.layers.base import CROP
from archcalc.spec.addresses import dotted
from archcalc.spec.document import Block, Body, Branches, Call, Chain, Document, Step, Sugar, Value
from archcalc.spec.names import listed

INPUTS = -2
"""The value before the first layer of a net with several inputs."""

Source = tuple[int, ...]
"""The values that a step reads."""


def elaborate(document: Document, choices: Choices = AS_WRITTEN) -> Graph:
    """Build the graph. Raises SpecErrors with every error found, those of the document among them."""
    return _Elaborator(document, choices).run()


class _Elaborator:
    """The graph under construction. A value is an input or a node by number; POISON is one with an error."""

    def __init__(self, document: Document, choices: Choices) -> None:
        self.document = document
        self.choices = choices
        self.inputs = {**document.inputs, **choices.inputs}
        declared = {name: value.expression.evaluate(_word) for name, value in document.params.items()}
        self.params = {**declared, **choices.params}
        self.budget = Allowance()
        self.nodes: list[Node] = []
        self.groups: dict[str, Group] = {}
        self.names: list[str] = list(self.inputs)
        self.called: Place | None = None
        """Where a block that comes with archcalc was called, while its layers are made."""
        self.shapes: list[Shape] = list(self.inputs.values())
        self.values: dict[str, int] = {name: index for index, name in enumerate(self.inputs)}
        self.skipped: set[str] = set()
        self.fitted: dict[tuple[int, tuple[Shape, ...]], Shape] = {}
        """A layer, by identity, and the shapes of its inputs -> the shape of its output."""
        self.kept: list[Layer] = []
        """The layers in `fitted`, which live as long as it does."""
        self.parts: dict[int, str] = {INPUTS: ""}

    def run(self) -> Graph:
        limits.refuse_expansion(self.document, self.params)
        for error in self.document.errors:
            self.budget.report(error)
        if not self.document.layers.steps:
            raise SpecErrors(self.document.errors)
        scope = Scope(self, self.params, "", 0 if len(self.inputs) == 1 else INPUTS)
        scope.add_inputs(self.inputs)
        last = self.chain(self.document.layers, scope)
        if last != POISON:
            self.freeze()
        outputs = self.outputs(scope, last)
        stated = weights.stated(self.document, self.choices, self.nodes, self.groups, self.budget)
        if self.budget.errors:
            raise SpecErrors(self.budget.errors)
        return Graph(
            name=self.document.name,
            inputs=tuple(self.inputs.items()),
            nodes=tuple(self.nodes),
            groups=self.groups,
            outputs=outputs,
            values=self.values,
            claims=tuple(self.document.claims),
            about=self.document.about,
            params=self.params,
            **stated,
        )

    def freeze(self) -> None:
        """Mark the layers that are not trained."""
        freeze: list[weights.Pattern] = [(pattern.path, pattern.place) for pattern in self.document.freeze]
        freeze += [(path, None) for path in self.choices.freeze]
        unfreeze: list[weights.Pattern] = [(path, None) for path in self.choices.unfreeze]
        if freeze or unfreeze:
            self.nodes = weights.frozen(self.nodes, self.groups, freeze, self.budget.report, unfreeze)

    def outputs(self, scope: Scope, last: int) -> Source:
        """The values that the net ends in: those of `output:`, else that of the last layer."""
        found = []
        for reference in self.document.outputs:
            try:
                value = self.single(scope.resolve(reference.path, reference.place), reference.place)
                if dotted(reference.path) not in self.skipped:  # its `when:` is false: no auxiliary head
                    found.append(value)
            except Poisoned:
                continue
            except SpecError as error:
                self.budget.report(named_output(error))
        if found:
            return tuple(found)
        try:
            return (self.single(last, self.document.layers.steps[-1].place),)
        except SpecError as error:
            if not self.document.outputs:
                self.budget.report(named_output(error))
            return ()

    # steps

    def chain(self, chain: Chain, scope: Scope) -> int:
        """Run the steps one after the other; the value of the last one."""
        scope.steps = chain.steps
        for step in chain.steps:
            scope.previous = scope.layers[step.name] = self.step(step, scope, scope.previous)
        return scope.previous

    def step(self, step: Step, scope: Scope, previous: int) -> int:
        """Run one step; an error in it is reported, and its value is POISON."""
        self.budget.spend(2, step.place)
        try:
            source: Source = (previous,)
            if step.source:
                source = tuple([scope.resolve(r.path, r.place) for r in step.source])
            if step.when is not None and not build.condition(step.when, scope):
                return self.skip(step, scope, source)
            if step.repeat is not None:
                return self.repeat(step, step.repeat, scope, source)
            return self.instance(step, step.body, scope, scope.prefix + step.name, source)
        except Poisoned:
            return POISON
        except SpecErrors:
            raise
        except SpecError as error:
            self.budget.report(error.at(step.place))
            return POISON

    def skip(self, step: Step, scope: Scope, source: Source) -> int:
        """A step whose `when:` is false is its input."""
        path = scope.prefix + step.name
        self.skipped.add(path)
        value = self.values[path] = self.single(source[0], step.place)
        return value

    def repeat(self, step: Step, repeat: Value, scope: Scope, source: Source) -> int:
        times = build.count(repeat, scope, "repeat")
        if times > REPEAT:
            help = f"repeat={REPEAT} at most"
            raise SpecError(f"repeat={times:,} is over the limit of {REPEAT:,}", help=help).at(repeat.place)
        scope = scope.repeated(times)
        if scope.product > LAYERS:
            self.budget.refuse_size(repeat.place)
        path = scope.prefix + step.name
        first = len(self.nodes)
        for index in range(times):
            self.budget.spend(2, step.place)
            body = overridden(step, index, times)
            child = f"{path}.{child_name(step.first_name, index)}"
            source = (self.instance(step, body, scope, child, source),)
        value = source[0] if times else self.single(source[0], step.place)
        return self.group(path, f"{label_of(step.body)} x{times}", first, value, step.place)

    def instance(self, step: Step, body: Body, scope: Scope, path: str, source: Source) -> int:
        """One step at its address, once for each repetition."""
        first = len(self.nodes)
        value = self.body(body, scope, path, source, step.place)
        self.values[path] = value
        if step.share is not None and value != POISON:
            try:
                self.share(step, scope, path, first)
            except SpecError as error:  # the shapes after it are right all the same
                self.budget.report(error.at(step.share.place))
        return value

    def body(self, body: Body, scope: Scope, path: str, source: Source, place: Place) -> int:
        if isinstance(body, Call):
            if isinstance(body.target, Kind):
                return self.kind(body, body.target, scope, path, source)
            return self.block(body, body.target, scope, path, source[0])
        if body is None:
            return POISON
        if isinstance(body, Sugar):
            return self.word(body, scope, path, self.single(source[0], place))
        return self.inside(body, scope.inside(path, source[0]), path, label_of(body), place)

    def inside(self, body: Chain | Branches, inner: Scope, path: str, label: str, place: Place) -> int:
        """The steps of a group or a block, in a scope of their own."""
        limits.refuse_depth(path, place)
        first = len(self.nodes)
        if isinstance(body, Chain):
            value = self.chain(body, inner)
        else:
            start = inner.previous
            for step in body.steps:
                inner.layers[step.name] = self.step(step, inner, start)
            branches = tuple(inner.layers[step.name] for step in body.steps)
            assert isinstance(body.merge.target, Kind)
            value = self.kind(body.merge, body.merge.target, inner, f"{path}.{body.merge.target.name}", branches)
        return self.group(path, label, first, value, place)

    def block(self, call: Call, block: Block, scope: Scope, path: str, source: int) -> int:
        """A block opened at its address; errors in it say where it was called."""
        if block.body is None:
            return POISON
        self.budget.spend(2, call.place)
        own = block.name in self.document.blocks
        inner = scope.block(path, source, dict(self.params) if own else {})
        for argument in block.arguments:
            value = call.values.get(argument.name)
            if value is not None:
                inner.variables[argument.name] = build.evaluate(value, scope)
            elif argument.default is not None:
                inner.variables[argument.name] = build.evaluate(argument.default, inner)
        known, called = len(self.budget.errors), self.called
        self.called = called or (None if own else call.place)
        try:
            return self.inside(block.body, inner, path, block.name, call.place)
        except SpecErrors:
            raise
        except SpecError as error:
            self.budget.report(error.at(call.place))
            return POISON
        finally:
            self.called = called
            for inner_error in self.budget.errors[known:]:
                add_call(inner_error, path, call.place)

    def group(self, path: str, label: str, first: int, value: int, place: Place, sugar: bool = False) -> int:
        """Enter the nodes from `first` on as a group."""
        if len(self.nodes) > first:
            self.groups[path] = Group(path, label, first, len(self.nodes), value, self.called or place, sugar)
        self.values[path] = value
        return value

    # calls

    def kind(self, call: Call, kind: Kind, scope: Scope, path: str, source: Source) -> int:
        """A layer, with its crop, norm and act."""
        inputs = self.sources(call, kind, scope, source)
        if POISON in inputs:
            build.check_values(call, kind, scope)
            return POISON
        axes = len(self.shapes[inputs[0]]) - 1 if inputs else 0
        layer = build.layer_of(call, kind, scope, axes, self.document.tables)
        if isinstance(layer, Composite):
            return self.composite(layer, kind, path, inputs[0], call.place)
        if not call.crop and (not call.sugar or not (words := _sugar(call, scope))):
            return self.leaf(path, layer, inputs, call.place)
        words = _sugar(call, scope)
        first = len(self.nodes)
        if call.crop:
            inputs = self.cropped(path, inputs, call.place)
        value = self.leaf(f"{path}.{kind.name}", layer, inputs, call.place)
        for word in words:
            value = self.word(word, scope, f"{path}.{word.slot}", value, layer.each)
        label = " + ".join(node.layer.kind for node in self.nodes[first:])
        return self.group(path, label, first, value, call.place, sugar=True)

    def sources(self, call: Call, kind: Kind, scope: Scope, source: Source) -> Source:
        """The values a layer reads: those it names, else those it was given; a source reads none."""
        if kind.is_source:
            return ()
        if call.references:
            self.budget.spend(len(call.references), call.place)
            source = tuple([scope.resolve(r.path, r.place) for r in call.references])
        if min(source) < POISON:
            for value in source:
                self.single(value, call.place)
        least, most = kind.inputs
        count = len(source)
        if count < least or (most is not None and count > most):
            takes = f"{least}" if most == least else f"at least {least}" if most is None else f"{least} to {most}"
            plural = "input" if takes == "1" else "inputs"
            help = f"write `{kind.name} prev NAME`" if kind.merges and count < least else f"name {takes}"
            raise GraphError(f"`{kind.name}` takes {takes} {plural}, here it has {count}", help=help).at(call.place)
        return source

    def word(self, sugar: Sugar, scope: Scope, path: str, source: int, each: int = 0) -> int:
        """The layer behind `relu`, `leaky_relu(0.2)` or a block's argument that holds such a word."""
        name = scope.word(sugar.word)
        if name == "none" or source == POISON:
            return source
        call = sugar.calls.get(name) or bound_word(sugar, name)
        assert isinstance(call.target, Kind)
        axes = len(self.shapes[source]) - 1
        layer = build.layer_of(call, call.target, scope, axes, self.document.tables, each)
        assert isinstance(layer, Layer)
        return self.leaf(path, layer, (source,), sugar.place)

    def composite(self, layer: Composite, kind: Kind, path: str, source: int, place: Place) -> int:
        """A kind that stands for several layers: its value is that of no single one."""
        first = len(self.nodes)
        try:
            parts = layer.parts(self.shapes[source])
        except ShapeError as error:
            raise self.misfit(error, path, (source,)).at(place, path) from None
        for name, part in parts.items():
            self.leaf(f"{path}.{name}", part, (source,), place)
        value = INPUTS - len(self.parts)
        self.parts[value] = path
        return self.group(path, kind.name, first, value, place)

    def cropped(self, path: str, inputs: Source, place: Place) -> Source:
        """Crop every input around its centre to the smallest of them, each crop a layer of its own."""
        shapes = [self.shapes[value] for value in inputs]
        if len({len(shape) for shape in shapes}) > 1:
            return inputs
        smallest = tuple(min(sizes) for sizes in zip(*(shape.spatial for shape in shapes), strict=True))
        crop = layers.find(CROP)
        assert crop is not None
        larger = [value for value in dict.fromkeys(inputs) if self.shapes[value].spatial != smallest]
        cropped = {}
        for count, value in enumerate(larger, 1):
            layer = crop.make(len(smallest), size=smallest)
            name = f"{path}.crop" if len(larger) == 1 else f"{path}.crop_{count}"
            assert isinstance(layer, Layer)
            cropped[value] = self.leaf(name, layer, (value,), place)
        return tuple(cropped.get(value, value) for value in inputs)

    def leaf(self, path: str, layer: Layer, inputs: Source, place: Place) -> int:
        """Add one node; its shape is the layer's output."""
        if len(self.nodes) >= LAYERS:
            self.budget.refuse_size(place)
        shapes = tuple([self.shapes[value] for value in inputs])
        shape = self.fitted.get((id(layer), shapes))
        if shape is None:
            shape = self.fitted[id(layer), shapes] = self.fit(layer, path, inputs, shapes, place)
        self.nodes.append(Node(path, layer, inputs, shapes, shape, self.called or place))
        value = self.values[path] = len(self.shapes)
        self.shapes.append(shape)
        self.names.append(path)
        return value

    def fit(self, layer: Layer, path: str, inputs: Source, shapes: tuple[Shape, ...], place: Place) -> Shape:
        """The output of a layer. Raises ShapeError or GraphError where it does not fit."""
        try:
            shape = layer.output(*shapes)
            limits.refuse_shape(shape)
        except (ShapeError, GraphError) as error:
            raise self.misfit(error, path, inputs).at(place, path) from None
        self.kept.append(layer)
        return shape

    def misfit(self, error: ArchcalcError, path: str, inputs: Source) -> ArchcalcError:
        """The error of a layer that does not fit, with what it was given."""
        return misfit(error, path, [(self.names[value], self.shapes[value]) for value in inputs])

    def share(self, step: Step, scope: Scope, path: str, first: int) -> None:
        """Let the nodes from `first` on use the weights of the nodes they copy."""
        assert step.share is not None
        original = scope.path_of(step.share.path, step.share.place)
        child = f"{original}.{path.rpartition('.')[2]}"
        if step.repeat is not None and child in self.values:  # both are repeated: one by one
            original = child
        self.nodes[first:] = weights.shared(self.nodes[first:], self.nodes_at(original), path, original)

    def nodes_at(self, path: str) -> list[Node]:
        """The nodes of an earlier layer or group."""
        group = self.groups.get(path)
        if group is not None:
            return self.nodes[group.first : group.stop]
        index = self.values.get(path, -1) - len(self.inputs)
        return [self.nodes[index]] if index >= 0 and self.nodes[index].name == path else []

    def single(self, value: int, place: Place | None) -> int:
        """The value, refused where it is several: a chunk's parts, several inputs of the net."""
        if value >= POISON:
            return value
        path = self.parts[value]
        if not path:
            help = f"say which: from={next(iter(self.inputs))}"
            raise GraphError(f"the net has several inputs: {listed(self.inputs)}", help=help).at(place)
        first = self.nodes[self.groups[path].first].name
        help = f"say which: from={'.'.join(first.rsplit('.', 2)[-2:])}"
        raise GraphError(f"`{path}` has several parts", help=help).at(place)


def _sugar(call: Call, scope: Scope) -> list[Sugar]:
    """The norm and act of a call that are not `none`, in the order in which they run."""
    words = [call.sugar[slot] for slot in ("norm", "act") if slot in call.sugar]
    return [word for word in words if scope.word(word.word) != "none"]


def _word(name: str) -> str:
    return name
