"""Tiles: a few rows of vectors, held in registers as one tuple in compiled code, row after row."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from archcalc.numeric.engine.kernels.numba_simd import Vector, address_of, everywhere, fused, lowered, read, write


@intrinsic(prefer_literal=True)
def taken(_: Any, count: Any, x: Any, place: Any) -> Any:
    """So many values from a place of x on, as a tuple."""
    if not isinstance(count, types.IntegerLiteral):
        return None

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        start = address_of(context, builder, signature, values, 1)
        cells = [builder.gep(start, [ir.IntType(64)(i)]) for i in range(count.literal_value)]
        return cgutils.pack_array(builder, [builder.load(cell) for cell in cells])

    return types.UniTuple(x.dtype, count.literal_value)(count, x, types.intp), code


@intrinsic(prefer_literal=True)
def multiples(_: Any, count: Any, step: Any) -> Any:
    """0, step, 2 step ..., so many, as a tuple."""
    if not isinstance(count, types.IntegerLiteral):
        return None

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return cgutils.pack_array(
            builder, [builder.mul(values[1], values[1].type(i)) for i in range(count.literal_value)]
        )

    return types.UniTuple(types.intp, count.literal_value)(count, types.intp), code


@intrinsic(prefer_literal=True)
def rows_of(_: Any, height: Any, width: Any, x: Any, place: Any) -> Any:
    """A tile of `height` rows, each of them the `width` vectors that stand at a place of x. Row after row."""
    if not (isinstance(height, types.IntegerLiteral) and isinstance(width, types.IntegerLiteral)):
        return None

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        vector = signature.return_type.dtype
        start = address_of(context, builder, signature, values, 2)
        row = [
            read(builder, step, lowered(context, vector))
            for step in _steps(builder, start, vector, width.literal_value)
        ]
        return cgutils.pack_array(builder, row * height.literal_value)

    tile = types.UniTuple(Vector(x.dtype), height.literal_value * width.literal_value)
    return tile(height, width, x, types.intp), code


@intrinsic(prefer_literal=True)
def zeros(_: Any, height: Any, width: Any, x: Any) -> Any:
    """A tile of zeros of the type of x, `height` rows of `width` vectors."""
    if not (isinstance(height, types.IntegerLiteral) and isinstance(width, types.IntegerLiteral)):
        return None

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        form = lowered(context, signature.return_type.dtype)
        return cgutils.pack_array(builder, [ir.Constant(form, None)] * signature.return_type.count)

    return types.UniTuple(Vector(x.dtype), height.literal_value * width.literal_value)(height, width, x), code


@intrinsic
def add_products(_: Any, sums: Any, x: Any, tap: Any, rows: Any, w: Any, place: Any, count: Any) -> Any:
    """sums + x w, the heart of a matrix product: all sums stay in registers.

    Of x (a matrix anywhere in an array) each row begins `tap` behind one of the places `rows` and is `count` long. Of w
    each row of vectors follows the one before it, from `place` on. sums: the vectors of the first row of x, then the
    next.
    """

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return _products(context, builder, signature, values)

    return sums(sums, x, types.intp, rows, w, types.intp, types.intp), code


@intrinsic
def add_rows(_: Any, tile: Any, x: Any, tap: Any, rows: Any) -> Any:
    """Add to each row of a tile the values `tap` behind its place in x."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        vector = signature.return_type.dtype
        total = []
        for i, there in enumerate(_cells(context, builder, signature, values, vector)):
            other = read(builder, there, lowered(context, vector))
            total.append(builder.fadd(builder.extract_value(values[0], i), other))
        return cgutils.pack_array(builder, total)

    return tile(tile, x, types.intp, rows), code


@intrinsic(prefer_literal=True)
def add_taps(_: Any, sums: Any, x: Any, place: Any, column: Any, w: Any, tap: Any, next_tap: Any, kernel: Any,
             stride: Any) -> Any:  # fmt: skip
    """Add to neighbouring outputs of a row what one row of a filter gives: each value is read once for all of them.

    Output k reads x at place + (stride k + j) column for the weights at tap + j next_tap, j up to `kernel`.
    """
    if not (isinstance(kernel, types.IntegerLiteral) and isinstance(stride, types.IntegerLiteral)):
        return None

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        vector, size = signature.return_type.dtype, values[3].type
        form, multiply_add = lowered(context, vector), fused(context, builder, vector)
        row, filters = (
            address_of(context, builder, signature, values, 1),
            address_of(context, builder, signature, values, 4),
        )
        totals = [builder.extract_value(values[0], k) for k in range(len(sums))]
        weights = [
            read(builder, builder.gep(filters, [builder.mul(values[6], size(j))]), form)
            for j in range(kernel.literal_value)
        ]
        for u in range(stride.literal_value * (len(sums) - 1) + kernel.literal_value):
            cell = read(builder, builder.gep(row, [builder.mul(values[3], size(u))]), form)
            for k in range(len(sums)):
                if 0 <= (j := u - k * stride.literal_value) < kernel.literal_value:
                    totals[k] = builder.call(multiply_add, [cell, weights[j], totals[k]])
        return cgutils.pack_array(builder, totals)

    arguments = (sums, x, types.intp, types.intp, w, types.intp, types.intp, kernel, stride)
    return sums(*arguments), code


