"""A coordinator who is curious: it conducts a study as it should, and keeps every letter that it sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fyr.learn.federation.coordinator import Outcome, conduct
from fyr.learn.federation.disclosure.control import Control
from fyr.learn.federation.disclosure.ledger import Ledger
from fyr.learn.federation.disclosure.rules import Rules
from fyr.learn.federation.envelope import Envelope, payload_of
from fyr.learn.federation.in_process import InProcess
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.site import Site
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study

OFF = {"masked": "never", "meter": False}
"""A study's rules without protection; the hospitals must have the same, for else theirs hold."""

UNGUARDED = Rules(masked="never", meter=False)


@dataclass
class Wire:
    """What was seen: each letter from a site, in order, with the question that it answers."""

    seen: list[tuple[str, Payload, Payload]] = field(default_factory=list)

    def sums(self, site: str, step: str) -> list[tuple[Payload, dict[str, Any]]]:
        """Return a site's own sums, as far as they can be read, with what was asked."""
        return [
            (asked["values"], dict(said["sums"]))
            for name, asked, said in self.seen
            if name == site and asked["step"] == step and said.get("sums")
        ]


class Hospitals:
    """Sites whose gates and ledgers outlive a study."""

    def __init__(self, tables: Mapping[str, SiteTable], rules: Rules | None = None) -> None:
        self.tables = dict(tables)
        self.keys = {site: Ed25519PrivateKey.generate() for site in tables}
        public = {site: key.public_key() for site, key in self.keys.items()}
        self.gates = {
            site: Control(site.encode().ljust(32), Ledger(), rules, identity=key, peers=public)
            for site, key in self.keys.items()
        }

    def conduct(self, study: Study, wire: Wire) -> Outcome:
        """Run a study; everything that is sent is on the wire, also if it is refused in the end."""
        own = Ed25519PrivateKey.generate()
        known = {"coordinator": own.public_key()}
        sites = {
            name: Site(self.tables[name], study, self.keys[name], own.public_key(), self.gates[name])
            for name in study.sites
        }

        def tapped(name: str) -> Callable[[bytes], bytes | None]:
            def handle(letter: bytes) -> bytes | None:
                said = sites[name].handle(letter)
                if said is not None:
                    wire.seen.append((name, Envelope.open(letter, known).payload, payload_of(said)))
                return said

            return handle

        transport = InProcess({name: tapped(name) for name in study.sites})
        return conduct(study, transport, own, {name: self.keys[name].public_key() for name in study.sites})


def isolated(rows: np.ndarray, table: SiteTable, names: list[str], *, tolerance: float = 1e-6) -> int:
    """Return how many of some patients that were worked out are patients of a hospital, each counted once."""
    truth = np.column_stack([table.numbers(name) for name in names])
    found = set()
    for one in np.atleast_2d(rows):
        near = np.flatnonzero(np.abs(truth - one).max(axis=1) <= tolerance * (1 + np.abs(one).max()))
        found.update(near[:1].tolist())
    return len(found)


def risk_set_step(table: SiteTable, values: Payload) -> Answer:
    """Return sums over the patients at risk at each event time, as WebDISCO's sites do (Lu 2015, JAMIA).

    Not a part of Fyr: it is here to be attacked.
    """
    names, times = list(values["features"]), values["times"]
    design = np.column_stack([table.numbers(name) for name in names])
    risk = np.exp(design @ values["beta"])
    at_risk = (table.numbers(str(values["time"]))[None, :] >= times[:, None]).astype(np.float64)
    cell = np.searchsorted(times, table.numbers(str(values["time"])), side="right") - 1
    return Answer(
        {"zero": at_risk @ risk, "first": at_risk @ (risk[:, None] * design)},
        cells={"time": cell.astype(np.int64)},
    )
