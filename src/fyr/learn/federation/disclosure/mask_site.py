"""A site's part in masked sums: its key, its masked answers, and its share in opening a total.

Nothing is kept in memory but to save time: all seeds are derived from the site's secret, and what was answered stands
in the ledger. So a site that was restarted answers as before, and cannot be led to answer twice in two ways.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, NotPermitted, Refused
from fyr.learn.federation.disclosure.fixed_point import to_fixed
from fyr.learn.federation.disclosure.groups import MASK, Summed, numbers_sent, parameters
from fyr.learn.federation.disclosure.ledger import Entry, Ledger
from fyr.learn.federation.disclosure.mask_names import OPEN
from fyr.learn.federation.disclosure.masks import agreed, derive, hide, masked, private_key, public_bytes, reveal
from fyr.learn.federation.disclosure.rules import Rules
from fyr.learn.federation.disclosure.shares import split
from fyr.learn.federation.message import Payload, digest, encode
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.study import Study

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = ["PARTS", "MaskingSite", "fewest_opened", "flat", "share_places", "shares_needed"]

PARTS: Final = ("support", "sums")
"""What is masked and opened in turn: first how many patients each group has over all sites, then the sums."""

_SUMS: Final = f"{OPEN} sums"
_SIGNED: Final = "fyr mask key 1"
_WHERE: Final = "masked sums"


def fewest_opened(study: Study, among: int) -> int:
    """Return of how many sites a total must be: all that have keys, or the quorum; two at least."""
    return max(2, min(study.quorum or among, among))


def shares_needed(study: Study, among: int) -> int:
    """Return how many shares open a site's own mask: those of all others of which a total must be."""
    return fewest_opened(study, among) - 1


def share_places(sites: Sequence[str]) -> dict[str, int]:
    """Return each site's place among the shares."""
    return {site: at for at, site in enumerate(sorted(sites), 1)}


