"""A chart of bars in signs, for a terminal: one panel after another, each row with its number and the sum so far."""

from __future__ import annotations

from itertools import accumulate

from archcalc.report.drawing.bars import Bar, BarChart, Panel
from archcalc.report.formats.escape import one_line
from archcalc.report.formats.page import Page

_LONGEST, _SHORTEST = 60, 10
"""Signs of the longest bar."""

_EIGHTHS = " ▏▎▍▌▋▊▉"
"""A sign whose left part is filled, in eighths."""


def bars_text(chart: BarChart, page: Page) -> str:
    """The bars, as wide as the page allows."""
    panels = [_panel(chart, panel, page) for panel in chart.panels]
    return one_line(chart.title) + "\n" + "".join(f"\n{panel}" for panel in panels) + f"\n{one_line(chart.subtitle)}\n"


def _panel(chart: BarChart, panel: Panel, page: Page) -> str:
    values = [bar.value for bar in panel.bars]
    names = [one_line(name) for name, _ in chart.rows]
    numbers = [panel.text(value) if value else "" for value in values]
    widest, longest = max(map(len, numbers)), max(map(len, names))
    shares = _shares(panel) if panel.running else [""] * len(values)
    used = longest + 1 + widest + 1 + max(map(len, shares)) + 1
    room = max(_SHORTEST, min(_LONGEST, page.breaks - used - len(_PEAK)))
    lines = [f"{panel.title}, total {panel.total:,}" if panel.running else panel.title]
    for name, number, share, bar in zip(names, numbers, shares, panel.bars, strict=True):
        signs = _signs(bar, max(values), room, page.unicode) + (_PEAK if bar.marked else "")
        begin = f"{name:<{longest}} {number:>{widest}}"
        lines.append(" ".join([begin, share, signs] if panel.running else [begin, signs]))
    return "\n".join(line.rstrip() for line in lines) + "\n"


_PEAK = " peak"


def _shares(panel: Panel) -> list[str]:
    """The sum so far in percent; nothing where a row adds nothing."""
    so_far = accumulate(bar.value for bar in panel.bars)
    return [
        f"{100 * total // panel.total:3} %" if bar.value else " " * 5
        for bar, total in zip(panel.bars, so_far, strict=True)
    ]


def _signs(bar: Bar, most: int, room: int, unicode: bool) -> str:
    """A bar to an eighth of a sign, or to a whole one; none that has a value is empty."""
    if not bar.value:
        return ""
    if not unicode:
        return "#" * max(1, round(room * bar.value / most))
    whole, eighths = divmod(max(1, round(8 * room * bar.value / most)), 8)
    return "█" * whole + _EIGHTHS[eighths].strip()