@intrinsic
def clipped(_: Any, tile: Any, low: Any, high: Any) -> Any:
    """Every value of a tile brought to min(max(value, low), high)."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        form = lowered(context, tile.dtype)
        ends = [
            everywhere(builder, context.cast(builder, end, kind, tile.dtype.dtype), form)
            for end, kind in zip(values[1:], (low, high), strict=True)
        ]
        inside = []
        for i in range(len(tile)):
            vector = builder.extract_value(values[0], i)
            vector = builder.select(builder.fcmp_ordered("<", vector, ends[0]), ends[0], vector)
            inside.append(builder.select(builder.fcmp_ordered(">", vector, ends[1]), ends[1], vector))
        return cgutils.pack_array(builder, inside)

    return tile(tile, low, high), code


@intrinsic
def store_rows(_: Any, tile: Any, x: Any, tap: Any, rows: Any, count: Any) -> Any:
    """Write the first `count` rows of a tile, each `tap` behind its place in x."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        height = len(rows)
        width = len(tile) // height
        cells = _cells(context, builder, signature, values, tile.dtype)
        for r in range(height):
            with builder.if_then(builder.icmp_signed(">", values[4], values[4].type(r))):
                for i in range(r * width, (r + 1) * width):
                    write(builder, cells[i], builder.extract_value(values[0], i))
        return context.get_dummy_value()

    return types.void(tile, x, types.intp, rows, types.intp), code


@intrinsic
def store_all(_: Any, tile: Any, x: Any, place: Any) -> Any:
    """Write all vectors of a tile side by side."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        start = address_of(context, builder, signature, values, 1)
        for i, cell in enumerate(_steps(builder, start, tile.dtype, len(tile))):
            write(builder, cell, builder.extract_value(values[0], i))
        return context.get_dummy_value()

    return types.void(tile, x, types.intp), code


@intrinsic
def set_down(_: Any, vectors: Any, x: Any, place: Any, step: Any) -> Any:
    """Write each vector of a tuple `step` behind the one before it."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        start = address_of(context, builder, signature, values, 1)
        for i in range(len(vectors)):
            there = builder.gep(start, [builder.mul(values[3], values[3].type(i))])
            write(builder, there, builder.extract_value(values[0], i))
        return context.get_dummy_value()

    return types.void(vectors, x, types.intp, types.intp), code


def _products(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    sums, rows, count = values[0], values[3], values[6]
    vector = signature.return_type.dtype
    form, multiply_add = lowered(context, vector), fused(context, builder, vector)
    height = len(signature.args[3])
    width = len(signature.return_type) // height
    corner = address_of(context, builder, signature, values, 1)
    cells = [builder.gep(corner, [builder.extract_value(rows, r)]) for r in range(height)]
    weights = address_of(context, builder, signature, values, 4)
    slots = [cgutils.alloca_once_value(builder, builder.extract_value(sums, i)) for i in range(height * width)]
    with cgutils.for_range(builder, count) as loop:
        here = builder.mul(loop.index, count.type(width * vector.lanes))
        columns = [
            read(builder, builder.gep(weights, [builder.add(here, count.type(v * vector.lanes))]), form)
            for v in range(width)
        ]
        for r in range(height):
            value = everywhere(builder, builder.load(builder.gep(cells[r], [loop.index])), form)
            for v in range(width):
                slot = slots[r * width + v]
                builder.store(builder.call(multiply_add, [value, columns[v], builder.load(slot)]), slot)
    return cgutils.pack_array(builder, [builder.load(slot) for slot in slots])


def _cells(context: Any, builder: Any, signature: Any, values: Any, vector: Vector) -> list[Any]:
    """Where each vector of a tile stands in an array, for arguments (tile, x, tap, rows)."""
    width = len(signature.args[0]) // len(signature.args[3])
    corner = address_of(context, builder, signature, values, 1)
    return [
        cell
        for r in range(len(signature.args[3]))
        for cell in _steps(builder, builder.gep(corner, [builder.extract_value(values[3], r)]), vector, width)
    ]


def _steps(builder: Any, start: Any, vector: Vector, count: int) -> list[Any]:
    """Where vectors stand that follow each other."""
    return [builder.gep(start, [ir.IntType(64)(i * vector.lanes)]) for i in range(count)]
