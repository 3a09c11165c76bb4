"""Chains, groups, branches and calls: from nodes to checked steps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from archcalc import layers
from archcalc.errors import Place, Source, SpecError, UnknownName
from archcalc.layers import Kind
from archcalc.layers.arguments import FLAG, ArgumentType, LinksType, Parameter
from archcalc.spec.call import Word, WrittenCall, parse_call, parse_word_call, split_words
from archcalc.spec.document import Block, Body, Branches, Call, Chain, Reference, Step, Sugar, Value
from archcalc.spec.expression import Expression, parse
from archcalc.spec.names import did_you_mean, listed, nearest, nearest_kind, nearest_option
from archcalc.spec.nodes import Mapping, Node, Scalar, Sequence

PLACING = ("from", "when", "repeat", "share", "as")
RESERVED = ("in", "prev", "op", "layers")
_NAME = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(slots=True)
class Context:
    """What the steps of one file, or of one block of it, may use; gathers the errors."""

    source: Source
    errors: list[SpecError] = field(default_factory=list)
    variables: frozenset[str] = frozenset()
    blocks: dict[str, Block] = field(default_factory=dict)
    tables: frozenset[str] = frozenset()
    defaults: dict[str, WrittenCall] = field(default_factory=dict)

    def place(self, node: Node) -> Place:
        """Where a node stands; of a scalar, its text without the quotes."""
        if isinstance(node, Scalar):
            return self.source.place(node.line, node.column + node.quoted, len(node.text))
        return self.source.place(node.line, node.column)

    @contextmanager
    def gathering(self, place: Place | None = None) -> Iterator[None]:
        """Keep an error for the end of the run and go on after the block."""
        try:
            yield
        except SpecError as error:
            self.errors.extend(e.at(place) for e in error.errors)  # type: ignore[misc]


def check_chain(node: Node, context: Context) -> Chain:
    """The steps of `[...]` or of `{name: ...}`, in order."""
    names = Names()
    steps: list[Step] = []
    for name, value in _items(node, context):
        with context.gathering(context.place(value)):
            body, options = _value(value, context)
            steps.append(_step(names.take(name, body, context), body, options, context, context.place(name or value)))
    if not steps and not context.errors:
        raise SpecError("there are no layers here", help="write at least one: `- conv 64 3x3`").at(context.place(node))
    return Chain(steps)


def check_branches(merge: Scalar, node: Node, context: Context) -> Branches:
    """`{concat: {left: ..., right: ...}}`: branches that start at the same input."""
    kind = layers.find(merge.text)
    assert kind is not None
    steps = check_chain(node, context).steps
    least, most = kind.inputs
    if len(steps) < least or (most is not None and len(steps) > most):
        count = f"{least}" if most == least else f"at least {least}"
        raise SpecError(
            f"{merge.text} joins {count} branches, there are {len(steps)}", help="a branch that adds nothing: identity"
        ).at(context.place(merge))
    place = context.place(merge)
    call = Call(kind, place, references=[Reference(step.name, place) for step in steps])
    _apply_defaults(call, kind, context)
    return Branches(call, steps)


def check_body(node: Node, context: Context) -> Chain | Branches:
    """The body of a block: `layers:` or a merge of branches."""
    assert isinstance(node, Mapping)
    for key, value in node.entries:
        if key.text == "layers":
            return check_chain(value, context)
        if _is_merge(key.text):
            return check_branches(key, value, context)
    raise SpecError("the block has no body", help="give it `layers:`, or branches under `concat:` or `add:`")


def check_expression(text: str, place: Place, context: Context, type: ArgumentType | None = None) -> Value:
    """An expression whose names all exist. Raises SpecError."""
    expression = _parsed(text, place)
    words = set(getattr(type, "words", ())) | (context.tables if isinstance(type, LinksType) else frozenset())
    for name in expression.names:
        if "." in name or name in context.variables or name in words:
            continue
        if type is not None and words and name == text:
            problem = f"expected {type.expects}, got `{name}`"
            raise UnknownName(problem, help=did_you_mean(nearest(name, words))).at(place)
        known = sorted(context.variables | words)
        hint = did_you_mean(nearest(name, known)) or (f"known here: {listed(known)}" if known else None)
        raise UnknownName(f"unknown name `{name}`", help=hint).at(place)
    return Value(expression, place)


def check_references(node: Node, context: Context) -> list[Reference]:
    """`from: stem` or `from: [query, memory]`."""
    items = node.items if isinstance(node, Sequence) else (node,)
    references = []
    for item in items:
        if not isinstance(item, Scalar):
            raise SpecError("expected the name of a layer").at(context.place(item))
        references += [
            reference(Word(text, context.source.place(item.line, item.column + item.quoted + at, len(text))))
            for at, text in split_words(item.text)
        ]
    return references


def reference(word: Word) -> Reference:
    """A path to an earlier layer; `/` is read as `.`."""
    path = word.text.replace("/", ".")
    if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", path):
        raise SpecError(f"`{word.text}` is not the name of a layer").at(word.place)
    return Reference(path, word.place)


class Names:
    """The names of one chain: given ones, and for unnamed steps their kind's (`conv`, `conv_2`)."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, given: Scalar | None, body: Body, context: Context) -> str:
        if given is not None:
            name = given.text
            _check_name(name, context.place(given))
        else:
            stem = body.target.name if isinstance(body, Call) else "group"
            stem = body.word if isinstance(body, Sugar) else stem
            name = stem
            count = 1
            while name in self._taken:
                count += 1
                name = f"{stem}_{count}"
        if name in self._taken:
            raise SpecError(f"two layers are called `{name}`", help="give one of them another name")
        self._taken.add(name)
        return name


