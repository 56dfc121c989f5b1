import msgspec
import pytest

from faceswap.errors import Damaged
from faceswap.storage.journal import Journal

RANGES = [(0, 3), (3, 5), (5, 9)]


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: int
    word: str = "ä"


def lines(start, stop):
    return [Line(n) for n in range(start, stop)]


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "lines.jsonl", Line)


@pytest.fixture
def whole(journal):
    for part in journal.left(RANGES):
        journal.append(lines(*part))
    return journal.path.read_bytes()


def test_records_come_back_in_order(journal, whole):
    assert list(journal) == lines(0, 9)
    assert journal.left(RANGES) == []


def test_before_the_first_range_all_are_left(journal):
    assert journal.left(RANGES) == RANGES


def test_a_kill_at_any_byte_ends_in_the_same_file(journal, whole):
    ends = [0, *(sum(len(x) for x in whole.splitlines(True)[:stop]) for _, stop in RANGES)]
    for size in range(len(whole) + 1):
        journal.path.write_bytes(whole[:size])
        left = journal.left(RANGES)
        kept = max(n for n, end in enumerate(ends) if end <= size)
        assert left == RANGES[kept:]
        assert journal.path.stat().st_size == ends[kept]
        for part in left:
            journal.append(lines(*part))
        assert journal.path.read_bytes() == whole


def test_other_ranges_on_resuming_keep_what_is_whole_in_them(journal):
    journal.append(lines(0, 6))
    assert journal.left([(0, 4), (4, 8), (8, 9)]) == [(4, 8), (8, 9)]
    assert list(journal) == lines(0, 4)


@pytest.mark.parametrize("place", range(3))
def test_a_damaged_line_and_all_behind_it_are_done_again(journal, whole, place):
    parts = whole.splitlines(True)
    parts[place * 3] = b'{"number": "no"}\n'
    journal.path.write_bytes(b"".join(parts))
    assert journal.left(RANGES) == [r for r in RANGES if r[1] > place * 3]
    list(journal)


@pytest.mark.parametrize("text", [b"{}\n", b"\xff\n", b'{"number": 1, "more": 2}\n', b"\n"])
def test_reading_a_line_that_is_no_record_says_which(journal, text):
    journal.path.write_bytes(b'{"number": 0}\n' + text)
    with pytest.raises(Damaged, match="line 2"):
        list(journal)


def test_mending_takes_away_half_a_line_and_nothing_else(journal, whole):
    journal.path.write_bytes(whole + b'{"numb')
    journal.mend()
    assert journal.path.read_bytes() == whole
    before = journal.path.stat().st_mtime_ns
    journal.mend()
    journal.left(RANGES)
    assert journal.path.read_bytes() == whole and journal.path.stat().st_mtime_ns == before
