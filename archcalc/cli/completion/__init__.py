"""What may stand in the place of the word under the cursor: the script of a shell asks, by variables.

The line is read with the commands' own parsers, so that an option, its values and the next argument are what they are
when the command runs. `values.py` knows what stands for a parameter, `scripts.py` speaks with the shells.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import typer

from archcalc.cli.completion.values import Typed, values_of
from archcalc.errors import ArchcalcError


class Suggestion(NamedTuple):
    """A word and what it means."""

    word: str
    help: str = ""


Application = Callable[[Sequence[str]], typer.Typer]


def answer(shell: str, commands: Sequence[str], application: Application) -> str:
    """What a script of a shell gets, a candidate a line; bash puts in only what is behind its last word break.

    Args:
        commands: the names of all commands.
        application: makes the application with some of them.
    """
    line = os.environ.get("_ARCHCALC_LINE", "")
    *words, incomplete = split(line)
    found = candidates(words[1:], incomplete, commands, application)
    if shell != "bash":
        return "".join(f"{word}\t{help}\n" for word, help in found)
    breaks = os.environ.get("_ARCHCALC_BREAKS", "")
    start = max((incomplete.rfind(sign) for sign in breaks), default=-1) + 1
    return "".join(f"{_quoted(word[start:])}\n" for word, _ in found)


def split(line: str) -> list[str]:
    """The words of a line up to the cursor, the last of them perhaps begun, from the command's own name on."""
    lexer = shlex.shlex(f"{line}\0", posix=True)  # the sign stands for the cursor, and keeps an empty word
    lexer.whitespace_split, lexer.commenters = True, ""
    words: list[str] = []
    try:
        words += lexer
    except ValueError:  # a quote is open
        words.append(lexer.token)
    words[-1] = words[-1].rstrip("\0")
    while len(words) > 1 and re.match(r"\w+=", words[0]):
        del words[0]
    return words


def candidates(
    words: Sequence[str], incomplete: str, commands: Sequence[str], application: Application
) -> list[Suggestion]:
    """What may stand behind these words and begins so."""
    known = [word for word in words[:1] if word in commands]
    command: Any = typer.main.get_command(application(known or commands))
    path = ["archcalc"]
    words = list(words)
    while words and words[0] in getattr(command, "commands", {}):
        path.append(words.pop(0))
        command = command.commands[path[-1]]
    return [found for found in _of(command, path, words, incomplete) if found.word.startswith(incomplete)]


def _of(command: Any, path: list[str], words: list[str], incomplete: str) -> Iterator[Suggestion]:
    options = {name: option for option in command.params for name in option.opts if name.startswith("-")}
    waiting = options.get(words[-1]) if words else None
    if waiting is not None and not waiting.is_flag:
        yield from _values(waiting, _asked(command, path, words[:-1], incomplete))
    elif incomplete.startswith("--") and "=" in incomplete:
        name, _, begun = incomplete.partition("=")
        if name in options:
            for found in _values(options[name], _asked(command, path, words, begun)):
                yield Suggestion(f"{name}={found.word}", found.help)
    elif incomplete.startswith("-"):
        for option in dict.fromkeys(options.values()):
            if option.multiple or not any(name in words for name in option.opts):
                yield Suggestion(option.opts[0], option.help or "")
        yield Suggestion("--help", "Show this message and exit.")
    elif getattr(command, "commands", None):
        if words:
            return  # no command of this name
        yield from (Suggestion(name, each.get_short_help_str(70)) for name, each in command.commands.items())
    else:
        asked = _asked(command, path, words, incomplete)
        yield from _next_argument(command, asked)


def _next_argument(command: Any, asked: Typed) -> Iterator[Suggestion]:
    for argument in command.params:
        if argument.param_type_name == "argument":
            given = asked.given.get(argument.name)
            if argument.nargs == -1 or given in (None, argument.default):
                yield from _values(argument, asked)
                return


def _asked(command: Any, path: list[str], words: list[str], incomplete: str) -> Typed:
    """What the words before the cursor say."""
    given: dict[str, Any] = {}
    with suppress(Exception):  # words that the command does not take
        given = dict(command.make_context(" ".join(path), list(words), resilient_parsing=True).params)
    return Typed(given, incomplete)


def _values(parameter: Any, asked: Typed) -> Iterator[Suggestion]:
    with suppress(ArchcalcError, OSError):  # a spec that is not there, or wrong: nothing is known of it
        yield from (Suggestion(word) for word in values_of(parameter, asked))


def _quoted(word: str) -> str:
    """As bash reads it back."""
    return re.sub(r"([^\w@%+=:,./~^-])", r"\\\1", word)