Options = dict[str, tuple[Place, Node | Word]]


def _items(node: Node, context: Context) -> Iterator[tuple[Scalar | None, Node]]:
    """Name and value of each step, whether the chain is a list or a mapping."""
    if isinstance(node, Mapping):
        yield from node.entries
    elif isinstance(node, Sequence):
        for item in node.items:
            if isinstance(item, Mapping) and len(item.entries) == 1 and not _is_long(item):
                yield item.entries[0]
            else:
                yield None, item
    else:
        place = context.place(node)
        if not node.text:
            raise SpecError("there are no layers here", help="write at least one: `- conv 64 3x3`").at(place)
        if re.match(r"[A-Za-z0-9_-]+:\S", node.text):
            fixed = node.text.replace(":", ": ", 1)
            name = node.text.split(":")[0]
            raise SpecError(f"`{name}:` needs a space after the colon", help=f"write `{fixed}`").at(place)
        yield None, node


def _value(node: Node, context: Context) -> tuple[Body, Options]:
    """The body of a step and the options that place it."""
    if isinstance(node, Scalar):
        return _written(node.text, context.place(node), context)
    if isinstance(node, Mapping) and _is_long(node):
        return _long_form(node, context)
    return check_chain(node, context), {}


def _is_merge(name: str) -> bool:
    kind = layers.find(name) if name in layers.names() else None
    return kind is not None and kind.merges


def _is_long(node: Mapping) -> bool:
    """Whether a mapping is a body with options, not a chain of named steps."""
    keys = {key.text: value for key, value in node.entries}
    if "op" in keys or "layers" in keys:
        return True
    others = [key for key in keys if key not in PLACING and not key.startswith(("first.", "last."))]
    return len(others) == 1 and _is_merge(others[0]) and not isinstance(keys[others[0]], Scalar)


def _long_form(node: Mapping, context: Context) -> tuple[Body, Options]:
    body: Body | None = None
    options: Options = {}
    for key, value in node.entries:
        if key.text in PLACING or key.text.startswith(("first.", "last.")):
            options[key.text] = (context.place(key), value)
        elif body is not None:
            help = did_you_mean(nearest(key.text, PLACING)) or f"beside the body may stand {listed(PLACING)}"
            raise UnknownName(f"unknown option `{key.text}`", help=help).at(context.place(key))
        elif key.text == "op":
            body, inline = _op(value, context)
            options = {**inline, **options}
        elif key.text == "layers":
            body = check_chain(value, context)
        elif _is_merge(key.text):
            body = check_branches(key, value, context)
        else:
            raise _unknown_key(key, context)
    assert body is not None
    return body, options


