"""`archcalc check`: the claims of one spec, of several, or of a whole folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archcalc.cli.actions import usual_format
from archcalc.cli.check.sheets import check_sheets, is_sheet
from archcalc.cli.formats import chosen, said
from archcalc.cli.options import Input, Output, Set, is_typed, settings
from archcalc.cli.session import Session
from archcalc.errors import UsageError
from archcalc.report.marks.formats import SHEET_FORMATS

SPEC_FORMATS = ("text", "json", "github")
"""Of claims; those of marked sheets are more."""


_OTHERS = [format for format in SHEET_FORMATS if format not in SPEC_FORMATS]
_FORMAT = typer.Option(
    "--format", "-f", metavar="FORMAT", help=f"{said(SPEC_FORMATS)[:-1]}; of sheets also {said(_OTHERS)}"
)


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc check mobilenet_v2 --max-params 5M --max-macs 600M")
    def check(
        context: typer.Context,
        specs: Annotated[
            list[str],
            typer.Argument(metavar="FILE...", help="Specs, a folder (every spec in it, with its variants), or sheets."),
        ],
        max_params: Annotated[str | None, typer.Option(metavar="N", help="At most so many params: 5M.")] = None,
        max_macs: Annotated[str | None, typer.Option(metavar="N", help="At most so many MACs: 600M.")] = None,
        max_weights: Annotated[
            str | None, typer.Option(metavar="BYTES", help="At most so many bytes of params in float32.")
        ] = None,
        max_peak: Annotated[
            str | None, typer.Option(metavar="BYTES", help="At most so many bytes of activations at once: 64MiB.")
        ] = None,
        min_rf: Annotated[
            list[str] | None,
            typer.Option(metavar="LAYER=CELLS", help="A receptive field of at least so many cells: conv5=163."),
        ] = None,
        require: Annotated[
            list[str] | None,
            typer.Option(metavar="DEMAND", help="Any other demand: 'conv5.out.c <= 512', 'macs = 500M..600M'."),
        ] = None,
        answer: Annotated[
            list[str] | None,
            typer.Option(metavar="QUESTION=ANSWER", help="An answer to mark: conv1.out=96x54x54."),
        ] = None,
        lock: Annotated[
            Path | None, typer.Option(metavar="FILE", help="What `archcalc lock` wrote: nothing may have moved.")
        ] = None,
        assignment: Annotated[
            Path | None,
            typer.Option("--assignment", "-a", metavar="FILE", help="Mark an answer sheet against this assignment."),
        ] = None,
        set_: Set = None,
        input_: Input = None,
        quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only what does not hold.")] = False,
        format_: Annotated[str | None, _FORMAT] = None,
        output: Output = None,
    ) -> int:
        """Hold the claims of a spec (`expect:`), a budget or a lock file against what is computed; a line per claim.

        Of an answer sheet, or an --answer, every answer is marked, and the mistake behind a wrong one is named.

        Exit code 0: all hold; 1: one does not; 3: a file is wrong; 4: the assignment is; 5: there is nothing to check.
        """
        session: Session = context.obj
        if assignment is not None or any(map(is_sheet, specs)):
            _refuse(context, (*_DEMANDS, *_OF_SPECS, "answer"), "specs, and this is an answer sheet")
            return check_sheets(session, specs, assignment, quiet, format_, output)
        if answer:
            from archcalc.cli.check.answers import check_answers

            _refuse(context, _DEMANDS, "the claims of a spec, and here answers are marked")
            if len(specs) > 1:
                raise UsageError("--answer is about one spec", help="name one spec")
            return check_answers(session, specs[0], answer, settings(set_), input_, quiet, format_, output)
        format_ = chosen(format_, output, SPEC_FORMATS, usual_format())
        from archcalc.cli.check.specs import Demanded, check_specs, wanted

        named = wanted(specs)
        if lock is not None and len(named) > 1:
            raise UsageError("--lock holds one spec to its file", help="name one spec")
        maxima = {
            "--max-params": max_params, "--max-macs": max_macs, "--max-weights": max_weights, "--max-peak": max_peak,
        }  # fmt: skip
        demanded = Demanded(maxima, min_rf or [], require or [], lock)
        return check_specs(session, named, demanded, settings(set_), input_, quiet, format_, output)


_DEMANDS = ("max_params", "max_macs", "max_weights", "max_peak", "min_rf", "require", "lock")
"""Options that demand something beside the claims of a spec."""
_OF_SPECS = ("set_", "input_")


def _refuse(context: typer.Context, options: tuple[str, ...], what: str) -> None:
    """Raises UsageError for an option that would be passed over."""
    for name in options:
        if is_typed(context, name):
            option = f"--{name.strip('_').replace('_', '-')}"
            raise UsageError(f"{option} is about {what}", help="check them one by one")
