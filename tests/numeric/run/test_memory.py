"""The memory a pass takes, planned against measured, and the refusal before anything is allocated."""

from __future__ import annotations

import tracemalloc

import pytest

import archcalc
from archcalc.errors import BackendError
from archcalc.numeric.run import memory
from archcalc.numeric.run.run import Options, run_network

GIB = 2**30

ATTENTION = "{a: multihead_attention 4, b: linear 400, c: gelu, d: linear 64, e: layer_norm}"

WINDOWS = "{a: window_attention 2 shift=3, b: conv 128 1, c: relu, d: conv 64 1, e: layer_norm}"

NETS = {
    "resnet20": archcalc.load("resnet20"),
    "squeezenet1_0": archcalc.load("squeezenet1_0", input="3x96x96"),
    "dcgan_generator": archcalc.load("dcgan_generator"),
    "mobilenet_v2": archcalc.load("mobilenet_v2", input="3x96x96"),
    "mlp": archcalc.load("mlp"),
    "window attention": archcalc.loads(f"input: 64x31x29\nlayers: {WINDOWS}\n", name="windows"),
    "gelu": archcalc.loads("input: 16x31x29\nlayers: [conv 128 1, gelu, conv 64 1]\n", name="gelu"),
    "attention": archcalc.loads(f"input: 300x64\nlayers: {ATTENTION}\n", name="attention"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "batch"), [(name, 3) for name in NETS] + [("resnet20", 1), ("mlp", 1)])
def test_the_plan_is_an_upper_estimate_and_no_wild_one(name, batch):
    graph = NETS[name].graph
    run_network(graph, Options(reference=True))  # what is imported and compiled on the first run is no array
    tracemalloc.start()
    run_network(graph, Options(batch=batch, reference=True))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    planned = 4 * memory.plan(graph).values(batch)
    objects = 400_000  # Python's own: names, rows, views
    assert peak - objects < planned < 2.5 * peak + objects


def test_the_parts_of_a_plan():
    graph = archcalc.loads("input: 5\nlayers: {a: linear 7, b: linear 3}\n", name="net").graph
    plan = memory.plan(graph)
    assert plan.weights == 5 * 7 + 7 + 7 * 3 + 3
    assert plan.conversion == 35
    assert plan.example == (5 + 7) + 3 * 7  # a's input and output alive, three copies of the larger one
    assert (plan.values(1), plan.values(10)) == (66 + 35, 66 + 330)


def refusal(monkeypatch, free, batch):
    monkeypatch.setattr(memory, "free_bytes", lambda: free)
    graph = archcalc.load("lenet5").graph
    with pytest.raises(BackendError) as caught:
        memory.refuse_too_large(graph, batch, Options(reference=True))
    return caught.value


def test_too_little_memory_names_the_need_and_the_batch_that_fits(monkeypatch):
    plan = memory.plan(archcalc.load("lenet5").graph)
    free = 4 * (plan.weights + 1000 * plan.example) + 1
    error = refusal(monkeypatch, free, 100_000)
    needed = 4 * (plan.weights + 100_000 * plan.example)
    assert error.what == f"lenet5 at batch 100000 needs about {needed / GIB:.1f} GiB, {free / GIB:.1f} GiB are free"
    assert (error.help, error.exit_code) == ("--batch 1000 fits", 6)


def test_too_little_memory_for_any_batch(monkeypatch):
    assert refusal(monkeypatch, 100, 1).help == "a smaller --input, or another machine"


def test_the_engine_is_refused_by_its_own_plan(monkeypatch):
    """It needs no matrix of windows for a whole layer: the U-Net at batch 8 takes 1.9 GB, the reference 9."""
    graph = archcalc.load("unet").graph
    engine, reference = Options(stats=False), Options(stats=False, reference=True)
    bytes_of_engine, bytes_of_reference = memory._of_engine(graph, engine)(8), memory._of_reference(graph, reference)(8)
    assert 1.9e9 < bytes_of_engine < 3.3e9
    assert bytes_of_reference > 8.5e9
    monkeypatch.setattr(memory, "free_bytes", lambda: (bytes_of_engine + bytes_of_reference) // 2)
    memory.refuse_too_large(graph, 8, engine)
    for options in (reference, Options(stats=False, verified=True)):
        with pytest.raises(BackendError):
            memory.refuse_too_large(graph, 8, options)
    with pytest.raises(BackendError) as caught:
        memory.refuse_too_large(graph, 800, engine)
    fits = int(caught.value.help.split()[1])
    free = memory.free_bytes()
    assert memory._of_engine(graph, engine)(fits) <= free < memory._of_engine(graph, engine)(fits + 1)


@pytest.mark.parametrize("name", NETS)
def test_the_engines_plan_is_an_upper_estimate_too(name):
    graph = NETS[name].graph
    options = Options(batch=3, stats=False)
    run_network(graph, options)
    tracemalloc.start()
    run_network(graph, options)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak - 1_000_000 < memory._of_engine(graph, options)(3)


@pytest.mark.parametrize("free", [None, 10**15])
def test_enough_or_unknown_memory_passes(monkeypatch, free):
    monkeypatch.setattr(memory, "free_bytes", lambda: free)
    memory.refuse_too_large(archcalc.load("lenet5").graph, 1, Options(dtype="float64"))


@pytest.mark.parametrize(
    ("files", "free"),
    [
        ({"/proc/meminfo": ["MemTotal: 9 kB", "MemAvailable:   2000 kB"]}, 2_048_000),
        ({"/proc/meminfo": ["MemAvailable: 2000 kB"], "/sys/fs/cgroup/memory.max": ["1000000"],
          "/sys/fs/cgroup/memory.current": ["400000"]}, 600_000),
        ({"/proc/meminfo": ["MemAvailable: 2000 kB"], "/sys/fs/cgroup/memory.max": ["max"],
          "/sys/fs/cgroup/memory.current": ["400000"]}, 2_048_000),
        ({}, None),
    ],
)  # fmt: skip
def test_free_memory_is_the_least_that_any_source_says(monkeypatch, files, free):
    monkeypatch.setattr(memory, "_lines", lambda file: files.get(file, []))
    assert memory.free_bytes() == free
