"""`archcalc calc`: one layer without a file, its rule read backwards, and the input sizes of a spec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.options import Format, Output
from archcalc.cli.session import Session
from archcalc.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        epilog="Example: archcalc calc conv --in 3x227x227 --out 96 --kernel 11 --stride 4\n\n"
        "Example: archcalc calc conv --in 96x27x27 --kernel 5 --find padding --size 27\n\n"
        "Example: archcalc calc conv --values '1 2 0;3 4 1;0 1 2' --weights '1 0;0 -1'"
    )
    def calc(
        context: typer.Context,
        kind: Annotated[
            str | None,
            typer.Argument(
                metavar="[KIND]", help="conv, depthwise_conv, conv_transpose, linear, pool, avg_pool, pad, batch_norm."
            ),
        ] = None,
        in_: Annotated[str | None, typer.Option("--in", metavar="SHAPE", help="Input: 3x227x227, or features.")] = None,
        out: Annotated[str | None, typer.Option(metavar="N", help="Filters, or units.")] = None,
        kernel: Annotated[str | None, typer.Option(metavar="K", help="Kernel: 3, or height x width 3x5.")] = None,
        stride: Annotated[str | None, typer.Option(metavar="S", help="Cells between two stops.")] = None,
        padding: Annotated[
            str | None, typer.Option(metavar="P", help="Cells on each side; same; or before:after.")
        ] = None,
        dilation: Annotated[str | None, typer.Option(metavar="D", help="Distance of two taps.")] = None,
        groups: Annotated[str | None, typer.Option(metavar="G", help="Groups of channels.")] = None,
        multiplier: Annotated[str | None, typer.Option(metavar="M", help="Filters per channel, depthwise.")] = None,
        output_padding: Annotated[
            str | None, typer.Option(metavar="P", help="Cells added after a transposed output.")
        ] = None,
        ceil_mode: Annotated[bool, typer.Option("--ceil-mode", help="Pooling: round the size up.")] = False,
        no_bias: Annotated[bool, typer.Option("--no-bias", help="Without biases.")] = False,
        values: Annotated[
            str | None, typer.Option(metavar="ROWS", help="Compute this array, step by step: '1 2 0;3 4 1;0 1 2'.")
        ] = None,
        weights: Annotated[
            str | None, typer.Option(metavar="ROWS", help="Of --values: the kernel, '1 0;0 -1'; filters between ||.")
        ] = None,
        bias: Annotated[str | None, typer.Option(metavar="B", help="Of --values: one number a filter.")] = None,
        flip: Annotated[bool, typer.Option("--flip", help="Of --values: turn the kernel around first.")] = False,
        backward: Annotated[
            str | None, typer.Option(metavar="ROWS", help="Of --values: the way back of these gradients.")
        ] = None,
        find: Annotated[
            str | None,
            typer.Option(metavar="A,B", help="Solve for padding, stride, kernel, dilation or input; or several."),
        ] = None,
        size: Annotated[str | None, typer.Option(metavar="N", help="The size to reach: 27, or 27x31.")] = None,
        smallest_input: Annotated[
            str | None, typer.Option(metavar="SPEC", help="The smallest legal input of a spec.")
        ] = None,
        size_steps: Annotated[
            str | None, typer.Option(metavar="SPEC", help="Input sizes at which a map of a spec changes.")
        ] = None,
        layer: Annotated[str | None, typer.Option(metavar="LAYER", help="The map that --size-steps follows.")] = None,
        upto: Annotated[int | None, typer.Option(metavar="N", min=1, help="The last size of --size-steps.")] = None,
        lecture: Annotated[bool, typer.Option("--lecture", help="In the words and letters of a lecture.")] = False,
        format_: Format = None,
        output: Output = None,
    ) -> None:
        """One layer without a file: output, params, MACs, each with its formula.

        With --find the other way round: every padding, stride, kernel, dilation or input that gives --size.
        With --values the numbers themselves, exact, each with its window and its products; rows of an array end with
        `;`, channels stand between `|`.
        """
        session: Session = context.obj
        format_ = chosen(format_, output)
        if smallest_input is not None or size_steps is not None:
            _refuse_both(kind, smallest_input, size_steps)
        if smallest_input is not None:
            from archcalc.cli.calc.smallest import smallest

            smallest(session, smallest_input, format_, output)
            return
        if size_steps is not None:
            from archcalc.cli.calc.steps import steps

            steps(session, size_steps, upto, layer, format_, output)
            return
        from archcalc.cli.calc.layer import LayerAsked

        if kind is None:
            help = "such as: calc conv --in 3x227x227 --out 96 --kernel 11"
            raise UsageError("calc needs a kind of layer", help=help)
        texts = {
            "kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation, "groups": groups,
            "multiplier": multiplier, "output_padding": output_padding,
        }  # fmt: skip
        asked = LayerAsked(kind, in_, out, texts, no_bias, ceil_mode)
        given = {"--weights": weights, "--bias": bias, "--flip": flip, "--backward": backward}
        if values is not None:
            from archcalc.cli.calc.values import written_out

            _only({"--in": in_, "--find": find, "--size": size, "--lecture": lecture}, "does not go with --values")
            written_out(session, asked, values, given, format_, output)
            return
        _only(given, "goes with --values")
        if find is not None:
            from archcalc.cli.calc.find import solved

            solved(session, asked, find, size, format_, output)
            return
        if size is not None:
            raise UsageError("--size goes with --find", help="such as: --find padding --size 27")
        from archcalc.cli.calc.one import explained

        explained(session, asked, format_, output, lecture)


def _only(given: Mapping[str, object], says: str) -> None:
    name = next((name for name, value in given.items() if value), "")
    if name:
        raise UsageError(f"{name} {says}", help="such as: calc conv --values '1 2 0;3 4 1;0 1 2' --weights '1 0;0 -1'")


def _refuse_both(kind: str | None, smallest_input: str | None, size_steps: str | None) -> None:
    given = [
        name
        for name, value in ((kind, kind), ("--smallest-input", smallest_input), ("--size-steps", size_steps))
        if value
    ]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(map(str, given))} are two questions", help="ask one at a time")
