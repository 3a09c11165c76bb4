"""The command line: finds the command, runs it, and turns every error into a message and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from signal import SIG_IGN, SIGINT, default_int_handler, getsignal, signal
from typing import TYPE_CHECKING, Any

import typer

from archcalc.cli.options import asks_json
from archcalc.cli.session import Session
from archcalc.errors import ArchcalcError, UsageError
from archcalc.interrupt import INTERRUPTED
from archcalc.version import __version__

if TYPE_CHECKING:
    from archcalc.cli.defaults import Default

GROUPS = {
    "Look at a network": ("show", "explain", "rf", "memory", "draw", "report", "view", "run"),
    "One layer, and numbers": ("calc", "pieces", "reconcile"),
    "Compare": ("compare", "diff", "sweep"),
    "Check a spec": ("check", "lint", "lock"),
    "Homework": ("quiz", "grade"),
    "What there is": ("list", "layers", "new", "import", "schema"),
}
"""The commands, as the help groups them; each is a file of this folder with `register(app)`."""
COMMANDS = tuple(name for names in GROUPS.values() for name in names)

LARGEST = 10**15
_WrongUse: type[typer.BadParameter] = typer.BadParameter.__mro__[2]
"""What typer raises for a wrong command line; its own base of it has no public name."""


def run() -> None:
    """The console script. It ends without the interpreter's tidying up, a tenth of the time of a short run."""
    try:
        if getsignal(SIGINT) is not SIG_IGN:
            signal(SIGINT, default_int_handler)
        session = Session.of_process()
        if shell := os.environ.get("_ARCHCALC_COMPLETE"):
            from archcalc.cli.completion import answer

            session.write(answer(shell, COMMANDS, application))
            os._exit(_flushed(0, session))
        code = _flushed(main(sys.argv[1:], session), session)
    except KeyboardInterrupt:
        code = INTERRUPTED
    os._exit(code)


def main(arguments: Sequence[str], session: Session | None = None) -> int:
    """Run a command and return its exit code."""
    session = session or Session.of_process()
    try:
        return _answered(list(arguments), session)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (KeyboardInterrupt, typer.Abort):
        session.say("interrupted")
        return INTERRUPTED
    except Exception as error:
        if os.environ.get("ARCHCALC_DEBUG"):
            raise
        what = f"this is a bug of archcalc {__version__}: {type(error).__name__}: {error}"
        help = "please report it with the spec; ARCHCALC_DEBUG=1 shows where it happened"
        return _failed(ArchcalcError(what, help=help), arguments, session)


def application(commands: Sequence[str] = COMMANDS) -> typer.Typer:
    """The typer application with these commands."""
    from archcalc.cli.help import grouped

    app = typer.Typer(
        name="archcalc",
        cls=grouped(GROUPS),
        help="Shapes, parameters, operations and receptive fields of a network, with the formula behind each number.",
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )

    @app.callback(
        epilog="Defaults: [tool.archcalc] in pyproject.toml, ARCHCALC_BATCH=8. Example: archcalc show alexnet",
        invoke_without_command=True,
    )
    def root(
        context: typer.Context,
        version: bool = typer.Option(False, "--version", "-V", help="Print the version and exit."),
        show_completion: str | None = typer.Option(
            None, metavar="bash|zsh|fish", help="Print what makes this shell complete the command."
        ),
        install_completion: str | None = typer.Option(
            None, metavar="bash|zsh|fish", help="Write it where this shell finds it."
        ),
    ) -> None:
        if version:
            typer.echo(f"archcalc {__version__}")
        elif show_completion or install_completion:
            _complete(context.obj, show_completion, install_completion)
        elif context.invoked_subcommand is None:
            typer.echo(context.get_help())

    for name in commands:
        import_module(f"archcalc.cli.{name}").register(app)
    return app


def _complete(session: Session, show: str | None, install: str | None) -> None:
    from archcalc.cli.completion.scripts import install as installed
    from archcalc.cli.completion.scripts import script

    if show:
        session.write(script(show))
    if install:
        for file in installed(install):
            session.say(f"wrote {file}")


def _answered(arguments: list[str], session: Session) -> int:
    """The exit code of a command, or of the error that it ends in."""
    given: list[Default] = []
    try:
        return _dispatch(arguments, session, given)
    except ArchcalcError as error:
        wrong = error
    except _WrongUse as error:
        wrong = _use_error(error)
    except OSError as error:
        if error.filename is None or os.environ.get("ARCHCALC_DEBUG"):
            raise
        wrong = UsageError(f"{os.fsdecode(error.filename)}: {error.strerror}")
    if isinstance(wrong, UsageError):
        wrong.notes += tuple(f"{default.said} counts, where the command line says nothing" for default in given)
    return _failed(wrong, [*arguments, *(f"--format={d.value}" for d in given if d.name == "format")], session)


