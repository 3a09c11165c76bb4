"""Maps as a PNG picture: a grid of feature maps, or a heat map over its image."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from io import BytesIO
from math import ceil, sqrt
from pathlib import Path
from typing import Any

import numpy as np

from archcalc.core.writing import save
from archcalc.errors import UnsupportedError, UsageError
from archcalc.numeric.namespace import Array
from archcalc.tables.maps import FeatureMaps

Image = Any
"""Of Pillow, which is imported where it draws."""

_WIDTH = 960
"""Pixels of a grid, about."""
_LEAST, _MOST = 24, 200
"""Pixels of a map's longer side."""
_PANEL = 360
"""Pixels of a panel's longer side."""
_GAP, _MARGIN, _LINE = 6, 14, 20
_INK, _PAPER, _FAINT = (30, 30, 30), (255, 255, 255), (110, 110, 110)
_HOT, _COLD = np.array([200.0, 20.0, 20.0]), np.array([20.0, 60.0, 200.0])
_COVERAGE = 0.75
"""How much of the image the strongest place of a heat map covers."""


def check_png(path: Path) -> None:
    """Refuse another ending, a folder that is missing and a machine without Pillow, before anything is computed."""
    if path.suffix.lower() != ".png":
        raise UsageError(f"pictures are PNG files, --output is {path}", help=f"--output {path.with_suffix('.png')}")
    if not os.path.isdir(path.parent):
        raise UsageError(f"{path} cannot be written: there is no folder {path.parent}")
    if find_spec("PIL") is None:
        raise UnsupportedError("pictures need Pillow", help="pip install 'archcalc[numeric]'")


def save_maps(found: FeatureMaps, lines: Sequence[str], path: Path) -> None:
    """Write the grid of maps, from black (the smallest value) to white, each with its channel's number above."""
    tiles = [_enlarged(_grey(np.array(one.values), *found.bounds(one)), _tile_side(found)) for one in found.maps]
    columns = _columns(len(tiles), tiles[0].width, tiles[0].height + _LINE)
    step = tiles[0].width + _GAP, tiles[0].height + _LINE
    page = _page(columns * step[0] - _GAP, ceil(len(tiles) / columns) * step[1], lines)
    for number, (tile, one) in enumerate(zip(tiles, found.maps, strict=True)):
        left = _MARGIN + number % columns * step[0]
        top = _top(lines) + number // columns * step[1]
        _write(page, (left, top + 2), str(one.channel), _FAINT, 11)
        page.paste(tile, (left, top + _LINE - 3))
    _save(page, path)


def save_heat(heat: Array, image: Array | None, lines: Sequence[str], path: Path) -> None:
    """Write a heat map (H, W): red where it is above 0, blue below; with its image (C, H, W) beside and below it."""
    plain = np.full((*heat.shape, 3), 255.0)
    panels = [("heat map", _tinted(plain, heat, 1.0))]
    if image is not None:
        seen = 255 * np.broadcast_to(image, (3, *heat.shape)).transpose(1, 2, 0)
        faint = seen.mean(2, keepdims=True).repeat(3, 2)
        panels = [("input", seen), ("heat map on the input", _tinted(faint, heat, _COVERAGE)), *panels]
    tiles = [(name, _enlarged(pixels, _PANEL)) for name, pixels in panels]
    width, height = tiles[0][1].size
    page = _page(len(tiles) * (width + _GAP) - _GAP, height + _LINE, lines)
    for number, (name, tile) in enumerate(tiles):
        left = _MARGIN + number * (width + _GAP)
        _write(page, (left, _top(lines)), name, _FAINT, 12)
        page.paste(tile, (left, _top(lines) + _LINE - 2))
    _save(page, path)


def _grey(values: Array, least: float, most: float) -> Array:
    """(H, W) as pixels (H, W, 3); a map without differences is black."""
    span = most - least
    shares = (values - least) / span if span > 0 else np.zeros(values.shape)
    return (255 * shares)[..., None].repeat(3, 2)


def _tinted(pixels: Array, heat: Array, coverage: float) -> Array:
    """Pixels (H, W, 3) under a heat map: the further from 0, the more of red or blue."""
    share = coverage * abs(heat) / (abs(heat).max() or 1.0)
    ink = np.where((heat > 0)[..., None], _HOT, _COLD)
    return (1 - share[..., None]) * pixels + share[..., None] * ink


def _tile_side(found: FeatureMaps) -> int:
    across = ceil(sqrt(len(found.maps)))
    return max(_LEAST, min(_MOST, _WIDTH // across - _GAP))


def _columns(count: int, width: int, height: int) -> int:
    """Columns that make the grid about half as wide again as it is high."""
    return max(1, min(count, round(sqrt(1.5 * count * height / width)), (_WIDTH + _GAP) // (width + _GAP)))


def _enlarged(pixels: Array, side: int) -> Image:
    """A picture whose longer side has about so many pixels, each cell a square of its own where it is enlarged."""
    from PIL import Image

    height, width = pixels.shape[:2]
    image = Image.fromarray(np.clip(pixels.round(), 0, 255).astype(np.uint8))
    longer = max(height, width)
    if longer >= side:
        size = max(1, round(width * side / longer)), max(1, round(height * side / longer))
        return image.resize(size, Image.Resampling.BOX)
    factor = side // longer
    return image.resize((width * factor, height * factor), Image.Resampling.NEAREST)


def _page(width: int, height: int, lines: Sequence[str]) -> Image:
    """An empty page with its title lines, wide enough for them."""
    from PIL import Image

    widest = max(_font(15 if not n else 12).getlength(line) for n, line in enumerate(lines))
    size = max(width, ceil(widest)) + 2 * _MARGIN, _top(lines) + height + _MARGIN
    page = Image.new("RGB", size, _PAPER)
    for number, line in enumerate(lines):
        _write(page, (_MARGIN, _MARGIN + number * _LINE), line, _FAINT if number else _INK, 12 if number else 15)
    return page


def _top(lines: Sequence[str]) -> int:
    return _MARGIN + len(lines) * _LINE + _GAP


def _write(page: Image, place: tuple[int, int], text: str, ink: tuple[int, int, int], size: int) -> None:
    from PIL import ImageDraw

    ImageDraw.Draw(page).text(place, text, fill=ink, font=_font(size))


def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _save(page: Image, path: Path) -> None:
    drawn = BytesIO()
    page.save(drawn, "PNG")
    save(path, drawn.getvalue())
