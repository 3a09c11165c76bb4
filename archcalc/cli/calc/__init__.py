"""`archcalc calc`: one layer without a file, its rule read backwards, and the input sizes of a spec."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from archcalc.cli.explain import write
from archcalc.cli.formats import chosen
from archcalc.cli.options import Format, Output
from archcalc.cli.session import Session
from archcalc.core import Shape
from archcalc.errors import SpecError, UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        epilog="Example: archcalc calc conv --in 3x227x227 --out 96 --kernel 11 --stride 4\n\n"
        "Example: archcalc calc conv --in 96x27x27 --kernel 5 --find padding --size 27"
    )
    def calc(
        context: typer.Context,
        kind: Annotated[
            str | None,
            typer.Argument(
                metavar="[KIND]", help="conv, depthwise_conv, pool, max_pool, avg_pool, conv_transpose or linear."
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
        """One layer without a file: output, params, multiply-adds, each with its formula.

        With --find the other way round: every padding, stride, kernel, dilation or input that gives --size.
        """
        session: Session = context.obj
        format_ = chosen(format_, output)
        if smallest_input is not None or size_steps is not None:
            _refuse_both(kind, smallest_input, size_steps)
            if smallest_input is not None:
                _smallest(session, smallest_input, format_, output)
            elif size_steps is not None:
                _steps(session, size_steps, upto, layer, format_, output)
            return
        if kind is None:
            raise UsageError(
                "calc needs a kind of layer", help="such as: calc conv --in 3x227x227 --out 96 --kernel 11"
            )
        texts = {
            "kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation, "groups": groups,
            "multiplier": multiplier, "output_padding": output_padding,
        }  # fmt: skip
        values = {name: _value(name, text) for name, text in texts.items() if text is not None}
        if no_bias:
            values["bias"] = False
        if ceil_mode:
            values["ceil_mode"] = True
        if find is None:
            if size is not None:
                raise UsageError("--size goes with --find", help="such as: --find padding --size 27")
            _one(session, kind, in_, out, values, format_, output, lecture, " ".join(filter(None, texts.values())))
        else:
            _solve(session, kind, in_, out, values, find, size, format_, output)


def _one(
    session: Session, name: str, in_: str | None, out: str | None, values: dict[str, Any], format: str,
    output: Path | None, lecture: bool, written: str,
) -> None:  # fmt: skip
    from archcalc.analysis.axes import hinted
    from archcalc.analysis.explain import explain
    from archcalc.analysis.solve import find_kind, one_layer

    kind = find_kind(name)
    if in_ is None:
        raise UsageError("calc needs --in", help="the input's shape: --in 3x227x227")
    if out is not None:
        values = {"out_features" if kind.name == "linear" else "out_channels": _value("out", out), **values}
    x = _shape("--in", in_)
    try:
        graph = one_layer(kind, x, values, written)
    except SpecError as error:
        hinted(error, [("--in", x)])
        raise _refused(error, kind.name) from None
    write(session, explain(graph, kind.name), format, output, lecture)


def _solve(
    session: Session, name: str, in_: str | None, out: str | None, values: dict[str, Any], find: str,
    size: str | None, format: str, output: Path | None,
) -> None:  # fmt: skip
    from archcalc.analysis.solve import find_kind, solve
    from archcalc.report.network.solve import solutions_json, solutions_table

    kind = find_kind(name)
    if size is None:
        raise UsageError(f"--find {find} needs --size", help="the size to reach: --size 27")
    if out is not None and kind.parameter("out_channels") is None and kind.name != "linear":
        raise UsageError(f"{kind.name} has no --out", help="its output has the channels of its input")
    x = None if in_ is None else _shape("--in", in_)
    unknowns = tuple(word.strip() for word in find.split(",") if word.strip())
    try:
        found = solve(kind, x, values, unknowns, _shape("--size", size))
    except UsageError:
        raise
    except SpecError as error:
        raise _refused(error, kind.name) from None
    if format == "json":
        session.write(solutions_json(found), output)
        return
    given = "".join(f" {key.removesuffix('_size')}={_shown(value)}" for key, value in values.items())
    start = f" from {in_}" if in_ is not None and "input" not in unknowns else ""
    question = f"{kind.name}{given}: {' and '.join(unknowns)} that give{'s' if len(unknowns) == 1 else ''}"
    session.table(solutions_table(found, f"{question} {Shape(found.sizes)}{start}"), format, output)


def _smallest(session: Session, spec: str, format: str, output: Path | None) -> None:
    from archcalc.analysis.input_sizes import smallest_input
    from archcalc.network import load
    from archcalc.report.network.solve import smallest_json, smallest_text

    chosen(format, output, ("text", "json"))
    network = load(spec)
    found = smallest_input(network.document, network.choices, network.graph)
    session.result((smallest_json if format == "json" else smallest_text)(found), format, output)


def _steps(session: Session, spec: str, upto: int | None, layer: str | None, format: str, output: Path | None) -> None:
    from archcalc.analysis.input_sizes import size_steps
    from archcalc.network import load
    from archcalc.report.network.solve import steps_json, steps_table

    network = load(spec)
    found = size_steps(network.document, network.choices, network.graph, upto, layer)
    if format == "json":
        session.write(steps_json(found), output)
    else:
        session.table(steps_table(found), format, output)


def _refuse_both(kind: str | None, smallest_input: str | None, size_steps: str | None) -> None:
    given = [
        name
        for name, value in ((kind, kind), ("--smallest-input", smallest_input), ("--size-steps", size_steps))
        if value
    ]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(map(str, given))} are two questions", help="ask one at a time")


def _value(name: str, text: str) -> Any:
    """A value as a spec would read it: 3, 3x5, same, 0:1."""
    from archcalc.spec.expression import parse

    option = "--" + name.removesuffix("_size").replace("_", "-")
    try:
        return parse(text).evaluate(lambda word: word)
    except SpecError as error:
        raise UsageError(f"{option} {text}: {error.what}", help=error.help) from None


def _shape(option: str, text: str) -> Shape:
    from archcalc.core.units import parse_shape

    try:
        return parse_shape(text)
    except SpecError as error:
        raise UsageError(f"{option}: {error.what}", help=error.help) from None


def _shown(value: Any) -> str:
    from archcalc.layers.arguments import show

    return value if isinstance(value, str) else show(value)


def _refused(error: SpecError, kind: str) -> UsageError:
    """What a spec's author did wrong there, the command's user did here."""
    return UsageError(f"{kind}: {error.what}", notes=error.notes, help=error.help)