def _unknown_key(key: Scalar, context: Context) -> UnknownName:
    help = did_you_mean(nearest(key.text, [*PLACING, "op", "layers"]))
    return UnknownName(f"unknown option `{key.text}`", help=help).at(context.place(key))


def _op(node: Node, context: Context) -> tuple[Body, Options]:
    if not isinstance(node, Scalar):
        raise SpecError("`op:` takes a call", help='write op: "conv 64 3x3"').at(context.place(node))
    return _written(node.text, context.place(node), context)


def _written(text: str, place: Place, context: Context) -> tuple[Body, Options]:
    """A call, or a block's argument that holds the name of a kind (`activation: act`)."""
    word = text.partition("(")[0]
    if word in context.variables and word not in context.blocks and word not in layers.names():
        return _sugar(Word(text, place), context), {}
    return _call(parse_call(text, place), context)


def _step(name: str, body: Body, options: Options, context: Context, place: Place) -> Step:
    if isinstance(body, Call):
        place = body.place
    step = Step(name, body, place)
    for key, (at, value) in options.items():
        with context.gathering(at):
            _place_step(step, key, at, value, context)
    placed_only_when_repeated = next((key for key in options if key == "as" or "." in key), None)
    if placed_only_when_repeated and step.repeat is None and "repeat" not in options:
        help = f"write repeat=2 {placed_only_when_repeated}=..."
        raise SpecError(f"`{placed_only_when_repeated}` needs `repeat`", help=help).at(
            options[placed_only_when_repeated][0]
        )
    return step


def _place_step(step: Step, key: str, at: Place, value: Node | Word, context: Context) -> None:
    if key == "from":
        step.source = [reference(value)] if isinstance(value, Word) else check_references(value, context)
        return
    word = value if isinstance(value, Word) else _word(value, key, context)
    if key == "when":
        step.when = _condition(word, context)
    elif key == "repeat":
        step.repeat = check_expression(word.text, word.place, context)
    elif key == "share":
        step.share = reference(word)
    elif key == "as":
        if not re.search(r"\d", word.text) or not _NAME.fullmatch(word.text):
            help = f"write as={word.text}1: the number counts on"
            raise SpecError("`as=` names the first of the repeated layers, with a number", help=help).at(word.place)
        step.first_name = word.text
    else:
        which, _, name = key.partition(".")
        overrides = step.first if which == "first" else step.last
        overrides[name] = _override(step.body, name, word, at, context)


def _override(body: Body, name: str, word: Word, at: Place, context: Context) -> Value:
    if not isinstance(body, Call):
        raise SpecError("`first.` and `last.` change an argument of a call").at(at)
    if isinstance(body.target, Block):
        known = [argument.name for argument in body.target.arguments]
        if name not in known:
            raise _unknown_option(name, body.target.name, known, at)
        return _free_value(word, context)
    parameter = body.target.parameter(name)
    if parameter is None:
        raise _unknown_option(name, body.target.name, [p.name for p in body.target.parameters], at)
    return check_expression(word.text, word.place, context, parameter.type)


def _word(node: Node, key: str, context: Context) -> Word:
    if not isinstance(node, Scalar) or not node.text:
        raise SpecError(f"`{key}:` needs a value").at(context.place(node))
    return Word(node.text, context.place(node))


def _condition(word: Word, context: Context) -> Value:
    """`when:` may compare with words (`mode == wide`), so an unknown name beside == is a word."""
    expression = _parsed(word.text, word.place)
    if "==" in word.text or "!=" in word.text:
        return Value(expression, word.place)
    return check_expression(word.text, word.place, context)


def _parsed(text: str, place: Place) -> Expression:
    try:
        return parse(text)
    except SpecError as error:
        column = getattr(error, "column", 0)
        raise error.at(Place(place.file, place.line, place.column + column, 1, place.text)) from None


