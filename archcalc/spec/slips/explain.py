"""What a YAML syntax error means to the person who wrote the line.

libyaml names the token it stumbled over; the slip itself is often a line or a bracket earlier. Each rule here
looks at the text around the stumble and either recognizes a slip or passes. libyaml and the pure parser word
their errors differently, and so may their versions: a rule asks for words that all of those in `.ci/run` use, and
none quotes them. Words that no rule knows still give the place.
"""

from __future__ import annotations

from collections.abc import Callable

from archcalc.errors import Repair, SpecError
from archcalc.spec.slips.brackets import bracket
from archcalc.spec.slips.entries import (
    deeper_than_a_value,
    indented_between,
    list_and_names,
    list_on_the_line_of_its_key,
    missing_spaces,
    nameless,
    no_colon,
    second_colon,
)
from archcalc.spec.slips.signs import (
    after_a_quote,
    block_text,
    escape,
    open_quote,
    stray_character,
    tab,
    tag_or_directive,
)
from archcalc.spec.slips.stumble import Stumble, line_above


def explain(stumble: Stumble) -> list[SpecError]:
    """The errors to show for one syntax error."""
    for rule in _RULES:
        if errors := rule(stumble):
            return errors
    help = "give every entry a line of its own, `name: value`, and put in quotes what holds signs of YAML"
    return stumble.error("from here on this is not YAML", help, stumble.line, stumble.column)


def _after_the_end(at: Stumble) -> list[SpecError]:
    above = line_above(at, at.line)
    if not at.says("document start") or not at.rest(above).startswith("..."):
        return []
    what, repair = "the text goes on after `...`, its end", Repair("...", "", at.source.place(above, 1))
    return at.error(what, "delete `...`", at.line, at.column, len(at.here), repair)


def _misplaced(at: Stumble) -> list[SpecError]:
    if not at.here or not at.says("expected key", "<block end>", "document start", "'-' indicator"):
        return []
    what = f"`{at.here}` does not continue what stands before it"
    return at.error(what, "put the whole text in quotes, or begin a new line", at.line, at.column, len(at.here))


_RULES: tuple[Callable[[Stumble], list[SpecError]], ...] = (
    tag_or_directive,
    tab,
    _after_the_end,
    missing_spaces,
    second_colon,
    deeper_than_a_value,
    no_colon,
    bracket,
    open_quote,
    escape,
    after_a_quote,
    list_on_the_line_of_its_key,
    list_and_names,
    indented_between,
    stray_character,
    block_text,
    nameless,
    _misplaced,
)
