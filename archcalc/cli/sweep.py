"""`archcalc sweep`: a network with many values of its params and inputs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archcalc.cli.formats import chosen, plotted
from archcalc.cli.options import Format, Input, Output, Set, Spec, Theme, settings
from archcalc.cli.progress import counting
from archcalc.cli.session import Session
from archcalc.errors import BackendError, UsageError

if TYPE_CHECKING:
    from archcalc.analysis.sweep.sweep import Point, SweepTask

NOTHING_FITS = 1


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        epilog="Example: archcalc sweep mobilenet_v2 --vary width=0.5:1:0.25 --vary input=160,224 --pareto macs,+width"
    )
    def sweep(
        context: typer.Context,
        spec: Spec,
        vary: Annotated[
            list[str],
            typer.Option(metavar="NAME=VALUES", help="A param or `input`: a,b,c or start:stop:step. Repeat for more."),
        ],
        where: Annotated[
            str | None, typer.Option(metavar="CONDITION", help="Keep only these: 'params < 5M and macs < 600M'.")
        ] = None,
        sort: Annotated[str | None, typer.Option(metavar="NAME", help="Smallest first; +NAME largest first.")] = None,
        pareto: Annotated[
            str | None,
            typer.Option(
                metavar="A,B", help="Mark what no other beats; less is better, with + before a name, more is."
            ),
        ] = None,
        front: Annotated[bool, typer.Option("--front", help="With --pareto: keep only the front.")] = False,
        top: Annotated[int | None, typer.Option(metavar="N", help="The first N rows.")] = None,
        columns: Annotated[str | None, typer.Option(metavar="A,B", help="Figures to show; see below.")] = None,
        jobs: Annotated[int, typer.Option(metavar="N", help="Processes; 0 takes every core.")] = 1,
        plot: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help="Draw them between the first two goals or columns: .svg, .png, .pdf ..."),
        ] = None,
        theme: Theme = "light",
        set_: Set = None,
        input_: Input = None,
        format_: Format = None,
        output: Output = None,
    ) -> int:
        """Every combination of values with its params, MACs and peak memory.

        Figures: params, macs, depth, peak_activation_bytes and all else that a network has as one number; and what
        is varied. Exit code 1: nothing is left to show.
        """
        from archcalc.analysis.sweep.query import query
        from archcalc.network import load
        from archcalc.report.network.sweep import sweep_json, sweep_table

        session: Session = context.obj
        format_, plot_format = chosen(format_, output), plotted(plot) if plot is not None else ""
        if jobs < 0:
            raise UsageError(f"--jobs is 0 or more, got {jobs}")
        network = load(spec, set=settings(set_), input=input_)
        asked = query(network.document, vary, where, sort, pareto, front, top, columns)
        task = asked.task(network.source, network.choices)
        points = _computed(session, task, asked.combinations, jobs or os.cpu_count() or 1)
        found = asked.answer(network.name, points)
        if plot is not None:
            from archcalc import charts

            session.picture(charts.sweep(found, theme).written(plot_format), plot)
            return 0
        session.report(format_, output, table=lambda: sweep_table(found), json=lambda: sweep_json(found))
        return 0 if found.points else NOTHING_FITS


def _computed(session: Session, task: SweepTask, count: int, jobs: int) -> list[Point]:
    """Every point, in order, with a bar where someone waits for it."""
    from archcalc.analysis.sweep.sweep import chunks

    groups = chunks(task.axes, jobs)
    points: list[Point] = []
    with counting(session, "sweeping", count) as advance:
        for chunk in _in_processes(task, groups, jobs, session.say) if jobs > 1 and count > 1 else _here(task, groups):
            points += chunk
            advance(len(chunk))
    return points


Group = tuple[tuple[str, ...], ...]


def _here(task: SweepTask, groups: Iterable[Group]) -> Iterator[list[Point]]:
    from archcalc.analysis.sweep.sweep import compute

    return (compute(task, group) for group in groups)


def _in_processes(
    task: SweepTask, groups: Iterable[Group], jobs: int, say: Callable[[str], None]
) -> Iterator[list[Point]]:
    """The points of every group in the order of the groups, whichever process is done first."""
    from functools import partial

    from archcalc.homework.grading.workers import Died, shared

    done: dict[int, list[Point]] = {}
    wanted = 0
    for (number, _), points in shared(partial(_computer, task), enumerate(groups), jobs, say):
        if points is Died:
            raise BackendError("a process of --jobs died", help="try --jobs 1")
        done[number] = points
        while wanted in done:
            yield done.pop(wanted)
            wanted += 1


def _computer(task: SweepTask) -> Callable[[tuple[int, Group]], list[Point]]:
    from archcalc.analysis.sweep.sweep import compute

    return lambda item: compute(task, item[1])
