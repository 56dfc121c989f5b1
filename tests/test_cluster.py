from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dask_for_tests import Cluster, Dies, Doubles, Where
from dask_for_tests import cluster as cluster_of
from faceswap import cluster, pool
from faceswap.crew import Crew
from faceswap.errors import FaceswapError
from faceswap.versions import built


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of two workers."""
    with cluster_of(tmp_path_factory.mktemp("two"), 2) as made:
        yield made


@pytest.fixture
def crew(two: Cluster, tmp_path: Path) -> Crew:
    return Crew(scheduler=two.address, shared=tmp_path)


def test_results_come_in_the_order_of_the_items(crew: Crew) -> None:
    assert list(pool.over(Doubles(), range(10), crew)) == [2 * n for n in range(10)]


def test_without_an_item_nobody_is_asked() -> None:
    nowhere = Crew(scheduler="tcp://127.0.0.1:1")
    assert list(pool.over(Doubles(), [], nowhere)) == []


def test_each_worker_is_another_process_with_one_thread(crew: Crew) -> None:
    found = list(pool.over(Where(), range(12), crew))
    assert len({pid for pid, _, _ in found} - {os.getpid()}) == 2
    assert {(threads, blas) for _, threads, blas in found} == {(1, "1")}


def test_an_error_is_raised_here_after_the_results_before_it(crew: Crew) -> None:
    results = pool.over(Doubles(bad=3), range(10), crew)
    assert [next(results) for _ in range(3)] == [0, 2, 4]
    with pytest.raises(FaceswapError, match="item 3 is bad"):
        next(results)


def test_a_bug_in_a_worker_keeps_its_traceback(crew: Crew) -> None:
    with pytest.raises(ZeroDivisionError, match="item 1 is wrong") as found:
        list(pool.over(Doubles(wrong=1), range(3), crew))
    assert "dask_for_tests.py" in [entry.path.name for entry in found.traceback if entry.path.name]


def test_items_are_taken_as_they_are_needed(crew: Crew) -> None:
    taken: list[int] = []
    results = pool.over(Doubles(), (taken.append(n) or n for n in range(100)), crew)
    next(results)
    assert len(taken) <= 2 * 2 + 1
    results.close()


def test_nothing_is_left_in_the_folder(crew: Crew) -> None:
    (crew.shared / "cluster-of-a-run-that-was-killed").touch()
    list(pool.over(Doubles(), range(2), crew))
    results = pool.over(Doubles(), range(9), crew)
    next(results)
    assert len(list(crew.shared.iterdir())) == 1
    results.close()
    assert not list(crew.shared.iterdir())


def test_paths_start_where_they_do_here(
    two: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "job").mkdir()
    crew = Crew(scheduler=two.address, shared=Path("job"))
    assert list(pool.over(os.path.isdir, ["job", "jab"], crew)) == [True, False]


def test_what_a_dead_worker_was_at_is_done_by_another(two: Cluster, crew: Crew) -> None:
    two.add()
    marks = crew.shared / "marks"
    marks.mkdir()
    found = list(pool.over(Dies(marks, at=3), range(10), crew))
    assert found == [2 * n for n in range(10)]
    assert [mark.name for mark in marks.iterdir()] == ["3"]


@pytest.fixture
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of one worker, to be broken."""
    with cluster_of(tmp_path_factory.mktemp("one"), 1) as made:
        yield made


def test_with_all_workers_dead_it_ends_in_one_line(
    one: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crew = Crew(scheduler=one.address, shared=tmp_path)
    results = pool.over(Dies(tmp_path, at=2, always=True), range(9), crew)
    assert [next(results), next(results)] == [0, 2]
    monkeypatch.setattr(cluster, "PATIENCE", 1.0)
    with pytest.raises(FaceswapError, match="has no workers: what was done is kept; start some"):
        next(results)


def test_a_scheduler_that_goes_away_ends_it_in_one_line(
    one: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "ANSWER", 1.0)
    crew = Crew(scheduler=one.address, shared=tmp_path)
    results = pool.over(Doubles(), range(99), crew)
    assert next(results) == 0
    one.end()
    with pytest.raises(FaceswapError, match=r"scheduler tcp://.* is gone: what was done is kept"):
        list(results)


def test_nobody_at_the_address_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "ANSWER", 0.5)
    nowhere = Crew(scheduler="tcp://127.0.0.1:1", shared=tmp_path)
    with pytest.raises(FaceswapError, match=r"no Dask scheduler answers at tcp://127.0.0.1:1 "):
        list(pool.over(Doubles(), [1], nowhere))


def test_a_worker_of_two_threads_is_refused(two: Cluster, crew: Crew) -> None:
    with cluster_of(crew.shared, 0) as other:
        other.add(threads=2)
        with pytest.raises(FaceswapError, match=r"has 2 threads, .* start it with --nthreads 1"):
            list(pool.over(Doubles(), [1], dataclasses.replace(crew, scheduler=other.address)))


REFUSED = {
    "has faceswap 0, and this machine": {"built": built() | {"faceswap": "0"}},
    "has Python 3.1, and this machine": {"built": built() | {"Python": "3.1"}},
    "has Python none, and this machine": {"built": {"faceswap": built()["faceswap"]}},
    "cannot write to /here/job: .* at the same path": {"token": False},
}


@pytest.mark.parametrize("said", REFUSED)
def test_a_worker_that_would_give_other_results_is_refused(said: str) -> None:
    order = cluster._Order(Doubles(), Path("job/token"), "/here", built())
    good = cluster._Looks(built(), 1, True)
    cluster._refuse("tcp://there:1", good, order)
    with pytest.raises(FaceswapError, match=f"the worker tcp://there:1 {said}"):
        cluster._refuse("tcp://there:1", dataclasses.replace(good, **REFUSED[said]), order)


def test_a_worker_without_faceswap_is_refused() -> None:
    order = cluster._Order(Doubles(), Path("token"), "/here", built())
    missing = ModuleNotFoundError("No module named 'faceswap'")
    with pytest.raises(FaceswapError, match=r"No module named 'faceswap'.*: install the same"):
        cluster._refuse("tcp://there:1", missing, order)
