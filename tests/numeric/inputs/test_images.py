"""The same picture in every way a file can store it is the same array; what says nowhere what white is, is refused."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from contextlib import suppress

import numpy as np
import pytest

from archcalc.core import Shape
from archcalc.errors import SpecError
from archcalc.numeric.inputs import images
from archcalc.numeric.inputs.images import read_image
from archcalc.numeric.inputs.preprocess import Preprocess, parse_preprocess

Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")

PLAIN = Preprocess()
DIGIT = np.array([[0, 51, 255], [204, 102, 0]], np.uint8)
"""2 x 3 pixels, from black to white."""


def _read(path, channels=1, preprocess=PLAIN, **options):
    return read_image(path, Shape.of(channels, 2, 3), preprocess, **options)


def _png16(path, values, colour=0, extra=b""):
    """A PNG of 16 bits, written by hand: Pillow writes no colours of that depth."""
    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def _grey16(path):
    _png16(path, DIGIT.astype(np.uint16) * 257)


def _rgb16(path):
    _png16(path, np.repeat(DIGIT[..., None].astype(np.uint16) * 257, 3, 2), 2)


def _save(image, **options):
    return lambda path: image.save(path, **options)


WAYS = {
    "8 bits.png": _save(Image.fromarray(DIGIT)),
    "16 bits.png": _grey16,
    "16 bits of colour.png": _rgb16,
    "16 bits.tiff": _save(Image.fromarray(DIGIT.astype(np.uint16) * 257)),
    "16 bits.pgm": _save(Image.fromarray(DIGIT.astype(np.uint16) * 257)),
    "floats.tiff": _save(Image.fromarray(DIGIT.astype(np.float32) / 255)),
    "colours.png": _save(Image.fromarray(np.repeat(DIGIT[..., None], 3, 2))),
    "palette.gif": _save(Image.fromarray(DIGIT)),
    "opaque.png": _save(Image.fromarray(np.dstack([DIGIT] * 3 + [np.full((2, 3), 255, np.uint8)]))),
    "bitmap.bmp": _save(Image.fromarray(DIGIT)),
    "lossless.webp": _save(Image.fromarray(np.repeat(DIGIT[..., None], 3, 2)), lossless=True),
}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", WAYS)
def test_one_picture_is_one_array(tmp_path, name, channels):
    WAYS[name](tmp_path / name)
    found = _read(tmp_path / name, channels)
    expected = np.repeat(DIGIT[None] / 255, channels, 0)
    np.testing.assert_allclose(found.values, expected, atol=1e-6)
    assert found.notes == ()


@pytest.mark.parametrize("name", WAYS)
def test_it_stays_one_when_it_is_scaled(tmp_path, name):
    WAYS[name](tmp_path / name)
    steps = parse_preprocess("resize 4x6, crop 2x3", "test")
    plain = np.asarray(Image.fromarray(DIGIT.astype(np.float32) / 255).resize((6, 4), Image.Resampling.BILINEAR))
    np.testing.assert_allclose(_read(tmp_path / name, 1, steps).values[0], plain[1:3, 2:5], atol=1.5 / 255)


def test_strokes_on_transparency_stay_strokes(tmp_path):
    strokes = np.zeros((2, 3, 4), np.uint8)  # black everywhere, opaque where the stroke is
    strokes[..., 3] = 255 - DIGIT
    Image.fromarray(strokes).save(tmp_path / "x.png")
    found = _read(tmp_path / "x.png")
    np.testing.assert_allclose(found.values[0], DIGIT / 255, atol=1e-6)
    assert found.notes == (f"{tmp_path / 'x.png'} has transparent pixels: they are laid over white",)
    assert _read(tmp_path / "x.png", background="black").values.max() == 0


def test_a_transparent_colour_of_a_palette_and_of_16_bits(tmp_path):
    Image.fromarray(DIGIT).save(tmp_path / "x.gif", transparency=0)
    values = _read(tmp_path / "x.gif").values[0] * 255
    assert [values[0, 0], values[1, 2], values[0, 1]] == pytest.approx([255, 255, 51])
    data = struct.pack(">H", 51 * 257)
    chunk = struct.pack(">I", 2) + b"tRNS" + data + struct.pack(">I", zlib.crc32(b"tRNS" + data))
    _png16(tmp_path / "x.png", DIGIT.astype(np.uint16) * 257, extra=chunk)
    assert _read(tmp_path / "x.png").values[0, 0, 1] == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.array([[0, 2.5, 1], [0, 0, 0]], np.float32), "holds floats from 0 to 2.5"),
        (np.array([[0, 1e6, 1], [-3, 0, 0]], np.int32), "holds 32-bit integers from -3 to 1e+06"),
    ],
)
def test_what_does_not_say_what_white_is(tmp_path, values, words):
    Image.fromarray(values).save(tmp_path / "x.tiff")
    with pytest.raises(SpecError) as caught:
        _read(tmp_path / "x.tiff")
    assert caught.value.what == f"{tmp_path / 'x.tiff'} {words}, and does not say what white is"
    assert caught.value.help == "values from 0 to 1, as a .npy array or a float TIFF"


def test_a_bomb_is_refused_by_its_header(tmp_path, monkeypatch):
    """13,000 x 13,000 pixels of one colour are a file of half a megabyte."""
    Image.new("1", (13_000, 13_000)).save(tmp_path / "x.png")
    monkeypatch.setattr(images, "_plain", lambda *_: pytest.fail("decoded"))
    with pytest.raises(SpecError) as caught:
        _read(tmp_path / "x.png", 1, parse_preprocess("resize 2x3", "test"))
    assert caught.value.what == f"{tmp_path / 'x.png'} has 13000x13000 pixels; the limit is 36,000,000"
    with pytest.raises(SpecError, match="is 1x13000x13000, the input is 1x2x3"):
        _read(tmp_path / "x.png")


def test_pillow_itself_gives_up_on_larger_ones(tmp_path):
    Image.new("1", (14_000, 14_000)).save(tmp_path / "x.png")
    with pytest.raises(SpecError) as caught:
        _read(tmp_path / "x.png")
    assert caught.value.what == f"{tmp_path / 'x.png'} has more pixels than can be decoded; the limit is 36,000,000"


def test_a_photo_over_the_limit_is_decoded_smaller(tmp_path, monkeypatch):
    Image.new("L", (400, 300), 128).save(tmp_path / "x.jpg")
    monkeypatch.setattr(images, "MOST_PIXELS", 400 * 300 // 4)
    found = _read(tmp_path / "x.jpg", 1, parse_preprocess("resize 2x3", "test"))
    np.testing.assert_allclose(found.values, 128 / 255, atol=1 / 255)


STARTS = {
    "x.dds": b"DDS |" + bytes(200),
    "x.jp2": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(99),
    "x.eps": b"%!PS-Adobe-3.0 EPSF",
    "x.png": b"\x89PNG\r\n\x1a\n" + bytes(50),
}


@pytest.mark.parametrize("name", STARTS)
def test_formats_that_are_not_opened(tmp_path, name):
    (tmp_path / name).write_bytes(STARTS[name])
    with pytest.raises(SpecError) as caught:
        _read(tmp_path / name)
    assert caught.value.what == f"{tmp_path / name} is no image that can be read"
    assert caught.value.help == "a .npy array, or an image as PNG, JPEG, GIF, BMP, WebP, TIFF or PPM"


@pytest.mark.parametrize(
    "name", ["8 bits.png", "16 bits.tiff", "palette.gif", "bitmap.bmp", "lossless.webp", "16 bits.pgm"]
)
def test_every_damaged_file_is_an_image_or_an_error(tmp_path, name):
    WAYS[name](tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    rng = np.random.default_rng(5)
    for _ in range(150):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), rng.integers(1, 4)):
            damaged[place] = rng.integers(0, 256)
        (tmp_path / name).write_bytes(damaged[: rng.integers(1, len(whole) + 1)] if rng.random() < 0.3 else damaged)
        with suppress(SpecError):  # any other error fails
            assert _read(tmp_path / name).values.shape == (1, 2, 3)


def test_what_pillow_says_of_a_damaged_file_does_not_reach_the_user(tmp_path):
    """In a process of its own: pytest takes every log."""
    Image.fromarray(np.repeat(DIGIT[..., None], 3, 2)).save(tmp_path / "x.tiff")
    data = (tmp_path / "x.tiff").read_bytes()
    tag = data.index(struct.pack("<HHI", 277, 3, 1))  # SamplesPerPixel, a short, one of them
    (tmp_path / "x.tiff").write_bytes(data[: tag + 8] + struct.pack("<H", 122) + data[tag + 10 :])
    (tmp_path / "net.yaml").write_text("input: 3x2x3\nlayers: {g: global_avg_pool}\n", encoding="utf-8")
    command = [sys.executable, "-m", "archcalc", "run", "net.yaml", "--input", "x.tiff"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr.splitlines()[0]) == (3, "error: x.tiff is no image that can be read")
