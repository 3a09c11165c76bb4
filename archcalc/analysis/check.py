"""All that a network is held against: the claims of its spec, demands from outside, and a lock file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcalc.analysis.budget import Budget, check_budgets
from archcalc.analysis.changes.lock import LockFile, Moved, lock_of, lock_result, moved
from archcalc.analysis.claims import ClaimResult, check_claims
from archcalc.analysis.summary import summarize
from archcalc.core.record import record
from archcalc.core.result import Result
from archcalc.errors import Place
from archcalc.graph.graph import Graph


@record
class CheckResult(Result):
    """Every claim with what is computed for it."""

    spec: str
    file: str
    claims: tuple[ClaimResult, ...]
    moved: Moved | None = None
    """What is not as it was locked."""

    @property
    def passed(self) -> bool:
        """Whether something was claimed, and all of it holds."""
        held = [claim.holds for claim in self.claims if claim.holds is not None]
        return bool(held) and all(held)

    @property
    def false(self) -> tuple[ClaimResult, ...]:
        """Those that do not hold."""
        return tuple(claim for claim in self.claims if claim.holds is False)

    def __bool__(self) -> bool:
        return self.passed

    def __iter__(self) -> Iterator[ClaimResult]:
        return iter(self.claims)

    def __len__(self) -> int:
        return len(self.claims)

    def __getitem__(self, index: int) -> ClaimResult:
        return self.claims[index]


def check(graph: Graph, file: str, budgets: Sequence[Budget] = (), locked: LockFile | None = None) -> CheckResult:
    """Hold the claims of a spec, then the demands, then the lock.

    Raises SpecErrors for claims of what the network does not have, UnknownName for demands of it.
    """
    found = (*check_claims(graph), *(check_budgets(graph, file, budgets) if budgets else ()))
    if locked is None:
        return CheckResult(graph.name, file, found)
    gone = moved(locked.lock, lock_of(summarize(graph)), locked.file)
    result = lock_result(locked.lock, gone, locked.file, Place(file, 1, 1))
    return CheckResult(graph.name, file, (*found, result), gone)
