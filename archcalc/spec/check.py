"""From a file's nodes to a checked document: every section, every error of the file in one run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from archcalc import layers
from archcalc.core.demand import Demand, parse_wanted
from archcalc.errors import Source, SpecError, SpecErrors
from archcalc.spec.addresses import dotted
from archcalc.spec.blocks import block_head
from archcalc.spec.call import Word, WrittenCall, inside
from archcalc.spec.calls import block_default, check_defaults
from archcalc.spec.context import MOST_ERRORS, Context, EnoughErrors, check_expression
from archcalc.spec.document import (
    Block,
    Claim,
    Document,
    Reference,
    StatedWeights,
    Value,
    Variant,
)
from archcalc.spec.kind_names import nearest_kind
from archcalc.spec.names import listed, nearest, unknown
from archcalc.spec.nodes import Mapping, Node, Scalar, Sequence
from archcalc.spec.reader import read
from archcalc.spec.recursion import refuse_recursion
from archcalc.spec.sections import EXPRESSION_WORDS, check_variable, entries, plain_text, shape_of, text_of
from archcalc.spec.standard_blocks import STANDARD_BLOCKS
from archcalc.spec.steps import check_body, check_chain, check_name, check_references

SECTIONS = (
    "name", "about", "input", "inputs", "params", "variants", "tables",
    "defaults", "blocks", "layers", "output", "freeze", "weights", "expect",
)  # fmt: skip
_PARAM_WORDS = EXPRESSION_WORDS | {"expect", "about", "input", "inputs"}
_CLAIM = ("is", "source", "note")


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


@cache
def standard_block(name: str) -> Block:
    """A block that comes with archcalc, read from its text."""
    return load_document(STANDARD_BLOCKS[name], f"<archcalc {name}>").blocks[name]


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
        self.context = Context(source, standard_block)
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
            ("layers", self._layers),
            ("output", self._output),
            ("freeze", self._freeze),
            ("weights", self._weights),
            ("expect", self._expect),
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
        self.document.about = {key.text: plain_text(value) for key, value in entries(node, "about", self.context)}

    def _input(self, node: Node) -> None:
        self.document.inputs["input"] = shape_of(node, self.context)

    def _inputs(self, node: Node) -> None:
        for key, value in entries(node, "inputs", self.context):
            with self.context.gathering(self.context.place(value)):
                check_name(key.text, self.context.place(key), key.quoted)
                self.document.inputs[key.text] = shape_of(value, self.context)
        if not self.document.inputs and not self.context.errors:
            raise SpecError("`inputs` names no input", help="write inputs: {left: 1x105x105, right: 1x105x105}")

    def _params(self, node: Node) -> None:
        for key, value in entries(node, "params", self.context):
            with self.context.gathering(self.context.place(value)):
                check_variable(key.text, "a param", key, _PARAM_WORDS, self.context)
                self.document.params[key.text] = self._param_value(value)
        self.context.variables = frozenset(key.text for key, _ in entries(node, "params", self.context))

    def _param_value(self, node: Node) -> Value:
        """A number, flag or word; it may not depend on other params."""
        text = text_of(node, "a param", self.context)
        place = self.context.place(node)
        if re.fullmatch(r"[^\W\d]\w*", text) and text != "inf":
            return check_expression(text, place, self.context.with_variables([text]))
        value = check_expression(text, place, self.context.with_variables(re.findall(r"[^\W\d]\w*", text)))
        if value.expression.constant:
            return value
        help = "compute with it where it is used"
        raise SpecError("a param is a number, yes or no, or one word", help=help).at(place)

    def _tables(self, node: Node) -> None:
        for key, value in entries(node, "tables", self.context):
            with self.context.gathering(self.context.place(value)):
                self.document.tables[key.text] = self._table(value)
        self.context.tables = frozenset(key.text for key, _ in entries(node, "tables", self.context))

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
        for key, value in entries(node, "variants", self.context):
            with self.context.gathering(self.context.place(key)):
                self.document.variants[key.text] = self._variant(key, value)

    def _variant(self, name: Scalar, node: Node) -> Variant:
        variant = Variant(name.text, {}, {}, [], {}, self.context.place(name))
        if not re.fullmatch(r"[\w.-]+", name.text):
            raise SpecError(f"`{name.text}` cannot be a name", help="names are letters, digits, _, - and .")
        for key, value in entries(node, f"variants: {name.text}", self.context):
            with self.context.gathering(self.context.place(value)):
                self._variant_entry(variant, key, value)
        return variant

    def _variant_entry(self, variant: Variant, key: Scalar, value: Node) -> None:
        if key.text == "expect":
            variant.claims = self._claims(value)
        elif key.text == "about":
            variant.about = {k.text: plain_text(v) for k, v in entries(value, "about", self.context)}
        elif key.text == "weights" and "weights" not in self.context.variables:
            variant.weights = self._stated(value)
        elif key.text == "input" and "inputs" not in self.sections:
            variant.inputs["input"] = shape_of(value, self.context)
        elif key.text == "inputs" and "inputs" in self.sections:
            self._variant_inputs(variant, value)
        elif key.text in self.context.variables:
            variant.params[key.text] = self._param_value(value)
        else:
            image = "inputs" if "inputs" in self.sections else "input"
            known = [*self.document.params, "expect", image, "about", "weights"]
            what, help = f"unknown param `{key.text}`", f"a variant may set {listed(known)}"
            near = nearest(key.text, self.document.params) or nearest(key.text, known)
            raise unknown(what, key.text, near, help).at(self.context.place(key))

    def _variant_inputs(self, variant: Variant, node: Node) -> None:
        for key, value in entries(node, "inputs", self.context):
            if key.text not in self.document.inputs:
                near, help = nearest(key.text, self.document.inputs), f"the inputs are {listed(self.document.inputs)}"
                raise unknown(f"unknown input `{key.text}`", key.text, near, help).at(self.context.place(key))
            variant.inputs[key.text] = shape_of(value, self.context)

    def _defaults(self, node: Node) -> None:
        blocks = self.sections["blocks"][1] if "blocks" in self.sections else None
        own = {key.text for key, _ in blocks.entries} if isinstance(blocks, Mapping) else set()
        for key, value in entries(node, "defaults", self.context):
            with self.context.gathering(self.context.place(key)):
                if key.text in own:
                    raise block_default(key.text)
                given = entries(value, f"defaults: {key.text}", self.context)
                keywords = tuple((self._word(option), self._word(setting)) for option, setting in given)
                written = WrittenCall(self._word(key), (), keywords, self.context.place(key))
                self.context.defaults[key.text] = check_defaults(written, self.context)

    def _block_heads(self) -> list[tuple[Block, Mapping]]:
        """Names and arguments of all blocks, so that any may call any."""
        heads: list[tuple[Block, Mapping]] = []
        if "blocks" not in self.sections:
            return heads
        section, node = self.sections["blocks"]
        with self.context.gathering(self.context.place(section)):
            for key, value in entries(node, "blocks", self.context):
                with self.context.gathering(self.context.place(key)):
                    block = self.document.blocks[key.text] = block_head(key, value, self.context)
                    assert isinstance(value, Mapping)
                    heads.append((block, value))
            names = frozenset(key.text for key, _ in entries(node, "blocks", self.context))
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
            text = text_of(item, "freeze", self.context)
            self.document.freeze.append(Reference(dotted(text), self.context.place(item)))

    def _weights(self, node: Node) -> None:
        self.document.weights = self._stated(node)

    def _stated(self, node: Node) -> list[StatedWeights]:
        from archcalc.spec.weights import check_weights  # fractions load slowly, and few specs need them

        return check_weights(node, "weights", self.context)

    def _expect(self, node: Node) -> None:
        self.document.claims = self._claims(node)

    def _claims(self, node: Node) -> list[Claim]:
        claims = []
        for key, value in entries(node, "expect", self.context):
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
            source = plain_text(parts["source"][1]) if "source" in parts else ""
            node = parts["is"][1]
        text = text_of(node, "a claim", self.context)
        place = self.context.place(node)
        subject = dotted(key.text)
        return Claim(
            Demand(subject, parse_wanted(subject, text), f"{subject}: {text}"), source, place, self.context.place(key)
        )

    def _word(self, node: Node) -> Word:
        return Word(text_of(node, "a default", self.context), self.context.place(node))
