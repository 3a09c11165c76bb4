"""Calls: the words of one line looked up in the table of kinds and in the blocks of the file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NoReturn

from archcalc import layers
from archcalc.errors import Place, Repair, SpecError, UnknownName
from archcalc.layers import Kind
from archcalc.layers.arguments import FLAG, Parameter
from archcalc.layers.base import CROP, EACH
from archcalc.layers.traits import ACTIVATION, NORM
from archcalc.spec.call import Word, WrittenCall, inside, parse_word_call
from archcalc.spec.context import Context, FollowUp, check_expression, check_value, free_value, reference
from archcalc.spec.document import Block, Call, Sugar, Value
from archcalc.spec.expression import parse
from archcalc.spec.kind_names import meaning_of, nearest_kind
from archcalc.spec.names import (
    listed,
    meant_option,
    nearest,
    option_meaning,
    unknown,
)
from archcalc.spec.standard_blocks import STANDARD_BLOCKS

PLACING = ("from", "when", "repeat", "share", "as")
"""Options of a step, which any call may carry."""

SLOTS = {"act": (ACTIVATION, "an activation"), "norm": (NORM, "a normalization")}
"""`act=` and `norm=` -> the family of kinds that may stand there, and its name in messages."""


def check_call(written: WrittenCall, context: Context) -> tuple[Call, dict[str, tuple[Place, Word]]]:
    """Look up the kind or block and give every value its parameter; the options that place the step apart."""
    target = _target(written, context)
    call = Call(target, written.place)
    options: dict[str, tuple[Place, Word]] = {}
    plain = []
    for key, value in written.keywords:
        if key.text not in PLACING and "." not in key.text:
            plain.append((key, value))
            continue
        if key.text in options:
            raise SpecError(f"`{key.text}` is given twice", help="keep one of them").at(key.place)
        options[key.text] = (key.place, value)
    if isinstance(target, Block):
        _fill_block_call(call, target, written, plain, context)
    else:
        fill_kind_call(call, target, written.positional, plain, context)
        apply_defaults(call, target, context)
        _require(call, target)
    return call, options


def check_sugar(word: Word, slot: str, context: Context) -> Sugar:
    """`act=` or `norm=`, or a step that names a block's argument: its kind may come with the call."""
    written = parse_word_call(word)
    name = written.kind.text
    sugar = Sugar(name, slot, word.place)
    if name in context.variables:
        sugar.values = {key.text: check_expression(v.text, v.place, context) for key, v in written.keywords}
        sugar.positional = [check_expression(v.text, v.place, context) for v in written.positional]
    elif name != "none":
        kind = find_word_kind(name, slot, word.place)
        call = sugar.calls[name] = Call(kind, word.place)
        fill_kind_call(call, kind, written.positional, list(written.keywords), context)
        _require(call, kind, slot)
    return sugar


def bound_sugar(sugar: Sugar, name: str) -> Call:
    """The call of the kind that the word stands for; looked up once for each kind. Raises SpecError."""
    kind = find_word_kind(name, sugar.slot, sugar.place)
    call = Call(kind, sugar.place)
    slots = [p.name for p in kind.parameters if p.positional]
    if len(sugar.positional) > len(slots):
        raise SpecError(f"`{name}` takes at most {len(slots)} arguments").at(sugar.place)
    call.values = {**dict(zip(slots, sugar.positional, strict=False)), **sugar.values}
    wrong = next((key for key in call.values if kind.parameter(key) is None), None)
    if wrong is not None:
        raise _unknown_option(wrong, name, [p.name for p in kind.parameters], sugar.place)
    _require(call, kind, sugar.slot)
    sugar.calls[name] = call
    return call


def find_word_kind(name: str, slot: str, place: Place) -> Kind:
    """The kind of a word that needs one input, of the family that the slot is for. Raises SpecError."""
    kind = layers.find(name)
    if kind is None:
        near, help = nearest_kind(name, layers.names()), meaning_of(name) or "`archcalc layers` lists all kinds"
        raise unknown(f"unknown kind `{name}`", name, near, help).at(place)
    family, meaning = SLOTS.get(slot, (kind.traits.family, ""))
    if kind.traits.family != family and not kind.does_nothing:
        usual = layers.MODULES[family].split()[:5]
        help = f"such as {listed(usual)}; `{name}` can be a layer of its own"
        raise SpecError(f"`{slot}=` takes {meaning}, not `{name}`", help=help).at(place)
    if kind.inputs[0] != 1 or kind.is_composite:
        help = "write it as a layer of its own"
        raise SpecError(f"`{name}` has more than one input or output; one is needed here", help=help).at(place)
    return kind


