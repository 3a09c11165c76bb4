"""The kind that a wrong word stands for, and what to do about one that stands for none."""

from __future__ import annotations

import re
from collections.abc import Iterable

from archcalc.spec.names import MEANINGS, OTHER_WORDS, folded, nearest


def nearest_kind(name: str, kinds: Iterable[str]) -> list[str]:
    """The kinds that a wrong word probably means: `Conv2d` is conv. None where it is known to mean none of them."""
    from archcalc.spec.foreign.lookup import kind_of
    from archcalc.spec.foreign.written import last_word

    known = list(kinds)
    bare = last_word(name)
    if bare != name and bare in known:
        return [bare]
    meant = OTHER_WORDS.get(folded(bare)) or kind_of(bare) or OTHER_WORDS.get(re.sub(r"[^a-z0-9]", "", name.lower()))
    if meant in known:
        return [meant]
    return [] if folded(bare) in MEANINGS else nearest(bare, known)


def meaning_of(name: str) -> str | None:
    """What to do about another tool's layer that no kind here is."""
    return MEANINGS.get(folded(name.rpartition(".")[2]))
