"""What stands for an option that the command line leaves out: `[tool.archcalc]` of pyproject.toml, ARCHCALC_*.

The command line goes before the environment, the environment before the file; what is said of one command goes before
what is said of all. Homework takes no defaults: its folders come from others.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from archcalc.cli.formats import formats_in
from archcalc.core.record import record
from archcalc.errors import Place, Repair, Source, UsageError

EVERYWHERE = (
    "format", "depth", "convention", "layout", "batch", "dtype", "optimizer", "backend", "threads", "jobs", "seed",
)  # fmt: skip
"""Options that mean the same wherever they stand: they need not name a command."""
HOMEWORK = ("quiz", "grade")
NEVER = ("help", "output", "save", "plot", "assignment")
"""Options of one run: the files that it writes, and the one that it marks by."""
OTHER_VARIABLES = ("ARCHCALC_DEBUG", "ARCHCALC_SECRET")
"""Variables that are no defaults."""
_PREFIX = "ARCHCALC_"
_SECTION = re.compile(r"^\s*\[\s*tool\s*(?:\.\s*[\"']?archcalc\b|\])|^\s*tool\s*\.\s*[\"']?archcalc\b", re.M)


@record
class Default:
    """A value for an option, and who says it."""

    command: str
    """Empty where it holds for all."""
    key: str
    value: Any
    said: str
    """As a note tells it: `batch = 8` of pyproject.toml:3."""
    place: Place | None = None

    @property
    def name(self) -> str:
        return self.key.replace("_", "-")


def defaults(
    command: str, options: Mapping[str, Any], commands: Sequence[str], arguments: Sequence[str]
) -> list[Default]:
    """Those that count for a command line, the ones that give way left out.

    Args:
        options: what the command has, by name without dashes.
        commands: the names of all commands.

    Raises UsageError for a name that is none, and for a value that is none of its option.
    """
    found: dict[str, Default] = {}
    for default in (*_of_file(commands), *_of_environment(os.environ, commands)):  # the later ones go before
        if default.command in ("", command) and _counts(default, options, command):
            found[default.name] = default
    typed = {name for name, option in options.items() if _is_typed(option, arguments)}
    if "output" in typed:
        typed.add("format")  # the ending of the file says it
    return [default for name, default in found.items() if name not in typed]


def _counts(default: Default, options: Mapping[str, Any], command: str) -> bool:
    """Whether a command has the option. Raises UsageError where it was named for this command and has not."""
    option = options.get(default.name)
    if default.command:
        if default.name in NEVER:
            what = f"`archcalc {command}` takes no default for `{default.key}`"
            raise UsageError(what, place=default.place, help=f"write --{default.name} on the command line")
        if option is None:
            known = [name for name in options if name not in NEVER]
            raise _unknown(default, f"`archcalc {command}` takes no default for `{default.key}`", known)
        return True
    if option is not None and default.name == "format":
        return str(default.value).lower() in formats_in(option.help)
    return option is not None


def value_of(default: Default, option: Any) -> Any:
    """The value as the option takes it. Raises UsageError."""
    value = default.value
    if option.is_flag:
        words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
        if str(value).lower() not in words:
            raise _wrong(default, "true or false")
        return words[str(value).lower()]
    if option.multiple:
        values = value if isinstance(value, list) else [value]
        if any(isinstance(each, dict | list | bool) for each in values):
            raise _wrong(default, "a list of texts")
        return [str(each) for each in values]
    if isinstance(value, dict | list | bool):
        raise _wrong(default, "a text or a number")
    return str(value)


def _of_file(commands: Sequence[str]) -> Iterator[Default]:
    """Those of the nearest pyproject.toml that has a section for archcalc."""
    source = _project_file()
    if source is None:
        return
    for key, value in _section(source).items():
        if key in commands and isinstance(value, dict):
            for inner, own in value.items():
                yield _allowed(_default(source, key, inner, own))
        else:
            yield _known(_default(source, "", key, value), commands)


def _default(source: Source, command: str, key: str, value: Any) -> Default:
    place = _place(source, command, key)
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return Default(command, key, value, f"{key} = {shown} of {place.file}:{place.line}", place)


def _of_environment(variables: Mapping[str, str], commands: Sequence[str]) -> Iterator[Default]:
    """Those of one command come last: they go before those of all."""
    own = []
    for name in sorted(name for name in variables if name.startswith(_PREFIX) and name not in OTHER_VARIABLES):
        key = name.removeprefix(_PREFIX).lower()
        command, _, rest = key.partition("_")
        if command in commands and rest:
            own.append(Default(command, rest, variables[name], f"{name}={variables[name]}"))
        elif variables[name]:
            yield _known(Default("", key, variables[name], f"{name}={variables[name]}"), commands)
    yield from (_allowed(default) for default in own if default.value)


def _known(default: Default, commands: Sequence[str]) -> Default:
    """Raises UsageError for what is no option of several commands."""
    if default.name in EVERYWHERE:
        return default
    known = [*EVERYWHERE, *(name for name in commands if name not in HOMEWORK and default.place)]
    raise _unknown(default, f"there is no default for `{default.key}`", known)


def _allowed(default: Default) -> Default:
    if default.command not in HOMEWORK:
        return default
    help = "write the option on the command line"
    raise UsageError(f"`archcalc {default.command}` takes no defaults", place=default.place, help=help)


def _unknown(default: Default, what: str, known: Iterable[str]) -> UsageError:
    from archcalc.spec.names import did_you_mean, nearest

    near = nearest(default.name, known)
    if default.place is None:
        variable = default.said.partition("=")[0]
        prefix = _PREFIX + (f"{default.command.upper()}_" if default.command else "")
        names = [prefix + name.upper().replace("-", "_") for name in (near or list(known))]
        help = did_you_mean(names) if near else f"one of {', '.join(names)}"
        return UsageError(f"{variable}: {what}", help=help or None)
    help = did_you_mean(near) or f"one of {', '.join(known)}"
    repair = Repair(default.key, near[0]) if len(near) == 1 else None
    return UsageError(what, place=default.place, help=help, repair=repair)


def _wrong(default: Default, wanted: str) -> UsageError:
    return UsageError(f"`{default.key}` is {wanted}, got `{default.value}`", place=default.place,
                      notes=() if default.place else (f"it comes from {default.said}",))  # fmt: skip


def _is_typed(option: Any, arguments: Sequence[str]) -> bool:
    """Whether an option stands on a command line: `--batch 8`, `--batch=8`, `-fjson`."""
    for word in arguments:
        for name in option.opts:
            if word.partition("=")[0] == name or (not name.startswith("--") and word.startswith(name)):
                return True
    return False


def _project_file() -> Source | None:
    """The nearest pyproject.toml with a section for archcalc, up to the root of a repository."""
    try:
        here = Path.cwd()
    except OSError:
        return None
    for folder in (here, *here.parents):
        try:
            text = (folder / "pyproject.toml").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            text = ""
        if "archcalc" in text and _SECTION.search(text):
            return Source(text, os.path.relpath(folder / "pyproject.toml"))
        if os.path.exists(folder / ".git"):
            return None
    return None


def _section(source: Source) -> dict[str, Any]:
    """`[tool.archcalc]`. Raises UsageError where the file is no TOML."""
    import tomllib

    try:
        section = tomllib.loads(source.text).get("tool", {}).get("archcalc", {})
    except (tomllib.TOMLDecodeError, AttributeError) as error:
        at = re.search(r"line (\d+), column (\d+)", str(error))
        place = source.place(int(at[1]), int(at[2])) if at else source.place(len(source.text.rstrip().split("\n")), 1)
        raise UsageError(f"{source.file} is no TOML: {str(error).partition(' (at ')[0]}", place=place) from None
    if not isinstance(section, dict):
        raise UsageError("`archcalc` is a table", place=source.place(1, 1), help="write [tool.archcalc]")
    return section


def _place(source: Source, command: str, key: str) -> Place:
    """Where a key stands: the first line that begins with it behind the head of its table, else the head."""
    table = re.escape(f"[tool.archcalc{command and '.'}{command}]")
    head = re.compile(rf"\s*{table}")
    start = next((number for number, line in enumerate(source.lines) if head.match(line)), 0)
    word = re.compile(rf"[^#]*?(?<![\w-])({re.escape(key)})[\"']?\s*[=.\]]")
    for number, line in enumerate(source.lines[start:], start + 1):
        if found := word.match(line):
            return source.place(number, found.start(1) + 1, len(key))
    return source.place(start + 1, 1)