def check_override(call: Call, name: str, word: Word, at: Place, context: Context) -> Value | Sugar:
    """The value of `first.stride=2` or `last.act=none`."""
    if isinstance(call.target, Block):
        known = [argument.name for argument in call.target.arguments]
        if name not in known:
            raise _unknown_option(name, call.target.name, known, at)
        return free_value(word, context)
    if name in call.target.slots:
        return check_sugar(word, name, context)
    parameter = call.target.parameter(name)
    if parameter is None:
        raise _unknown_option(name, call.target.name, _options(call.target), at)
    return check_value(parameter, word, context)


def check_defaults(written: WrittenCall, context: Context) -> Call:
    """The values that `defaults:` gives a kind, checked whether they are used or not."""
    target = _target(written, context)
    if isinstance(target, Block):
        raise block_default(target.name)
    call = Call(target, written.place)
    fill_kind_call(call, target, [], list(written.keywords), context)
    return call


def block_default(name: str) -> SpecError:
    """The error for a block among the `defaults:`."""
    help = "give the block defaults of its own: args: [c, stride=1]"
    return SpecError(f"`{name}` is a block; defaults are for kinds of layers", help=help)


def apply_defaults(call: Call, kind: Kind, context: Context) -> None:
    """Take from `defaults:` what the call itself does not say."""
    defaults = context.defaults.get(kind.name)
    if defaults is not None:
        call.values = {**defaults.values, **call.values}
        call.sugar = {**defaults.sugar, **call.sugar}


def fill_kind_call(
    call: Call, kind: Kind, positional: Iterable[Word], keywords: list[tuple[Word, Word]], context: Context
) -> None:
    """Give each word its parameter, by position or by name. Raises SpecError."""
    slots = [p for p in kind.parameters if p.positional]
    for word in positional:
        if word.text == CROP and CROP in kind.sugar:
            call.crop = True
        elif kind.merges:
            call.references.append(reference(word))
        elif (flag := kind.parameter(word.text)) is not None and flag.type is FLAG:
            call.values[word.text] = Value(parse("yes"), word.place)
        elif slots and not _names_layer(word, context):
            _fill_slot(call, kind, slots, word, context)
        else:
            _refuse_word(kind, word, context)
    for key, value in keywords:
        _set_option(call, kind, key, value, context)
    if call.crop and EACH.name in call.values:
        help = f"crop the branches before: {CROP} SIZE {EACH.name}=1"
        problem = SpecError(f"`{CROP}` goes along all axes but the first, which `{EACH.name}` counts", help=help)
        raise problem.at(call.values[EACH.name].place)


def _fill_slot(call: Call, kind: Kind, slots: list[Parameter], word: Word, context: Context) -> None:
    """Give a word without a name the next parameter, which may take all that are left."""
    _refuse_colon(kind, word)
    try:
        if slots[0].variadic:
            call.variadic.append(check_value(slots[0], word, context))
        else:
            parameter = slots.pop(0)
            call.values[parameter.name] = check_value(parameter, word, context)
    except SpecError as error:
        if error.help is None and "x" in word.text and len(kind.parameters) > 1:
            error.help = f"the order is `{_usage(kind)}`"
        raise


def _set_option(call: Call, kind: Kind, key: Word, value: Word, context: Context) -> None:
    if not value.text:
        raise SpecError(f"`{key.text}=` needs a value", help=f"write {key.text}=...").at(key.place)
    if key.text in call.values or key.text in call.sugar:
        raise SpecError(f"`{key.text}` is given twice", help="keep one of them").at(key.place)
    if key.text in kind.slots:
        call.sugar[key.text] = check_sugar(value, key.text, context)
        return
    parameter = kind.parameter(key.text)
    if key.text in PLACING:
        help = "write it beside the calls that it is meant for"
        raise SpecError(f"`{key.text}` cannot be a default", help=help).at(key.place)
    if parameter is None:
        raise _unknown_option(key.text, kind.name, _options(kind), key.place, value.text)
    call.values[parameter.name] = check_value(parameter, value, context)


def _target(written: WrittenCall, context: Context) -> Kind | Block:
    name = written.kind.text
    if name in context.broken_blocks:
        raise FollowUp(name)
    found = context.blocks.get(name) or layers.find(name)
    if found is None and name in STANDARD_BLOCKS:
        found = context.standard_block(name)
    if found is None:
        known = [*context.blocks, *layers.names(), *STANDARD_BLOCKS]
        help = "a call begins with its kind: conv 64 3x3" if name[0].isdigit() else "`archcalc layers` lists all kinds"
        help = meaning_of(name) or help
        raise unknown(f"unknown kind `{name}`", name, nearest_kind(name, known), help).at(written.kind.place)
    return found


