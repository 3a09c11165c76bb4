"""Chains, groups, branches and blocks' bodies: from nodes to checked steps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcalc import layers
from archcalc.errors import Place, Repair, SpecError, UnknownName
from archcalc.layers import Kind
from archcalc.spec.addresses import NAME, Spelled
from archcalc.spec.call import Word, inside, parse_call, split_words
from archcalc.spec.calls import PLACING, apply_defaults, check_call, check_override, check_sugar
from archcalc.spec.context import Context, check_condition, check_expression, reference
from archcalc.spec.document import Body, Branches, Call, Chain, Reference, Step, Sugar
from archcalc.spec.names import listed, nearest, unknown
from archcalc.spec.nodes import Mapping, Node, Scalar, Sequence

RESERVED = ("in", "prev", "op", "layers")
NAME_LENGTH = 100
"""Characters of a name, so that no address of 100,000 layers can fill the memory."""

_NAME, _PAIR = Spelled(NAME), Spelled(rf"{NAME}:\S")
_NO_LAYERS = "there are no layers here"
_ADD_ONE = "write at least one: `- conv 64 3x3`"

Options = dict[str, tuple[Place, "Node | Word"]]


def check_chain(node: Node, context: Context, taken: dict[str, str] | None = None) -> Chain:
    """The steps of `[...]` or of `{name: ...}`, in order; a step with an error has no body."""
    names = Names(taken or {})
    steps: list[Step] = []
    for name, value in _items(node, context):
        place = context.place(value)
        step = Step(name.text if name else "", None, place)
        steps.append(step)
        with context.gathering(place):
            try:
                body, options = _value(value, name, context)
            except SpecError as error:
                step.name = step.name or names.of_broken(value)
                raise _hinted(error, name) from None
            step.name = names.take(name, body, context)
            step.place = body.place if isinstance(body, Call) else context.place(name or value)
            _place(step, body, options, context)
    if not steps:
        raise SpecError(_NO_LAYERS, help=_ADD_ONE).at(context.place(node))
    return Chain(steps)


def check_branches(merge: Scalar, node: Node, context: Context) -> Branches:
    """`{concat: {left: ..., right: ...}}`: branches that start at the same input."""
    kind = layers.find(merge.text)
    assert kind is not None
    steps = check_chain(node, context, {merge.text: "the merge itself"}).steps
    least, most = kind.inputs
    if len(steps) < least or (most is not None and len(steps) > most):
        count = f"{least}" if most == least else f"at least {least}"
        there = "there is 1" if len(steps) == 1 else f"there are {len(steps)}"
        help = "`identity` is a branch that changes nothing" if len(steps) < least else None
        raise SpecError(f"{merge.text} joins {count} branches, {there}", help=help).at(context.place(merge))
    place = context.place(merge)
    call = Call(kind, place)
    apply_defaults(call, kind, context)
    return Branches(call, steps)


def check_body(node: Mapping, context: Context) -> Chain | Branches:
    """The body of a block: `layers:` or a merge of branches."""
    key, value = next((key, value) for key, value in node.entries if key.text == "layers" or is_merge(key.text))
    if key.text == "layers":
        return check_chain(value, context)
    return check_branches(key, value, context)


def check_references(node: Node, context: Context) -> list[Reference]:
    """`from: stem` or `from: [query, memory]`."""
    items = node.items if isinstance(node, Sequence) else (node,)
    references = []
    for item in items:
        if not isinstance(item, Scalar) or not item.text.strip():
            raise SpecError("expected the name of a layer").at(context.place(item))
        place = context.place(item)
        references += [reference(Word(text, inside(place, at, text))) for at, text in split_words(item.text)]
    return references


def is_merge(name: str) -> bool:
    """Whether the name is that of a kind that joins branches."""
    kind = layers.find(name)
    return kind is not None and kind.merges


def check_name(name: str, place: Place, quoted: bool = False) -> None:
    """Refuse what cannot be an address, or is a word of the language. Raises SpecError.

    Args:
        quoted: whether it stands in quotes, where a word of the language is a name.
    """
    if name in RESERVED and not quoted:
        help = f'take another name, or quote it: "{name}"'
        raise SpecError(f"`{name}` is a word of the language, not a name", help=help).at(place)
    if not _NAME.of(name).fullmatch(name):
        help = "names are letters, digits, _ and -" if name else "write `name: call`"
        raise SpecError(f"`{name}` cannot be a name", help=help).at(place)
    if len(name) > NAME_LENGTH:
        raise SpecError(f"a name of {len(name):,} characters; the limit is {NAME_LENGTH}").at(place)


class Names:
    """The names of one chain: given ones, and for unnamed steps their kind's (`conv`, `conv_2`)."""

    def __init__(self, taken: dict[str, str]) -> None:
        self._taken = dict(taken)
        """Name -> what has it."""
        self._counts: dict[str, int] = {}

    def take(self, given: Scalar | None, body: Body, context: Context) -> str:
        """The name of a step. Raises SpecError where it cannot be one, or two have it."""
        if given is None:
            return self._numbered(_stem(body))
        name = given.text
        place = context.place(given)
        check_name(name, place, given.quoted)
        if is_merge(name) and not given.quoted and isinstance(body, Chain):
            problem = SpecError(f"a group called `{name}` would not join its layers", help=_joining(name))
            raise problem.at(place)
        if name in self._taken:
            what = f"`{name}` is already the name of {self._taken[name]}"
            raise SpecError(what, help="take another name").at(place)
        self._taken[name] = f"the layer on line {place.line}"
        return name

    def of_broken(self, value: Node) -> str:
        """A name for an unnamed step with an error, so that those after it keep theirs."""
        word = re.match(r"\w+", value.text) if isinstance(value, Scalar) else None
        return self._numbered(word[0] if word else "group")

    def _numbered(self, stem: str) -> str:
        count = self._counts.get(stem, 0) + 1
        while (name := stem if count == 1 else f"{stem}_{count}") in self._taken:
            count += 1
        self._counts[stem] = count
        self._taken[name] = "an unnamed layer"
        return name


