"""Vectors of a processor's width in code that numba compiles, so that it need not guess what to do side by side.

A vector holds neighbouring values of an array: 8 of float32, 4 of float64. Places in arrays are counted in values from
the array's start, whatever its axes; nothing checks them. The operators + - * / work on vectors.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.extending import intrinsic, overload, register_model

VECTOR_BYTES = 32
"""The registers of AVX2; a processor of narrower ones takes two for each."""


def lane_count(dtype: Any) -> int:
    """How many values of the type a vector holds."""
    return VECTOR_BYTES // int(np.dtype(dtype).itemsize)


class Vector(types.Type):
    """The type of a vector in compiled code."""

    def __init__(self, dtype: types.Float) -> None:
        self.dtype = dtype
        self.lanes = VECTOR_BYTES * 8 // dtype.bitwidth
        super().__init__(name=f"Vector({dtype}, {self.lanes})")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, vector: Vector) -> None:
        value = manager.lookup(vector.dtype).get_value_type()
        super().__init__(manager, vector, ir.VectorType(value, vector.lanes))


@intrinsic
def lanes(_: Any, x: Any) -> Any:
    """How many values of x a vector holds."""
    count = Vector(x.dtype).lanes
    return types.intp(x), lambda context, builder, signature, values: context.get_constant(types.intp, count)


@intrinsic
def load(_: Any, x: Any, place: Any) -> Any:
    """The vector that begins at a place of x."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return read(builder, address_of(context, builder, signature, values), lowered(context, signature.return_type))

    return Vector(x.dtype)(x, types.intp), code


@intrinsic
def store(_: Any, x: Any, place: Any, vector: Any) -> Any:
    """Write a vector to a place of x."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        write(builder, address_of(context, builder, signature, values), values[2])
        return context.get_dummy_value()

    return types.void(x, types.intp, vector), code


@intrinsic
def value(_: Any, x: Any, place: Any) -> Any:
    """The value at a place of x."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.load(address_of(context, builder, signature, values))

    return x.dtype(x, types.intp), code


@intrinsic
def put(_: Any, x: Any, place: Any, number: Any) -> Any:
    """Write a value to a place of x."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        builder.store(values[2], address_of(context, builder, signature, values))
        return context.get_dummy_value()

    return types.void(x, types.intp, x.dtype), code


@intrinsic
def spread(_: Any, x: Any, place: Any) -> Any:
    """The value at a place of x in every lane."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        value = builder.load(address_of(context, builder, signature, values))
        return everywhere(builder, value, lowered(context, signature.return_type))

    return Vector(x.dtype)(x, types.intp), code


@intrinsic
def fill(_: Any, x: Any, number: Any) -> Any:
    """A number in every lane of a vector of the type of x."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        value = context.cast(builder, values[1], signature.args[1], x.dtype)
        return everywhere(builder, value, lowered(context, signature.return_type))

    return Vector(x.dtype)(x, number), code


@intrinsic
def fetch(_: Any, x: Any, place: Any) -> Any:
    """Bring the cache line of a place of x nearer, for later; nothing happens where x has no such place."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        address = address_of(context, builder, signature, values)
        kind, number = address.type, ir.IntType(32)
        form = ir.FunctionType(ir.VoidType(), [kind, number, number, number])
        prefetch = cgutils.get_or_insert_function(builder.module, form, "llvm.prefetch.p0")
        builder.call(prefetch, [address, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(x, types.intp), code


@intrinsic
def fma(_: Any, a: Any, b: Any, c: Any) -> Any:
    """a b + c, rounded once where the processor can."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.call(fused(context, builder, signature.return_type), values)

    return a(a, a, a), code


@intrinsic
def greater(_: Any, a: Any, b: Any) -> Any:
    """The greater of two vectors, lane by lane; of the first only what is not a number stays."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.select(builder.fcmp_ordered("<", *values), values[1], values[0])

    return a(a, a), code


@intrinsic
def lesser(_: Any, a: Any, b: Any) -> Any:
    """The lesser of two vectors, lane by lane; of the first only what is not a number stays."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", *values), values[1], values[0])

    return a(a, a), code


@intrinsic
def largest(_: Any, a: Any, b: Any) -> Any:
    """The greater of two vectors, lane by lane; what is not a number stays, in either."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        first, second = values
        taken = builder.or_(builder.fcmp_ordered(">", second, first), builder.fcmp_unordered("uno", second, second))
        return builder.select(taken, second, first)

    return a(a, a), code


@intrinsic
def root(_: Any, a: Any) -> Any:
    """The square root of each lane."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        form = lowered(context, a)
        name = f"llvm.sqrt.v{a.lanes}f{a.dtype.bitwidth}"
        return builder.call(cgutils.get_or_insert_function(builder.module, ir.FunctionType(form, [form]), name), values)

    return a(a), code


def address_of(context: Any, builder: Any, signature: Any, values: Sequence[Any], array: int = 0) -> Any:
    """Of the argument at `array`, an array, the place that the argument after it says."""
    data = context.make_array(signature.args[array])(context, builder, values[array]).data
    return builder.gep(data, [values[array + 1]])


def read(builder: Any, address: Any, form: Any) -> Any:
    vector = builder.load(builder.bitcast(address, form.as_pointer()))
    vector.align = _alignment(form)
    return vector


def write(builder: Any, address: Any, vector: Any) -> None:
    written = builder.store(vector, builder.bitcast(address, vector.type.as_pointer()))
    written.align = _alignment(vector.type)


def _alignment(form: Any) -> int:
    """Vectors begin at any value, not only at multiples of their size."""
    return 4 if isinstance(form.element, ir.FloatType) else 8


def everywhere(builder: Any, value: Any, form: Any) -> Any:
    one = builder.insert_element(ir.Constant(form, ir.Undefined), value, ir.IntType(32)(0))
    order = ir.Constant(ir.VectorType(ir.IntType(32), form.count), [0] * form.count)
    return builder.shuffle_vector(one, one, order)


def lowered(context: Any, vector: Vector) -> Any:
    return context.get_value_type(vector)


def fused(context: Any, builder: Any, vector: Vector) -> Any:
    form = lowered(context, vector)
    name = f"llvm.fmuladd.v{vector.lanes}f{vector.dtype.bitwidth}"
    return cgutils.get_or_insert_function(builder.module, ir.FunctionType(form, [form] * 3), name)


def _operator(sign: Any, instruction: str) -> None:
    """Let + - * / work on two vectors."""

    @intrinsic
    def apply(_: Any, a: Any, b: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return getattr(builder, instruction)(*values)

        return a(a, b), code

    @overload(sign, strict=False)
    def choose(a: Any, b: Any) -> Any:
        return (lambda a, b: apply(a, b)) if isinstance(a, Vector) and a == b else None  # noqa: PLW0108 (numba wants a function of Python's)


for _sign, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _operator(_sign, _instruction)
