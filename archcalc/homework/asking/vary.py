"""Numbers that each student draws: `vary: {k: [3, 5, 7], cin: 4..64, w: 8..96 step 8}` and `where: k*k != cin`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Sequence as Texts
from typing import Protocol

from archcalc.core.ranges import read_range
from archcalc.core.record import record
from archcalc.homework.asking.template import names_in
from archcalc.spec import expression
from archcalc.spec.lexer import ExpressionError
from archcalc.spec.names import did_you_mean, listed, nearest
from archcalc.spec.nodes import Node, Scalar, Sequence

MOST_VALUES = 10_000
"""Numbers that one name may stand for."""
LARGEST = 10**6


@record
class Variation:
    """The names of a question with their numbers, and the condition on them."""

    values: dict[str, tuple[int, ...]]
    where: str


class Refuse(Protocol):
    """Enters an error at a node, `offset` characters into its text."""

    def __call__(self, what: str, node: Node, offset: int = 0, help: str | None = None) -> None: ...


def read_variation(
    entries: Texts[tuple[Scalar, Node]], templates: Texts[Node], where: Node | None, refuse: Refuse
) -> Variation:
    """The names and numbers; whatever is wrong with them, with the texts that use them or with `where` is refused."""
    values: dict[str, tuple[int, ...]] = {}
    for key, node in entries:
        if not _NAME.fullmatch(key.text):
            refuse(f"`{key.text}` is no name", key, help="letters, digits and underscores: cin, k, s1")
        else:
            values[key.text] = tuple(_numbers(node, refuse))
    used = {name for node in templates for name in _used(node, values, refuse)}
    for key, _ in entries:
        if key.text in values and key.text not in used:
            refuse(
                f"`{key.text}` is drawn and never used", key, help=f"write ${key.text} where it belongs, or delete it"
            )
    return Variation(values, _condition(where, values, refuse))


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WHOLE = re.compile(r"[0-9 .:step]+(?<!\.)")
"""Of the numbers of a paper: no fractions, no signs."""
_WAYS = "write [3, 5, 7], 4..64 or 8..96 step 8"


def _numbers(node: Node, refuse: Refuse) -> Iterator[int]:
    """The numbers of `[3, 5, 7]`, `4..64` or `8..96 step 8`."""
    if isinstance(node, Sequence):
        yield from _listed_numbers(node, refuse)
        return
    text = node.text.strip() if isinstance(node, Scalar) else ""
    found = read_range(text) if _WHOLE.fullmatch(text) else None
    if found is None:
        refuse(f"{f'`{text}`' if text else 'this'} is no choice of whole numbers", node, help=_WAYS)
    elif not found.goes_up or found.last > LARGEST:
        refuse(f"`{text}` holds no numbers up to {LARGEST:,}", node, help=_WAYS)
    elif len(found) > MOST_VALUES:
        refuse(f"`{text}` holds more than {MOST_VALUES:,} numbers", node, help="take fewer: 8..96 step 8")
    else:
        yield from map(int, found)


def _listed_numbers(node: Sequence, refuse: Refuse) -> Iterator[int]:
    seen: set[int] = set()
    if not node.items:
        refuse("an empty list has no number to draw", node, help=_WAYS)
    for item in node.items:
        text = item.text if isinstance(item, Scalar) else ""
        if not re.fullmatch("[0-9]{1,7}", text) or int(text) > LARGEST:
            refuse(f"`{text}` is no whole number up to {LARGEST:,}", item, help=_WAYS)
        elif int(text) in seen:
            refuse(f"{int(text)} stands twice", item, help="delete one of them: each is as likely as the others")
        else:
            seen.add(int(text))
            yield int(text)


def _used(node: Node, values: dict[str, tuple[int, ...]], refuse: Refuse) -> list[str]:
    if not isinstance(node, Scalar):
        return []
    used, unknown = names_in(node.text, values)
    for name, offset in unknown:
        help = did_you_mean(f"${near}" for near in nearest(name, values)) if name else "write $$ for a dollar"
        refuse(f"`${name}` is not in `vary`", node, offset, help or f"`vary` has {listed(values)}")
    return used


def _condition(node: Node | None, values: dict[str, tuple[int, ...]], refuse: Refuse) -> str:
    """The text of `where`, its names and its grammar checked."""
    if not isinstance(node, Scalar):
        if node is not None:
            refuse("`where` is one condition", node, help="write where: k*k != cin and cin != cout")
        return ""
    try:
        parsed = expression.parse(node.text)
    except ExpressionError as error:
        refuse(error.what, node, error.column, error.help)
        return ""
    for name in sorted(parsed.names, key=parsed.column_of):
        if name not in values:
            help = did_you_mean(nearest(name, values)) or f"`vary` has {listed(values)}"
            refuse(f"`{name}` is not in `vary`", node, parsed.column_of(name), help)
    return node.text