def _hinted(error: SpecError, name: Scalar | None) -> SpecError:
    """An option that stands where a layer should: `{conv: conv 64 3x3, from: stem}`."""
    if name is not None and _is_placing(name.text):
        said = (
            "in quotes a key is a name"
            if name.quoted
            else f"`{name.text}:` is an option only beside `op:`, `layers:` or branches"
        )
        error.notes = (*error.notes, said)
        error.help, error.repair = f"write {{op: ..., {name.text}: ...}}", None
    return error


def _stem(body: Body) -> str:
    if isinstance(body, Call):
        return body.target.name
    return body.word if isinstance(body, Sugar) else "group"


def _joining(name: str) -> str:
    return f'to join branches write `NAME: {{{name}: ...}}`, else rename the group, or quote it: "{name}"'


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
            raise SpecError(_NO_LAYERS, help=_ADD_ONE).at(place)
        if _PAIR.of(node.text).match(node.text):
            fixed = node.text.replace(":", ": ", 1)
            name = node.text.split(":")[0]
            repair = Repair(node.text, fixed)
            raise SpecError(f"`{name}:` needs a space after the colon", help=f"write `{fixed}`", repair=repair).at(
                place
            )
        yield None, node


def _value(node: Node, name: Scalar | None, context: Context) -> tuple[Body, Options]:
    """The body of a step and the options that place it."""
    if isinstance(node, Scalar):
        if name is not None and not node.text:
            raise SpecError(f"`{name.text}:` has no call", help=f"write `{name.text}: conv 64 3x3`, or delete it").at(
                context.place(name)
            )
        return _written(node.text, context.place(node), context, name.text if name else "")
    if isinstance(node, Mapping) and _is_long(node):
        return _long_form(node, context)
    if _may_be_foreign(node, context):
        from archcalc.spec.foreign.refused import foreign_mapping

        error = foreign_mapping(name, node, context)
        if error is not None:
            raise error
    return check_chain(node, context), {}


def _may_be_foreign(node: Node, context: Context) -> bool:
    """Whether a group holds what cannot be a layer: `filters: 64`, `type: Conv2D`."""
    if isinstance(node, Sequence):
        return bool(node.items) and isinstance(node.items[0], Scalar) and node.items[0].text.isdecimal()
    entries = node.entries if isinstance(node, Mapping) else ()
    words = [value.text.partition(" ")[0] for _, value in entries if isinstance(value, Scalar)]
    return any(layers.find(word) is None and word not in context.blocks for word in words) or any(
        key.text == "type" for key, _ in entries
    )


def _is_long(node: Mapping) -> bool:
    """Whether a mapping is a body with options, not a chain of named steps; a key in quotes is a name."""
    keys = {key.text: value for key, value in node.entries if not key.quoted}
    if "op" in keys or "layers" in keys:
        return True
    others = [key for key in keys if not _is_placing(key)]
    return (
        len(keys) == len(node.entries)
        and len(others) == 1
        and is_merge(others[0])
        and not isinstance(keys[others[0]], Scalar)
    )


def _is_placing(key: str) -> bool:
    return key in PLACING or key.startswith(("first.", "last."))


def _long_form(node: Mapping, context: Context) -> tuple[Body, Options]:
    body: Body = None
    options: Options = {}
    bodies: list[Scalar] = []
    for key, value in node.entries:
        if _is_placing(key.text):
            options[key.text] = (context.place(key), value)
        elif key.text not in ("op", "layers") and not is_merge(key.text):
            raise _foreign_long(node, context) or _unknown_key(key, value, context)
        else:
            bodies.append(key)
    if len(bodies) > 1:
        words = [f"`{key.text}:`" for key in bodies]
        help = "keep one; put a group around both: layers: [..., ...]"
        raise SpecError(f"{' and '.join(words[:2])} in one step", help=help).at(context.place(bodies[1]))
    inline: Options = {}
    for key, value in node.entries:
        if key.text == "op":
            body, inline = _op(value, context)
        elif key.text == "layers":
            body = check_chain(value, context)
        elif is_merge(key.text):
            body = check_branches(key, value, context)
    twice = next((key for key in inline if key in options), None)
    if twice is not None:
        raise SpecError(f"`{twice}` is given twice", help="keep one of them").at(options[twice][0])
    return body, {**inline, **options}


