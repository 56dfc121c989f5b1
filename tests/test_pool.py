import os
import time
from dataclasses import dataclass

import pytest

from faceswap import pool
from faceswap.crew import Crew
from faceswap.errors import FaceswapError


@dataclass(frozen=True)
class Slow:
    """Doubles; early items take longer, so that workers overtake each other."""

    bad: int = -1

    def __call__(self, number):
        if number == self.bad:
            raise FaceswapError(f"item {number} is bad")
        time.sleep(0.002 * (10 - number))
        return 2 * number


@dataclass(frozen=True)
class Dies:
    def __call__(self, number):
        os._exit(1)


@dataclass(frozen=True)
class Threads:
    def __call__(self, number):
        import cv2

        return os.getpid(), cv2.getNumThreads(), os.environ.get("OMP_NUM_THREADS")


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_items(workers):
    assert list(pool.over(Slow(), range(10), Crew(workers))) == [2 * n for n in range(10)]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("count", [0, 1])
def test_nothing_and_one_item_need_no_worker(workers, count):
    assert list(pool.over(Slow(), range(count), Crew(workers))) == [0][:count]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_is_raised_here_after_the_results_before_it(workers):
    results = pool.over(Slow(bad=3), range(10), Crew(workers))
    assert [next(results) for _ in range(3)] == [0, 2, 4]
    with pytest.raises(FaceswapError, match="item 3 is bad"):
        next(results)


@pytest.mark.parametrize("workers", [1, 2])
def test_items_are_taken_as_they_are_needed(workers):
    taken = []
    results = pool.over(Slow(), (taken.append(n) or n for n in range(100)), Crew(workers))
    next(results)
    assert len(taken) <= 2 * workers + 1
    results.close()


def test_workers_are_other_processes_with_one_thread_each():
    found = list(pool.over(Threads(), range(4), Crew(2)))
    assert os.getpid() not in {pid for pid, _, _ in found}
    assert {(threads, blas) for _, threads, blas in found} == {(1, "1")}


def test_a_worker_that_is_killed_is_an_error_of_one_line():
    with pytest.raises(FaceswapError, match="worker"):
        list(pool.over(Dies(), range(4), Crew(2)))


def test_cores_are_those_this_process_may_use():
    assert 1 <= pool.cores() <= (os.cpu_count() or 1)
