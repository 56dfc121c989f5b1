import os
import re
import signal
import subprocess
import sys

import pytest

from faceswap.errors import Locked
from faceswap.lock import locked

HOLDER = """
import sys, time
from pathlib import Path
from faceswap.lock import locked
with locked(Path(sys.argv[1])) as news:
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock until its stdin is closed."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_a_second_process_is_refused_and_told_who_holds_it(tmp_path, holder):
    with pytest.raises(Locked, match=f"process {holder.pid} on "), locked(tmp_path):
        pass


def test_it_is_told_too_what_the_holder_does_and_since_when(tmp_path):
    with locked(tmp_path, "train"), pytest.raises(Locked) as raised, locked(tmp_path):
        pass
    assert re.search(r"\(`faceswap train`\) since 20\d\d-\d\d-\d\dT[0-9:]{8}", str(raised.value))


def test_the_lock_is_free_when_its_holder_is_done(tmp_path, holder):
    holder.stdin.close()
    assert holder.wait() == 0
    with locked(tmp_path) as news:
        assert news == ""


def test_a_killed_holder_is_taken_over_from_with_a_word(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with locked(tmp_path) as news:
        assert f"process {holder.pid}" in news
        assert "killed" in news
    with locked(tmp_path) as news:
        assert news == ""


def test_the_same_process_does_not_get_it_twice(tmp_path):
    mine = f"process {os.getpid()} "
    with locked(tmp_path), pytest.raises(Locked, match=mine), locked(tmp_path):
        pass


def test_an_error_inside_lets_it_go(tmp_path):
    with pytest.raises(RuntimeError), locked(tmp_path):
        raise RuntimeError
    with locked(tmp_path) as news:
        assert news == ""


@pytest.mark.parametrize("text", ["", "x", "[]", '{"pid": "x"}', '{"pid": 3}', "5", "\xff\x00"])
def test_nonsense_in_the_file_is_no_obstacle(tmp_path, text):
    (tmp_path / "lock").write_text(text, encoding="latin-1")
    with locked(tmp_path):
        pass