def _require(call: Call, kind: Kind, slot: str = "") -> None:
    for parameter in kind.parameters:
        if not parameter.required or parameter.name in call.values or (parameter.variadic and call.variadic):
            continue
        usage = f"{slot}={kind.name}({parameter.name.upper()})" if slot else _usage(kind)
        what = f"`{kind.name}` needs {parameter.name} ({parameter.doc})"
        raise SpecError(what, help=f"write `{usage}`").at(call.place)


def _fill_block_call(
    call: Call, block: Block, written: WrittenCall, keywords: list[tuple[Word, Word]], context: Context
) -> None:
    known = [argument.name for argument in block.arguments]
    if len(written.positional) > len(known):
        word = written.positional[len(known)]
        if _names_layer(word, context):
            _refuse_two_calls(block.name, word, False)
        takes = f"takes {listed(known)}" if known else "takes no arguments"
        what = f"`{block.name}` {takes}; `{word.text}` is one too many"
        raise SpecError(what, help="delete it", repair=Repair(word.text, "")).at(word.place)
    for name, word in zip(known, written.positional, strict=False):
        call.values[name] = free_value(word, context)
    for key, word in keywords:
        if key.text not in known:
            raise _unknown_option(key.text, block.name, [*known, *PLACING], key.place, word.text)
        if key.text in call.values:
            raise SpecError(f"`{key.text}` is given twice", help="keep one of them").at(key.place)
        if not word.text:
            raise SpecError(f"`{key.text}=` needs a value", help=f"write {key.text}=...").at(key.place)
        call.values[key.text] = free_value(word, context)
    missing = [a.name for a in block.arguments if a.default is None and a.name not in call.values]
    if missing:
        usage = " ".join([block.name, *(a.name.upper() for a in block.arguments if a.default is None)])
        raise SpecError(f"`{block.name}` needs {listed(missing)}", help=f"write `{usage}`").at(written.place)


def _names_layer(word: Word, context: Context) -> bool:
    """Whether a word that should be a value is a kind or a block: a second call in the line."""
    known = word.text in context.blocks or layers.find(word.text) is not None
    return known and word.text not in context.variables


def _refuse_word(kind: Kind, word: Word, context: Context) -> NoReturn:
    """A word that no parameter takes."""
    if _names_layer(word, context):
        _refuse_two_calls(kind.name, word, "act" in kind.sugar)
    _refuse_colon(kind, word)
    if not re.search(r"\w", word.text):
        raise SpecError(f"`{word.text}` joins no calls", help="give each call a line of its own").at(word.place)
    slots = [p.name for p in kind.parameters if p.positional]
    takes = f"takes {listed(slots)} without a name" if slots else "takes no arguments without a name"
    options = [p.name for p in kind.parameters if not p.positional]
    help = f"options are written name=value: {listed(options)}" if options else "delete it"
    what, repair = f"`{kind.name}` {takes}; `{word.text}` is one too many", None if options else Repair(word.text, "")
    raise SpecError(what, help=help, repair=repair).at(word.place)


def _refuse_two_calls(name: str, word: Word, takes_act: bool) -> NoReturn:
    help, repair = "give each call a line of its own", None
    other = layers.find(word.text)
    if takes_act and other is not None and other.traits.family == ACTIVATION:
        repair = Repair(word.text, f"act={word.text}")
        help += f", or write {repair.right}"
    raise SpecError(f"two calls in one line: `{name}` and `{word.text}`", help=help, repair=repair).at(word.place)


def _refuse_colon(kind: Kind, word: Word) -> None:
    """`stride:2` where `stride=2` is meant."""
    match = re.fullmatch(r"([A-Za-z_]\w*):(.+)", word.text)
    if match is not None and match[1] in _options(kind):
        help = f"write {match[1]}={match[2]}"
        problem = SpecError(f"`{word.text}` needs `=`, not a colon", help=help, repair=Repair(":", "="))
        raise problem.at(inside(word.place, len(match[1]), ":"))


def _unknown_option(name: str, kind: str, known: list[str], place: Place, value: str = "") -> UnknownName:
    """The error for an option that does not exist: told by its meaning, else by its spelling."""
    what = f"unknown option `{name}` of `{kind}`"
    meant, said = meant_option(name, known), option_meaning(name, known, value)
    if said is not None and not meant:
        right = "" if said.startswith("leave it out") else said.removeprefix("write ")
        exact = bool(value) and " " not in right
        return UnknownName(what, help=said, repair=Repair(f"{name}={value}", right) if exact else None).at(place)
    takes = f"`{kind}` takes {listed(known)}" if known else f"`{kind}` takes no options"
    return unknown(what, name, [meant] if meant else nearest(name, known), takes).at(place)


def _options(kind: Kind) -> list[str]:
    return [*(p.name for p in (*kind.parameters, *kind.common)), *kind.sugar, *PLACING]


def _usage(kind: Kind) -> str:
    return " ".join([kind.name, *(p.name.upper() for p in kind.parameters if p.positional)])