def _foreign_long(node: Mapping, context: Context) -> SpecError | None:
    from archcalc.spec.foreign.refused import foreign_long

    return foreign_long(node, context, _is_placing)


def _unknown_key(key: Scalar, value: Node, context: Context) -> UnknownName:
    help = f"beside the call may stand {listed(PLACING)}"
    if isinstance(value, Scalar):
        help = f"arguments stand in the call: op: ... {key.text}={value.text}"
    near = nearest(key.text, [*PLACING, "op", "layers"])
    return unknown(f"unknown option `{key.text}`", key.text, near, help).at(context.place(key))


def _op(node: Node, context: Context) -> tuple[Body, Options]:
    if not isinstance(node, Scalar) or not node.text:
        raise SpecError("`op:` takes a call", help='write op: "conv 64 3x3"').at(context.place(node))
    return _written(node.text, context.place(node), context)


def _written(text: str, place: Place, context: Context, name: str = "") -> tuple[Body, Options]:
    """A call, or a block's argument that holds the name of a kind (`activation: act`)."""
    word = text.partition("(")[0]
    if word in context.variables and word not in context.blocks and layers.find(word) is None:
        return check_sugar(Word(text, place), "", context), {}
    try:
        call, options = check_call(parse_call(text, place), context)
    except SpecError as error:
        raise _foreign(text, place, context, name) or error from None
    return call, dict(options)


def _foreign(text: str, place: Place, context: Context, name: str) -> SpecError | None:
    """The error for a text that other tools or arithmetic would write so, which says more than that of its words."""
    from archcalc.spec.foreign.refused import foreign_call, foreign_merge

    return foreign_call(text, place, context, name) or foreign_merge(text, place, context, name)


def _place(step: Step, body: Body, options: Options, context: Context) -> None:
    """Give a step its body and the options that place it; with an error in one of them it stays without."""
    known = len(context.errors)
    for key, (at, value) in options.items():
        with context.gathering(at):
            _place_option(step, body, key, at, value, context)
    repeated = next((key for key in options if key == "as" or "." in key), None)
    if repeated and "repeat" not in options:
        problem = SpecError(f"`{repeated}` needs `repeat`", help=f"write repeat=2 {repeated}=...")
        raise problem.at(options[repeated][0])
    if len(step.source) > 1 and not (isinstance(body, Call) and isinstance(body.target, Kind)):
        what = f"a block or group has one input, `from` names {len(step.source)}"
        raise SpecError(what, help="name one").at(step.source[1].place)
    if step.source and isinstance(body, Call) and isinstance(body.target, Kind) and body.target.is_source:
        what = f"`{body.target.name}` reads no layer; `from` would change nothing"
        raise SpecError(what, help="delete `from`").at(step.source[0].place)
    if step.source and isinstance(body, Call) and body.references:
        what = f"`{body.target.name}` names its inputs already; `from` would change nothing"
        raise SpecError(what, help="delete `from`, or the names after the kind").at(step.source[0].place)
    if len(context.errors) == known:
        step.body = body


def _place_option(step: Step, body: Body, key: str, at: Place, value: Node | Word, context: Context) -> None:
    if key == "from" and not isinstance(value, Word):
        step.source = check_references(value, context)
        return
    word = value if isinstance(value, Word) else _word(value, key, context)
    if not word.text:
        raise SpecError(f"`{key}=` needs a value", help=f"write {key}=...").at(at)
    if key == "from":
        step.source = [reference(word)]
    elif key == "when":
        step.when = check_condition(word, context)
    elif key == "repeat":
        step.repeat = check_expression(word.text, word.place, context)
    elif key == "share":
        step.share = reference(word)
    elif key == "as":
        step.first_name = _first_name(word)
    else:
        which, _, name = key.partition(".")
        if not isinstance(body, Call):
            help = "make the group a block with an argument"
            raise SpecError(f"`{key}` changes an argument of a call; this is a group", help=help).at(at)
        overrides = step.first if which == "first" else step.last
        overrides[name] = check_override(body, name, word, at, context)


def _first_name(word: Word) -> str:
    if not re.search(r"\d", word.text):
        help = f"write as={word.text}1: the number counts on"
        what, repair = "`as=` names the first of the repeated layers, with a number", Repair(word.text, f"{word.text}1")
        raise SpecError(what, help=help, repair=repair).at(word.place)
    check_name(word.text, word.place)
    return word.text


def _word(node: Node, key: str, context: Context) -> Word:
    if not isinstance(node, Scalar) or not node.text:
        raise SpecError(f"`{key}:` needs a value").at(context.place(node))
    return Word(node.text, context.place(node))
