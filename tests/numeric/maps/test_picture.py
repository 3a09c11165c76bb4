"""Pictures read back: what is bright, what is red, how large; and the files that are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

np = pytest.importorskip("numpy", reason="the numeric extra is not installed")
Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")

from archcalc.core import Shape  # noqa: E402
from archcalc.errors import ArchcalcError, UnsupportedError, UsageError  # noqa: E402
from archcalc.numeric.maps.picture import check_png, save_heat, save_maps  # noqa: E402
from archcalc.tables.forward import InputOrigin  # noqa: E402
from archcalc.tables.maps import FeatureMap, FeatureMaps  # noqa: E402

ORIGIN = InputOrigin("net", (), 1, "float32", "He, seed 0", "reference")
RED, BLUE = (200, 20, 20), (20, 60, 200)


def read(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def places(pixels, color):
    """Rows and columns that have this colour."""
    rows, columns = np.nonzero((pixels == color).all(2))
    return sorted(set(rows.tolist())), sorted(set(columns.tolist()))


def test_a_map_is_black_where_it_is_smallest_and_white_where_it_is_largest(tmp_path):
    values = ((0.0, 1.0), (2.0, 4.0))
    found = FeatureMaps(ORIGIN, "c", "conv", Shape.of(1, 2, 2), "each", (FeatureMap(0, values),))
    save_maps(found, ["title"], tmp_path / "m.png")
    pixels = read(tmp_path / "m.png")
    rows, columns = places(pixels, (0, 0, 0))
    side = len(rows)
    assert len(columns) == side == 100  # a map of 2 cells in 200 pixels
    top, left = rows[0], columns[0]
    corners = [pixels[top + y * side, left + x * side].tolist() for y in (0, 1) for x in (0, 1)]
    assert corners == [[0, 0, 0], [64, 64, 64], [128, 128, 128], [255, 255, 255]]  # 255 times 0, 1/4, 1/2, 1


def test_maps_of_one_scale_keep_their_differences(tmp_path):
    maps = (FeatureMap(0, ((0.0, 1.0),)), FeatureMap(1, ((2.0, 2.0),)))
    for scale, greys in {"each": {0, 255}, "all": {0, 128, 255}}.items():
        save_maps(FeatureMaps(ORIGIN, "c", "conv", Shape.of(2, 1, 2), scale, maps), ["t"], tmp_path / "m.png")
        pixels = read(tmp_path / "m.png")
        greys_there = pixels[(pixels == pixels[..., :1]).all(2)][:, 0]
        assert set(np.flatnonzero(np.bincount(greys_there, minlength=256) > 2000)) == greys


def test_64_maps_make_a_grid_of_a_moderate_size(tmp_path):
    maps = tuple(FeatureMap(n, ((0.0,) * 55,) * 55) for n in range(64))
    save_maps(FeatureMaps(ORIGIN, "c", "conv", Shape.of(64, 55, 55), "each", maps), ["t"], tmp_path / "m.png")
    height, width, _ = read(tmp_path / "m.png").shape
    assert 800 < width < 1100
    assert 700 < height < 1300


def test_heat_is_red_above_zero_and_blue_below(tmp_path):
    heat = np.zeros((40, 60))
    heat[:10, :15] = 3
    heat[30:, 45:] = -3
    save_heat(heat, None, ["title", "meaning"], tmp_path / "h.png")
    pixels = read(tmp_path / "h.png")
    (red_rows, red_columns), (blue_rows, blue_columns) = places(pixels, RED), places(pixels, BLUE)
    factor = 6  # 60 columns in a panel of 360 pixels
    assert (len(red_rows), len(red_columns)) == (10 * factor, 15 * factor)
    assert (blue_rows[0] - red_rows[0], blue_columns[0] - red_columns[0]) == (30 * factor, 45 * factor)


def test_the_image_stands_beside_and_under_the_heat(tmp_path):
    image = np.zeros((3, 40, 40))
    image[1] = 1.0  # green
    heat = np.zeros((40, 40))
    heat[:20] = 1
    save_heat(heat, image, ["t"], tmp_path / "h.png")
    pixels = read(tmp_path / "h.png")
    assert places(pixels, (0, 255, 0))[0] == places(pixels, RED)[0] + [r + 180 for r in places(pixels, RED)[0]]
    # three quarters red over the grey of green (255 / 3 = 85): 0.75 * 200 + 0.25 * 85 = 171, 0.75 * 20 + 21 = 36
    assert places(pixels, (171, 36, 36))[0] == places(pixels, RED)[0]


def test_what_cannot_be_written(tmp_path, monkeypatch):
    with pytest.raises(UsageError) as caught:
        save_heat(np.zeros((4, 4)), None, ["t"], tmp_path / "no" / "such.png")
    assert caught.value.what == f"{tmp_path / 'no' / 'such.png'} cannot be written: No such file or directory"
    for name, help in {"maps.svg": "--output maps.png", "maps": "--output maps.png"}.items():
        with pytest.raises(ArchcalcError) as caught:
            check_png(Path(name))
        assert (type(caught.value), caught.value.what, caught.value.help) == (
            UsageError, f"pictures are PNG files, --output is {name}", help,
        )  # fmt: skip
    with pytest.raises(UsageError) as caught:
        check_png(Path("gone/maps.png"))
    assert caught.value.what == "gone/maps.png cannot be written: there is no folder gone"
    monkeypatch.setattr("archcalc.numeric.maps.picture.find_spec", lambda name: None)
    with pytest.raises(UnsupportedError) as caught:
        check_png(Path("maps.png"))
    assert (caught.value.what, caught.value.help) == ("pictures need Pillow", "pip install 'archcalc[numeric]'")
