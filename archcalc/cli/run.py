"""`archcalc run`: a forward pass through a network."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from archcalc.cli.options import Output, Set, Spec, settings
from archcalc.cli.session import Session, check_format
from archcalc.core.units import parse_shape
from archcalc.errors import SpecError, UnsupportedError, UsageError
from archcalc.report.table import Table

DISAGREES = 1


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc run lenet5 --seed 0 --stats --verify")
    def run(
        context: typer.Context,
        spec: Spec,
        stats: Annotated[bool, typer.Option("--stats", help="Each layer's min, mean, max and zeros.")] = False,
        verify: Annotated[bool, typer.Option("--verify", help="Hold each array's shape against its rule.")] = False,
        time: Annotated[bool, typer.Option("--time", help="Milliseconds of each layer.")] = False,
        top: Annotated[int, typer.Option(metavar="K", help="The K best classes of each example.")] = 0,
        labels: Annotated[Path | None, typer.Option(metavar="FILE", help="Names of the classes, one a line.")] = None,
        save: Annotated[
            list[str] | None, typer.Option(metavar="LAYER=FILE", help="Write a layer's output to a .npy file.")
        ] = None,
        weights: Annotated[Path | None, typer.Option(metavar="FILE", help="A .npz or .safetensors file.")] = None,
        seed: Annotated[int, typer.Option(metavar="N", help="Of random weights and inputs.")] = 0,
        input_: Annotated[
            str | None,
            typer.Option("--input", metavar="FILE|SHAPE", help="An image, a .npy array, or a shape: 3x224x224."),
        ] = None,
        resize: Annotated[bool, typer.Option("--resize", help="Scale an image to the input's size.")] = False,
        normalize: Annotated[
            str | None, typer.Option(metavar="NAME", help="Shift and scale an image's channels: imagenet.")
        ] = None,
        dtype: Annotated[str, typer.Option(metavar="TYPE", help="float32 or float64.")] = "float32",
        set_: Set = None,
        batch: Annotated[int | None, typer.Option("--batch", metavar="N", help="Examples in a batch.")] = None,
        format_: Annotated[str, typer.Option("--format", "-f", metavar="FORMAT", help="text or json.")] = "text",
        output: Output = None,
    ) -> int:
        """Run a network forward in NumPy, with random weights or those of a file.

        Without --weights they are drawn by the seed (He et al. 2015); without a file the input is drawn too. An image
        has values from 0 to 1. Exit code 1: an array has another shape than its rule says.
        """
        from archcalc.network import load
        from archcalc.report.run import Asked, run_json, tables

        session: Session = context.obj
        check_format(format_, ("text", "json"))
        _needs_numpy()
        from archcalc.numeric.inputs import Reading
        from archcalc.numeric.run import Options, run_network

        shapes, files = _inputs(input_)
        network = load(spec, set=settings(set_), input=shapes)
        if "" in files:
            files = {_only_input(network.graph.inputs, files): files[""]}
        reading = Reading(resize, normalize)
        options = Options(dtype, seed, weights, files, reading, batch, top, labels, _saved(save), timed=time)
        found = run_network(network.graph, options)
        for path in options.save.values():
            session.say(f"wrote {path}")
        if format_ == "json":
            session.write(run_json(found), output)
        else:
            _draw(session, tables(found, Asked(stats, time, verify)), output)
        return DISAGREES if verify and found.misfits else 0


def _needs_numpy() -> None:
    if find_spec("numpy") is None:
        raise UnsupportedError("run needs NumPy", help="pip install 'archcalc[numeric]'")


def _inputs(given: str | None) -> tuple[str | dict[str, str] | None, dict[str, Path]]:
    """The shapes and the files of --input, files without a name under ''; several are left=a.png,right=b.png."""
    if given is None:
        return None, {}
    if "=" not in given:
        return (given, {}) if _is_shape(given) else (None, {"": Path(given)})
    pairs = dict(re.findall(r"([^=,]+)=([^,]+)", given))
    shapes = {name: value for name, value in pairs.items() if _is_shape(value)}
    return shapes or None, {name: Path(value) for name, value in pairs.items() if name not in shapes}


def _is_shape(text: str) -> bool:
    """Whether it is a shape, well written or not: digits and the signs between them."""
    try:
        parse_shape(text)
    except SpecError:
        return re.fullmatch(r"[\d\s×x,*()\[\];-]+", text, re.IGNORECASE) is not None
    return True


def _only_input(inputs: tuple[tuple[str, object], ...], files: dict[str, Path]) -> str:
    if len(inputs) > 1:
        help = ",".join(f"{name}={files['']}" for name, _ in inputs)
        raise UsageError(f"there are {len(inputs)} inputs", help=f"name them: --input {help}")
    return inputs[0][0]


def _saved(pairs: list[str] | None) -> dict[str, Path]:
    saved = {}
    for pair in pairs or []:
        layer, _, file = pair.partition("=")
        if not layer or not file.endswith(".npy"):
            raise UsageError(f"--save {pair} is not LAYER=FILE.npy", help="write --save conv1=conv1.npy")
        saved[layer] = Path(file)
    return saved


def _draw(session: Session, tables: tuple[Table, ...], output: Path | None) -> None:
    """All tables, one after the other; into a file they go together."""
    from archcalc.report.text import plain

    if output is not None:
        session.write("\n".join(plain(table) for table in tables), output)
        return
    for number, table in enumerate(tables):
        if number:
            session.write("\n")
        session.table(table)