def flat(sums: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return all sums in one row, in the order of their names."""
    parts = [np.asarray(sums[name], dtype=np.float64).ravel() for name in sorted(sums)]
    return np.concatenate(parts) if parts else np.zeros(0)


class MaskingSite:
    """The masks of one site.

    Parameters
    ----------
    secret : bytes
    ledger : Ledger
    identity : private key, optional
    peers : mapping of str to public key
    """

    def __init__(
        self,
        secret: bytes,
        ledger: Ledger,
        identity: Ed25519PrivateKey | None,
        peers: Mapping[str, Ed25519PublicKey],
    ) -> None:
        self._secret, self._ledger, self._identity, self._peers = secret, ledger, identity, peers
        self._agreed: tuple[bytes, dict[str, bytes]] = (b"", {})

    def introduce(self, study: Study, site: str) -> Answer:
        """Return the site's public key for this study, signed."""
        key = public_bytes(private_key(self._secret, study.digest))
        signed = b"" if self._identity is None else self._identity.sign(_said_of_key(study.digest, site, key))
        return Answer(said={"key": key.hex(), "signature": signed.hex()})

    def needs(self, study: Study, number: int, question: str, what: Summed, answer: Answer) -> dict[str, Any]:
        """Return what must hold over all sites before the total may be opened."""
        groups = {one.label: one.place for one in what.groups if one.place >= 0}
        support = [int(one) for one in what.support]
        same = study.digest
        return {
            "support": support,
            "groups": groups,
            "parameters": parameters(answer),
            "checked": any(
                one.study == same and one.of is not None and one.pending.get("support") == support
                for one in self._ledger.entries()
                if one.round < number
            ),
            "numbers": numbers_sent(answer) if what.rows else 0,
            "question": question,
        }

    def veil(
        self, study: Study, number: int, question: str, masks: Payload, what: Summed, answer: Answer, site: str
    ) -> Answer:
        """Return an answer whose sums, and whose groups' counts, are under masks."""
        if not answer.sums:
            return Answer(said=answer.said)
        shared = self._agree(study, masks["keys"], site)
        entry = self._ledger.find(study.digest, number)
        veiled: dict[str, Any] = {
            "shapes": {name: list(one.shape) for name, one in answer.sums.items()},
            "checked": bool(entry is not None and entry.pending.get("checked")),
            "shares": {},
        }
        for part, plain in (("support", what.support), ("sums", flat(answer.sums))):
            own = self._own(study, number, question, part)
            pairs = {other: _pair(secret, number, question, part) for other, secret in shared.items()}
            veiled[part] = masked(to_fixed(plain, len(study.sites)), site, own, pairs)
            places = share_places([site, *shared])
            dealt = split(own, len(places), shares_needed(study, len(places)), derive(own, "shares"))
            veiled["shares"][part] = {
                other: hide(_share(secret, number, question, part, site, other), dealt[places[other] - 1]).hex()
                for other, secret in shared.items()
            }
        return Answer(said={**answer.said, MASK: veiled})

    def open(self, study: Study, number: int, values: Payload, site: str, rules: Rules) -> Answer:
        """Return, for each other site, its share of that site's mask, or the common seed; never both, and only once.

        Raises
        ------
        Refused
            If too few sites arrived, another set of them was opened before, or the total would be of too few patients.
        """
        part, of = str(values["what"]), int(values["round"])
        arrived = sorted({str(one) for one in values["arrived"]})
        shared = self._agree(study, values["keys"], site)
        if part not in PARTS or not set(arrived) <= {site, *shared}:
            raise BadInput("this is no opening of a total", where=_WHERE)
        if site not in arrived:
            return Answer(said={"shares": {}, "seeds": {}})
        if len(arrived) < fewest_opened(study, len(shared) + 1):
            raise Refused(f"a total of {len(arrived)} sites is not opened", where=site)
        entry = self._ledger.find(study.digest, of)
        if entry is None or not entry.masked:
            raise Refused(f"round {of + 1} was not answered here under masks", where=site)
        if part == "sums":
            self._over_all_sites(entry, arrived, values.get("support"), rules, site)
        self._once(study, number, entry, part, arrived, rules)
        shares, seeds = {}, {}
        for other, secret in shared.items():
            if other in arrived:
                key = _share(secret, of, entry.question, part, other, site)
                shares[other] = reveal(key, bytes.fromhex(values["shares"][other][site])).hex()
            else:
                seeds[other] = _pair(secret, of, entry.question, part).hex()
        return Answer(said={"shares": shares, "seeds": seeds})

    def _once(self, study: Study, number: int, entry: Entry, part: str, arrived: Sequence[str], rules: Rules) -> None:
        """Write down that a total is opened; refuse another set of sites for the same round.

        The same question answered by one site more or less tells that site's own sums, by difference.
        """
        opened = digest(encode({"part": part, "of": entry.round, "arrived": list(arrived)}))
        kept = {"asked": entry.question, "arrived": list(arrived), "support": entry.pending["support"]}
        step, same = f"{OPEN} {part}", study.digest
        new = Entry(same, study.name, number, step, opened, rows=entry.rows, masked=True, pending=kept, of=entry.round)
        while True:
            entries = self._ledger.entries()
            for one in entries:
                if one.step != step:
                    continue
                if one.study == same and one.of == entry.round and one.question != opened:
                    raise Refused(f"round {entry.round + 1} was opened for other sites before", where=_WHERE)
                apart = set(one.pending["arrived"]) ^ set(arrived)
                if one.pending["asked"] == entry.question and len(apart) == 1 and not rules.single_site_totals:
                    raise Refused(
                        f"a total of the same question was opened {_with(apart, arrived)}; the difference would be the "
                        "sums of that site alone",
                        where=_WHERE,
                        mend="ask with the same sites, or set the rule single_site_totals",
                    )
            if self._ledger.charge(new, after=len(entries)) is not None:
                return

    def _over_all_sites(
        self,
        entry: Entry,
        arrived: Sequence[str],
        total: NDArray[np.float64] | None,
        rules: Rules,
        site: str,
    ) -> None:
        """Refuse to open a total of too few patients; what is too few here may be enough over all sites."""
        own = np.array(entry.pending["support"], dtype=np.float64)
        if total is None:
            same = (entry.pending["support"], list(arrived))
            before = [one for one in self._ledger.entries() if one.study == entry.study and one.of is not None]
            if not any((one.pending["support"], one.pending["arrived"]) == same for one in before if one.step == _SUMS):
                raise Refused("how many patients the groups have over all sites was not said", where=site)
            return
        if total.shape != own.shape or bool((total < own).any()):
            raise Refused("fewer patients are said over all sites than there are here", where=site)
        if not rules.meter:
            return
        rows = float(total[0])
        if 0 < rows < rules.minimum_rows:
            raise Refused(f"{rows:g} rows take part at all sites together", where=site, mend="ask more hospitals")
        small = [name for name, place in entry.pending["groups"].items() if total[place] < rules.minimum_count]
        if small:
            raise Refused(
                f"'{small[0]}' is true of fewer than {rules.minimum_count} patients at all sites together",
                where=site,
                mend="merge the category with another, or leave the column out",
            )
        if entry.pending["parameters"] > rules.parameters_per_row * rows:
            raise Refused(
                f"{entry.pending['parameters']} coefficients for {rows:g} rows are more than "
                f"{rules.parameters_per_row:g} a row",
                where=site,
                mend="take fewer columns",
            )
        before = [one for one in self._ledger.entries() if one.masked and one.of is None]
        told = sum({(one.question, one.part): one.numbers for one in before}.values())
        columns = set().union(*(one.columns for one in before))
        if rows and entry.pending["numbers"] and told >= rows * len(columns):
            raise Refused(
                f"{told} numbers would have been told about {rows:g} rows of {len(columns)} columns: enough equations "
                "to solve for the rows",
                where=site,
                mend="take fewer columns or more hospitals",
            )

    def _agree(self, study: Study, keys: Payload, site: str) -> dict[str, bytes]:
        """Return the secret in common with each other site, having seen that the keys are theirs."""
        if site not in keys or not set(keys) <= set(study.sites) or len(keys) < max(2, study.fewest):
            raise Refused("too few sites have keys for masks", where=site)
        same = encode({"study": study.digest, "site": site, "keys": keys})
        if self._agreed[0] == same:
            return self._agreed[1]
        mine = private_key(self._secret, study.digest)
        found = {}
        peers = {**_named_keys(study), **self._peers}
        for other in sorted(set(keys) - {site}):
            key = bytes.fromhex(str(keys[other]["key"]))
            if other in peers:
                _check_signature(peers[other], study.digest, other, key, str(keys[other]["signature"]))
            found[other] = agreed(mine, key, study.digest, (site, other))
        if keys[site]["key"] != public_bytes(mine).hex():
            raise NotPermitted("the key for masks that is said to be of this site is not", where=site)
        self._agreed = (same, found)
        return found

    def _own(self, study: Study, number: int, question: str, part: str) -> bytes:
        return derive(self._secret, "own", study.digest, str(number), question, part)


def _with(apart: set[str], arrived: Sequence[str]) -> str:
    site = next(iter(apart))
    return f"without {site} before" if site in arrived else f"with {site} before"


def _pair(secret: bytes, number: int, question: str, part: str) -> bytes:
    return derive(secret, "pair", str(number), question, part)


def _share(secret: bytes, number: int, question: str, part: str, sender: str, receiver: str) -> bytes:
    return derive(secret, "share", str(number), question, part, sender, receiver)


def _said_of_key(study: str, site: str, key: bytes) -> bytes:
    return f"{_SIGNED}\n{study}\n{len(site)} {site}\n{key.hex()}".encode()


def _named_keys(study: Study) -> dict[str, Ed25519PublicKey]:
    """Return the sites' keys that the study names; they were approved with it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return {site: Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)) for site, key in study.keys.items()}


def _check_signature(peer: Ed25519PublicKey, study: str, site: str, key: bytes, signature: str) -> None:
    from cryptography.exceptions import InvalidSignature

    try:
        peer.verify(bytes.fromhex(signature), _said_of_key(study, site, key))
    except (InvalidSignature, ValueError):
        raise NotPermitted(f"the key for masks of {site} is not signed by {site}", where=_WHERE) from None
