"""A stretch of steps as one call a thread: nobody goes back to Python between them, nor sleeps for less than a step.

Waking a thread through Python takes as long as a small layer. So the calls of tasks that only call compiled functions
are written down once, with the addresses of their arrays; in a run each thread reads them, takes the next task of a
phase where there is one, and waits for the others, wide awake, where there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from archcalc.numeric.engine.execute import BOUNDS
from archcalc.numeric.engine.kernels.depthwise import Depthwise
from archcalc.numeric.engine.kernels.elementwise import Elementwise
from archcalc.numeric.engine.kernels.numba_compiled import Call, Compiled, NotCompiledError, compiled, written_down
from archcalc.numeric.engine.kernels.numba_kernels import Dense, Direct, Dots, Tiled
from archcalc.numeric.engine.kernels.numba_simd import address_of
from archcalc.numeric.engine.kernels.pool import GlobalAverage, Pool
from archcalc.numeric.engine.plan import Plan, PlanStep
from archcalc.numeric.engine.threads import Phase
from archcalc.numeric.namespace import Array

EPILOGUE = "1 i 4 t3 f f"
SIGNATURES = {
    "direct": f"4 t3 i 4 4 t3 i i i t2 t2 t2 i i i i {EPILOGUE} I2 1",
    "dots": "2 2 2 1 f f i i 1",
    "values": "4 t3 i i i i i i 3 i 1",
    "filtered": f"3 i 4 i i i i 1 I2 4 t3 i i i i i i i {EPILOGUE} 1",
    "to_nhwc": "A4 4 t3 t4",
    "copy": "4 t3 4 t3 i i t4",
    "scale": "4 t3 4 t3 i t4 1 1 f f",
    "depthwise": f"4 t3 3 4 t3 i t2 t2 t2 t4 {EPILOGUE}",
    "max_pool": "4 t3 i i 4 t3 i i t2 t2 t2 t2 t4 f",
    "avg_pool": "4 t3 i i 4 t3 i i t2 t2 t2 2 t4",
    "global_avg": "4 t3 i i i A2 i i",
    "three_quarters": "4 t3 4 t3 i i i f f t4 1",
    "clear": "A4",
}
"""What compiled functions take: i an integer, f a float64, t3 three integers, 4 an array of 4 axes, I2 one of integers,
A4 one whose values may lie apart."""

KINDS = {name: number for number, name in enumerate(SIGNATURES)}
APART = 8
"""Counters lie a cache line from each other."""


class Program:
    """Phases of tasks that are nothing but calls of compiled functions."""

    def __init__(self, phases: Sequence[Sequence[Sequence[Sequence[Call]]]], dtype: Any, threads: int) -> None:
        """phases[phase][task][worker]: the calls of a task, if this worker makes them."""
        tasks = [task for phase in phases for task in phase]
        calls = [[call for task in tasks for call in task[worker]] for worker in range(threads)]
        self._like = np.empty(0, dtype)
        self._keep = calls
        self._phases = _starts(len(phase) for phase in phases)
        self._tasks = _starts(len(task[0]) for task in tasks)
        self._kinds = np.array([KINDS[function.name] for function, _ in calls[0]], np.int64)
        self._places, self._words = _packed(calls)
        self._addresses = np.zeros(len(KINDS), np.int64)
        for kind, function in {KINDS[function.name]: function for function, _ in calls[0]}.items():
            self._addresses[kind] = _address(function, _types(function.name, numba.from_dtype(np.dtype(dtype))))
        self._counters = np.zeros(2 * APART * len(phases), np.int64)
        self.phase: Phase = [self._part(worker) for worker in range(threads)]

    def start(self) -> None:
        """Before each run of its phase."""
        self._counters.fill(0)

    def _part(self, number: int) -> Callable[[int], None]:
        arguments = (
            self._like, self._addresses, self._phases, self._tasks, self._kinds, self._places[number],
            self._words[number], self._counters,
        )  # fmt: skip
        return lambda _: _follow.jitted(*arguments)


def stretches(plan: Plan, phases: Sequence[Sequence[Phase]], dtype: Any) -> list[Phase | Program]:
    """The phases of a plan's steps, as long stretches of them as possible as programs."""
    found: list[Phase | Program] = []
    stretch: list[list[list[list[Call]]]] = []

    def end() -> None:
        if stretch:
            found.append(Program(stretch, dtype, plan.threads))
            stretch.clear()

    for step, own in zip(plan.steps, phases, strict=True):
        calls = [calls_of(phase, plan.threads, dtype) for phase in own] if _only_calls(step) else [None]
        if None in calls:
            end()
            found += own
        else:
            stretch += [phase for phase in calls if phase is not None]
    end()
    return found


def _only_calls(step: PlanStep) -> bool:
    """Whether the tasks of a step do nothing but call compiled functions, or the moves that NumPy has instead."""
    activation = None if step.operation is None else step.operation.activation
    if activation is not None and activation.layer.kind not in BOUNDS:
        return False
    if isinstance(step.kernel, Elementwise):
        return step.kernel.name in ("to channels last", "scale", "local response norm")
    return step.kernel is None or isinstance(
        step.kernel, Direct | Dense | Dots | Tiled | Depthwise | Pool | GlobalAverage
    )