def _call(written: WrittenCall, context: Context) -> tuple[Call, Options]:
    """Look up the kind or block and give every value its parameter."""
    target = _target(written, context)
    call = Call(target, written.place)
    options: Options = {}
    plain = []
    for key, value in written.keywords:
        if key.text in PLACING or "." in key.text:
            options[key.text] = (key.place, value)
        else:
            plain.append((key, value))
    if isinstance(target, Block):
        _fill_block_call(call, target, written, plain, context)
    else:
        _fill_kind_call(call, target, written.positional, plain, context)
        _apply_defaults(call, target, context)
        _require(call, target, written)
    return call, options


def _target(written: WrittenCall, context: Context) -> Kind | Block:
    from archcalc.spec.standard_blocks import STANDARD_BLOCKS, standard_block

    name = written.kind.text
    found = context.blocks.get(name) or layers.find(name)
    if found is None and name in STANDARD_BLOCKS:
        found = standard_block(name)
    if found is None:
        known = [*context.blocks, *layers.names(), *STANDARD_BLOCKS]
        help = did_you_mean(nearest_kind(name, known)) or "`archcalc layers` lists all kinds"
        raise UnknownName(f"unknown kind `{name}`", help=help).at(written.kind.place)
    return found


def _fill_kind_call(
    call: Call, kind: Kind, positional: Iterable[Word], keywords: list[tuple[Word, Word]], context: Context
) -> None:
    flags = {p.name for p in kind.parameters if p.type is FLAG}
    slots = [p for p in kind.parameters if p.positional]
    for word in positional:
        if word.text == "crop" and "crop" in kind.sugar:
            call.crop = True
        elif word.text in flags:
            call.values[word.text] = Value(parse("yes"), word.place)
        elif kind.merges:
            call.references.append(reference(word))
        elif slots and slots[0].variadic:
            call.variadic.append(check_expression(word.text, word.place, context, slots[0].type))
        elif slots:
            _set(call, slots.pop(0), word, context)
        else:
            raise _too_many(kind, word, context)
    for key, value in keywords:
        _set_option(call, kind, key, value, context)


def _set_option(call: Call, kind: Kind, key: Word, value: Word, context: Context) -> None:
    if key.text in kind.sugar and key.text != "crop":
        call.sugar[key.text] = _sugar(value, context)
        return
    parameter = kind.parameter(key.text)
    if parameter is None:
        names = [*(p.name for p in kind.parameters), *kind.sugar, *PLACING]
        raise _unknown_option(key.text, kind.name, names, key.place)
    if not value.text:
        raise SpecError(f"`{key.text}=` needs a value", help=f"write {key.text}=...").at(key.place)
    if parameter.name in call.values:
        raise SpecError(f"`{key.text}` is given twice").at(key.place)
    _set(call, parameter, value, context)


def _set(call: Call, parameter: Parameter, word: Word, context: Context) -> None:
    call.values[parameter.name] = check_expression(word.text, word.place, context, parameter.type)


def _sugar(word: Word, context: Context) -> Sugar:
    """`act=` or `norm=`: a kind that may be known only when the block is called."""
    written = parse_word_call(word)
    name = written.kind.text
    if name not in context.variables and name != "none" and layers.find(name) is None:
        help = did_you_mean(nearest_kind(name, layers.names())) or "`archcalc layers` lists all kinds"
        raise UnknownName(f"unknown kind `{name}`", help=help).at(word.place)
    values = {key.text: check_expression(value.text, value.place, context) for key, value in written.keywords}
    positional = [check_expression(value.text, value.place, context) for value in written.positional]
    return Sugar(name, values, positional, word.place)


def _apply_defaults(call: Call, kind: Kind, context: Context) -> None:
    """Take from `defaults:` what the call itself does not say."""
    written = context.defaults.get(kind.name)
    if written is None:
        return
    given = {*call.values, *call.sugar}
    rest = [(key, value) for key, value in written.keywords if key.text not in given]
    _fill_kind_call(call, kind, [], rest, context)


