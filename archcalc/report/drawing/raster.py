"""An SVG as PNG or PDF, by libraries of the extra `plot`.

resvg (resvg-py) brings all it needs and draws PNG; cairosvg draws PDF and needs the system's libcairo.
"""

from __future__ import annotations

from archcalc.errors import UnsupportedError, UsageError

LARGEST = 20_000
"""Pixels a side of a PNG; a larger picture is asked for as SVG or PDF, or in columns."""


def png(svg: str, scale: float = 2) -> bytes:
    """The picture as a PNG, `scale` pixels for each of the SVG's. Raises UnsupportedError, UsageError."""
    try:
        import resvg_py  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise UnsupportedError("a PNG needs resvg-py, which is not installed", help=_INSTALL) from None
    width, height = _size(svg)
    if max(width, height) * scale > LARGEST:
        raise UsageError(
            f"a PNG of {width * scale:,.0f} x {height * scale:,.0f} pixels is larger than {LARGEST:,} a side",
            help="write SVG or PDF, take a smaller --scale, fold with --depth 1, or break it with --ratio 16:9",
        )
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=round(width * scale)))


def pdf(svg: str) -> bytes:
    """The picture as a PDF of one page. Raises UnsupportedError."""
    try:
        import cairosvg  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except (ImportError, OSError) as error:
        library = isinstance(error, OSError)
        what = "the library libcairo, which this system lacks" if library else "cairosvg, which is not installed"
        help = "apt install libcairo2, or brew install cairo" if library else _INSTALL
        raise UnsupportedError(f"a PDF needs {what}", help=help) from None
    return bytes(cairosvg.svg2pdf(bytestring=svg.encode()))


_INSTALL = "pip install 'archcalc[plot]', or write an SVG"


def _size(svg: str) -> tuple[float, float]:
    """What the SVG says about itself in its first tag."""
    head = svg[: svg.index(">")]
    width, height = (float(head.split(f' {name}="')[1].split('"')[0]) for name in ("width", "height"))
    return width, height
