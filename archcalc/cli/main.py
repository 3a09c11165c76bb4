"""The command line: finds the command, runs it, and turns every error into a message and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any

import typer

from archcalc import __version__
from archcalc.cli.options import asks_json
from archcalc.cli.session import Session
from archcalc.errors import ArchcalcError, UsageError

COMMANDS = (
    "show", "rf", "explain", "calc", "compare", "diff", "memory", "reconcile", "sweep", "check", "grade", "quiz",
    "lock", "lint", "run", "list", "layers", "schema", "new",
)  # fmt: skip
"""Each is a file of this folder with `register(app)`."""

LARGEST = 10**15
_WrongUse: type[typer.BadParameter] = typer.BadParameter.__mro__[2]
"""What typer raises for a wrong command line; its own base of it has no public name."""


def run() -> None:
    """The console script. It ends without the interpreter's tidying up, a tenth of the time of a short run."""
    code = main(sys.argv[1:])
    with suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def main(arguments: Sequence[str], session: Session | None = None) -> int:
    """Run a command and return its exit code."""
    session = session or Session.of_process()
    try:
        return _answered(list(arguments), session)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if os.environ.get("ARCHCALC_DEBUG"):
            raise
        what = f"this is a bug of archcalc {__version__}: {type(error).__name__}: {error}"
        help = "please report it with the spec; ARCHCALC_DEBUG=1 shows where it happened"
        return _failed(ArchcalcError(what, help=help), arguments, session)


def application(commands: Sequence[str] = COMMANDS) -> typer.Typer:
    """The typer application with these commands."""
    app = typer.Typer(
        name="archcalc",
        help="Shapes, parameters, operations and receptive fields of a network, with the formula behind each number.",
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )

    @app.callback(epilog="Example: archcalc show alexnet", invoke_without_command=True)
    def root(
        context: typer.Context,
        version: bool = typer.Option(False, "--version", help="Print the version and exit."),
    ) -> None:
        if version:
            typer.echo(f"archcalc {__version__}")
        elif context.invoked_subcommand is None:
            typer.echo(context.get_help())

    for name in commands:
        if not os.path.exists(os.path.join(os.path.dirname(__file__), name + ".py")):
            continue
        import_module(f"archcalc.cli.{name}").register(app)
    return app


def _answered(arguments: list[str], session: Session) -> int:
    """The exit code of a command, or of the error that it ends in."""
    try:
        return _dispatch(arguments, session)
    except ArchcalcError as error:
        return _failed(error, arguments, session)
    except _WrongUse as error:
        return _failed(_use_error(error), arguments, session)
    except OSError as error:
        if error.filename is None or os.environ.get("ARCHCALC_DEBUG"):
            raise
        return _failed(UsageError(f"{os.fsdecode(error.filename)}: {error.strerror}"), arguments, session)


def _failed(error: ArchcalcError, arguments: Sequence[str], session: Session) -> int:
    """Tell an error on stderr, and on stdout as a document where one was asked for."""
    session.complain(error)
    if asks_json(arguments):
        from archcalc.report.errors_json import errors_json

        session.write(errors_json(error))
    return error.exit_code


def _use_error(error: typer.BadParameter) -> UsageError:
    """What is wrong with the command line and which help to read."""
    command = error.ctx.command_path if error.ctx else "archcalc"
    return UsageError(error.format_message().rstrip("."), help=f"`{command} --help` lists what it takes")


def _dispatch(arguments: list[str], session: Session) -> int:
    """Register only the command asked for: the others cost start-up."""
    asked = arguments[0] if arguments and arguments[0] in COMMANDS else None
    command = typer.main.get_command(application([asked] if asked else COMMANDS))
    _bound(command)
    result = command(arguments, standalone_mode=False, obj=session, prog_name="archcalc")
    return result if isinstance(result, int) else 0


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