def _require(call: Call, kind: Kind, written: WrittenCall) -> None:
    missing = [p for p in kind.parameters if p.required and p.name not in call.values]
    missing = [p for p in missing if not (p.variadic and call.variadic)]
    if missing:
        usage = " ".join([kind.name, *(p.name.upper() for p in kind.parameters if p.positional and p.required)])
        raise SpecError(f"`{kind.name}` needs {missing[0].name} ({missing[0].doc})", help=f"write `{usage}`").at(
            written.place
        )


def _fill_block_call(
    call: Call, block: Block, written: WrittenCall, keywords: list[tuple[Word, Word]], context: Context
) -> None:
    known = [argument.name for argument in block.arguments]
    if len(written.positional) > len(known):
        word = written.positional[len(known)]
        takes = f"takes {listed(known)}" if known else "takes no arguments"
        raise SpecError(f"`{block.name}` {takes}; `{word.text}` is one too many").at(word.place)
    for name, word in zip(known, written.positional, strict=False):
        call.values[name] = _free_value(word, context)
    for key, word in keywords:
        if key.text not in known:
            raise _unknown_option(key.text, block.name, [*known, *PLACING], key.place)
        if key.text in call.values:
            raise SpecError(f"`{key.text}` is given twice").at(key.place)
        call.values[key.text] = _free_value(word, context)
    missing = [a.name for a in block.arguments if a.default is None and a.name not in call.values]
    if missing:
        usage = " ".join([block.name, *(a.name for a in block.arguments if a.default is None)])
        raise SpecError(f"`{block.name}` needs {listed(missing)}", help=f"write `{usage}`").at(written.place)


def _free_value(word: Word, context: Context) -> Value:
    """A block's argument: a name that is no variable is a word (`act=hard_swish`)."""
    expression = _parsed(word.text, word.place)
    unknown = [n for n in expression.names if "." not in n and n not in context.variables and n != word.text]
    if unknown:
        help = did_you_mean(nearest(unknown[0], context.variables))
        raise UnknownName(f"unknown name `{unknown[0]}`", help=help).at(word.place)
    return Value(expression, word.place)


def _too_many(kind: Kind, word: Word, context: Context) -> SpecError:
    if word.text in context.blocks or word.text in layers.names():
        help = "give each call a line of its own"
        other = layers.find(word.text)
        if other is not None and other.family == "activation" and "act" in kind.sugar:
            help += f", or write act={word.text}"
        return SpecError(f"two calls in one line: `{kind.name}` and `{word.text}`", help=help).at(word.place)
    slots = [p.name for p in kind.parameters if p.positional]
    takes = f"takes {listed(slots)} without a name" if slots else "takes no arguments without a name"
    options = [p.name for p in kind.parameters if not p.positional]
    repair = f"options are written name=value: {listed(options)}" if options else None
    return SpecError(f"`{kind.name}` {takes}; `{word.text}` is one too many", help=repair).at(word.place)


def _unknown_option(name: str, kind: str, known: list[str], place: Place) -> UnknownName:
    help = did_you_mean(nearest_option(name, known)) or f"`{kind}` takes {listed(known)}"
    return UnknownName(f"unknown option `{name}` of `{kind}`", help=help).at(place)


def _check_name(name: str, place: Place) -> None:
    if name in RESERVED:
        raise SpecError(f"`{name}` is a word of the language, not a name", help="take another name").at(place)
    if not _NAME.fullmatch(name):
        help = "names are letters, digits, _ and -" if name else "write `name: call`"
        raise SpecError(f"`{name}` cannot be a name", help=help).at(place)


def with_variables(context: Context, names: Iterable[str]) -> Context:
    """The same context where these names too may stand in expressions."""
    return replace(context, variables=context.variables | frozenset(names))


def check_defaults(written: WrittenCall, context: Context) -> None:
    """Check the values that `defaults:` gives a kind, used or not."""
    target = _target(written, context)
    if isinstance(target, Block):
        raise SpecError("defaults are for kinds of layers; a block has its own: args: [c, stride=1]").at(written.place)
    _fill_kind_call(Call(target, written.place), target, [], list(written.keywords), context)
