"""`archcalc view`: the page of a network in the browser, and while its spec is edited."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archcalc.cli.options import Input, Set, Spec, settings
from archcalc.cli.session import Session
from archcalc.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc view alexnet --no-browser")
    def view(
        context: typer.Context,
        spec: Spec,
        watch: Annotated[
            bool, typer.Option("--watch", help="Serve it to this machine, and follow the file as it is saved.")
        ] = False,
        port: Annotated[int, typer.Option(metavar="N", help="The port of --watch; 0 takes a free one.")] = 0,
        no_browser: Annotated[
            bool, typer.Option("--no-browser", help="Say where the page is; do not open it.")
        ] = False,
        set_: Set = None,
        input_: Input = None,
    ) -> None:
        """The page of `archcalc report` in the browser.

        With --watch it is served on the loopback address alone, under a random token, and shows the spec's drawing, its
        numbers and its errors anew each time the file is saved. Ctrl-C ends it.
        """
        from archcalc.watching import Watched, serve, write_once

        session: Session = context.obj
        watched = Watched(spec, settings(set_), input_)
        if not watch:
            if port:
                raise UsageError("--port goes with --watch", help="add --watch, or leave --port out")
            session.say(f"wrote {(file := write_once(watched))}")
            _open(Path(file).as_uri(), no_browser)
            return
        if not 0 <= port <= 65535:
            raise UsageError(f"--port is from 0 to 65535, got {port}")
        if watched.file is None:
            raise UsageError("--watch follows a file", help="give a path")
        with serve(watched, port) as address:
            session.say(f"{address} shows {spec}; Ctrl-C ends it")
            _open(address, no_browser)
            watched.wait()


def _open(address: str, no_browser: bool) -> None:
    import webbrowser

    if not no_browser:
        webbrowser.open(address)
