"""`archcalc memory`: bytes of weights, activations and training."""

from __future__ import annotations

from typing import Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.options import Batch, Depth, Format, Freeze, Input, Output, Set, Spec, Unfreeze, levels, settings
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
        optimizer: Annotated[str, typer.Option(metavar="NAME", help="sgd, momentum or adam.")] = "adam",
        inplace: Annotated[bool, typer.Option("--inplace", help="Write relu and its like over their input.")] = False,
        fused_norm: Annotated[
            bool, typer.Option("--fused-norm", help="Fold batch norm into the layer before it (inference).")
        ] = False,
        fit: Annotated[
            str | None, typer.Option(metavar="BYTES", help="The largest batch that fits: 8GiB, 24GB.")
        ] = None,
        depth: Depth = None,
        set_: Set = None,
        input_: Input = None,
        freeze: Freeze = None,
        unfreeze: Unfreeze = None,
        batch: Batch = 1,
        format_: Format = None,
        output: Output = None,
    ) -> int:
        """Weights, every activation, the peak with the layer where it occurs, and training by part.

        A value is in memory from the layer that makes it to the last that reads it. Training keeps the weights,
        a gradient each, the optimizer's state and the inputs and outputs of all layers that a gradient flows through:
        of frozen layers only those behind one that learns (--freeze '*' --unfreeze fc: transfer learning). Other
        conventions stand below them: in_place (relu over its input), cs231n (the input too, no activations), copies
        (flatten and dropout copy). Exit code 1: --fit holds not even one example.
        """
        from archcalc.analysis.fold import fold
        from archcalc.analysis.memory import memory as analysis
        from archcalc.network import load
        from archcalc.report.network.memory import memory_json, memory_table

        session: Session = context.obj
        format_ = chosen(format_, output)
        setting = analysis.Setting(batch, dtype, optimizer, inplace, fused_norm)
        network = load(spec, set=settings(set_), input=input_, freeze=freeze or (), unfreeze=unfreeze or ())
        found = analysis.memory_of(network.graph, setting, None if fit is None else analysis.bytes_of("--fit", fit))
        session.report(
            format_, output, table=lambda: memory_table(found, fold(found.summary, levels(depth))),
            json=lambda: memory_json(found),
        )  # fmt: skip
        return DOES_NOT_FIT if found.fit is not None and not found.fit.inference_batch else 0
