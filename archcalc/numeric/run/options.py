"""What a network is run on, how, and what is kept; and what of it does not go together."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from archcalc.core.record import field, record
from archcalc.core.writing import refuse_unwritable
from archcalc.errors import SpecError, UsageError
from archcalc.graph.graph import Graph
from archcalc.numeric.inputs.images import BACKGROUNDS
from archcalc.numeric.inputs.inputs import Reading, is_image
from archcalc.spec.names import listed

DTYPES = {"float32": 4, "float64": 8, "float16": 2, "tf32": 4}
"""Bytes of one value. In tf32 a GPU keeps float32 and multiplies with 10 bits of fraction."""

BACKENDS = ("numpy", "numba", "cupy")
DEFAULT_BACKEND = "numpy"
"""For one pass from a cold start numba's loading (and its first compilation) takes longer than it wins."""


@record
class Options:
    """What to run a network on, how, and what to keep."""

    dtype: str = "float32"
    seed: int = 0
    """Of the random weights and inputs."""
    weights: Path | None = None
    partial: bool = False
    """Load what of the weights agrees by name, leave out or draw the rest."""
    files: Mapping[str, Path] = field(factory=dict)
    """Input -> its file; the others are random."""
    reading: Reading = Reading()
    batch: int | None = None
    """Examples; unless given, as many as the files hold, else 1."""
    top: int = 0
    labels: Path | None = None
    save: Mapping[str, Path] = field(factory=dict)
    """Layer or group -> the .npy file for its output."""
    stats: bool = True
    """Look at the values of every layer; else at those of the outputs."""
    timed: bool = False
    """Run twice, so that the times are those of a warm machine, and measure what a matrix product reaches on it."""
    verified: bool = False
    """Run the reference beside the engine and hold each output against it."""
    measured: bool = False
    """Measure by how much the process grows."""
    reference: bool = False
    """Run the textbook forward, layer by layer."""
    exact: bool = False
    """No Winograd and no FFT."""
    backend: str | None = None
    """One of `BACKENDS`; unless given, `DEFAULT_BACKEND`."""
    threads: int | None = None
    """Unless given, as many as there are cores."""


def check_options(graph: Graph, options: Options) -> None:
    """Raise UsageError for a value that does not exist and for options that do not go together."""
    if options.dtype not in DTYPES:
        raise UsageError(f"unknown dtype `{options.dtype}`", help=f"there are {listed(DTYPES)}")
    least = {"top": 0, "seed": 0, "batch": 1, "threads": 1}
    for name, smallest in least.items():
        value = getattr(options, name)
        if value is not None and value < smallest:
            raise UsageError(f"--{name} is {smallest} or more, got {value}")
    if options.labels is not None and not options.top:
        raise UsageError("--labels names the classes of --top", help="--top 5")
    _check_reading(options)
    _check_engine(options)
    for layer, path in options.save.items():
        value_of(graph, layer)
        refuse_unwritable(path)


def value_of(graph: Graph, layer: str) -> int:
    """The value that a layer or a group ends in. Raises UnknownName."""
    part = graph.part(layer)
    return graph.value_of(part)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def read_labels(path: Path | None) -> Sequence[str] | None:
    """The names of the classes, one a line. Raises SpecError."""
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise SpecError(f"the labels {path} cannot be read", help="a text file with a class on each line") from None


def _check_reading(options: Options) -> None:
    reading = options.reading
    if reading.background not in BACKGROUNDS:
        raise UsageError(f"unknown background `{reading.background}`", help=f"there are {listed(BACKGROUNDS)}")
    if reading.preprocess is not None and not any(is_image(path) for path in options.files.values()):
        raise UsageError("--preprocess, --resize and --normalize are for images", help="--input photo.png")


def _check_engine(options: Options) -> None:
    if options.backend is not None and options.backend not in BACKENDS:
        raise UsageError(f"unknown backend `{options.backend}`", help=f"there are {listed(BACKENDS)}")
    if options.dtype == "tf32" and options.backend != "cupy":
        raise UsageError("only a GPU multiplies in TF32", help="--backend cupy, or --dtype float32")
    if options.backend == "cupy" and options.threads is not None:
        raise UsageError("--threads is for the processor, --backend cupy runs on a GPU", help="leave out one of them")
    if not options.reference:
        return
    for name in ("exact", "backend", "threads"):
        if getattr(options, name):
            raise UsageError(f"--{name} is for the engine, --reference runs without it", help="leave out one of them")
    if options.dtype == "float16":
        raise UsageError("--reference computes in float32 or float64", help="--dtype float32")
