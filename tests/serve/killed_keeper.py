"""A process that forks keepers of snapshots and kills them with SIGKILL; `test_snapshot_store.py` speaks with it.

For each number of milliseconds on stdin a keeper is forked, which keeps one snapshot after the other until the kill,
which comes that long after its first. The answer is the offset of the last one that it was told is kept.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
from tests.serve.ward_history import POLICIES, History, attributes, run

from fyr.serve.snapshot_store import SnapshotStore
from fyr.serve.ward_state import WardState


def main() -> None:
    store = SnapshotStore(Path(sys.argv[1]), "killed")
    policy = POLICIES["haahr2022"]
    state, history = WardState(policy, attributes), History(np.random.default_rng(1), policy)
    for entry in history.begin():
        state.feed(entry)
    run(state, history, 1)
    offset = 0
    for line in sys.stdin:
        hears, says = os.pipe()
        child = os.fork()
        if child == 0:
            while True:
                offset += 1
                store.keep(state, offset)
                os.write(says, f"{offset}\n".encode())
        os.close(says)
        heard = os.read(hears, 4096)
        time.sleep(float(line) / 1000)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        while more := os.read(hears, 4096):
            heard += more
        os.close(hears)
        offset = int(heard.split()[-1])
        print(offset, flush=True)  # noqa: T201  the answer


if __name__ == "__main__":
    main()
