"""`archcalc rf`: receptive fields of every layer, of one, of one unit; and which stacks reach a wanted field."""

from __future__ import annotations

from typing import Annotated

import typer

from archcalc.cli.formats import TABLES, chosen
from archcalc.cli.options import Format, Input, Output, Set
from archcalc.cli.session import Session
from archcalc.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc rf alexnet --layer conv5 --explain")
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
        exact: Annotated[bool, typer.Option("--exact", help="Every unit, in real pixels only.")] = False,
        verify: Annotated[
            bool, typer.Option("--verify", help="Measure it: which rows and columns change a unit?")
        ] = False,
        effective: Annotated[bool, typer.Option("--effective", help="Sigma of the effective field.")] = False,
        resolution: Annotated[
            str | None, typer.Option(metavar="N,N", help="Compare these input sizes: 224,321 or 224x320.")
        ] = None,
        draw: Annotated[bool, typer.Option("--draw", help="Draw the box of a unit on the input.")] = False,
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
        format_: Format = None,
        output: Output = None,
    ) -> int:
        """Receptive field, jump, start and effective padding of each layer.

        Size r, jump j, start (centre of unit 0) and padding P in pixels of the input; pixel 0 is the first real one.
        `--output FILE.svg` draws the box of a unit as a figure. `--verify` runs the layers up to --layer in NumPy
        with the values of each row and column changed in turn; exit code 1: a unit sees other ones than computed.
        """
        from archcalc.cli.rf_queries import Query, design, in_every_spec, of_spec

        session: Session = context.obj
        format_ = chosen(format_, output, (*TABLES, "svg"))
        asked = {
            "--explain": explain, "--at": at is not None, "--unit": unit is not None, "--pixel": pixel is not None,
            "--exact": exact, "--effective": effective, "--resolution": resolution is not None,
            "--require": bool(require), "--target": target is not None, "--verify": verify,
        }  # fmt: skip
        _only_one([name for name, given in asked.items() if given])
        if target is not None:
            return design(session, target, kernel, stride, layers, format_, output)
        if spec is None:
            _needs(layer is not None, "rf needs a SPEC, a --layer or a --target", "archcalc rf alexnet")
            assert layer is not None
            return in_every_spec(session, layer, not no_gates, format_, output)
        figure = draw or format_ == "svg"
        if figure:
            others = asked.keys() - {"--at", "--unit", "--verify"}
            _only_one(["a picture", *(name for name in asked if asked[name] and name in others)])
        if verify and (no_gates or figure):
            other = "--no-gates" if no_gates else "a picture"
            raise UsageError(f"--verify and {other} do not go together", help="a run sees all of the network")
        for name in ("--at", "--unit", "--pixel", "--explain", "--verify"):
            _needs(not asked[name] or layer is not None, f"{name} needs a --layer", f"{name} ... --layer conv5")
        _needs(not figure or layer is not None, "a picture needs a --layer", "--draw --layer conv5")
        query = Query(
            session, spec, layer, wrt, not no_gates, depth, set_, input_, format_, output,
            explain, at, unit, pixel, exact, effective, resolution, figure, tuple(require or ()), verify,
        )  # fmt: skip
        return of_spec(query)


def _only_one(given: list[str]) -> None:
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} do not go together", help="ask for one of them at a time")


def _needs(holds: bool, what: str, example: str) -> None:
    if not holds:
        raise UsageError(what, help=f"such as {example}")
