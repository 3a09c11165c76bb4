"""Bounds that a network is held against beside the claims of its spec, as options of the command line say them."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis.claims import ClaimResult, Held, claim_result, hold, is_figure, known_figure, refuse_stated
from archcalc.analysis.quantities import MEASURES, Figures
from archcalc.core.demand import Demand, parse_demand, parse_wanted
from archcalc.core.record import record
from archcalc.errors import Place, SpecError, UnknownName, UsageError
from archcalc.graph.graph import Graph

MAXIMA = {row.budget: row.name for row in MEASURES.values() if row.budget}
"""The options that bound a figure from above, batch 1, float32."""


@record
class Budget:
    """One demand, and the option that says it."""

    demand: Demand
    option: str
    claimed: str
    """In words."""


def at_most(option: str, text: str) -> Budget:
    """Read the `5M` of `--max-params 5M`. Raises UsageError."""
    figure = MAXIMA[option]
    try:
        wanted = parse_wanted(figure, f"<= {text}")
    except SpecError as error:
        raise UsageError.of(option, error) from None
    return Budget(Demand(figure, wanted, f"{figure} <= {text}"), option, f"at most {text}")


def least_field(text: str) -> Budget:
    """Read the `conv5=163`, `conv5>=163` or `conv5=51x35` of `--min-rf`. Raises UsageError."""
    try:
        demand = parse_demand(text.replace(">=", "=").replace("=", ">=", 1), lambda layer: f"{layer}.rf")
    except SpecError:
        demand = None
    if demand is None or demand.wanted.sign != ">=":
        raise UsageError(f"--min-rf {text} is not LAYER=CELLS", help="write --min-rf conv5=163")
    return Budget(demand, "--min-rf", f"at least {demand.wanted.text.lstrip('>= ')}")


def required(text: str) -> Budget:
    """Read the `conv5.out.c <= 512` of `--require`. Raises UsageError."""
    try:
        demand = parse_demand(text, known_figure)
    except SpecError as error:
        raise UsageError.of("--require", error) from None
    return Budget(demand, "--require", demand.wanted.text)


def field_demand(graph: Graph, text: str) -> Demand:
    """Read a `--require` of `archcalc rf`, where `conv5>=163` is about `conv5.rf`. Raises UsageError."""
    layers = set(graph.addresses())

    def figure(subject: str) -> str:
        return f"{subject}.rf" if subject in layers or not is_figure(subject) else subject

    try:
        return parse_demand(text, figure)
    except SpecError as error:
        raise UsageError.of("--require", error) from None


def check_budgets(graph: Graph, file: str, budgets: Sequence[Budget]) -> tuple[ClaimResult, ...]:
    """Whether each holds. Raises UnknownName for a layer that is not there."""
    figures, place = Figures(graph), Place(file, 1, 1)
    found = []
    for budget in budgets:
        held = hold_option(figures, budget.demand, budget.option)
        found.append(claim_result(held, budget.claimed, budget.option, place))
    return tuple(found)


def hold_option(figures: Figures, demand: Demand, option: str) -> Held:
    """Hold the demand of an option. Raises UnknownName, and UsageError for what cannot be asked of that figure."""
    try:
        refuse_stated(figures, demand)
        return hold(figures, demand)
    except UnknownName:
        raise
    except SpecError as error:
        raise UsageError.of(option, error) from None
