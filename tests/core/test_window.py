"""The rules of one axis against brute force, printed tables, and torch."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archcalc.core import (
    SPREAD,
    WHOLE,
    AdaptiveWindow,
    InterpolatingWindow,
    NearestWindow,
    SampledWindow,
    TransposedWindow,
    Window,
)
from archcalc.core.window import full_padding, same_padding
from archcalc.errors import ShapeError

LENGTHS = st.integers(1, 29)
WINDOWS = st.builds(
    Window,
    kernel=st.integers(1, 7),
    stride=st.integers(1, 5),
    padding=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    dilation=st.integers(1, 3),
)


def span(window):
    """Cells from the first tap to the last, counted."""
    taps = [window.dilation * tap for tap in range(window.kernel)]
    return taps[-1] - taps[0] + 1


def fits(window, length):
    return span(window) <= length + sum(window.padding)


class TestSizes:
    @pytest.mark.parametrize(
        ("length", "kernel", "stride", "padding", "expected"),
        [
            pytest.param(227, 11, 4, 0, 55, id="AlexNet conv1 (Krizhevsky 2012, with the 227 of CS231n)"),
            pytest.param(224, 11, 4, 0, 54, id="AlexNet conv1 on the printed 224: 53.25 + 1, rounded down"),
            pytest.param(55, 3, 2, 0, 27, id="AlexNet pool1: overlapping"),
            pytest.param(27, 5, 1, 2, 27, id="AlexNet conv2: the padding keeps the size"),
            pytest.param(13, 3, 2, 0, 6, id="AlexNet pool5"),
            pytest.param(32, 5, 1, 0, 28, id="LeNet-5 C1 (LeCun 1998)"),
            pytest.param(28, 2, 2, 0, 14, id="LeNet-5 S2"),
            pytest.param(224, 7, 2, 3, 112, id="ResNet conv1 (He 2015)"),
            pytest.param(224, 3, 1, 1, 224, id="VGG (Simonyan 2014)"),
        ],
    )
    def test_lecture(self, length, kernel, stride, padding, expected):
        assert Window(kernel, stride, (padding, padding)).output(length) == expected

    def test_dilation_spreads_the_taps(self):
        window = Window(3, dilation=2)
        assert window.extent == 5  # cells 0, 2, 4
        assert window.output(13) == 9
        assert list(window.reads(8, 13)) == [8, 10, 12]

    @pytest.mark.parametrize(
        ("length", "kernel", "stride", "expected"),
        [
            pytest.param(112, 3, 2, 56, id="GoogLeNet pool1 (Szegedy 2014, Table 1)"),
            pytest.param(32, 3, 2, 16, id="network in network, CIFAR-10: 32 -> 16"),
            pytest.param(2, 3, 2, 1, id="a first window that hangs over"),
        ],
    )
    def test_ceil_mode(self, length, kernel, stride, expected):
        assert Window(kernel, stride, ceil_mode=True).output(length) == expected

    def test_ceil_mode_drops_a_window_that_starts_in_the_padding(self):
        # 1 + 3 + 1 cells, windows of 2 at 0, 2, 4: the last would start at the padding cell after the axis
        assert Window(2, 2, (1, 1), ceil_mode=True).output(3) == 2

    @given(WINDOWS, LENGTHS)
    def test_output_counts_the_stops(self, window, length):
        assume(fits(window, length))
        before, after = window.padding
        starts = range(-before, length + after - span(window) + 1, window.stride)
        assert window.output(length) == len(starts)
        assert window.unread(length) == length + after - (starts[-1] + span(window))

    @given(WINDOWS, LENGTHS)
    def test_ceil_mode_goes_on_until_the_axis_is_covered(self, window, length):
        assume(fits(window, length))
        before, after = window.padding
        starts = [-before]
        while starts[-1] + span(window) < length + after:
            starts.append(starts[-1] + window.stride)
        if starts[-1] >= length and len(starts) > 1:
            starts.pop()
        ceiled = Window(window.kernel, window.stride, window.padding, window.dilation, ceil_mode=True)
        assert ceiled.output(length) == len(starts)

    @given(LENGTHS, st.integers(1, 7), st.integers(1, 5), st.integers(1, 3))
    def test_same_padding_divides_the_length_by_the_stride(self, length, kernel, stride, dilation):
        before, after = same_padding(length, kernel, stride, dilation)
        assert after - before in (0, 1)
        assert Window(kernel, stride, (before, after), dilation).output(length) == len(range(0, length, stride))

    @given(LENGTHS, st.integers(1, 7), st.integers(1, 3))
    def test_full_padding_counts_every_overlap(self, length, kernel, dilation):
        window = Window(kernel, 1, full_padding(kernel, dilation), dilation)
        starts = [start for start in range(-100, 100) if start + span(window) > 0 and start < length]
        assert window.output(length) == len(starts)

    def test_negative_padding_crops(self):
        assert Window(1, padding=(-2, -3)).output(13) == 8
        assert list(Window(1, padding=(-2, -3)).reads(0, 13)) == [2]


class TestTooLarge:
    @pytest.mark.parametrize(
        ("window", "length", "note", "repair"),
        [
            pytest.param(
                Window(15, padding=(1, 1)),
                11,
                "the window spans 15 cells, the padded axis has 13 (11 + 2·1)",
                "kernel up to 13, or padding of at least 2",
                id="kernel",
            ),
            pytest.param(
                Window(5, dilation=3, padding=(0, 1)),
                7,
                "the window spans 13 cells, the padded axis has 8 (7 + 0 + 1)",
                "kernel up to 3, padding of at least 3, or dilation up to 1",
                id="dilation, with padding on one side",
            ),
            pytest.param(
                Window(7, 3, ceil_mode=True),
                3,
                "the window spans 7 cells, the padded axis has 3 (3 + 2·0)",
                "kernel up to 5, or padding of at least 1",
                id="in ceil mode the last window may hang over by stride - 1",
            ),
        ],
    )
    def test_message(self, window, length, note, repair):
        with pytest.raises(ShapeError) as caught:
            window.output(length)
        assert caught.value.what == note
        assert caught.value.help == repair

    @given(WINDOWS, st.integers(1, 5), st.booleans())
    def test_the_repairs_repair_and_nothing_less_does(self, window, length, ceil_mode):
        kernel, stride, padding, dilation = window.kernel, window.stride, window.padding, window.dilation
        try:
            Window(kernel, stride, padding, dilation, ceil_mode).output(length)
        except ShapeError as error:
            repairs = error.help.split(", ")
        else:
            assume(False)

        def legal(kernel=kernel, padding=padding, dilation=dilation, length=length):
            try:
                return Window(kernel, stride, padding, dilation, ceil_mode).output(length) >= 1
            except ShapeError:
                return False

        for repair in repairs:
            number = next(int(word) for word in repair.split() if word.isdigit())
            if "kernel" in repair:
                assert legal(kernel=number)
                assert not legal(kernel=number + 1)
            elif "padding" in repair:
                assert legal(padding=(number, number))
                assert not legal(padding=(number - 1, number - 1))
            elif "dilation" in repair:
                assert legal(dilation=number)
                assert not legal(dilation=number + 1)
            else:
                assert legal(length=number)
                assert not legal(length=number - 1)

    def test_transposed_padding_cuts_everything(self):
        with pytest.raises(ShapeError) as caught:
            TransposedWindow(4, 1, (4, 4)).output(5)  # (5 - 1)·1 - 8 + 4
        assert caught.value.what == "the padding cuts away the whole output: 0 cells are left"
        assert caught.value.help == "padding of at most 3"


class TestReads:
    @given(WINDOWS, LENGTHS)
    def test_zeros_reads_the_taps_that_are_real(self, window, length):
        assume(fits(window, length))
        for index in range(window.output(length)):
            start = index * window.stride - window.padding[0]
            taps = [start + tap * window.dilation for tap in range(window.kernel)]
            assert list(window.reads(index, length)) == [cell for cell in taps if 0 <= cell < length]

    @given(WINDOWS, LENGTHS, st.sampled_from(["reflect", "replicate", "circular"]), st.booleans())
    def test_every_cell_read_is_real(self, window, length, mode, ceil_mode):
        assume(fits(window, length))
        filled = Window(window.kernel, window.stride, window.padding, window.dilation, ceil_mode, mode)
        for index in range(filled.output(length)):
            cells = list(filled.reads(index, length))
            assert cells == sorted(set(cells))
            assert cells
            assert all(0 <= cell < length for cell in cells)

    @pytest.mark.parametrize(
        ("mode", "first", "last"),
        [  # 2 cells of padding around a b c d e f g; the first and the last window of 5 cells
            pytest.param("zeros", [0, 1, 2], [4, 5, 6], id="0 0 a b c, e f g 0 0"),
            pytest.param("reflect", [0, 1, 2], [4, 5, 6], id="c b a b c, e f g f e"),
            pytest.param("replicate", [0, 1, 2], [4, 5, 6], id="a a a b c, e f g g g"),
            pytest.param("circular", [0, 1, 2, 5, 6], [0, 1, 4, 5, 6], id="f g a b c, e f g a b"),
        ],
    )
    def test_what_stands_in_the_padding(self, mode, first, last):
        window = Window(5, padding=(2, 2), mode=mode)
        assert list(window.reads(0, 7)) == first
        assert list(window.reads(6, 7)) == last

    @pytest.mark.parametrize(
        ("mode", "cells"),
        [("zeros", []), ("reflect", [3]), ("replicate", [0]), ("circular", [4])],
    )
    def test_a_window_inside_the_padding(self, mode, cells):
        assert list(Window(1, padding=(3, 3), mode=mode).reads(0, 7)) == cells

    @given(WINDOWS, LENGTHS)
    def test_a_transposed_window_is_the_inverse_relation(self, window, length):
        assume(fits(window, length))
        size = window.output(length)
        transposed = TransposedWindow(
            window.kernel, window.stride, window.padding, window.dilation, output_padding=window.unread(length)
        )
        assert transposed.output(size) == length
        for cell in range(length):
            readers = [index for index in range(size) if cell in window.reads(index, length)]
            assert list(transposed.reads(cell, size)) == readers

    @given(st.integers(1, 17), LENGTHS)
    def test_adaptive_windows_cover_the_axis(self, size, length):
        window = AdaptiveWindow(size)
        assert window.output(length) == size
        read = [set(window.reads(index, length)) for index in range(size)]
        assert all(read)
        assert set.union(*read) == set(range(length))

    def test_adaptive_windows_overlap_where_they_must(self):
        # 13 cells in 5 shares of 2.6: 0-2.6, 2.6-5.2, 5.2-7.8, 7.8-10.4, 10.4-13
        shares = [list(AdaptiveWindow(5).reads(index, 13)) for index in range(5)]
        assert shares == [[0, 1, 2], [2, 3, 4, 5], [5, 6, 7], [7, 8, 9, 10], [10, 11, 12]]

    def test_linear_interpolation_reads_both_neighbours_of_its_centre(self):
        # twice the size: centre of cell p lies at p/2 - 1/4; both ends are held
        read = [list(InterpolatingWindow(6).reads(index, 3)) for index in range(6)]
        assert read == [[0], [0, 1], [0, 1], [1, 2], [1, 2], [2]]

    def test_aligned_corners_fall_on_cells(self):
        # 3 cells to 5: centres at 0, 0.5, 1, 1.5, 2
        read = [list(InterpolatingWindow(5, align_corners=True).reads(index, 3)) for index in range(5)]
        assert read == [[0], [0, 1], [1], [1, 2], [2]]

    def test_nearest(self):
        assert NearestWindow(3).output(5) == 15
        assert [list(NearestWindow(3).reads(index, 5)) for index in (0, 2, 3, 14)] == [[0], [0], [1], [4]]
        # 5 cells to 7: floor of 0, 5/7, 10/7, 15/7, 20/7, 25/7, 30/7
        assert [list(SampledWindow(7).reads(index, 5)) for index in range(7)] == [[0], [0], [1], [2], [2], [3], [4]]

    def test_whole_axis(self):
        assert WHOLE.output(13) == 1
        assert list(WHOLE.reads(0, 13)) == list(range(13))
        assert SPREAD.output(13) == 13
        assert list(SPREAD.reads(7, 13)) == list(range(13))


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="compares with PyTorch")


def read(window, length):
    return [list(window.reads(index, length)) for index in range(window.output(length))]


def reached(outputs):
    """For each output cell the inputs that change it; `outputs` is examples x 1 x cells."""
    return [[i for i, value in enumerate(column) if value > 1e-5] for column in outputs[:, 0].T.tolist()]


@pytest.mark.torch
class TestAgainstTorch:
    """Sizes, and which inputs reach which outputs: one example per cell, with a 1 in that cell alone."""

    @pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
    @pytest.mark.parametrize(("kernel", "stride", "padding", "dilation"), [(2, 1, 1, 1), (3, 2, 2, 1), (5, 3, 4, 2)])
    def test_convolution(self, torch, mode, kernel, stride, padding, dilation):
        conv = torch.nn.Conv1d(1, 1, kernel, stride, padding, dilation, bias=False, padding_mode=mode)
        torch.nn.init.ones_(conv.weight)
        with torch.no_grad():
            outputs = conv(torch.eye(13)[:, None])
        window = Window(kernel, stride, (padding, padding), dilation, mode=mode)
        assert read(window, 13) == reached(outputs)

    @pytest.mark.parametrize("ceil_mode", [False, True])
    @pytest.mark.parametrize("length", [2, 3, 5, 7, 11, 12, 13])
    @pytest.mark.parametrize(("kernel", "stride", "padding"), [(2, 2, 0), (2, 2, 1), (3, 2, 0), (3, 2, 1), (2, 5, 1)])
    def test_max_pool(self, torch, kernel, stride, padding, length, ceil_mode):
        window = Window(kernel, stride, (padding, padding), ceil_mode=ceil_mode)
        try:
            outputs = torch.nn.functional.max_pool1d(
                torch.eye(length)[:, None], kernel, stride, padding, ceil_mode=ceil_mode
            )
        except RuntimeError:
            with pytest.raises(ShapeError):
                window.output(length)
        else:
            assert read(window, length) == reached(outputs)

    @pytest.mark.parametrize(("kernel", "stride", "padding", "dilation", "extra"), [(2, 2, 0, 1, 0), (5, 3, 2, 2, 1)])
    def test_transposed_convolution(self, torch, kernel, stride, padding, dilation, extra):
        outputs = torch.nn.functional.conv_transpose1d(
            torch.eye(7)[:, None], torch.ones(1, 1, kernel), None, stride, padding, extra, dilation=dilation
        )
        window = TransposedWindow(kernel, stride, (padding, padding), dilation, extra)
        assert read(window, 7) == reached(outputs)

    @pytest.mark.parametrize("size", [1, 2, 5, 13, 17])
    def test_adaptive_pool(self, torch, size):
        outputs = torch.nn.functional.adaptive_avg_pool1d(torch.eye(13)[:, None], size)
        assert read(AdaptiveWindow(size), 13) == reached(outputs)

    @pytest.mark.parametrize("align_corners", [False, True])
    @pytest.mark.parametrize(("length", "size"), [(3, 6), (7, 11), (11, 7), (13, 2), (5, 5), (5, 1), (1, 3)])
    def test_linear_interpolation(self, torch, length, size, align_corners):
        outputs = torch.nn.functional.interpolate(
            torch.eye(length)[:, None], size, mode="linear", align_corners=align_corners
        )
        assert read(InterpolatingWindow(size, align_corners), length) == reached(outputs)

    @pytest.mark.parametrize(("length", "size"), [(3, 6), (5, 15), (7, 11), (11, 7), (13, 2)])
    def test_nearest(self, torch, length, size):
        outputs = torch.nn.functional.interpolate(torch.eye(length)[:, None], size, mode="nearest")
        assert read(SampledWindow(size), length) == reached(outputs)
        if size % length == 0:
            assert read(NearestWindow(size // length), length) == reached(outputs)
