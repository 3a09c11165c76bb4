"""`archcalc quiz misconceptions`: the known mistakes, and what they give."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.options import Output, format_option
from archcalc.cli.session import Session
from archcalc.errors import UsageError

if TYPE_CHECKING:
    from archcalc.homework.asking.question import AskedNetwork

FORMATS = ("text", "markdown", "csv", "json")


def register(quiz: typer.Typer) -> None:
    """Add the command."""

    @quiz.command(epilog="Example: archcalc quiz misconceptions --spec alexnet --layer conv1 --get params")
    def misconceptions(
        context: typer.Context,
        id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One of them; without it, all.")] = None,
        spec: Annotated[str | None, typer.Option(metavar="SPEC", help="What they give on this network ...")] = None,
        layer: Annotated[str | None, typer.Option(metavar="LAYER", help="... or on this layer of it.")] = None,
        get: Annotated[str | None, typer.Option(metavar="FIGURE", help="... for this figure: params, out.w.")] = None,
        format_: Annotated[str | None, format_option(*FORMATS)] = None,
        output: Output = None,
    ) -> None:
        """The known mistakes.

        What a student did, what the student is told, and what comes out on a layer.
        """
        session: Session = context.obj
        format_ = chosen(format_, output, FORMATS)
        if id is not None:
            _refuse_unknown(id)
        if spec is not None:
            _write_given(session, spec, layer or "", get, id, format_, output)
            return
        if layer or get:
            raise UsageError("a layer and a figure are those of a network", help="name it: --spec alexnet")
        _write_catalogue(session, id, format_, output)


def _write_catalogue(session: Session, id: str | None, format: str, output: Path | None) -> None:
    from archcalc.homework.quiz.examples import entries
    from archcalc.report.quiz.mistakes import catalogue_table, catalogue_text, entry_text

    found = entries(_network, (id,) if id else ())
    page = session.page(output)
    session.report(
        format, output, text=lambda: entry_text(found[0], page) if id else catalogue_text(found, page),
        table=lambda: catalogue_table(found),
    )  # fmt: skip


def _write_given(
    session: Session, spec: str, layer: str, get: str | None, id: str | None, format: str, output: Path | None
) -> None:
    from archcalc.homework.quiz.examples import figures_of, given_values
    from archcalc.report.quiz.mistakes import given_table

    network = _network(spec)
    figures = (get,) if get else figures_of(network, layer)
    found = list(given_values(network, layer, figures))
    if id is not None:
        found = [one for one in found if one.id == id]
    if not found:
        about = f"{layer or spec}: {', '.join(figures)}"
        raise UsageError(f"{id or 'no known mistake'} gives nothing for {about}", help="try another layer or figure")
    session.table(given_table(f"{layer} of {spec}" if layer else spec, found), format, output)


def _refuse_unknown(id: str) -> None:
    from archcalc.homework.misconceptions import MISCONCEPTIONS
    from archcalc.report.formats.diagnostics import nearest_names

    if id not in MISCONCEPTIONS:
        raise UsageError(f"there is no misconception `{id}`", help=nearest_names(id, MISCONCEPTIONS))


def _network(spec: str) -> AskedNetwork:
    from archcalc.homework.asking.question import AskedNetwork
    from archcalc.network import load

    loaded = load(spec)
    return AskedNetwork.of(loaded.graph, loaded.document, loaded.choices)
