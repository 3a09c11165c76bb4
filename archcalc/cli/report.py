"""`archcalc report`: one HTML file of a network, of two, or a folder of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archcalc.cli.options import Input, Set, settings
from archcalc.cli.session import Session
from archcalc.errors import ArchcalcError, UsageError

if TYPE_CHECKING:
    from archcalc.graph.graph import Graph

INPUT_WRONG = 3


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc report resnet50 -o resnet50.html")
    def report(
        context: typer.Context,
        specs: Annotated[
            list[str], typer.Argument(metavar="SPEC...", help="One network, two to compare, or a folder of specs.")
        ],
        output: Annotated[
            Path | None,
            typer.Option("--output", "-o", metavar="FILE", help="The page; of a folder the folder of pages."),
        ] = None,
        set_: Set = None,
        input_: Input = None,
    ) -> int:
        """A page to open in a browser: drawing, layers, fields, memory, claims and formulas, linked. It loads nothing.

        Hovering a box or a row shows its receptive field on the input, a click on a number its formula, a click on a
        group opens it. Two specs stand side by side, what changed in colour. Of a spec with errors the page shows
        those, and the exit code is 3.
        """
        from archcalc.comparison import load_sides
        from archcalc.pages import error_page, network_page, pair_page

        session: Session = context.obj
        if len(specs) == 1 and os.path.isdir(specs[0]):
            return _folder(session, Path(specs[0]), output)
        if len(specs) > 2:
            raise UsageError(f"a page shows one network or two, not {len(specs)}", help="report A B, or report FOLDER")
        try:
            sides = load_sides(specs, settings(set_), input_)
        except ArchcalcError as error:
            if error.exit_code != INPUT_WRONG or output is None:
                raise
            session.picture(error_page(specs[0], error), output)
            session.complain(error)
            return INPUT_WRONG
        graphs = [side.graph for side in sides]
        session.picture(network_page(graphs[0]) if len(graphs) == 1 else pair_page(graphs[0], graphs[1]), output)
        return 0


def _folder(session: Session, folder: Path, output: Path | None) -> int:
    """A page for each spec of a folder and its variants, and one that lists them."""
    from archcalc.cli.check.specs import wanted
    from archcalc.network import load
    from archcalc.pages import error_page, index_page, network_page

    if output is None:
        raise UsageError("a folder of specs becomes a folder of pages", help="add -o site/")
    if not os.path.isdir(output):
        output.mkdir(parents=True)
    rows: list[tuple[str, str, Graph | None]] = []
    for checked in wanted([str(folder)]):
        name = Path(checked.address).name.removesuffix(".yaml").removesuffix(".yml")
        file = f"{name.replace('@', '-')}.html"
        try:
            graph = load(checked.address).graph
            session.picture(network_page(graph), output / file)
            rows.append((name, file, graph))
        except ArchcalcError as error:
            if error.exit_code != INPUT_WRONG:
                raise
            session.picture(error_page(name, error), output / file)
            rows.append((name, file, None))
    session.picture(index_page(folder.name or "specs", rows), output / "index.html")
    return INPUT_WRONG if any(graph is None for _, _, graph in rows) else 0
