"""`archcalc run`: a forward pass through a network."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.options import Output, Set, Spec, settings
from archcalc.cli.progress import progress_bar
from archcalc.cli.session import Session
from archcalc.core.units import parse_shape
from archcalc.errors import SpecError, UnsupportedError, UsageError
from archcalc.graph.graph import Graph
from archcalc.report.formats.table import Table
from archcalc.report.run.forward import TablesWanted, run_json, tables

if TYPE_CHECKING:
    from archcalc.numeric.inputs.preprocess import Preprocess
    from archcalc.numeric.run.options import Options

DISAGREES = 1


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc run lenet5 --seed 0 --stats --verify")
    def run(
        context: typer.Context,
        spec: Spec,
        stats: Annotated[bool, typer.Option("--stats", help="Each layer's min, mean, max and zeros.")] = False,
        verify: Annotated[
            bool,
            typer.Option("--verify", help="Hold each array against its shape rule, the engine against the reference."),
        ] = False,
        time: Annotated[bool, typer.Option("--time", help="Milliseconds of each layer.")] = False,
        memory: Annotated[bool, typer.Option("--memory", help="The peak of the memory, planned and measured.")] = False,
        top: Annotated[int, typer.Option(metavar="K", help="The K best classes of each example.")] = 0,
        labels: Annotated[Path | None, typer.Option(metavar="FILE", help="Names of the classes, one a line.")] = None,
        save: Annotated[
            list[str] | None, typer.Option(metavar="LAYER=FILE", help="Write a layer's output to a .npy file.")
        ] = None,
        show: Annotated[
            str | None, typer.Option(metavar="LAYER", help="Draw the layer's maps; --output maps.png for a picture.")
        ] = None,
        scale: Annotated[
            str | None, typer.Option(metavar="NAME", help="Of --show: each map on its own (each), or all alike (all).")
        ] = None,
        occlusion: Annotated[
            bool, typer.Option("--occlusion", help="Draw where the score falls when a patch covers the input.")
        ] = False,
        patch: Annotated[int | None, typer.Option(metavar="N", help="Of --occlusion: cells of a side.")] = None,
        stride: Annotated[int | None, typer.Option(metavar="N", help="Of --occlusion: cells between patches.")] = None,
        fill: Annotated[str | None, typer.Option(metavar="NAME", help="Of --occlusion: grey or zero.")] = None,
        cam: Annotated[bool, typer.Option("--cam", help="Draw the class activation map.")] = False,
        class_: Annotated[
            str | None, typer.Option("--class", metavar="K", help="Of --occlusion and --cam; the best unless given.")
        ] = None,
        weights: Annotated[Path | None, typer.Option(metavar="FILE", help="A .npz, .safetensors or .pth file.")] = None,
        partial: Annotated[
            bool, typer.Option("--partial", help="Load the tensors that agree by name; draw or leave out the rest.")
        ] = False,
        seed: Annotated[int, typer.Option(metavar="N", help="Of random weights and inputs.")] = 0,
        input_: Annotated[
            str | None,
            typer.Option(
                "--input",
                metavar="FILE|SHAPE",
                help="An image, a .npy array, rows of numbers (.csv, .txt), or a shape.",
            ),
        ] = None,
        preprocess: Annotated[
            str | None,
            typer.Option(metavar="STEPS", help="Of an image, for the spec's own: 'resize 256, crop 224', or none."),
        ] = None,
        resize: Annotated[bool, typer.Option("--resize", help="Scale an image to the input's size.")] = False,
        normalize: Annotated[
            str | None, typer.Option(metavar="NAME", help="Shift and scale an image's channels: imagenet, inception.")
        ] = None,
        background: Annotated[
            str, typer.Option(metavar="COLOUR", help="Under transparent pixels: white, black or grey.")
        ] = "white",
        dtype: Annotated[
            str, typer.Option(metavar="TYPE", help="float32, float64, float16, or tf32 (on a GPU).")
        ] = "float32",
        reference: Annotated[bool, typer.Option("--reference", help="The textbook forward, not the engine.")] = False,
        exact: Annotated[bool, typer.Option("--exact", help="No Winograd and no FFT.")] = False,
        backend: Annotated[
            str | None, typer.Option(metavar="NAME", help="numpy (unless given), numba or cupy.")
        ] = None,
        threads: Annotated[int | None, typer.Option(metavar="N", help="All cores unless given.")] = None,
        set_: Set = None,
        batch: Annotated[int | None, typer.Option("--batch", metavar="N", help="Examples in a batch.")] = None,
        format_: Annotated[str | None, typer.Option("--format", "-f", metavar="FORMAT", help="text or json.")] = None,
        output: Output = None,
    ) -> int:
        """Run a network forward, with random weights or those of a file; or draw what it makes of an image.

        Without --weights they are drawn by the seed (He et al. 2015); without a file the input is drawn too. An image
        has values from 0 to 1. Exit code 1: --verify has found an array of another shape than its rule says, or an
        output that is not the reference's.
        """
        from archcalc.cli.run.pictures import Drawing, check_drawing, draw
        from archcalc.network import load

        session: Session = context.obj
        drawing = Drawing(show, occlusion, cam, scale, patch, stride, fill, class_)
        format_ = chosen(format_, output, ("text", "json", "png") if drawing.asked else ("text", "json"))
        _needs_numpy()
        from archcalc.numeric.inputs.inputs import Reading
        from archcalc.numeric.run.options import Options

        if partial and weights is None:
            raise UsageError("--partial is for the tensors of a file", help="--weights FILE")
        shapes, files = _inputs(input_)
        network = load(spec, set=settings(set_), input=shapes)
        if "" in files:
            files = {_only_input(network.graph.inputs, files): files[""]}
        options = Options(
            dtype=dtype,
            seed=seed,
            weights=weights,
            partial=partial,
            files=files,
            reading=Reading(_preprocess(network.graph, preprocess, resize, normalize), background),
            batch=batch,
            top=top,
            labels=labels,
            save=_saved(save),
            stats=stats or (format_ == "json" and not time),
            timed=time,
            verified=verify,
            measured=memory,
            reference=reference,
            exact=exact,
            backend=backend,
            threads=threads,
        )
        check_drawing(drawing, options, stats or time or verify or top > 0)
        if drawing.asked:
            return draw(session, network.graph, options, drawing, format_, output)
        return _run(session, network.graph, options, TablesWanted(stats, time, verify), format_, output)


def _run(
    session: Session, graph: Graph, options: Options, asked: TablesWanted, format: str, output: Path | None
) -> int:
    from archcalc.cli.run.pictures import say_notes
    from archcalc.numeric.run.run import run_network

    with progress_bar(session) as progress:
        found = run_network(graph, options, progress)
    say_notes(session, found.origin, format, output)
    for path in options.save.values():
        session.say(f"wrote {path}")
    if format == "json":
        session.write(run_json(found), output)
    else:
        _draw(session, tables(found, asked), output)
    return DISAGREES if options.verified and not found.verified else 0


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


def _preprocess(graph: Graph, steps: str | None, resize: bool, normalize: str | None) -> Preprocess | None:
    """What --preprocess says, or the two short forms; None where the spec may say it."""
    from archcalc.numeric.inputs.preprocess import parse_preprocess

    if steps is not None:
        if resize or normalize:
            raise UsageError("--preprocess says it all", help="leave out --resize and --normalize")
        return parse_preprocess(steps, "--preprocess")
    if not resize and normalize is None:
        return None
    sizes = "x".join(map(str, graph.inputs[0][1][-2:]))
    short = [*([f"resize {sizes}"] if resize else []), *([f"normalize {normalize}"] if normalize is not None else [])]
    return parse_preprocess(", ".join(short), " and ".join(["--resize"] * resize + ["--normalize"] * bool(normalize)))


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
    from archcalc.report.formats.text import plain

    if output is not None:
        session.text("\n".join(plain(table) for table in tables), output)
        return
    for number, table in enumerate(tables):
        if number:
            session.write("\n")
        session.table(table)
