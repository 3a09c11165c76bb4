"""What the text of one file may use, the errors found in it, and the expressions in its values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from archcalc import layers
from archcalc.core.record import draft, field, replace
from archcalc.errors import Place, Repair, Source, SpecError, UnknownName
from archcalc.layers.arguments import ArgumentType, Flag, FreeWord, LinksType, Parameter
from archcalc.spec.addresses import path_of
from archcalc.spec.call import Word, inside
from archcalc.spec.document import Block, Call, Reference, Value
from archcalc.spec.expression import Expression, literal, parse
from archcalc.spec.names import VALUE_MEANINGS, listed, nearest, nearest_value, unknown
from archcalc.spec.nodes import Node, place_of
from archcalc.spec.operations import FUNCTIONS

MOST_ERRORS = 100
"""Errors of one file after which the search ends."""


class EnoughErrors(Exception):
    """The most errors of one run are found."""


class FollowUp(SpecError):
    """The consequence of an error that is reported where it stands; nobody hears of it."""


@draft
class Context:
    """What the steps of one file, or of one block of it, may use; gathers the errors."""

    source: Source
    standard_block: Callable[[str], Block]
    """Reads a block that comes with archcalc; its text is in this language."""
    errors: list[SpecError] = field(factory=list)
    variables: frozenset[str] = frozenset()
    blocks: dict[str, Block] = field(factory=dict)
    broken_blocks: frozenset[str] = frozenset()
    """Blocks whose head has an error."""
    tables: frozenset[str] = frozenset()
    defaults: dict[str, Call] = field(factory=dict)
    """Kind -> the values that its calls take where they say nothing."""

    def place(self, node: Node) -> Place:
        """Where a node stands."""
        return place_of(node, self.source)

    @contextmanager
    def gathering(self, place: Place | None = None) -> Iterator[None]:
        """Keep an error for the end of the run and go on after the block."""
        try:
            yield
        except SpecError as error:
            self.errors.extend(e.at(place) for e in error.errors if not isinstance(e, FollowUp))  # type: ignore[misc]
            if len(self.errors) >= MOST_ERRORS:
                raise EnoughErrors from None

    def with_variables(self, names: Iterable[str]) -> Context:
        """The same context where these names too may stand in expressions."""
        return replace(self, variables=self.variables | frozenset(names))


def check_expression(text: str, place: Place, context: Context, type: ArgumentType | None = None) -> Value:
    """An expression whose names all exist. Raises SpecError."""
    if type is not None and type.literal:
        return Value(literal(text.strip("\"'")), place)
    expression = parsed(text, place)
    if expression.names:
        words = {text} if isinstance(type, FreeWord) else set(getattr(type, "words", ()))
        words |= context.tables if isinstance(type, LinksType) else frozenset()
        for name in sorted(expression.names, key=expression.column_of):
            if "." not in name and name not in context.variables and name not in words:
                raise _unknown_name(name, expression, place, context, words, type)
    return Value(expression, place)


def check_value(parameter: Parameter, word: Word, context: Context) -> Value:
    """The value of a kind's argument; a constant one is converted at once. Raises SpecError."""
    try:
        value = check_expression(word.text, word.place, context, parameter.type)
        if value.expression.constant:
            constant = value.expression.value
            parameter.type.convert(constant, len(constant) if isinstance(constant, tuple) else 2)
    except SpecError as error:
        if error.what.startswith("expected"):
            error.what = f"`{parameter.name}`: {error.what}"
        raise error.at(word.place) from None
    return value


def check_condition(word: Word, context: Context) -> Value:
    """`when:` may compare with words (`mode == wide`), so a name beside == may be one if the other side is known."""
    words = set()
    for left, right in re.findall(r"([\w.]+)\s*[=!]=\s*([\w.]+)", word.text):
        if _known(left, context) != _known(right, context):
            words.add(right if _known(left, context) else left)
    return check_expression(word.text, word.place, context.with_variables(words))


def free_value(word: Word, context: Context) -> Value:
    """A block's argument: a name that is no variable is a word (`act=hard_swish`)."""
    match = re.fullmatch(r"(\w+)\(.*\)", word.text)
    if match is not None and match[1] in layers.names() and match[1] not in FUNCTIONS:
        help = f"give the name alone, `{match[1]}`; its options stand in the block, where it is used"
        what, repair = f"a block's argument cannot hold the call `{word.text}`", Repair(word.text, match[1])
        raise SpecError(what, help=help, repair=repair).at(word.place)
    expression = parsed(word.text, word.place)
    allowed = context.with_variables([word.text])
    names = sorted(expression.names, key=expression.column_of)
    wrong = next((n for n in names if "." not in n and n not in allowed.variables), None)
    if wrong is not None:
        raise _unknown_name(wrong, expression, word.place, context, set(), None)
    return Value(expression, word.place)


def parsed(text: str, place: Place) -> Expression:
    """The expression of a text, its errors with their places. Raises SpecError."""
    try:
        return parse(text)
    except SpecError as error:
        if (sizes := re.fullmatch(r"[(\[]\d+(,\d+)+[)\]]", text)) is not None:
            written = "x".join(re.findall(r"\d+", sizes[0]))
            what, repair = f"`{text}` is not how sizes are written", Repair(text, written)
            raise SpecError(what, help=f"write {written}", repair=repair).at(place) from None
        if (quoted := re.fullmatch(r"([\"'])([\w.]+)\1", text)) is not None:
            what, repair = f"`{text}` has quotes, which a word does not need", Repair(text, quoted[2])
            raise SpecError(what, help=f"write {quoted[2]}", repair=repair).at(place) from None
        column = getattr(error, "column", 0)
        if instead := getattr(error, "instead", ""):
            error.repair = Repair(text, instead, place)
        raise error.at(inside(place, column, text[column : column + 1])) from None


def reference(word: Word) -> Reference:
    """A path to an earlier layer; `/` is read as `.`, and before it all as the outermost chain."""
    path = path_of(word.text)
    if path is None:
        names = re.findall(r"[\w./-]+", word.text)
        help = (
            f"write {{op: ..., from: [{', '.join(names)}]}}"
            if "," in word.text
            else "names are letters, digits, _ and -"
        )
        raise SpecError(f"`{word.text}` is not the name of a layer", help=help).at(word.place)
    return Reference(path, word.place)


_FLAGS = {"true": "yes", "on": "yes", "false": "no", "off": "no"}
"""Other languages' words for yes and no, in lower case."""


def _known(name: str, context: Context) -> bool:
    return "." in name or name in context.variables


def _unknown_name(
    name: str, expression: Expression, place: Place, context: Context, words: set[str], type: ArgumentType | None
) -> UnknownName:
    if type is not None and name == expression.text and (words or isinstance(type, LinksType | Flag)):
        if isinstance(type, Flag) and name.lower() in _FLAGS:
            words = {"yes", "no"}
        near = nearest_value(_FLAGS.get(name.lower(), name), sorted(words | context.variables))
        return unknown(f"expected {type.expects}, got `{name}`", name, near, VALUE_MEANINGS.get(name.lower())).at(place)
    known = sorted(filter(str.isidentifier, context.variables | words))  # others are refused where they stand
    if (flag := _FLAGS.get(name.lower())) is not None:
        return UnknownName(f"unknown name `{name}`", help=f"write {flag}", repair=Repair(name, flag)).at(
            inside(place, expression.column_of(name), name)
        )
    help = f"known here: {listed(known)}" if known else "a number stands here, or a name from `params:`"
    return unknown(f"unknown name `{name}`", name, nearest(name, known), help).at(
        inside(place, expression.column_of(name), name),
    )
