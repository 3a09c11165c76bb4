"""Draw the pictures of the README: what a terminal shows, as SVG.

Run: python docs/pictures.py
"""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from archcalc.analysis.fold import fold
from archcalc.network import load
from archcalc.report.formats.text import draw
from archcalc.report.network.summary import summary_table

IMAGES = Path(__file__).parent / "images"
FORMAT = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.S)
"""rich's picture without the web fonts: a picture fetches nothing."""


def main() -> None:
    console = Console(record=True, width=80, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ archcalc show alexnet", style="bold"))
    summary = load("alexnet").summary()
    draw(summary_table(summary, fold(summary)), console)
    picture = console.export_svg(title="archcalc", code_format=FORMAT, unique_id="archcalc")
    (IMAGES / "show_alexnet.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
