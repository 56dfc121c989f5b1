from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest

from faceswap import clock, pool
from faceswap.clock import Clock
from faceswap.crew import Crew

SHORT = 0.02


def test_a_part_inside_another_counts_for_itself_alone() -> None:
    own = Clock()
    with own.part("blend"):
        with own.part("network"):
            sleep(2 * SHORT)
        with own.part("decode"):
            pass
        sleep(SHORT)
    spent = own.take()
    assert list(spent) == ["decode", "network", "blend"]
    assert spent["network"] >= 2 * SHORT and SHORT <= spent["blend"] < 2 * SHORT
    assert own.take() == {}


def test_what_an_iterator_takes_to_give_its_items_is_counted() -> None:
    def slow() -> object:
        for number in range(3):
            sleep(SHORT)
            yield number

    own = Clock()
    for _ in own.each("decode", slow()):  # type: ignore[call-overload]
        sleep(SHORT)
    assert 3 * SHORT <= own.take()["decode"] < 6 * SHORT


def test_threads_do_not_take_parts_from_each_other() -> None:
    own = Clock()

    def work(_: int) -> None:
        with own.part("blend"):
            sleep(SHORT)

    with own.part("encode"), ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    spent = own.take()
    assert spent["blend"] >= 4 * SHORT and spent["encode"] >= SHORT


def test_a_part_counts_though_its_work_fails() -> None:
    own = Clock()
    with pytest.raises(ValueError, match="broken"), own.part("warp"):
        sleep(SHORT)
        raise ValueError("broken")
    assert own.take()["warp"] >= SHORT


def warped(number: int) -> int:
    with clock.part("warp"):
        sleep(SHORT)
    return number


@pytest.mark.parametrize("workers", [1, 2])
def test_what_workers_count_is_counted_here(workers: int) -> None:
    clock.take()
    assert list(pool.over(warped, range(4), Crew(workers))) == [0, 1, 2, 3]
    assert clock.take()["warp"] >= 4 * SHORT
