"""Draw the pictures of the README and the docs: what a terminal shows, and networks, as SVG.

Run: python docs/pictures.py
"""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from archcalc import charts
from archcalc.analysis.fold import fold
from archcalc.network import load
from archcalc.report.formats.page import Page
from archcalc.report.formats.text import draw
from archcalc.report.network.summary import summary_table

NETWORKS = {
    "resnet18": ("resnet18", {"depth": 2, "ratio": 16 / 9}),
    "alexnet_blocks": ("alexnet", {"style": "blocks"}),
    "googlenet_blocks": ("googlenet", {"style": "blocks"}),
    "resnet152_blocks": ("resnet152", {"style": "blocks"}),
    "lenet5_blocks": ("lenet5", {"style": "blocks"}),
    "unet_blocks": ("unet", {"style": "blocks"}),
}
"""A file of docs/images -> the network and how it is drawn."""

CHARTS = {
    "alexnet_chart": lambda: charts.layers(load("alexnet").summary()),
    "unet_memory": lambda: charts.memory(load("unet").memory()),
}
"""A file of docs/images -> its chart."""

IMAGES = Path(__file__).parent / "images"
FORMAT = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.S)
"""rich's picture without the web fonts: a picture fetches nothing."""


def main() -> None:
    console = Console(record=True, width=80, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ archcalc show alexnet", style="bold"))
    summary = load("alexnet").summary()
    draw(summary_table(summary, fold(summary)), Page(80), console)
    shown = console.export_svg(title="archcalc", code_format=FORMAT, unique_id="archcalc")
    (IMAGES / "show_alexnet.svg").write_text(shown, encoding="utf-8")
    for file in (*NETWORKS, *CHARTS):
        (IMAGES / f"{file}.svg").write_text(picture(file), encoding="utf-8")


def picture(file: str) -> str:
    """The picture of a network, or the chart, that stands in a file of docs/images."""
    if file in CHARTS:
        return CHARTS[file]().svg()
    name, options = NETWORKS[file]
    return load(name).draw(**options).svg()


if __name__ == "__main__":
    main()
