"""The pixels of an image file, whatever it stores: 8 or 16 bits, grey, colours, a palette, transparency."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.errors import SpecError, UnsupportedError
from archcalc.numeric.inputs.preprocess import Preprocess
from archcalc.numeric.namespace import Array

if TYPE_CHECKING:
    from PIL.Image import Image as Pixels

BACKGROUNDS = {"white": 255, "black": 0, "grey": 128}
"""What transparent pixels are laid over; a page is white."""

MOST_PIXELS = 36_000_000
"""Of an image that is decoded: with its copies some 400 MB, in 16 bits or with transparency."""

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
"""What Pillow is let to open; others call programs, or decode without bounds."""

_MODES = {1: "L", 3: "RGB"}
_TURNED = (5, 6, 7, 8)
"""Values of EXIF's Orientation that swap the sides."""
_ORIENTATION = 0x0112
_SIXTEEN_BITS = ("PNG", "PPM")
"""Formats whose integers Pillow may widen from 16 bits to 32."""
_WHITE = 65535

_Result = TypeVar("_Result")

logging.getLogger("PIL").addHandler(logging.NullHandler())  # what it says of damaged files goes nowhere else


@record
class ImageRead:
    """(C, H, W) with values from 0 to 1, and what was done that nobody asked for."""

    values: Array
    notes: tuple[str, ...] = ()


def read_image(path: Path, shape: Shape, preprocess: Preprocess, background: str = "white") -> ImageRead:
    """Read an image for an input of 1 or 3 channels; one of another size after its steps is refused.

    Raises:
        SpecError: for a file that is no image, is damaged or too large, or does not fit the input.
        UnsupportedError: without Pillow.
    """
    if len(shape) != 3 or shape.channels not in _MODES:
        raise SpecError(f"an image has 1 or 3 channels, the input is {shape}", help="give an array: --input x.npy")
    try:
        from PIL import Image, ImageOps
    except ModuleNotFoundError:
        raise UnsupportedError("images need Pillow", help="pip install 'archcalc[numeric]'") from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sizes and of damaged metadata: both are looked at here
        with _decoded(path, lambda: Image.open(path, formats=FORMATS)) as file:
            turned = _decoded(path, lambda: file.getexif().get(_ORIENTATION) in _TURNED)
            _check_size(path, file, turned, shape, preprocess)
            whole = _decoded(path, lambda: ImageOps.exif_transpose(file))
            image, notes = _plain(path, whole, file.format or "", background)
    image = preprocess.apply(image if image.mode == "F" else image.convert(_MODES[shape.channels]))
    return ImageRead(_array(image, shape.channels), notes)


def _decoded(path: Path, decode: Callable[[], _Result]) -> _Result:
    """What Pillow makes of the file; its decoders raise errors of any kind where one is damaged."""
    from PIL import Image

    try:
        return decode()
    except Image.DecompressionBombError:
        raise _too_large(path) from None
    except MemoryError:
        raise SpecError(f"{path} does not fit into memory", help="scale it down first") from None
    except Exception:
        raise _no_image(path) from None


def _array(image: Pixels, channels: int) -> Array:
    values = np.asarray(image, np.float32)
    if image.mode == "F":
        return np.repeat(values[None], channels, 0)
    return values.reshape(image.height, image.width, channels).transpose(2, 0, 1) / np.float32(255)


def _check_size(path: Path, file: Pixels, turned: bool, shape: Shape, preprocess: Preprocess) -> None:
    """Refuse by the header alone what would not fit, or be decoded into too much memory."""
    size = (file.height, file.width) if turned else file.size
    width, height = preprocess.size(size)
    if (height, width) != tuple(shape.spatial):
        found = Shape.of(shape.channels, size[1], size[0])
        after = Shape.of(shape.channels, height, width)
        steps = f" after `{preprocess}`" if preprocess.steps else ""
        what = f"{path} is {found}" + (f", {after}{steps}" if steps else "")
        raise SpecError(f"{what}, the input is {shape}", help=_fitting(shape, preprocess))
    if size[0] * size[1] > MOST_PIXELS:
        if file.format == "JPEG":
            file.draft(None, (max(width, 1), max(height, 1)))
        if file.width * file.height > MOST_PIXELS:
            raise _too_large(path, size)


def _fitting(shape: Shape, preprocess: Preprocess) -> str:
    _, height, width = shape
    normalize = f", normalize {preprocess.normalization}" if preprocess.normalization else ""
    sizes = str(width) if height == width else f"{height}x{width}"
    return f"--resize scales it, or --preprocess 'resize {min(height, width)}, crop {sizes}{normalize}'"


def _plain(path: Path, image: Pixels, format: str, background: str) -> tuple[Pixels, tuple[str, ...]]:
    """8 bits without transparency, or 32-bit floats from 0 to 1 of one channel where the file has more bits."""
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        return _deep(path, image, format, background), ()
    if not image.has_transparency_data:
        return image, ()
    image = image.convert("RGBA")
    opacity = image.getchannel("A")
    lowest, _ = opacity.getextrema()
    if lowest == 255:
        return image, ()
    from PIL import Image

    under = Image.new("RGB", image.size, (BACKGROUNDS[background],) * 3)
    under.paste(image, mask=opacity)
    return under, (f"{path} has transparent pixels: they are laid over {background}",)


def _deep(path: Path, image: Pixels, format: str, background: str) -> Pixels:
    """Grey of 16 bits by its white, 65,535; floats from 0 to 1 as they are."""
    from PIL import Image

    values = np.asarray(image).astype(np.float32)
    if image.mode == "F" or (image.mode == "I" and format not in _SIXTEEN_BITS):
        if image.mode == "I" or not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1):
            kind = "floats" if image.mode == "F" else "32-bit integers"
            what = f"{path} holds {kind} from {values.min():.4g} to {values.max():.4g}, and does not say what white is"
            raise SpecError(what, help="values from 0 to 1, as a .npy array or a float TIFF")
        return Image.fromarray(values)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        values = np.where(values == transparent, BACKGROUNDS[background] / 255 * _WHITE, values).astype(np.float32)
    return Image.fromarray(values / np.float32(_WHITE))


def _too_large(path: Path, size: tuple[int, int] | None = None) -> SpecError:
    found = f"{size[0]}x{size[1]} pixels" if size else "more pixels than can be decoded"
    return SpecError(f"{path} has {found}; the limit is {MOST_PIXELS:,}", help="scale it down first")


def _no_image(path: Path) -> SpecError:
    known = "PNG, JPEG, GIF, BMP, WebP, TIFF or PPM"
    return SpecError(f"{path} is no image that can be read", help=f"a .npy array, or an image as {known}")
