"""Worker threads: all tasks of a phase are done before the next one, errors come out, the cores are given back."""

from __future__ import annotations

import os
import threading

import pytest

np = pytest.importorskip("numpy", reason="the numeric extra is not installed")

from archcalc.numeric.engine.threads import Workers  # noqa: E402 (needs NumPy)


@pytest.fixture
def workers():
    two = Workers(2)
    yield two
    two.close()


def test_every_task_runs_once_before_the_phase_ends(workers):
    for _ in range(50):
        done = []
        workers.run([lambda worker, n=n, done=done: done.append((n, worker)) for n in range(7)])
        assert sorted(n for n, _ in done) == list(range(7))
        assert {worker for _, worker in done} <= {0, 1}


def test_two_workers_work_at_the_same_time(workers):
    both = threading.Barrier(2)
    names = []

    def meet(_):
        both.wait(timeout=10)
        names.append(threading.current_thread().name)

    workers.run([meet, meet])
    assert len(set(names)) == 2


@pytest.mark.parametrize("failing", [0, 1])
def test_an_error_of_any_worker_is_raised_and_the_next_phase_runs(workers, failing):
    both = threading.Barrier(2)

    def task(worker):
        both.wait(timeout=10)
        if worker == failing:
            raise ValueError(f"worker {worker}")

    with pytest.raises(ValueError, match=f"^worker {failing}$"):
        workers.run([task, task])
    done = []
    workers.run([lambda _: done.append(1), lambda _: done.append(2)])
    assert sorted(done) == [1, 2]


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not pin threads")
def test_no_worker_warns_of_values_that_are_not_finite(workers):
    """NumPy's settings are those of a thread; the engine's own are the same in all."""
    both, seen = threading.Barrier(2), []

    def overflow(_):
        both.wait(timeout=10)
        seen.append(np.geterr()["invalid"])

    with np.errstate(all="ignore"):  # as the engine sets it for the thread that calls
        workers.run([overflow, overflow])
    assert seen == ["ignore", "ignore"]


def test_the_cores_are_given_back(workers):
    before = os.sched_getaffinity(0)
    with workers.pinned():
        if len(before) > 1:
            assert os.sched_getaffinity(0) == {min(before)}
    assert os.sched_getaffinity(0) == before
    with pytest.raises(RuntimeError, match=r"^inside$"), workers.pinned():
        raise RuntimeError("inside")
    assert os.sched_getaffinity(0) == before


def test_the_matrix_library_gets_its_threads_back(workers):
    threadpoolctl = pytest.importorskip("threadpoolctl", reason="the fast extra is not installed")

    def counts():
        return [p["num_threads"] for p in threadpoolctl.threadpool_info() if p["user_api"] == "blas"]

    before = counts()
    with workers.pinned():
        assert set(counts()) == {1}
    assert counts() == before


def test_closing_ends_the_threads():
    workers = Workers(3)
    names = {thread.name for thread in threading.enumerate()}
    assert {"archcalc-1", "archcalc-2"} <= names
    workers.close()
    assert not any(thread.name == "archcalc-2" for thread in threading.enumerate())
