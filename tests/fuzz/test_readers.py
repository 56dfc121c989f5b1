"""Documents that were valid once: whatever was done to them, reading ends well or in our error."""

from __future__ import annotations

import random
import resource
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from faceswap.errors import FaceswapError

from .documents import DOCUMENTS
from .mutations import KINDS, ops, spoiled
from .readers import READERS

#: Spoiled documents a reader: some hundreds in all, and thousands in the long variant.
FEW, MANY = 40, 500
#: Seconds and MB within which any of these small documents is read.
PATIENCE, MEMORY = 5.0, 400
OPS = st.lists(
    st.tuples(st.integers(0, KINDS - 1), st.floats(0, 1), st.integers(0, 2**16)), max_size=4
)


def test_every_reader_has_documents():
    assert READERS.keys() == DOCUMENTS.keys()


@pytest.fixture
def place(tmp_path):
    """A folder two deep, where a file can lie that is named by its folder."""
    folder = tmp_path / "000000005" / "000000006"
    folder.mkdir(parents=True)
    return folder


def read(name: str, folder: Path, data: bytes) -> bool:
    """Whether the document is read to the end; False where it is refused."""
    file, reader = READERS[name]
    path = folder / file
    path.write_bytes(data)
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        reader(path)
        return True
    except FaceswapError:
        return False
    finally:
        path.unlink(missing_ok=True)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert time.perf_counter() - begun < PATIENCE
        assert grown < MEMORY * 1024


def spoil(name: str, folder: Path, examples: int) -> None:
    @settings(
        max_examples=examples,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(DOCUMENTS[name], OPS)
    def check(document: bytes, chosen: list[tuple[int, float, int]]) -> None:
        read(name, folder, spoiled(document, chosen))

    check()


@pytest.mark.parametrize("name", READERS)
def test_a_spoiled_document_is_read_or_refused(name, place):
    spoil(name, place, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_many_spoiled_documents_are_read_or_refused(name, place):
    spoil(name, place, MANY)


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_documents_spoiled_by_chance_are_read_or_refused(name, place):
    rng = random.Random(name)
    documents: list[bytes] = []

    @settings(max_examples=10, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(DOCUMENTS[name])
    def gather(document: bytes) -> None:
        documents.append(document)

    gather()
    for _ in range(MANY):
        read(name, place, spoiled(rng.choice(documents), ops(rng)))


@pytest.mark.parametrize("name", READERS)
def test_what_is_no_document_at_all_is_refused_or_passed_over(name, place):
    with suppress(FaceswapError):
        READERS[name][1](place / READERS[name][0])
    for data in (b"", b"\0" * 100, b"[" * 100_000, b'{"a":' * 50_000, b"a" + b".a" * 100_000):
        read(name, place, data)
