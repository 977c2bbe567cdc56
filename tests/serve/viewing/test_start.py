"""What the server has ready before anybody asks."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import sys
from fyr.serve.viewing import Viewing

class Empty:
    def has_instances(self):
        return False

assert "pydicom" not in sys.modules
Viewing(processes=0).prepare_quietly(Empty())

print("pydicom" in sys.modules, hasattr(sys.modules["pydicom"], "dcmwrite"))
"""


def test_what_reads_is_whole_before_the_first_request() -> None:
    told = subprocess.run([sys.executable, "-c", _PROGRAM], check=True, capture_output=True, text=True, timeout=120)
    assert told.stdout.split() == ["True", "True"]
