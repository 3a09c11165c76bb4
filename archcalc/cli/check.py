"""`archcalc check`: the claims of one spec, of several, or of a whole folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archcalc.cli.options import Input, Output, Set, settings
from archcalc.cli.session import Session, check_format
from archcalc.errors import ArchcalcError, UsageError

if TYPE_CHECKING:
    from archcalc.analysis.claims import ClaimResult

NOTHING_TO_CHECK = 5
FALSE_CLAIM = 1


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc check lenet5 alexnet@grouped")
    def check(
        context: typer.Context,
        specs: Annotated[
            list[str],
            typer.Argument(metavar="SPEC...", help="Specs, or a folder: every spec in it, with its variants."),
        ],
        set_: Set = None,
        input_: Input = None,
        quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only what does not hold.")] = False,
        format_: Annotated[str, typer.Option("--format", "-f", metavar="FORMAT", help="text or json.")] = "text",
        output: Output = None,
    ) -> int:
        """Hold the claims of a spec (`expect:`) against what is computed; a line per claim.

        Exit code 0: all hold; 1: one does not; 3: a spec is wrong; 5: there is nothing to check.
        """
        session: Session = context.obj
        check_format(format_, ("text", "json"))
        checked, failures = _check_all(session, _addresses(specs), set_, input_)
        if format_ == "json":
            from archcalc.report.json import claims_json

            session.write(claims_json(checked, errors=1 if failures else 0), output)
        else:
            from archcalc.report.claims import claims_text

            session.write(claims_text(checked, quiet), output)
        return failures or _exit_code([result for _, _, results in checked for result in results])


Checked = list[tuple[str, str, "tuple[ClaimResult, ...]"]]
"""Spec, its file and the results of its claims."""


def _check_all(
    session: Session, addresses: list[str], set_: list[str] | None, input_: str | None
) -> tuple[Checked, int]:
    """Check every spec; a wrong one is reported and the others go on."""
    from archcalc.network import load

    checked: Checked = []
    worst = 0
    for address in addresses:
        try:
            network = load(address, set=settings(set_), input=input_)
            checked.append((network.name, network.document.file, network.check()))
        except ArchcalcError as error:
            if len(addresses) == 1:
                raise
            session.complain(error)
            worst = max(worst, error.exit_code)
    return checked, worst


def _addresses(specs: list[str]) -> list[str]:
    """The specs named, folders opened; of each file in a folder also every variant."""
    found: list[str] = []
    for spec in specs:
        folder = Path(spec)
        if not folder.is_dir():
            found.append(spec)
            continue
        files = sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml"))
        if not files:
            raise UsageError(f"there are no specs in {spec}", help="specs are .yaml files")
        for path in files:
            found += [str(path), *(f"{path}@{variant}" for variant in _variants(path))]
    return found


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