def _failed(error: ArchcalcError, arguments: Sequence[str], session: Session) -> int:
    """Tell an error on stderr, and on stdout as a document where one was asked for."""
    session.complain(error)
    if asks_json(arguments):
        from archcalc.report.formats.errors_json import errors_json

        try:
            session.write(errors_json(error))
        except ArchcalcError as refused:  # stdout cannot be written to
            if refused.what == error.what:
                return error.exit_code
            session.complain(refused)
            return refused.exit_code
    return error.exit_code


def _flushed(code: int, session: Session) -> int:
    """The exit code, once all that was said is written."""
    try:
        session.out.flush()
    except BrokenPipeError:
        pass
    except OSError as error:
        from archcalc.core.writing import unwritable

        refused = unwritable("stdout", error)
        session.complain(refused)
        code = refused.exit_code
    with suppress(OSError):
        session.err.flush()
    return code


def _use_error(error: typer.BadParameter) -> UsageError:
    """What is wrong with the command line and the repair, else which help to read."""
    command = error.ctx.command_path if error.ctx else "archcalc"
    help = f"`{command} --help` lists what it takes"
    what = error.format_message().rstrip(".")
    option = getattr(error, "option_name", None) or ""
    if option.startswith("-"):
        from archcalc.cli.formats import format_named

        format = format_named(option.lstrip("-"))
        takes_one = error.ctx is not None and any(p.name == "format_" for p in error.ctx.command.params)
        if format:
            where = "" if takes_one else "archcalc show SPEC "
            return UsageError(what.partition(" (")[0], help=f"write {where}--format {format}")
    return UsageError(what, help=help)


def _dispatch(arguments: list[str], session: Session, given: list[Default]) -> int:
    """Register only the command asked for: the others cost start-up. Into `given` go the defaults that count."""
    asked = arguments[0] if arguments else ""
    if asked == "help":
        return _dispatch([*arguments[1:], "--help"], session, given)
    if asked and asked not in COMMANDS and not asked.startswith("-"):
        raise _no_command(asked)
    command = typer.main.get_command(application([asked] if asked in COMMANDS else COMMANDS))
    _bound(command)
    given += _preset(command, asked, arguments)
    result = command(arguments, standalone_mode=False, obj=session, prog_name="archcalc")
    if result == INTERRUPTED:  # typer's word for Ctrl-C
        raise KeyboardInterrupt
    return result if isinstance(result, int) else 0


def _preset(command: Any, asked: str, arguments: list[str]) -> list[Default]:
    """Give a command the defaults of its surroundings; a help needs none."""
    own = getattr(command, "commands", {}).get(asked)
    if own is None or {"--help", "-h"}.intersection(arguments):
        return []
    from archcalc.cli.defaults import defaults, value_of

    options = {name[2:]: option for option in own.params for name in option.opts if name.startswith("--")}
    given = defaults(asked, options, COMMANDS, arguments[1:])
    values = {options[default.name].name: value_of(default, options[default.name]) for default in given}
    command.context_settings["default_map"] = {asked: values}
    return given


def _no_command(word: str) -> UsageError:
    """What to write instead: the command that was meant, or one for the spec that stands in its place."""
    from archcalc.report.formats.diagnostics import nearest_names

    return UsageError(
        f"there is no command `{word}`",
        help=f"write archcalc show {word}" if _is_spec(word) else nearest_names(word, COMMANDS),
    )


def _is_spec(word: str) -> bool:
    from archcalc.spec.catalog import locate

    if word.endswith((".yaml", ".yml")):
        return True
    try:
        locate(word)
    except ArchcalcError:
        return False
    return True


def _bound(command: Any) -> None:
    """No whole number of the command line is larger than those of a spec, so that what is computed of it ends."""
    for inner in getattr(command, "commands", {}).values():
        _bound(inner)
    for parameter in command.params:
        if parameter.type.name.startswith("int"):
            parameter.callback = partial(_bounded, parameter.callback)


def _bounded(then: Callable[..., Any] | None, context: Any, parameter: Any, value: int | None) -> Any:
    if value is not None and abs(value) > LARGEST:
        raise UsageError(f"{parameter.opts[0]} is a number above 10^15, the limit")
    return value if then is None else then(context, parameter, value)
