"""`archcalc check`: the claims of one spec, of several, or of a whole folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archcalc.cli.actions import append_summary, usual_format
from archcalc.cli.check.sheets import check_sheets, is_sheet, kind_of_file
from archcalc.cli.formats import chosen
from archcalc.cli.options import Input, Output, Set, settings
from archcalc.cli.session import Session
from archcalc.errors import ArchcalcError, Place, UsageError

if TYPE_CHECKING:
    from archcalc.analysis.claims import ClaimResult
    from archcalc.analysis.lock import Moved
    from archcalc.network import Network
    from archcalc.report.formats.page import Page

NOTHING_TO_CHECK = 5
FALSE_CLAIM = 1

_FORMATS_HELP = "text, json, github (annotations); of sheets also markdown, csv, junit, sarif, gradescope, classroom50."


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc check mobilenet_v2 --max-params 5M --max-macs 600M")
    def check(
        context: typer.Context,
        specs: Annotated[
            list[str],
            typer.Argument(metavar="FILE...", help="Specs, a folder (every spec in it, with its variants), or sheets."),
        ],
        max_params: Annotated[str | None, typer.Option(metavar="N", help="At most so many params: 5M.")] = None,
        max_macs: Annotated[str | None, typer.Option(metavar="N", help="At most so many MACs: 600M.")] = None,
        max_weights: Annotated[
            str | None, typer.Option(metavar="BYTES", help="At most so many bytes of params in float32.")
        ] = None,
        max_peak: Annotated[
            str | None, typer.Option(metavar="BYTES", help="At most so many bytes of activations at once: 64MiB.")
        ] = None,
        min_rf: Annotated[
            list[str] | None,
            typer.Option(metavar="LAYER=CELLS", help="A receptive field of at least so many cells: conv5=163."),
        ] = None,
        require: Annotated[
            list[str] | None,
            typer.Option(metavar="DEMAND", help="Any other demand: 'conv5.out.c <= 512', 'macs = 500M..600M'."),
        ] = None,
        lock: Annotated[
            Path | None, typer.Option(metavar="FILE", help="What `archcalc lock` wrote: nothing may have moved.")
        ] = None,
        assignment: Annotated[
            Path | None,
            typer.Option("--assignment", "-a", metavar="FILE", help="Mark an answer sheet against this assignment."),
        ] = None,
        set_: Set = None,
        input_: Input = None,
        quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only what does not hold.")] = False,
        format_: Annotated[str | None, typer.Option("--format", "-f", metavar="FORMAT", help=_FORMATS_HELP)] = None,
        output: Output = None,
    ) -> int:
        """Hold the claims of a spec (`expect:`), a budget or a lock file against what is computed; a line per claim.

        Of an answer sheet every answer is marked, and the mistake behind a wrong one is named.

        Exit code 0: all hold; 1: one does not; 3: a file is wrong; 4: the assignment is; 5: there is nothing to check.
        """
        session: Session = context.obj
        if assignment is not None or any(map(is_sheet, specs)):
            _refuse_of_specs(context)
            return check_sheets(session, specs, assignment, quiet, format_, output)
        format_ = chosen(format_, output, ("text", "json", "github"), usual_format())
        addresses = _addresses(specs)
        if lock is not None and len(addresses) > 1:
            raise UsageError("--lock holds one spec to its file", help="name one spec")
        maxima = {
            "--max-params": max_params, "--max-macs": max_macs, "--max-weights": max_weights, "--max-peak": max_peak,
        }  # fmt: skip
        extra = _Extra(maxima, min_rf or [], require or [], lock)
        checked, errors = _check_all(session, addresses, extra, set_, input_)
        alone = bool(errors) and len(addresses) == 1
        if not alone or format_ == "github":
            session.result(_written(checked, errors, extra, format_, quiet, session.page(output)), format_, output)
        if format_ == "github":
            _summarized(checked, errors, extra)
        if alone:
            raise errors[0]
        worst = max((error.exit_code for error in errors), default=0)
        return worst or _exit_code([result for _, _, results in checked for result in results])


_OF_SPECS = {
    "max_params": "--max-params", "max_macs": "--max-macs", "max_weights": "--max-weights", "max_peak": "--max-peak",
    "min_rf": "--min-rf", "require": "--require", "lock": "--lock", "set_": "--set", "input_": "--input",
}  # fmt: skip
"""Options that say nothing about an answer sheet."""


def _refuse_of_specs(context: typer.Context) -> None:
    """Raises UsageError for an option that would be passed over."""
    for name, option in _OF_SPECS.items():
        if context.params.get(name):
            raise UsageError(f"{option} is about specs, and this is an answer sheet", help="check them one by one")


Checked = list[tuple[str, str, "tuple[ClaimResult, ...]"]]
"""Spec, its file and the results of its claims."""


class _Extra:
    """What the command line asks beside the claims of the spec."""

    def __init__(
        self, maxima: Mapping[str, str | None], minima: list[str], required: list[str], lock: Path | None
    ) -> None:
        self.given = bool(any(maxima.values()) or minima or required or lock)
        self.moved: Moved | None = None
        self.places: Mapping[str, Place] = {}
        if self.given:
            self._read(maxima, minima, required, lock)

    def check(self, network: Network) -> tuple[ClaimResult, ...]:
        """The claims of the spec, and what the options demand beside them."""
        if not self.given:
            return network.check().claims
        from archcalc.analysis.check import check

        found = check(network.graph, network.document.file, self.budgets, self.locked)
        self.moved = found.moved
        self.places = {node.name: node.place for node in network.graph.nodes}
        return found.claims

    def _read(
        self, maxima: Mapping[str, str | None], minima: list[str], required: list[str], lock: Path | None
    ) -> None:
        from archcalc.analysis.budget import at_most, least_field
        from archcalc.analysis.budget import required as demanded
        from archcalc.analysis.lock import read_lock_file

        self.budgets = [at_most(option, text) for option, text in maxima.items() if text is not None]
        self.budgets += [*map(least_field, minima), *map(demanded, required)]
        self.locked = None if lock is None else read_lock_file(lock)


def _check_all(
    session: Session, addresses: list[str], extra: _Extra, set_: list[str] | None, input_: str | None
) -> tuple[Checked, list[ArchcalcError]]:
    """Check every spec; a wrong one is reported and the others go on."""
    from archcalc.network import load

    checked: Checked = []
    errors: list[ArchcalcError] = []
    for address in addresses:
        try:
            network = load(address, set=settings(set_), input=input_)
            checked.append((network.name, network.document.file, extra.check(network)))
        except ArchcalcError as error:
            errors.append(error)
            if len(addresses) > 1:
                session.complain(error)
    return checked, errors


def _written(checked: Checked, errors: list[ArchcalcError], extra: _Extra, format: str, quiet: bool, page: Page) -> str:
    difference = extra.moved.difference if extra.moved else None
    if format == "json":
        from archcalc.report.network.check_json import claims_json

        return claims_json(checked, errors, difference)
    if format == "github":
        from archcalc.report.network.check_github import render

        return render(checked, errors, difference, extra.places)
    from archcalc.report.network.claims import claims_text

    return claims_text(checked, quiet, difference, page)


def _summarized(checked: Checked, errors: list[ArchcalcError], extra: _Extra) -> None:
    from archcalc.report.network.check_github import summary

    append_summary(summary(checked, errors, extra.moved.difference if extra.moved else None))


def _addresses(specs: list[str]) -> list[str]:
    """The specs named, folders opened; of each file in a folder also every variant."""
    found: list[str] = []
    for spec in specs:
        folder = Path(spec)
        if not os.path.isdir(folder):
            found.append(spec)
            continue
        files = sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml") and _is_spec(path))
        if not files:
            raise UsageError(f"there are no specs in {spec}", help="specs are .yaml files")
        for path in files:
            found += [str(path), *(f"{path}@{variant}" for variant in _variants(path))]
    return found


def _is_spec(path: Path) -> bool:
    """Whether a file of a folder is no homework."""
    from archcalc.spec.foreign.files import ASSIGNMENT, SHEET

    if not os.path.isfile(path) or not os.access(path, os.R_OK):
        return True  # which is told when it is read
    return kind_of_file(path) not in (SHEET, ASSIGNMENT)


def _variants(path: Path) -> list[str]:
    """The variants of a file that make claims; none where the file is wrong (that is reported once)."""
    from archcalc.spec.catalog import locate
    from archcalc.spec.check import load_document

    try:
        located = locate(str(path))
        document = load_document(located.text, located.file)
    except ArchcalcError:
        return []
    return [name for name, variant in document.variants.items() if variant.claims]


def _exit_code(results: list[ClaimResult]) -> int:
    if not any(result.holds is not None for result in results):
        return NOTHING_TO_CHECK
    return FALSE_CLAIM if any(result.holds is False for result in results) else 0
