"""A federated study: what is computed, by whom, under which rules; the same bytes, and so one digest, everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fyr.errors import BadInput
from fyr.learn.federation.message import Payload, decode, digest, encode

__all__ = ["PROTOCOL", "Study"]

PROTOCOL = 1
"""The version of what is said between sites and coordinator; another one is refused."""


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """What all agree on before anything is asked.

    Parameters
    ----------
    name : str
    method : str
        A key of :data:`fyr.learn.federation.methods.METHODS`.
    sites : tuple of str
        In the order in which sums are added.
    options : mapping
        Of the method: features, outcome, penalty, …
    quorum : int
        How many sites must answer for a round to count; all of them by default (0).
    rules : mapping
        Of disclosure, as :class:`fyr.learn.federation.disclosure.Rules` reads them; empty: the default rules.
    on_refusal : {"stop", "exclude"}
        What follows when a site refuses, or answers what cannot be true: the study stops, or begins again without it.
    keys : mapping of str to str
        Each site's public key of signatures (Ed25519) in hexadecimal digits. So the digest covers them, and whoever
        approves the study approves them too: no coordinator can pass its own keys for masks off as a site's.
    """

    name: str
    method: str
    sites: tuple[str, ...]
    options: Payload = field(default_factory=dict)
    quorum: int = 0
    rules: Payload = field(default_factory=dict)
    on_refusal: str = "stop"
    keys: Mapping[str, str] = field(default_factory=dict)
    _bytes: list[bytes] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        if len(set(self.sites)) != len(self.sites) or not self.sites:
            raise BadInput("a study needs sites with names of their own", where=self.name)
        if not 0 <= self.quorum <= len(self.sites):
            raise BadInput(f"a quorum of {self.quorum} is not within {len(self.sites)} sites", where=self.name)

        if self.on_refusal not in ("stop", "exclude"):
            raise BadInput(
                f"'{self.on_refusal}' is no rule for refusals", where=self.name, mend="choose stop or exclude"
            )
        if self.keys:
            _check_keys(self)

    @property
    def needed(self) -> int:
        """How many sites must answer."""
        return self.quorum or len(self.sites)

    @property
    def fewest(self) -> int:
        """How many sites must remain when others are left out for what they answered: the quorum, or two."""
        return self.quorum or min(2, len(self.sites))

    def among(self, sites: Sequence[str]) -> Study:
        """Return the study as a method sees it when only some of the sites take part."""
        return replace(self, sites=tuple(sites), quorum=min(self.quorum, len(sites)))

    def encode(self) -> bytes:
        """Return the study's bytes."""
        if not self._bytes:
            said = {
                "name": self.name,
                "method": self.method,
                "sites": list(self.sites),
                "options": self.options,
                "quorum": self.quorum,
                "rules": self.rules,
                "on_refusal": self.on_refusal,
                "protocol": PROTOCOL,
                **({"keys": dict(self.keys)} if self.keys else {}),
            }
            self._bytes.append(encode(said))
        return self._bytes[0]

    @property
    def digest(self) -> str:
        """The SHA-256 of the study's bytes: what an approval is of."""
        return digest(self.encode())

    @classmethod
    def decode(cls, data: bytes) -> Study:
        """Return the study of its bytes.

        Raises
        ------
        BadInput
            If they are no study, or one of another protocol.
        """
        found: Mapping[str, Any] = decode(data)
        if found.get("protocol") != PROTOCOL:
            raise BadInput(
                f"the study speaks protocol {found.get('protocol')}, this Fyr speaks {PROTOCOL}",
                where="federated study",
                mend="use the same version of Fyr at all sites",
            )
        try:
            rest = {name: value for name, value in found.items() if name != "protocol"}
            return cls(**{**rest, "sites": tuple(found["sites"])})
        except (TypeError, KeyError) as problem:
            raise BadInput(f"the study cannot be read: {problem}", where="federated study") from None


def _check_keys(study: Study) -> None:
    without = [site for site in study.sites if site not in study.keys]
    if without:
        raise BadInput(f"the study names keys, and none of {without[0]}", where=study.name)
    for site, key in study.keys.items():
        if len(key) != 64 or set(key) - set("0123456789abcdef"):
            raise BadInput(f"the key of {site} is none", where=study.name, mend="write 64 hexadecimal digits")
