"""The heads of blocks: names and arguments; their bodies are chains like any other."""

from __future__ import annotations

from archcalc.errors import SpecError
from archcalc.spec.call import Word
from archcalc.spec.calls import PLACING
from archcalc.spec.context import Context, free_value
from archcalc.spec.document import Block, BlockArgument
from archcalc.spec.names import listed, nearest, unknown
from archcalc.spec.nodes import Mapping, Node, Scalar, Sequence
from archcalc.spec.sections import EXPRESSION_WORDS, check_variable, text_of
from archcalc.spec.steps import check_name, is_merge

_ARGUMENT_WORDS = EXPRESSION_WORDS | set(PLACING)


def block_head(key: Scalar, node: Node, context: Context) -> Block:
    """A block without its body yet. Raises SpecError."""
    check_name(key.text, context.place(key))
    if not isinstance(node, Mapping):
        raise SpecError(f"the block `{key.text}` needs `layers:`", help="indent `layers:` below its name")
    arguments: list[BlockArgument] = []
    bodies = 0
    for part, value in node.entries:
        if part.text == "args":
            arguments = _block_arguments(value, context)
        elif part.text == "layers" or is_merge(part.text):
            bodies += 1
        else:
            known = ("args", "layers", "concat", "add", "multiply")
            what, help = f"unknown key `{part.text}` of a block", f"a block has {listed(known)}"
            raise unknown(what, part.text, nearest(part.text, known), help).at(context.place(part))
    if bodies != 1:
        has = "no body" if bodies == 0 else f"{bodies} bodies"
        raise SpecError(f"the block `{key.text}` has {has}", help="give it `layers:` or the branches of one merge")
    return Block(key.text, arguments, None, context.place(key))


def _block_arguments(node: Node, context: Context) -> list[BlockArgument]:
    arguments: list[BlockArgument] = []
    if not isinstance(node, Sequence):
        raise SpecError("`args` is a list", help="write args: [c, stride=1]").at(context.place(node))
    for item in node.items:
        name, equals, default = text_of(item, "args", context).partition("=")
        name, place = name.strip(), context.place(item)
        check_variable(name, "an argument", item, _ARGUMENT_WORDS, context)
        if any(argument.name == name for argument in arguments):
            raise SpecError(f"two arguments are called `{name}`", help="rename or delete one of them").at(place)
        known = context.with_variables(argument.name for argument in arguments)
        value = free_value(Word(default.strip(), place), known) if equals else None
        if value is None and arguments and arguments[-1].default is not None:
            help = f"give `{name}` a default too, or put it first"
            raise SpecError(f"`{name}` has no default, the argument before it has", help=help).at(place)
        arguments.append(BlockArgument(name, value))
    return arguments
