from __future__ import annotations

from . import table
from .cases import CASES
from .pictures import PICTURES


def test_the_page_has_a_row_for_each_case_and_no_other() -> None:
    assert table.names() == [*CASES, *PICTURES]
