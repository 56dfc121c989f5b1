"""Reading in a process whose memory is measured."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

#: MB that a refusal may take, with all that is imported for it.
MEMORY = 400


def peak() -> int:
    """The most MB that this process had at once; getrusage's figure is its parent's too."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) >> 10


READ = """
import sys
from pathlib import Path
from faceswap.errors import FaceswapError
from tests.fuzz.measured import peak
{imports}
try:
    {call}
    print("read")
except FaceswapError as error:
    print(error)
print(peak())
"""


def refused(path: Path, imports: str, call: str) -> str:
    """What is said of a file, in a process whose memory is measured."""
    text = READ.format(imports=imports, call=call)
    words, root = [sys.executable, "-c", text, path], Path(__file__).parents[2]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    said, peak = done.stdout.splitlines()
    assert int(peak) < MEMORY, f"{said}: {peak} MB"
    return said
