"""`archcalc check SPEC`: the claims of specs, and what the command line demands beside them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from archcalc.analysis.budget import at_most, least_field, required
from archcalc.analysis.changes.lock import Moved, read_lock_file
from archcalc.analysis.check import check
from archcalc.analysis.claims import ClaimResult
from archcalc.cli.actions import append_summary
from archcalc.cli.check.sheets import kind_of_file
from archcalc.cli.session import Session
from archcalc.errors import ArchcalcError, Place, UsageError
from archcalc.loading import document_of, find, loaded
from archcalc.network import Network
from archcalc.spec.catalog import locate
from archcalc.spec.document import Document

NOTHING_TO_CHECK = 5
FALSE_CLAIM = 1


class CheckedAddress(NamedTuple):
    """One network that is checked."""

    address: str
    document: Document | None = None
    """What its file holds, where that has been read."""


def check_specs(
    session: Session, specs: list[CheckedAddress], demanded: Demanded, set: Mapping[str, Any], input: str | None,
    quiet: bool, format: str, output: Path | None,
) -> int:  # fmt: skip
    """Check the specs, write the claims, and return the exit code."""
    checked, errors = _check_all(session, specs, demanded, set, input)
    alone = bool(errors) and len(specs) == 1
    if not alone or format == "github":
        _write(session, checked, errors, demanded, quiet, format, output)
    if alone:
        raise errors[0]
    worst = max((error.exit_code for error in errors), default=0)
    return worst or _exit_code([result for _, _, results in checked for result in results])


def wanted(specs: list[str]) -> list[CheckedAddress]:
    """The specs named, folders opened; of each file in a folder also every variant that makes claims."""
    found: list[CheckedAddress] = []
    for spec in specs:
        folder = Path(spec)
        if not os.path.isdir(folder):
            found.append(CheckedAddress(spec))
            continue
        files = sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml") and _is_spec(path))
        if not files:
            raise UsageError(f"there are no specs in {spec}", help="specs are .yaml files")
        for path in files:
            found += _with_variants(path)
    return found


Checked = list[tuple[str, str, tuple[ClaimResult, ...]]]
"""Spec, its file and the results of its claims."""


class Demanded:
    """What the command line asks beside the claims of the spec."""

    def __init__(
        self, maxima: Mapping[str, str | None], minima: list[str], texts: list[str], lock: Path | None
    ) -> None:
        self.budgets = [at_most(option, text) for option, text in maxima.items() if text is not None]
        self.budgets += [*map(least_field, minima), *map(required, texts)]
        self.locked = None if lock is None else read_lock_file(lock)
        self.moved: Moved | None = None
        self.places: Mapping[str, Place] = {}

    def check(self, network: Network) -> tuple[ClaimResult, ...]:
        """The claims of the spec, and what the options demand beside them."""
        found = check(network.graph, network.document.file, self.budgets, self.locked)
        self.moved = found.moved
        self.places = {node.name: node.place for node in network.graph.nodes}
        return found.claims


def _check_all(
    session: Session, specs: list[CheckedAddress], demanded: Demanded, set: Mapping[str, Any], input: str | None
) -> tuple[Checked, list[ArchcalcError]]:
    """Check every spec; a wrong one is reported and the others go on."""
    checked: Checked = []
    errors: list[ArchcalcError] = []
    for address, document in specs:
        try:
            network = Network(*loaded(find(address, input), set, input, document=document))
            checked.append((network.name, network.document.file, demanded.check(network)))
        except ArchcalcError as error:
            errors.append(error)
            if len(specs) > 1:
                session.complain(error)
    return checked, errors


def _write(
    session: Session, checked: Checked, errors: list[ArchcalcError], demanded: Demanded, quiet: bool, format: str,
    output: Path | None,
) -> None:  # fmt: skip
    from archcalc.report.network import check_github
    from archcalc.report.network.check_json import claims_json
    from archcalc.report.network.claims import claims_text

    moved = demanded.moved.difference if demanded.moved else None
    session.report(
        format, output, text=lambda: claims_text(checked, quiet, moved, session.page(output)),
        json=lambda: claims_json(checked, errors, moved),
        github=lambda: check_github.render(checked, errors, moved, demanded.places),
    )  # fmt: skip
    if format == "github":
        append_summary(check_github.summary(checked, errors, moved))


def _is_spec(path: Path) -> bool:
    """Whether a file of a folder is no homework."""
    from archcalc.spec.foreign.files import ASSIGNMENT, SHEET

    if not os.path.isfile(path) or not os.access(path, os.R_OK):
        return True  # which is told when it is read
    return kind_of_file(path) not in (SHEET, ASSIGNMENT)


def _with_variants(path: Path) -> Iterator[CheckedAddress]:
    """A file and its variants that make claims; of a wrong one the file alone, so that it is reported once."""
    try:
        document = document_of(locate(str(path)))
    except ArchcalcError:
        yield CheckedAddress(str(path))
        return
    yield CheckedAddress(str(path), document)
    if not document.errors:
        variants = document.variants.items()
        yield from (CheckedAddress(f"{path}@{name}", document) for name, variant in variants if variant.claims)


def _exit_code(results: list[ClaimResult]) -> int:
    if not any(result.holds is not None for result in results):
        return NOTHING_TO_CHECK
    return FALSE_CLAIM if any(result.holds is False for result in results) else 0
