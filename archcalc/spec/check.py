"""From a file's nodes to a checked document: every section, every error of the file in one run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from archcalc import layers
from archcalc.core import Shape
from archcalc.core.demand import Demand, parse_wanted
from archcalc.core.units import parse_shape
from archcalc.errors import Repair, Source, SpecError, SpecErrors
from archcalc.spec.call import Word, WrittenCall, inside
from archcalc.spec.calls import PLACING, block_default, check_defaults
from archcalc.spec.context import MOST_ERRORS, Context, EnoughErrors, check_expression, free_value
from archcalc.spec.document import (
    Block,
    BlockArgument,
    Claim,
    Document,
    Reference,
    Value,
    Variant,
)
from archcalc.spec.names import listed, nearest, nearest_kind, unknown
from archcalc.spec.nodes import Mapping, Node, Scalar, Sequence
from archcalc.spec.operations import FUNCTIONS, LARGEST
from archcalc.spec.reader import read
from archcalc.spec.recursion import refuse_recursion
from archcalc.spec.steps import check_body, check_chain, check_name, check_references, is_merge

SECTIONS = (
    "name", "about", "input", "inputs", "params", "variants", "tables",
    "defaults", "blocks", "layers", "output", "freeze", "expect",
)  # fmt: skip
_EXPRESSION_WORDS = frozenset({"in", "prev", "yes", "no", "true", "false", "and", "or", "not", *FUNCTIONS})
_PARAM_WORDS = _EXPRESSION_WORDS | {"expect", "about", "input", "inputs"}
_ARGUMENT_WORDS = _EXPRESSION_WORDS | set(PLACING)
_CLAIM = ("is", "source", "note")
_SAMPLES = {
    "about": "paper: ImageNet Classification",
    "inputs": "left: 1x105x105",
    "params": "width: 1.0",
    "tables": "c3: [[0, 1], [1, 2]]",
    "variants": "small: {width: 0.5}",
    "variants:": "width: 0.5",
    "defaults": "conv: {bias: no}",
    "defaults:": "bias: no",
    "blocks": "twin: {layers: [conv 64 3x3, relu]}",
    "expect": "params: 61,706",
}
"""An entry of each section that holds entries; with a colon, of an entry of it."""


def load_document(text: str, file: str) -> Document:
    """Read and check a spec. Raises SpecErrors with every error of the text."""
    document = read_document(text, file)
    if document.errors:
        raise SpecErrors(document.errors)
    return document


def read_document(text: str, file: str, figure: Callable[[str], object] | None = None) -> Document:
    """Read and check a spec; what is wrong in single layers and claims is kept in its `errors`.

    So that elaborating it finds what else is wrong, in one run. Raises SpecErrors for errors of any other kind.

    Args:
        figure: raises SpecError for the subject of a claim that is no figure of a network.
    """
    try:
        return _read_document(text, file, figure)
    except SpecErrors as errors:
        from archcalc.spec.foreign.files import SPEC, kind_of_text, told_apart

        other = told_apart(kind_of_text(text, file), file, SPEC, SpecError)
        raise errors if other is None else other from None


def _read_document(text: str, file: str, figure: Callable[[str], object] | None) -> Document:
    source = Source(text, file)
    root = read(source)
    if not isinstance(root, Mapping):
        problem = SpecError("a spec is a list of sections", help="start with `input:` and `layers:`")
        raise SpecErrors([problem.at(source.place(1, 1))])
    checker = _Checker(source, root, figure)
    try:
        checker.run()
    except EnoughErrors:
        last = max(checker.context.errors, key=lambda error: error.place.line if error.place else 0)
        last.notes = (*last.notes, f"the search ends after {MOST_ERRORS} errors")
        raise SpecErrors(checker.context.errors) from None
    if checker.errors_outside_layers:
        raise SpecErrors(checker.context.errors)
    checker.document.errors = tuple(checker.context.errors)
    return checker.document


class _Checker:
    """Walks the sections in the order in which they need each other."""

    def __init__(self, source: Source, root: Mapping, figure: Callable[[str], object] | None) -> None:
        self.context = Context(source)
        self.figure = figure
        self.document = Document(source.file)
        self.root = root
        self.sections: dict[str, tuple[Scalar, Node]] = {key.text: (key, value) for key, value in root.entries}
        self.meant: set[str] = set()
        """Sections that unknown ones are probably meant to be."""
        self.errors_outside_layers = False

    def run(self) -> None:
        self._unknown_sections()
        self._required()
        self._check(
            ("name", self._name),
            ("about", self._about),
            ("input", self._input),
            ("inputs", self._inputs),
            ("params", self._params),
            ("tables", self._tables),
            ("variants", self._variants),
            ("defaults", self._defaults),
        )
        heads = self._block_heads()
        self.errors_outside_layers = bool(self.context.errors)
        self._block_bodies(heads)
        self._check(
            ("layers", self._layers), ("output", self._output), ("freeze", self._freeze), ("expect", self._expect)
        )

    def _check(self, *sections: tuple[str, Callable[[Node], None]]) -> None:
        """Check the sections that are there."""
        for section, check in sections:
            if section in self.sections:
                key, value = self.sections[section]
                with self.context.gathering(self.context.place(key)):
                    check(value)

    def _unknown_sections(self) -> None:
        for key, value in self.root.entries:
            if key.text in SECTIONS:
                continue
            likely = nearest(key.text, SECTIONS)
            self.meant.update(likely)
            help = f"the sections are {listed(SECTIONS, 13)}"
            word = value.text.partition(" ")[0] if isinstance(value, Scalar) else ""
            if word and (layers.find(word) is not None or nearest_kind(word, layers.names())) and not likely:
                help = "layers stand under `layers:`, indented"
            with self.context.gathering(self.context.place(key)):
                raise unknown(f"unknown section `{key.text}`", key.text, likely, help)

    def _required(self) -> None:
        start = self.context.source.place(1, 1)
        present = self.sections.keys() | self.meant | ({"input"} if "inputs" in self.sections else set())
        for section, sample in (("input", "input: 3x224x224"), ("layers", "layers:")):
            if section not in present:
                problem = SpecError(f"the section `{section}` is missing", help=f"add `{sample}`")
                self.context.errors.append(problem.at(start))
        if "input" in self.sections and "inputs" in self.sections:
            place = self.context.place(self.sections["inputs"][0])
            self.context.errors.append(SpecError("`input` and `inputs` together", help="keep one of them").at(place))

    def _name(self, node: Node) -> None:
        if not isinstance(node, Scalar) or not node.text:
            raise SpecError("`name` takes one text", help="write name: LeNet-5").at(self.context.place(node))
        self.document.name = node.text

    def _about(self, node: Node) -> None:
        self.document.about = {key.text: _plain_text(value) for key, value in self._entries(node, "about")}

    def _input(self, node: Node) -> None:
        self.document.inputs["input"] = self._shape(node)

    def _inputs(self, node: Node) -> None:
        for key, value in self._entries(node, "inputs"):
            with self.context.gathering(self.context.place(value)):
                check_name(key.text, self.context.place(key))
                self.document.inputs[key.text] = self._shape(value)
        if not self.document.inputs and not self.context.errors:
            raise SpecError("`inputs` names no input", help="write inputs: {left: 1x105x105, right: 1x105x105}")

    def _params(self, node: Node) -> None:
        for key, value in self._entries(node, "params"):
            with self.context.gathering(self.context.place(value)):
                self._check_variable(key.text, "a param", key, _PARAM_WORDS)
                self.document.params[key.text] = self._param_value(value)
        self.context.variables = frozenset(key.text for key, _ in self._entries(node, "params"))

    def _check_variable(self, name: str, what: str, node: Node, words: frozenset[str]) -> None:
        """Refuse a name that an expression could not read, or reads as something else."""
        place = self.context.place(node)
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise SpecError(f"`{name}` cannot be {what}", help="letters, digits and _, no digit first").at(place)
        if name in words:
            raise SpecError(f"`{name}` is a word of the language, not {what}", help="take another name").at(place)

    def _param_value(self, node: Node) -> Value:
        """A number, flag or word; it may not depend on other params."""
        text = self._text(node, "a param")
        place = self.context.place(node)
        if re.fullmatch(r"[A-Za-z_]\w*", text):
            return check_expression(text, place, self.context.with_variables([text]))
        value = check_expression(text, place, self.context.with_variables(re.findall(r"[A-Za-z_]\w*", text)))
        if value.expression.constant:
            return value
        help = "compute with it where it is used"
        raise SpecError("a param is a number, yes or no, or one word", help=help).at(place)

    def _tables(self, node: Node) -> None:
        for key, value in self._entries(node, "tables"):
            with self.context.gathering(self.context.place(value)):
                self.document.tables[key.text] = self._table(value)
        self.context.tables = frozenset(key.text for key, _ in self._entries(node, "tables"))

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
        if not re.fullmatch(r"[\w.-]+", name.text):
            raise SpecError(f"`{name.text}` cannot be a name", help="names are letters, digits, _, - and .")
        for key, value in self._entries(node, f"variants: {name.text}"):
            with self.context.gathering(self.context.place(value)):
                self._variant_entry(variant, key, value)
        return variant

    def _variant_entry(self, variant: Variant, key: Scalar, value: Node) -> None:
        if key.text == "expect":
            variant.claims = self._claims(value)
        elif key.text == "about":
            variant.about = {k.text: _plain_text(v) for k, v in self._entries(value, "about")}
        elif key.text == "input" and "inputs" not in self.sections:
            variant.inputs["input"] = self._shape(value)
        elif key.text == "inputs" and "inputs" in self.sections:
            self._variant_inputs(variant, value)
        elif key.text in self.context.variables:
            variant.params[key.text] = self._param_value(value)
        else:
            known = [*self.document.params, "expect", "inputs" if "inputs" in self.sections else "input", "about"]
            what, help = f"unknown param `{key.text}`", f"a variant may set {listed(known)}"
            raise unknown(what, key.text, nearest(key.text, known), help).at(self.context.place(key))

    def _variant_inputs(self, variant: Variant, node: Node) -> None:
        for key, value in self._entries(node, "inputs"):
            if key.text not in self.document.inputs:
                near, help = nearest(key.text, self.document.inputs), f"the inputs are {listed(self.document.inputs)}"
                raise unknown(f"unknown input `{key.text}`", key.text, near, help).at(self.context.place(key))
            variant.inputs[key.text] = self._shape(value)

    def _defaults(self, node: Node) -> None:
        blocks = self.sections["blocks"][1] if "blocks" in self.sections else None
        own = {key.text for key, _ in blocks.entries} if isinstance(blocks, Mapping) else set()
        for key, value in self._entries(node, "defaults"):
            with self.context.gathering(self.context.place(key)):
                if key.text in own:
                    raise block_default(key.text)
                entries = self._entries(value, f"defaults: {key.text}")
                keywords = tuple((self._word(option), self._word(setting)) for option, setting in entries)
                written = WrittenCall(self._word(key), (), keywords, self.context.place(key))
                self.context.defaults[key.text] = check_defaults(written, self.context)

    def _block_heads(self) -> list[tuple[Block, Mapping]]:
        """Names and arguments of all blocks, so that any may call any."""
        heads: list[tuple[Block, Mapping]] = []
        if "blocks" not in self.sections:
            return heads
        section, node = self.sections["blocks"]
        with self.context.gathering(self.context.place(section)):
            for key, value in self._entries(node, "blocks"):
                with self.context.gathering(self.context.place(key)):
                    block = self.document.blocks[key.text] = self._block_head(key, value)
                    assert isinstance(value, Mapping)
                    heads.append((block, value))
            names = frozenset(key.text for key, _ in self._entries(node, "blocks"))
            self.context.broken_blocks = names - self.document.blocks.keys()
        self.context.blocks = self.document.blocks
        return heads

    def _block_bodies(self, heads: list[tuple[Block, Mapping]]) -> None:
        for block, node in heads:
            with self.context.gathering(block.place):
                arguments = [argument.name for argument in block.arguments]
                block.body = check_body(node, self.context.with_variables(arguments))
        cleared: dict[str, int] = {}
        with self.context.gathering():
            for block in self.document.blocks.values():
                refuse_recursion(block, (block.name,), cleared)
        if cleared.keys() >= self.document.blocks.keys():
            own = self.document.blocks
            self.document.blocks = {name: own[name] for name in cleared if name in own}
        else:
            self.errors_outside_layers = True

    def _block_head(self, key: Scalar, node: Node) -> Block:
        check_name(key.text, self.context.place(key))
        if not isinstance(node, Mapping):
            raise SpecError(f"the block `{key.text}` needs `layers:`", help="indent `layers:` below its name")
        arguments: list[BlockArgument] = []
        bodies = 0
        for part, value in node.entries:
            if part.text == "args":
                arguments = self._block_arguments(value)
            elif part.text == "layers" or is_merge(part.text):
                bodies += 1
            else:
                known = ("args", "layers", "concat", "add", "multiply")
                what, help = f"unknown key `{part.text}` of a block", f"a block has {listed(known)}"
                raise unknown(what, part.text, nearest(part.text, known), help).at(self.context.place(part))
        if bodies != 1:
            has = "no body" if bodies == 0 else f"{bodies} bodies"
            raise SpecError(f"the block `{key.text}` has {has}", help="give it `layers:` or the branches of one merge")
        return Block(key.text, arguments, None, self.context.place(key))

    def _block_arguments(self, node: Node) -> list[BlockArgument]:
        arguments: list[BlockArgument] = []
        if not isinstance(node, Sequence):
            raise SpecError("`args` is a list", help="write args: [c, stride=1]").at(self.context.place(node))
        for item in node.items:
            name, equals, default = self._text(item, "args").partition("=")
            name, place = name.strip(), self.context.place(item)
            self._check_variable(name, "an argument", item, _ARGUMENT_WORDS)
            if any(argument.name == name for argument in arguments):
                raise SpecError(f"two arguments are called `{name}`", help="rename or delete one of them").at(place)
            known = self.context.with_variables(argument.name for argument in arguments)
            value = free_value(Word(default.strip(), place), known) if equals else None
            if value is None and arguments and arguments[-1].default is not None:
                help = f"give `{name}` a default too, or put it first"
                raise SpecError(f"`{name}` has no default, the argument before it has", help=help).at(place)
            arguments.append(BlockArgument(name, value))
        return arguments

    def _layers(self, node: Node) -> None:
        self.document.layers = check_chain(node, self.context, dict.fromkeys(self.document.inputs, "an input"))

    def _output(self, node: Node) -> None:
        self.document.outputs = check_references(node, self.context)
        for reference in self.document.outputs:
            if reference.path in ("in", "prev"):
                what = f"`{reference.path}` is not the name of a layer"
                self.context.errors.append(
                    SpecError(what, help="name the layer whose output it is").at(reference.place)
                )

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
            if self.figure is not None:
                quantity = re.split(r"[./]", key.text)[-1]
                start = len(key.text) - len(quantity)
                with self.context.gathering(inside(self.context.place(key), start, quantity)):
                    self.figure(key.text)
        return claims

    def _claim(self, key: Scalar, node: Node) -> Claim:
        source = ""
        if isinstance(node, Mapping):
            parts = {k.text: (k, v) for k, v in node.entries}
            wrong = next((k for k in parts if k not in _CLAIM), None)
            help = "write {is: 4.09G, source: torchvision}"
            if wrong is not None:
                at = self.context.place(parts[wrong][0])
                raise unknown(f"unknown key `{wrong}` of a claim", wrong, nearest(wrong, _CLAIM), help).at(at)
            if "is" not in parts:
                raise SpecError("the claim has no figure", help=help).at(self.context.place(node))
            source = _plain_text(parts["source"][1]) if "source" in parts else ""
            node = parts["is"][1]
        text = self._text(node, "a claim")
        place = self.context.place(node)
        subject = key.text.replace("/", ".")
        return Claim(
            Demand(subject, parse_wanted(subject, text), f"{subject}: {text}"), source, place, self.context.place(key)
        )

    def _entries(self, node: Node, section: str) -> Iterator[tuple[Scalar, Node]]:
        if isinstance(node, Scalar) and not node.text:
            return
        if not isinstance(node, Mapping):
            head, colon, _ = section.partition(":")
            sample = _SAMPLES.get(head + colon, "key: value")
            raise SpecError(f"`{section}` holds `key: value` lines", help=f"such as `{sample}`").at(
                self.context.place(node)
            )
        yield from node.entries

    def _text(self, node: Node, section: str) -> str:
        if not isinstance(node, Scalar) or not node.text:
            raise SpecError(f"`{section}` takes one value").at(self.context.place(node))
        return node.text

    def _shape(self, node: Node) -> Shape:
        if isinstance(node, Sequence) and all(isinstance(item, Scalar) for item in node.items):
            sizes = "x".join(item.text for item in node.items if isinstance(item, Scalar))
            place = self.context.place(node)
            written = re.match(r"\[[^\[\]#'\"]*\]", place.text[place.column - 1 :])
            repair = Repair(written[0], sizes) if written else None
            raise SpecError("a shape is one value", help=f"write {sizes}", repair=repair).at(place)
        try:
            shape = parse_shape(self._text(node, "input"))
        except SpecError as error:
            raise error.at(self.context.place(node)) from None
        if shape.elements > LARGEST:
            raise SpecError(f"`{shape}` holds more than 10^15 values, the limit").at(self.context.place(node))
        return shape

    def _word(self, node: Node) -> Word:
        return Word(self._text(node, "a default"), self.context.place(node))


def _plain_text(node: Node) -> str:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return ", ".join(map(_plain_text, node.items))
    return ", ".join(f"{key.text}: {_plain_text(value)}" for key, value in node.entries)
