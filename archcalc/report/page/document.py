"""A page as one file: the style, the scripts and the data stand in it, and its policy lets nothing else in."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from archcalc.report.drawing.palette import DARK, LIGHT, Theme
from archcalc.report.formats.escape import html, json_text
from archcalc.report.page.parts import widths

SCRIPTS = ("text", "route", "box", "ranks", "series", "nest", "diagram", "picture", "page")
"""In the order in which each needs those before it."""

_FOLDER = Path(__file__).parent

_BODY = """<header><h1>{title}</h1><p>{subtitle}</p>
<div class="tools"><label>Search <input id="search" type="search" aria-label="Search layers" placeholder="/"></label>
<label>Open <select id="deeper"><option value="0">nothing</option><option value="1" selected>1 level</option>
<option value="2">2 levels</option><option value="99">all</option></select></label>
<button id="theme" type="button">Light or dark</button></div></header>
<main><div id="drawings" class="drawings"></div>
<div class="side"><div id="tabs" role="tablist" aria-label="What is shown"></div><div id="panels" class="panels"></div>
<section id="details" class="details" aria-label="The layer picked"></section></div></main>
<footer>{provenance}</footer><div id="live" class="sr" role="status" aria-live="polite"></div>
<noscript>This page draws itself with a script that stands in it; it fetches nothing.</noscript>"""


def page(title: str, subtitle: str, networks: Sequence[Mapping[str, Any]], provenance: str, live: str = "") -> str:
    """The page of one network, or of two.

    Args:
        live: one more script, of a page that follows its spec.
    """
    body = _BODY.format(title=html(title), subtitle=html(subtitle), provenance=html(provenance))
    data = json_text({"networks": list(networks), "widths": widths()}).replace("<", "\\u003c")
    body += f'\n<script type="application/json" id="data">{data}</script>'
    return document(title, body, [script(), *([live] if live else [])], connect="'self'" if live else "'none'")


def document(title: str, body: str, scripts: Sequence[str] = (), connect: str = "'none'") -> str:
    """A whole file; its policy allows its own style and scripts, by their hashes."""
    css = style()
    allowed = " ".join(map(_hash, scripts)) or "'none'"
    policy = f"default-src 'none'; script-src {allowed}; style-src {_hash(css)}; img-src data:; base-uri 'none'"
    policy += f"; form-action 'none'; connect-src {connect}"
    written = "".join(f'<script type="module">{text}</script>\n' for text in scripts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html(title)}</title>\n<style>{css}</style>\n</head>\n<body>\n{body}\n{written}</body>\n</html>\n"
    )


@cache
def script() -> str:
    """The scripts of the page as one module."""
    return "".join(_alone((_FOLDER / f"{name}.mjs").read_text(encoding="utf-8")) for name in SCRIPTS)


def _alone(module: str) -> str:
    """A module without its imports and exports, for all stand in one."""
    module = re.sub(r"^import .*?;\n", "", module, flags=re.MULTILINE)
    return re.sub(r"^export ", "", module, flags=re.MULTILINE)


@cache
def style() -> str:
    """The style, with the colours of both themes."""
    css = (_FOLDER / "style.css").read_text(encoding="utf-8")
    css = css.replace("FAMILIES_LIGHT", _variables(LIGHT)).replace("FAMILIES_DARK", _variables(DARK))
    rules = "".join(
        f".leaf.{name}>rect{{fill:var(--{name});stroke:var(--{name}-edge)}}.leaf.{name}>.bar{{fill:var(--{name}-edge)}}\n"
        for name in LIGHT.families
    )
    return css.replace(".leaf.selected > rect", rules + ".leaf.selected > rect", 1)


def _variables(theme: Theme) -> str:
    return " ".join(f"--{name}: {c.fill}; --{name}-edge: {c.edge};" for name, c in theme.families.items())


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
