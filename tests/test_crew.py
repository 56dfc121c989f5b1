from __future__ import annotations

import sys

import pytest

from faceswap.errors import BadOption, Unsupported
from stages.detect import Detect
from stages.evaluate import Evaluate
from stages.sort import Sort


@pytest.mark.parametrize("stage", [Detect, Evaluate, Sort])
@pytest.mark.parametrize("address", ["somewhere", "tcp://", "tcp://host", "http://host:8786", "/x"])
def test_an_address_that_is_none_is_refused(stage: type[Detect], address: str) -> None:
    with pytest.raises(BadOption, match="scheduler takes tcp://HOST:PORT or tls://, not"):
        stage(scheduler=address).validate()


@pytest.mark.parametrize("address", ["", "tcp://10.0.0.1:8786", "tls://host.name:8786"])
def test_an_address_is_taken(address: str) -> None:
    Detect(scheduler=address).validate()


def test_without_dask_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    Detect().validate()
    with pytest.raises(Unsupported, match=r"pip install '.\[cluster\]', or leave --scheduler out"):
        Detect(scheduler="tcp://host:1").validate()
