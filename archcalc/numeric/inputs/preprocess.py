"""What is done to an image before a network reads it: `resize 256, crop 224, normalize imagenet`.

The steps are those of torchvision's published weights, and give its values: `resize N` scales the shorter side to N
pixels, `crop` takes the middle, `normalize` shifts and scales each channel.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from archcalc.core.record import record
from archcalc.errors import UsageError
from archcalc.numeric.namespace import Array
from archcalc.spec.names import did_you_mean, listed, nearest

if TYPE_CHECKING:
    from PIL.Image import Image

NORMALIZATIONS: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "inception": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
}
"""Name -> mean and deviation of each channel, for values from 0 to 1: torchvision's and timm's for ImageNet; and
(x - 0.5)/0.5, what TensorFlow's Inception nets read and torchvision's googlenet and inception_v3 turn theirs into."""

FILTERS = ("nearest", "bilinear", "bicubic", "box", "hamming", "lanczos")
"""Pillow's; where an image shrinks all but `nearest` take in every pixel."""

_WORDS = ("resize", "crop", "normalize")
_LARGEST_SIDE = 10_000


@record
class Resize:
    """Scale: the shorter side to a size (height is None), the other one in proportion; or both sides."""

    height: int | None
    width: int
    filter: str = "bilinear"

    def of(self, size: tuple[int, int]) -> tuple[int, int]:
        """(width, height) of an image of that (width, height)."""
        if self.height is not None:
            return self.width, self.height
        width, height = size
        short, long = min(size), max(size)
        longer = self.width * long // short  # torchvision cuts off
        return (self.width, longer) if width <= height else (longer, self.width)

    def apply(self, image: Image) -> Image:
        """The image scaled; one of that size already stays as it is."""
        from PIL.Image import Resampling

        size = self.of(image.size)
        return image if size == image.size else image.resize(size, Resampling[self.filter.upper()])

    def __str__(self) -> str:
        sizes = str(self.width) if self.height is None else f"{self.height}x{self.width}"
        return f"resize {sizes}" + ("" if self.filter == "bilinear" else f" {self.filter}")


@record
class CropTo:
    """Take the middle; what lies outside of the image is black."""

    height: int
    width: int

    def of(self, size: tuple[int, int]) -> tuple[int, int]:
        """(width, height), whatever the image's is."""
        del size
        return self.width, self.height

    def apply(self, image: Image) -> Image:
        """The middle of the image, rounded as torchvision rounds."""
        left, top = (_start(found, side) for found, side in zip(image.size, (self.width, self.height), strict=True))
        return image.crop((left, top, left + self.width, top + self.height))

    def __str__(self) -> str:
        sizes = str(self.width) if self.height == self.width else f"{self.height}x{self.width}"
        return f"crop {sizes}"


@record
class Preprocess:
    """The steps of the pixels in order, and the row of `NORMALIZATIONS` at the end."""

    steps: tuple[Resize | CropTo, ...] = ()
    normalization: str | None = None

    def size(self, size: tuple[int, int]) -> tuple[int, int]:
        """(width, height) of what becomes of an image of that (width, height)."""
        for step in self.steps:
            size = step.of(size)
        return size

    def apply(self, image: Image) -> Image:
        """The pixels after all steps."""
        for step in self.steps:
            image = step.apply(image)
        return image

    def normalize(self, x: Array) -> Array:
        """(C, H, W) with its channels shifted and scaled. Raises UsageError for another number of channels."""
        if self.normalization is None:
            return x
        mean, deviation = (
            np.asarray(values, x.dtype).reshape(-1, 1, 1) for values in NORMALIZATIONS[self.normalization]
        )
        if len(mean) != len(x):
            raise UsageError(f"`normalize {self.normalization}` is for {len(mean)} channels, the input has {len(x)}")
        return (x - mean) / deviation

    def __str__(self) -> str:
        words = [*map(str, self.steps), *([f"normalize {self.normalization}"] if self.normalization else [])]
        return ", ".join(words) or "none"


def parse_preprocess(text: str, source: str) -> Preprocess:
    """Read `resize 256 bicubic, crop 224, normalize imagenet`; `none` leaves the values from 0 to 1.

    Args:
        source: what said it, for the message: `--preprocess`, `about: preprocess`.

    Raises UsageError with the smallest repair.
    """
    if text.strip().lower() in ("none", ""):
        return Preprocess()
    steps: list[Resize | CropTo] = []
    normalization = None
    for part in text.split(","):
        word, *rest = part.lower().split() or [""]
        if word not in _READERS:
            help = did_you_mean(nearest(word, _WORDS)) or "such as: resize 256, crop 224, normalize imagenet"
            raise UsageError(f"{source}: unknown step `{part.strip()}`", help=help)
        if normalization is not None:
            raise UsageError(f"{source}: `normalize` is the last step", help=f"put `{part.strip()}` before it")
        step = _READERS[word](rest, part.strip(), source)
        if isinstance(step, str):
            normalization = step
        else:
            steps.append(step)
    return Preprocess(tuple(steps), normalization)


def _resize(rest: list[str], part: str, source: str) -> Resize:
    if not 1 <= len(rest) <= 2:
        raise UsageError(f"{source}: `{part}` is no step", help="resize 256, resize 299x299 or resize 256 bicubic")
    filter = rest[1] if len(rest) > 1 else "bilinear"
    if filter not in FILTERS:
        help = did_you_mean(nearest(filter, FILTERS)) or f"there are {listed(FILTERS)}"
        raise UsageError(f"{source}: unknown filter `{filter}`", help=help)
    sizes = _sizes(rest[0], part, source)
    return Resize(sizes[0] if len(sizes) > 1 else None, sizes[-1], filter)


def _crop(rest: list[str], part: str, source: str) -> CropTo:
    if len(rest) != 1:
        raise UsageError(f"{source}: `{part}` is no step", help="crop 224 or crop 224x192")
    sizes = _sizes(rest[0], part, source)
    return CropTo(sizes[0], sizes[-1])


def _normalize(rest: list[str], part: str, source: str) -> str:
    if len(rest) != 1 or rest[0] not in NORMALIZATIONS:
        help = did_you_mean(nearest(" ".join(rest), NORMALIZATIONS)) or f"there are {listed(NORMALIZATIONS)}"
        raise UsageError(f"{source}: unknown normalization in `{part}`", help=help)
    return rest[0]


_READERS: Mapping[str, Callable[[list[str], str, str], Resize | CropTo | str]] = {
    "resize": _resize, "crop": _crop, "normalize": _normalize,
}  # fmt: skip


def _sizes(text: str, part: str, source: str) -> list[int]:
    """`224` or `224x192`: height x width."""
    match = re.fullmatch(r"(\d{1,5})(?:x(\d{1,5}))?", text)
    sizes = [int(size) for size in match.groups() if size] if match else []
    if not sizes or not all(1 <= size <= _LARGEST_SIDE for size in sizes):
        raise UsageError(f"{source}: `{part}` has no size from 1 to {_LARGEST_SIDE:,}", help="such as: crop 224")
    return sizes


def _start(found: int, wanted: int) -> int:
    """Where the middle begins. Where the image is smaller torchvision pads it first, and the odd pixel comes after."""
    return round((found - wanted) / 2) if found >= wanted else -((wanted - found) // 2)