def calls_of(phase: Phase, threads: int, dtype: Any) -> list[list[list[Call]]] | None:
    """The calls of each task of a phase for each worker; None where there are others than a program can make."""
    value = numba.from_dtype(np.dtype(dtype))
    recorded = []
    for task in phase:
        by_worker = []
        for worker in range(threads):
            with written_down() as calls:
                try:
                    task(worker)
                except NotCompiledError:
                    return None
            if not all(_fits(function.name, arguments, value) for function, arguments in calls):
                return None
            by_worker.append(calls)
        recorded.append(by_worker)
    return recorded


def _fits(name: str, arguments: tuple[Any, ...], value: Any) -> bool:
    return name in SIGNATURES and all(
        given == wanted or (wanted.layout == "A" and given.copy(layout="A") == wanted if isinstance(wanted, types.Array)
                            and isinstance(given, types.Array) else False)
        for given, wanted in zip(map(numba.typeof, arguments), _types(name, value), strict=True)
    )  # fmt: skip


def _types(name: str, value: Any) -> tuple[Any, ...]:
    """The types of a function's arguments, `value` that of values."""
    simple = {"i": types.int64, "f": types.float64}
    found = []
    for word in SIGNATURES[name].split():
        if word in simple:
            found.append(simple[word])
        elif word[0] == "t":
            found.append(types.UniTuple(types.int64, int(word[1])))
        else:
            found.append(
                types.Array(types.int64 if word[0] == "I" else value, int(word[-1]), "A" if word[0] == "A" else "C")
            )
    return tuple(found)


def _address(function: Compiled, signature: tuple[Any, ...]) -> int:
    """Where the code of a function for these types begins."""
    function.jitted.compile(signature)
    result = function.jitted.overloads[signature]
    return result.library.get_pointer_to_function(result.fndesc.llvm_func_name)


def _packed(calls: Sequence[Sequence[Call]]) -> tuple[Array, Array]:
    """The arguments of each worker's calls as words of 8 bytes, as compiled code holds them, and where each begins."""
    words = [[_words(arguments) for _, arguments in own] for own in calls]
    places = np.array([_starts(map(len, own))[:-1] for own in words], np.int64)
    return places, np.array([[word for call in own for word in call] for own in words], np.int64)


def _words(arguments: Sequence[Any]) -> list[int]:
    words: list[int] = []
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            data = argument.ctypes.data
            words += [0, 0, argument.size, argument.itemsize, data, *argument.shape, *argument.strides]
        elif isinstance(argument, tuple):
            words += argument
        elif isinstance(argument, float):
            words.append(int(np.float64(argument).view(np.int64)))
        else:
            words.append(int(argument))
    return words


def _starts(lengths: Any) -> Array:
    """Where each of several stretches begins, and where the last one ends."""
    return np.array([0, *accumulate(lengths)], np.int64)


@intrinsic
def _add_one(_: Any, counters: Any, place: Any) -> Any:
    """Count at a place, safe from other threads; what stood there."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.atomic_rmw("add", address_of(context, builder, signature, values), ir.IntType(64)(1), "seq_cst")

    return types.int64(counters, types.intp), code


@intrinsic
def _seen(_: Any, counters: Any, place: Any) -> Any:
    """What other threads have counted at a place."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.load_atomic(address_of(context, builder, signature, values), "acquire", 8)

    return types.int64(counters, types.intp), code


@intrinsic
def _invoke(_: Any, like: Any, kind: Any, address: Any, words: Any, place: Any) -> Any:
    """Call the function at an address with the arguments that stand in `words`; its kind says which they are."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        start = address_of(context, builder, signature, values, 3)
        end = builder.append_basic_block("called")
        choice = builder.switch(values[1], end)
        for name, number in KINDS.items():
            block = builder.append_basic_block(name)
            choice.add_case(ir.IntType(64)(number), block)
            with builder.goto_block(block):
                _call(context, builder, _types(name, like.dtype), values[2], start)
                builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    return types.void(like, types.int64, types.int64, words, types.intp), code


def _call(context: Any, builder: Any, argument_types: Sequence[Any], address: Any, start: Any) -> None:
    arguments = []
    for argument in argument_types:
        form = context.get_value_type(argument)
        arguments.append(builder.load(builder.bitcast(start, form.as_pointer())))
        start = builder.gep(start, [ir.IntType(64)(_size(argument))])
    convention = context.call_conv
    function_type = convention.get_function_type(types.none, argument_types)
    function = builder.inttoptr(address, function_type.as_pointer())
    convention.call_function(builder, function, types.none, argument_types, arguments)


def _size(argument: Any) -> int:
    """Words of an argument."""
    if isinstance(argument, types.Array):
        return 5 + 2 * argument.ndim
    return argument.count if isinstance(argument, types.UniTuple) else 1


@compiled
def _follow(
    like: Array,
    addresses: Array,
    phases: Array,
    tasks: Array,
    kinds: Array,
    places: Array,
    words: Array,
    counters: Array,
) -> None:
    """Take part in all phases."""
    for phase in range(phases.size - 1):
        count = phases[phase + 1] - phases[phase]
        taken, done = 2 * APART * phase, (2 * phase + 1) * APART
        while True:
            number = _add_one(counters, taken)
            if number >= count:
                break
            task = phases[phase] + number
            for call in range(tasks[task], tasks[task + 1]):
                _invoke(like, kinds[call], addresses[kinds[call]], words, places[call])
            _add_one(counters, done)
        while _seen(counters, done) < count:
            pass
