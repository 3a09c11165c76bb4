"""`archcalc memory`: bytes of weights, activations and training."""

from __future__ import annotations

from typing import Annotated

import typer

from archcalc.cli.formats import CHARTED, PICTURED, TABLES, chosen
from archcalc.cli.options import (
    Depth,
    Freeze,
    Input,
    Output,
    Set,
    Spec,
    Theme,
    Unfreeze,
    format_option,
    levels,
    settings,
)
from archcalc.cli.session import Session

DOES_NOT_FIT = 1


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc memory vgg16 --batch 32 --optimizer momentum --fit 8GiB")
    def memory(
        context: typer.Context,
        spec: Spec,
        dtype: Annotated[
            str, typer.Option(metavar="TYPE", help="float32, float16, bfloat16, float64 or int8.")
        ] = "float32",
        optimizer: Annotated[
            str | None, typer.Option(metavar="NAME", help="sgd, momentum or adam (the default).")
        ] = None,
        inplace: Annotated[bool, typer.Option("--inplace", help="Write relu and its like over their input.")] = False,
        fused_norm: Annotated[
            bool, typer.Option("--fused-norm", help="Fold batch norm into the layer before it (inference).")
        ] = False,
        fit: Annotated[
            str | None, typer.Option(metavar="BYTES", help="The largest batch that fits: 8GiB, 24GB.")
        ] = None,
        examples: Annotated[
            str | None,
            typer.Option(metavar="N", help="Examples of an epoch, 1.2M: steps and operations of training."),
        ] = None,
        epochs: Annotated[int | None, typer.Option(metavar="N", help="How often they are seen; 1 by default.")] = None,
        recipe: Annotated[
            bool, typer.Option("--recipe", help="Train as `about: training:` of the spec says, but for what is given.")
        ] = False,
        kv_cache: Annotated[
            bool, typer.Option("--kv-cache", help="Keys and values that generating text keeps.")
        ] = False,
        context_: Annotated[
            int | None, typer.Option("--context", metavar="N", help="Tokens of --kv-cache; the input's unless told.")
        ] = None,
        depth: Depth = None,
        set_: Set = None,
        input_: Input = None,
        freeze: Freeze = None,
        unfreeze: Unfreeze = None,
        batch: Annotated[int | None, typer.Option(metavar="N", help="Examples in a batch; 1 by default.")] = None,
        chart: Annotated[
            bool, typer.Option("--chart", help="What is in memory at each layer, as bars: -o FILE.svg, .png, .pdf ...")
        ] = False,
        theme: Theme = "light",
        format_: Annotated[str | None, format_option(*CHARTED)] = None,
        output: Output = None,
    ) -> int:
        """Weights, every activation, the peak with the layer where it occurs, and training by part.

        A value is in memory from the layer that makes it to the last that reads it. Training keeps the weights,
        a gradient each, the optimizer's state and the inputs and outputs of all layers that a gradient flows through:
        of frozen layers only those behind one that learns (--freeze '*' --unfreeze fc: transfer learning). Other
        conventions stand below them: in_place (relu over its input), cs231n (the input too, no activations), copies
        (flatten and dropout copy). A training's operations are counted forward and backward, by a rule that is named.
        Exit code 1: --fit holds not even one example.
        """
        from archcalc.analysis.fold import chart_rows, fold
        from archcalc.analysis.memory.asked import MemoryAsked, answer
        from archcalc.network import load
        from archcalc.report.network.memory import memory_json, memory_table

        session: Session = context.obj
        format_ = chosen(format_, output, PICTURED if chart else CHARTED)
        network = load(spec, set=settings(set_), input=input_, freeze=freeze or (), unfreeze=unfreeze or ())
        asked = MemoryAsked(
            batch, dtype, optimizer, inplace, fused_norm, fit, examples, epochs, recipe, kv_cache, context_
        )
        found = answer(network.graph, asked)
        if chart or format_ not in TABLES:
            from archcalc import charts

            rows = chart_rows(found.summary, levels(depth))
            if format_ == "text":
                session.text(charts.memory_text(found, rows, session.page(output)), output)
            else:
                session.picture(charts.memory(found, rows, theme).written(format_), output)
            return 0
        session.report(
            format_, output, table=lambda: memory_table(found, fold(found.summary, levels(depth))),
            json=lambda: memory_json(found),
        )  # fmt: skip
        return DOES_NOT_FIT if found.fit is not None and not found.fit.inference_batch else 0
