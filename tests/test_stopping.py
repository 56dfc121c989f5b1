import signal
import subprocess
import sys
import time

import pytest

#: Works on, whatever it is told; or lets itself be interrupted.
PROGRAM = """
import os, sys, time
from faceswap.stopping import stoppable
try:
    with stoppable("ended", os._exit, 130):
        while True:
            try:
                # In here, for the signal may come before the next line is reached.
                print("begun", flush=True)
                time.sleep(30)
            except KeyboardInterrupt:
                if sys.argv[1] == "heeds":
                    raise
except KeyboardInterrupt:
    sys.exit(7)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(("how", "code"), [("heeds", 7), ("heeds not", 130)])
def test_a_signal_ends_a_process_whatever_it_does(number, how, code):
    heed = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", PROGRAM, how], **pipes, **heed) as process:
        assert process.stdout.readline() == "begun\n"
        began = time.monotonic()
        for _ in range(3):
            process.send_signal(number)
        said = process.stderr.read()
    assert process.returncode == code and time.monotonic() - began < 2.0
    assert said == ("" if how == "heeds" else "ended\n")


def test_a_signal_that_is_ignored_stays_so():
    deaf = {"preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)}
    pipes = {"stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", PROGRAM, "heeds"], **pipes, **deaf) as process:
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        assert process.poll() is None
        process.terminate()
    assert process.returncode == 7
