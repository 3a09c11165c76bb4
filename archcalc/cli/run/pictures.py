"""What `archcalc run` draws instead of a table: feature maps, occlusion, class activation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from archcalc.cli.progress import progress_bar
from archcalc.cli.session import Session
from archcalc.core.record import record, replace
from archcalc.errors import ArchcalcError, UnsupportedError, UsageError
from archcalc.graph.graph import Graph

if TYPE_CHECKING:
    from archcalc.numeric.namespace import Array
    from archcalc.numeric.run.options import Options
    from archcalc.tables.forward import InputOrigin
    from archcalc.tables.maps import HeatMap

_MOST_NAMED = 8


@record
class Drawing:
    """What to draw; at most one of the three."""

    show: str | None = None
    """The layer whose maps are shown."""
    occlusion: bool = False
    cam: bool = False
    scale: str | None = None
    patch: int | None = None
    stride: int | None = None
    fill: str | None = None
    scored: str | None = None
    """`K` or `OUTPUT/K` of --class."""

    @property
    def asked(self) -> bool:
        return bool(self.show is not None or self.occlusion or self.cam)


def check_drawing(drawing: Drawing, options: Options, tables: bool) -> None:
    """Raise UsageError for options that do not go together."""
    chosen = [name for name, on in (("--show", drawing.show is not None), ("--occlusion", drawing.occlusion),
                                    ("--cam", drawing.cam)) if on]  # fmt: skip
    if len(chosen) > 1:
        raise UsageError(f"{chosen[0]} and {chosen[1]} are two pictures", help="one run for each")
    needs = {
        "--scale": (drawing.scale is not None, drawing.show is not None, "--show"),
        "--patch": (drawing.patch is not None, drawing.occlusion, "--occlusion"),
        "--stride": (drawing.stride is not None, drawing.occlusion, "--occlusion"),
        "--fill": (drawing.fill is not None, drawing.occlusion, "--occlusion"),
        "--class": (drawing.scored is not None, drawing.occlusion or drawing.cam, "--occlusion or --cam"),
    }
    for name, (given, goes, owner) in needs.items():
        if given and not goes:
            raise UsageError(f"{name} goes with {owner}", help=f"add {owner}, or leave {name} out")
    if chosen and (tables or options.save or options.measured):
        raise UsageError(
            f"{chosen[0]} draws instead of a table",
            help="--stats, --verify, --time, --top, --save and --memory need a run of their own",
        )


def draw(session: Session, graph: Graph, options: Options, drawing: Drawing, format: str, output: Path | None) -> int:
    """Compute and show it: a picture where --output is a .png, else text or JSON."""
    if format == "png":
        _check_png(output)
    if drawing.show is not None:
        _draw_maps(session, graph, options, drawing, format, output)
    else:
        _draw_heat(session, graph, options, drawing, format, output)
    return 0


def say_notes(session: Session, origin: InputOrigin, format: str, output: Path | None) -> None:
    """What was done to the files that nobody asked for, on stderr where no table on stdout says it."""
    if format == "json" or output is not None:
        for note in origin.notes:
            session.say(f"note: {note}")


def _check_png(output: Path | None) -> None:
    from archcalc.numeric.maps.picture import check_png

    if output is None:
        raise UsageError("a picture needs a file", help="--output maps.png")
    check_png(output)


def _draw_maps(
    session: Session, graph: Graph, options: Options, drawing: Drawing, format: str, output: Path | None
) -> None:
    from archcalc.numeric.maps.maps import feature_maps
    from archcalc.report.run import maps as run_maps

    assert drawing.show is not None
    with progress_bar(session) as progress:
        found = feature_maps(graph, options, drawing.show, drawing.scale or "each", progress)
    say_notes(session, found.origin, format, output)
    if format == "json":
        session.write(run_maps.maps_json(found), output)
    elif format == "text" or output is None:
        session.text(run_maps.maps_text(found, session.page(output).breaks), output)
    else:
        from archcalc.numeric.maps.picture import save_maps

        save_maps(found, [run_maps.maps_title(found), run_maps.maps_scale(found, len(found.maps))], output)
        session.say(f"wrote {output}")


def _draw_heat(
    session: Session, graph: Graph, options: Options, drawing: Drawing, format: str, output: Path | None
) -> None:
    from archcalc.report.run import maps as run_maps

    heat = _heat(session, graph, options, drawing)
    say_notes(session, heat.origin, format, output)
    if format == "json":
        session.write(run_maps.heat_json(heat), output)
    elif format == "text" or output is None:
        session.text(run_maps.heat_text(heat), output)
    else:
        from archcalc.numeric.maps.picture import save_heat

        lines = [run_maps.heat_title(heat), run_maps.heat_meaning(heat)]
        save_heat(_pixels(heat), _image(graph, options), lines, output)
        session.say(f"wrote {output}")


def _heat(session: Session, graph: Graph, options: Options, drawing: Drawing) -> HeatMap:
    with progress_bar(session) as progress:
        if drawing.occlusion:
            from archcalc.numeric.maps.occlusion import Occluding, occlusion

            occluding = Occluding(drawing.patch, drawing.stride, drawing.fill)
            return occlusion(graph, options, occluding, drawing.scored, progress)
        from archcalc.numeric.maps.cam import class_activation_map, end_of
        from archcalc.numeric.maps.score import output_scored

        try:
            end_of(graph, output_scored(graph, drawing.scored))
        except UnsupportedError as error:
            error.help = f"--occlusion works for any; --cam for {', '.join(_able()[:_MOST_NAMED])} ..."
            raise
        return class_activation_map(graph, options, drawing.scored, progress)


def _able() -> list[str]:
    """The bundled specs that have a class activation map."""
    from archcalc.network import load
    from archcalc.numeric.maps.cam import end_of
    from archcalc.spec.catalog import bundled

    names = []
    for path in bundled():
        try:
            end_of(load(path.stem).graph, 0)
        except ArchcalcError:
            continue
        names.append(path.stem)
    return names


def _pixels(heat: HeatMap) -> Array:
    from archcalc.numeric.maps import cam, occlusion

    return cam.pixels(heat) if heat.patches is None else occlusion.pixels(heat)


def _image(graph: Graph, options: Options) -> Array | None:
    """The image (C, H, W) that was given, with values from 0 to 1; None for arrays and random values."""
    from archcalc.numeric.inputs.inputs import is_image, read_input, reading_of

    path = options.files.get(graph.inputs[0][0])
    if path is None or not is_image(path):
        return None
    reading = reading_of(graph, options.reading)
    if reading.preprocess is not None:
        reading = replace(reading, preprocess=replace(reading.preprocess, normalization=None))
    return read_input(path, graph.inputs[0][1], reading)[0]
