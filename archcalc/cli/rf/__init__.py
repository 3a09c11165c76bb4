"""`archcalc rf`: receptive fields of every layer, of one, of one unit; and which stacks reach a wanted field."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from archcalc.cli.formats import CHARTED, TABLES, chosen
from archcalc.cli.options import Input, Output, Set, Theme, format_option
from archcalc.cli.session import Session
from archcalc.errors import UsageError

if TYPE_CHECKING:
    from archcalc.cli.rf.query import FieldQuery

FORMATS = CHARTED


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        epilog="Example: archcalc rf alexnet --layer conv5 --explain\n\n"
        "Example: archcalc rf lenet5 --layer conv1 --uses"
    )
    def rf(
        context: typer.Context,
        spec: Annotated[
            str | None, typer.Argument(metavar="[SPEC]", help="A spec as in show; without one, all bundled specs.")
        ] = None,
        layer: Annotated[str | None, typer.Option(metavar="NAME", help="Only this layer or group.")] = None,
        explain: Annotated[bool, typer.Option("--explain", help="The recurrence line by line.")] = False,
        at: Annotated[str | None, typer.Option(metavar="Y,X", help="The box that one unit sees.")] = None,
        unit: Annotated[
            str | None, typer.Option(metavar="center|border", help="The box of the unit in the middle, or at 0,0.")
        ] = None,
        pixel: Annotated[str | None, typer.Option(metavar="Y,X", help="The units that see a pixel.")] = None,
        wrt: Annotated[str | None, typer.Option(metavar="NAME", help="Measure on this layer, not the input.")] = None,
        uses: Annotated[bool, typer.Option("--uses", help="How many units see each pixel.")] = False,
        exact: Annotated[bool, typer.Option("--exact", help="Every unit, in real pixels only.")] = False,
        verify: Annotated[
            bool, typer.Option("--verify", help="Measure it: which rows and columns change a unit?")
        ] = False,
        effective: Annotated[bool, typer.Option("--effective", help="Sigma of the effective field.")] = False,
        resolution: Annotated[
            str | None, typer.Option(metavar="N,N", help="Compare these input sizes: 224,321 or 224x320.")
        ] = None,
        draw: Annotated[bool, typer.Option("--draw", help="Draw the box of a unit on the input.")] = False,
        theme: Theme = "light",
        require: Annotated[
            list[str] | None, typer.Option(metavar="DEMAND", help="Exit 1 unless it holds: 'conv5>=163'.")
        ] = None,
        no_gates: Annotated[
            bool, typer.Option("--no-gates", help="Leave out branches that see the whole map.")
        ] = False,
        depth: Annotated[
            int | None, typer.Option(metavar="N", help="Fold what is nested deeper than N levels; 0 opens everything.")
        ] = None,
        target: Annotated[int | None, typer.Option(metavar="R", help="Which stacks reach this field?")] = None,
        kernel: Annotated[int, typer.Option(metavar="K", help="With --target: kernel of each layer.")] = 3,
        stride: Annotated[int, typer.Option(metavar="S", help="With --target: stride of each layer.")] = 1,
        layers: Annotated[int | None, typer.Option(metavar="N", help="With --target: at most N layers.")] = None,
        set_: Set = None,
        input_: Input = None,
        format_: Annotated[str | None, format_option(*FORMATS)] = None,
        output: Output = None,
    ) -> int:
        """Receptive field, jump, start and effective padding of each layer.

        Size r, jump j, start (centre of unit 0) and padding P in pixels of the input; pixel 0 is the first real one.
        `--output FILE.svg` (.png, .pdf, with --draw .html and .tex) draws the box of a unit as a figure. `--verify`
        runs the layers up to --layer in NumPy with the values of each row and column changed in turn; exit code 1: a
        unit sees other ones than computed.
        """
        from archcalc.cli.rf.query import FieldQuery

        session: Session = context.obj
        format_ = chosen(format_, output, FORMATS)
        asked = {
            "--explain": explain, "--at": at, "--unit": unit, "--pixel": pixel, "--uses": uses, "--exact": exact,
            "--effective": effective, "--resolution": resolution, "--require": require, "--target": target,
            "--verify": verify,
        }  # fmt: skip
        asked = {name: said for name, said in asked.items() if said not in (None, False, [])}
        _only_one([*asked])
        if target is not None:
            from archcalc.cli.rf.stacks import stacks

            return stacks(session, target, kernel, stride, layers, format_, output)
        if spec is None:
            from archcalc.cli.rf.every_spec import in_every_spec

            _needs(layer is not None, "rf needs a SPEC, a --layer or a --target", "archcalc rf alexnet")
            assert layer is not None
            return in_every_spec(session, layer, not no_gates, format_, output)
        figure = draw or format_ not in TABLES
        _refuse_together([*asked], figure, no_gates)
        _refuse_without_layer([*asked], figure, layer)
        question, said = next(iter(asked.items()), ("", None))
        query = FieldQuery(
            session,
            spec,
            layer or "",
            wrt,
            not no_gates,
            depth,
            set_,
            input_,
            format_,
            output,
            question,
            said,
            theme,
        )
        return _answer("picture" if figure and not uses else QUESTIONS[question], query)


QUESTIONS = {
    "": "layers", "--explain": "recurrence", "--at": "unit", "--unit": "unit", "--pixel": "pixel", "--uses": "uses",
    "--exact": "exact",
    "--effective": "effective", "--resolution": "resolutions", "--require": "demands", "--verify": "measured",
}  # fmt: skip
"""What one spec is asked -> the file of this folder whose `answer` gives it; "" asks for every layer."""


def _answer(file: str, query: FieldQuery) -> int:
    answer: Callable[[FieldQuery], int] = import_module(f"archcalc.cli.rf.{file}").answer
    return answer(query)


def _refuse_together(asked: list[str], figure: bool, no_gates: bool) -> None:
    """Raises UsageError for options that do not go together."""
    if figure:
        _only_one(["a picture", *(name for name in asked if name not in ("--at", "--unit", "--verify", "--uses"))])
    if "--verify" in asked and (no_gates or figure):
        other = "--no-gates" if no_gates else "a picture"
        raise UsageError(f"--verify and {other} do not go together", help="a run sees all of the network")


def _refuse_without_layer(asked: list[str], figure: bool, layer: str | None) -> None:
    for name in ("--at", "--unit", "--pixel", "--uses", "--explain", "--verify"):
        _needs(name not in asked or layer is not None, f"{name} needs a --layer", f"{name} ... --layer conv5")
    _needs(not figure or layer is not None, "a picture needs a --layer", "--draw --layer conv5")


def _only_one(given: list[str]) -> None:
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} do not go together", help="ask for one of them at a time")


def _needs(holds: bool, what: str, example: str) -> None:
    if not holds:
        raise UsageError(what, help=f"such as {example}")
