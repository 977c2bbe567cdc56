"""A hospital's resident process, started and killed by tests: ``CARRIER KEYS PLACE [ROUND MARKER]``.

Asked in round ROUND, it makes MARKER and then never answers, so that a test can kill it with a question in its hands.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.learn.federation.carriers.cohort import STUDY, table

from fyr.learn.federation.carriers.by_hand import answer_file
from fyr.learn.federation.carriers.study_keys import SiteKeys
from fyr.learn.federation.envelope import Envelope
from fyr.learn.federation.message import decode
from fyr.learn.federation.site import Site


def main(carrier: str, folder: str, place: str, stop_at: str = "-1", marker: str = "") -> None:
    keys = SiteKeys.open(Path(folder))
    site = Site(table(keys.card.name), STUDY, keys.signing, keys.known_coordinator.signing_key)

    def handle(question: bytes) -> bytes | None:
        if decode(question[Envelope.SEAL :])["round"] == int(stop_at):
            Path(marker).touch()
            time.sleep(600)
        return site.handle(question)

    if carrier == "tls":
        from fyr.learn.federation.carriers.tls_site import serve_site

        serve_site(keys, handle, address=place, hold_s=2, say=print, proxies_from_environment=False)
    elif carrier == "flower":
        from fyr.learn.federation.carriers.flower_site import serve_flower_site

        serve_flower_site(keys, handle, place, say=print)
    else:
        carry(keys, handle, Path(place))


def carry(keys: SiteKeys, handle: Callable[[bytes], bytes | None], place: Path) -> None:
    """Carry files as a person would: each question once, its answer back."""
    done: set[str] = set()
    while True:
        for question in sorted((place / "outbox").glob(f"*-to-{keys.card.name}.fyr")):
            if question.name not in done:
                answer_file(question, keys, handle, place / "inbox")
                done.add(question.name)
        time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])
