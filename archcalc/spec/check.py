"""From a file's nodes to a checked document: every section, every error of the file in one run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from archcalc import layers
from archcalc.core import Shape
from archcalc.core.units import parse_quantity, parse_shape
from archcalc.errors import Source, SpecError, SpecErrors, UnknownName
from archcalc.spec.call import Word, WrittenCall
from archcalc.spec.document import (
    Block,
    BlockArgument,
    Body,
    Call,
    Chain,
    Claim,
    Document,
    Reference,
    Sugar,
    Value,
    Variant,
)
from archcalc.spec.names import did_you_mean, listed, nearest, nearest_kind
from archcalc.spec.nodes import Mapping, Node, Scalar, Sequence
from archcalc.spec.reader import read
from archcalc.spec.steps import (
    Context,
    check_body,
    check_chain,
    check_defaults,
    check_expression,
    check_references,
    with_variables,
)

SECTIONS = (
    "name", "about", "input", "inputs", "params", "variants", "tables",
    "defaults", "blocks", "layers", "output", "freeze", "expect",
)  # fmt: skip
_SHAPE = re.compile(r"\d+(\s*[x×]\s*\d+)+")
_BLOCK_DEPTH = 32


def load_document(text: str, file: str) -> Document:
    """Read and check a spec. Raises SpecErrors with every error of the text."""
    source = Source(text, file)
    root = read(source)
    if not isinstance(root, Mapping):
        raise SpecErrors(
            [SpecError("a spec is a list of sections", help="start with `input:` and `layers:`").at(source.place(1, 1))]
        )
    checker = _Checker(source, root)
    checker.run()
    if checker.context.errors:
        raise SpecErrors(checker.context.errors)
    return checker.document


class _Checker:
    """Walks the sections in the order in which they need each other."""

    def __init__(self, source: Source, root: Mapping) -> None:
        self.context = Context(source)
        self.document = Document(source.file)
        self.root = root
        self.sections: dict[str, tuple[Scalar, Node]] = {key.text: (key, value) for key, value in root.entries}

    def run(self) -> None:
        self._unknown_sections()
        steps: tuple[tuple[str, Callable[[Node], None]], ...] = (
            ("name", self._name),
            ("about", self._about),
            ("input", self._input),
            ("inputs", self._inputs),
            ("params", self._params),
            ("tables", self._tables),
            ("variants", self._variants),
            ("defaults", self._defaults),
            ("blocks", self._blocks),
            ("layers", self._layers),
            ("output", self._output),
            ("freeze", self._freeze),
            ("expect", self._expect),
        )
        for section, check in steps:
            if section in self.sections:
                key, value = self.sections[section]
                with self.context.gathering(self.context.place(key)):
                    check(value)
        self._required()

    def _unknown_sections(self) -> None:
        for key, _ in self.root.entries:
            if key.text not in SECTIONS:
                help = did_you_mean(nearest(key.text, SECTIONS)) or f"the sections are {listed(SECTIONS, 13)}"
                place = self.context.place(key)
                if key.text in layers.names() or nearest_kind(key.text, layers.names()):
                    help = "layers stand under `layers:`, indented"
                self.context.errors.append(UnknownName(f"unknown section `{key.text}`", help=help).at(place))

    def _required(self) -> None:
        start = self.context.source.place(1, 1)
        for section, sample in (("input", "input: 3x224x224"), ("layers", "layers:")):
            if section not in self.sections and not (section == "input" and "inputs" in self.sections):
                problem = SpecError(f"the section `{section}` is missing", help=f"add `{sample}`")
                self.context.errors.append(problem.at(start))
        if "input" in self.sections and "inputs" in self.sections:
            place = self.context.place(self.sections["inputs"][0])
            self.context.errors.append(SpecError("`input` and `inputs` together", help="keep one of them").at(place))

    def _name(self, node: Node) -> None:
        self.document.name = self._text(node, "name")

    def _about(self, node: Node) -> None:
        self.document.about = {key.text: _plain_text(value) for key, value in self._entries(node, "about")}

    def _input(self, node: Node) -> None:
        self.document.inputs["input"] = self._shape(node)

    def _inputs(self, node: Node) -> None:
        for key, value in self._entries(node, "inputs"):
            with self.context.gathering(self.context.place(value)):
                self.document.inputs[key.text] = self._shape(value)

    def _params(self, node: Node) -> None:
        for key, value in self._entries(node, "params"):
            with self.context.gathering(self.context.place(value)):
                if not re.fullmatch(r"[A-Za-z_]\w*", key.text):
                    problem = SpecError(f"`{key.text}` cannot be a param", help="letters, digits and _")
                    raise problem.at(self.context.place(key))
                self.document.params[key.text] = self._param_value(value)
        self.context.variables = frozenset(self.document.params)

    def _param_value(self, node: Node) -> Value:
        """A number, flag or word; nothing else is known yet."""
        text = self._text(node, "a param")
        place = self.context.place(node)
        if re.fullmatch(r"[A-Za-z_]\w*", text):
            return check_expression(text, place, with_variables(self.context, [text]))
        return check_expression(text, place, self.context)

    def _tables(self, node: Node) -> None:
        for key, value in self._entries(node, "tables"):
            with self.context.gathering(self.context.place(value)):
                self.document.tables[key.text] = self._table(value)
        self.context.tables = frozenset(self.document.tables)

    def _table(self, node: Node) -> tuple[tuple[int, ...], ...]:
        if not isinstance(node, Sequence):
            raise SpecError("a table is a list of rows", help="write `- [0, 1, 2]` for each output channel")
        return tuple(tuple(self._integers(row)) for row in node.items)

    def _integers(self, node: Node) -> Iterator[int]:
        for item in node.items if isinstance(node, Sequence) else (node,):
            if not isinstance(item, Scalar) or not re.fullmatch(r"\d{1,9}", item.text):
                raise SpecError("expected a channel's number", help="channels count from 0").at(
                    self.context.place(item)
                )
            yield int(item.text)

    def _variants(self, node: Node) -> None:
        for key, value in self._entries(node, "variants"):
            with self.context.gathering(self.context.place(key)):
                self.document.variants[key.text] = self._variant(key, value)

    def _variant(self, name: Scalar, node: Node) -> Variant:
        variant = Variant(name.text, {}, {}, [], {}, self.context.place(name))
        for key, value in self._entries(node, "a variant"):
            if key.text == "expect":
                variant.claims = self._claims(value)
            elif key.text == "about":
                variant.about = {k.text: _plain_text(v) for k, v in self._entries(value, "about")}
            elif key.text == "input":
                variant.inputs["input"] = self._shape(value)
            elif key.text in self.document.params:
                variant.params[key.text] = self._param_value(value)
            else:
                known = [*self.document.params, "expect", "input", "about"]
                help = did_you_mean(nearest(key.text, known)) or f"a variant may set {listed(known)}"
                raise UnknownName(f"unknown param `{key.text}`", help=help).at(self.context.place(key))
        return variant

    def _defaults(self, node: Node) -> None:
        for key, value in self._entries(node, "defaults"):
            with self.context.gathering(self.context.place(key)):
                entries = self._entries(value, f"the defaults of `{key.text}`")
                keywords = tuple((self._word(option), self._word(setting)) for option, setting in entries)
                written = WrittenCall(self._word(key), (), keywords, self.context.place(key))
                check_defaults(written, self.context)
                self.context.defaults[key.text] = written

    def _blocks(self, node: Node) -> None:
        entries = list(self._entries(node, "blocks"))
        for key, value in entries:
            with self.context.gathering(self.context.place(value)):
                self.document.blocks[key.text] = self._block_head(key, value)
        self.context.blocks = self.document.blocks
        for key, value in entries:
            block = self.document.blocks.get(key.text)
            if block is not None:
                with self.context.gathering(self.context.place(key)):
                    arguments = [argument.name for argument in block.arguments]
                    block.body = check_body(value, with_variables(self.context, arguments))
        cleared: dict[str, int] = {}
        with self.context.gathering():
            for block in self.document.blocks.values():
                _refuse_recursion(block, (block.name,), cleared)

    def _block_head(self, key: Scalar, node: Node) -> Block:
        if not isinstance(node, Mapping):
            raise SpecError(f"the block `{key.text}` needs `layers:`", help="indent `layers:` below its name")
        arguments: list[BlockArgument] = []
        bodies = 0
        for part, value in node.entries:
            if part.text == "args":
                arguments = self._block_arguments(value)
            elif part.text == "layers" or ((kind := layers.find(part.text)) is not None and kind.merges):
                bodies += 1
            else:
                known = ("args", "layers", "concat", "add", "multiply")
                help = did_you_mean(nearest(part.text, known)) or f"a block has {listed(known)}"
                raise UnknownName(f"unknown key `{part.text}` of a block", help=help).at(self.context.place(part))
        if bodies != 1:
            raise SpecError(f"the block `{key.text}` has {bodies} bodies", help="give it `layers:` or one merge")
        return Block(key.text, arguments, Chain([]), self.context.place(key))

    def _block_arguments(self, node: Node) -> list[BlockArgument]:
        arguments: list[BlockArgument] = []
        if not isinstance(node, Sequence):
            raise SpecError("`args` is a list", help="write args: [c, stride=1]").at(self.context.place(node))
        for item in node.items:
            name, equals, default = self._text(item, "args").partition("=")
            name, place = name.strip(), self.context.place(item)
            if not re.fullmatch(r"[A-Za-z_]\w*", name) or name in ("in", "prev"):
                raise SpecError(f"`{name}` cannot be an argument", help="letters, digits and _").at(place)
            known = with_variables(self.context, [*(a.name for a in arguments), default.strip()])
            arguments.append(BlockArgument(name, check_expression(default.strip(), place, known) if equals else None))
        return arguments

    def _layers(self, node: Node) -> None:
        self.document.layers = check_chain(node, self.context)

    def _output(self, node: Node) -> None:
        self.document.outputs = check_references(node, self.context)

    def _freeze(self, node: Node) -> None:
        for item in node.items if isinstance(node, Sequence) else (node,):
            text = self._text(item, "freeze")
            self.document.freeze.append(Reference(text.replace("/", "."), self.context.place(item)))

    def _expect(self, node: Node) -> None:
        self.document.claims = self._claims(node)

    def _claims(self, node: Node) -> list[Claim]:
        claims = []
        for key, value in self._entries(node, "expect"):
            with self.context.gathering(self.context.place(value)):
                claims.append(self._claim(key, value))
        return claims

    def _claim(self, key: Scalar, node: Node) -> Claim:
        source = ""
        if isinstance(node, Mapping):
            parts = {k.text: (k, v) for k, v in node.entries}
            unknown = next((k for k in parts if k not in ("is", "source", "note")), None)
            if unknown is not None or "is" not in parts:
                at = self.context.place(parts[unknown][0] if unknown else node)
                raise SpecError("a claim is a figure, or {is: figure, source: text}").at(at)
            source = _plain_text(parts["source"][1]) if "source" in parts else ""
            node = parts["is"][1]
        text = self._text(node, "a claim")
        place = self.context.place(node)
        subject = key.text.replace("/", ".")
        is_shape = subject.rpartition(".")[2] == "out" or _SHAPE.fullmatch(text)
        return Claim(subject, text, parse_shape(text) if is_shape else parse_quantity(text), source, place)

    def _entries(self, node: Node, section: str) -> Iterator[tuple[Scalar, Node]]:
        if isinstance(node, Scalar) and not node.text:
            return
        if not isinstance(node, Mapping):
            raise SpecError(f"`{section}` holds `key: value` lines").at(self.context.place(node))
        yield from node.entries

    def _text(self, node: Node, section: str) -> str:
        if not isinstance(node, Scalar) or not node.text:
            raise SpecError(f"`{section}` takes one value").at(self.context.place(node))
        return node.text

    def _shape(self, node: Node) -> Shape:
        return parse_shape(self._text(node, "input"))

    def _word(self, node: Node) -> Word:
        return Word(self._text(node, "a default"), self.context.place(node))


def _refuse_recursion(block: Block, path: tuple[str, ...], cleared: dict[str, int]) -> int:
    """How deep the blocks below this one go; each block is walked once. Raises SpecError."""
    if block.name in cleared:
        return cleared[block.name]
    depth = 1
    if len(path) > _BLOCK_DEPTH:
        raise SpecError(f"blocks call each other more than {_BLOCK_DEPTH} deep", help="use repeat=").at(block.place)
    for inner in _blocks_called(block.body):
        if inner.name in path:
            chain = " -> ".join([*path[path.index(inner.name) :], inner.name])
            problem = SpecError(f"the block `{inner.name}` calls itself", notes=[chain], help="use repeat=")
            raise problem.at(inner.place)
        depth = max(depth, 1 + _refuse_recursion(inner, (*path, inner.name), cleared))
    if depth > _BLOCK_DEPTH:
        raise SpecError(f"blocks call each other more than {_BLOCK_DEPTH} deep", help="use repeat=").at(block.place)
    cleared[block.name] = depth
    return depth


def _blocks_called(body: Body) -> Iterator[Block]:
    if isinstance(body, Call):
        if isinstance(body.target, Block):
            yield body.target
    elif not isinstance(body, Sugar):
        for step in body.steps:
            yield from _blocks_called(step.body)


def _plain_text(node: Node) -> str:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return ", ".join(map(_plain_text, node.items))
    return ", ".join(f"{key.text}: {_plain_text(value)}" for key, value in node.entries)
