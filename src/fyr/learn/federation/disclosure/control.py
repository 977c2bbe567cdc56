"""The gate of one site: rules, meter and ledger, in this order, before anything leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import compress
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import Refused
from fyr.learn.federation.disclosure.groups import MASK, Summed, numbers_sent, parameters, summed
from fyr.learn.federation.disclosure.leak import Leak
from fyr.learn.federation.disclosure.ledger import Entry, Ledger, RowGroup
from fyr.learn.federation.disclosure.mask_names import KEYS, OPEN
from fyr.learn.federation.disclosure.mask_site import MaskingSite
from fyr.learn.federation.disclosure.masks import derive
from fyr.learn.federation.disclosure.meter import Meter
from fyr.learn.federation.disclosure.noise import SENSITIVITY, add_noise, spent
from fyr.learn.federation.disclosure.questions import check_question, check_weights
from fyr.learn.federation.disclosure.row_keys import OTHERS, row_keys
from fyr.learn.federation.disclosure.rules import Rules, stricter
from fyr.learn.federation.message import Payload, digest, encode
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = ["Control"]

Bools = NDArray[np.bool_]

_MOST_GROUPS: Final = 6000
_NAMED: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Weighed:
    leak: Leak
    entries: int


class Control:
    """The disclosure control of one site; a :data:`~fyr.learn.federation.site.Gate`.

    Parameters
    ----------
    secret : bytes
        At least 32 random bytes that never leave the hospital: with them patients become keys, and masks are made.
    ledger : Ledger
    rules : Rules
        The hospital's own; a study may be stricter, never laxer.
    identity : private key, optional
        With which the site signs its key for masks.
    peers : mapping of str to public key, optional
        Of the other sites. With them the coordinator cannot pass its own keys off as theirs.
    """

    def __init__(
        self,
        secret: bytes,
        ledger: Ledger,
        rules: Rules | None = None,
        *,
        identity: Ed25519PrivateKey | None = None,
        peers: Mapping[str, Ed25519PublicKey] | None = None,
    ) -> None:
        if len(secret) < 32:
            raise Refused(f"a secret of {len(secret)} bytes can be guessed", where="disclosure control")
        self._secret, self._ledger, self._rules = secret, ledger, rules or Rules()
        self._masking = MaskingSite(secret, ledger, identity, peers or {})
        self._leak = Leak()
        self._meter = Meter()
        self._rows = _Rows()

    @property
    def leak(self) -> Leak:
        """What all that was sent so far gives away."""
        return self._leak

    @property
    def rows_isolable(self) -> int:
        """How many patients' own values could be worked out, as the ledger has it after its last entry."""
        return next((one.isolable for one in reversed(self._ledger.entries()) if one.of is None), 0)

    @property
    def ledger(self) -> Ledger:
        """What was disclosed."""
        return self._ledger

    def __call__(
        self, study: Study, number: int, step: str, values: Payload, answer: Answer, table: SiteTable
    ) -> Answer:
        """Return what may leave.

        Raises
        ------
        Refused
            If a rule forbids it, with the rule and how to mend the study.
        """
        rules = stricter(self._rules, Rules.read(study.rules))
        if step == KEYS:
            return self._masking.introduce(study, table.site)
        if step == OPEN:
            return self._masking.open(study, number, values, table.site, rules)
        if rules.steps and step not in rules.steps:
            raise Refused(f"the step '{step}' is not allowed here", where=table.site)
        if number >= rules.most_rounds:
            raise Refused(f"more than {rules.most_rounds} rounds are not answered", where=table.site)
        asked = {name: value for name, value in values.items() if name != MASK}
        veiled = MASK in values
        if rules.masks(len(study.sites)) and not veiled:
            raise Refused(
                "sums leave this hospital masked, and no masks were asked for",
                where=table.site,
                mend="let the coordinator wear masks, or set the rule masked to never",
            )
        check_question(study, number, step, asked, rules, self._ledger, table.site)
        check_weights(answer, rules, table.site)
        what = summed(table, asked, answer)
        if not veiled:
            self._enough_rows(what, rules, table.site)
        question = digest(encode({"step": step, "values": asked}))
        rho = 0.0
        if step in SENSITIVITY:
            rho = self._afford(study, number, asked, rules, table.site)
        pending = {}
        if veiled:
            pending = self._masking.needs(study, number, question, what, answer)
        elif rules.meter and step not in SENSITIVITY:
            self._few_parameters(parameters(answer), what.rows, rules, table.site)
        self._charge(
            Entry(
                study.digest,
                study.name,
                number,
                step,
                question,
                rows=what.rows,
                masked=veiled,
                numbers=0 if step in SENSITIVITY or not what.rows else numbers_sent(answer),
                columns=what.columns,
                rho=rho,
                pending=pending,
            ),
            what,
            table,
            rules,
        )
        if step in SENSITIVITY:
            seed = derive(self._secret, "noise", study.digest, str(number), question, table.digest())
            answer = add_noise(step, asked, answer, seed)
        if veiled:
            return self._masking.veil(study, number, question, values[MASK], what, answer, table.site)
        return answer

    @staticmethod
    def _enough_rows(what: Summed, rules: Rules, site: str) -> None:
        if rules.meter and 0 < what.rows < rules.minimum_rows:
            raise Refused(
                f"{what.rows} rows take part here, fewer than {rules.minimum_rows}",
                where=site,
                mend="leave this hospital out, or columns that few of its rows have",
            )

    @staticmethod
    def _few_parameters(count: int, rows: int, rules: Rules, site: str) -> None:
        if rows and count > rules.parameters_per_row * rows:
            raise Refused(
                f"{count} coefficients for {rows} rows are more than {rules.parameters_per_row:g} a row",
                where=site,
                mend="take fewer columns",
            )

    def _afford(self, study: Study, number: int, values: Payload, rules: Rules, site: str) -> float:
        same = (study.digest, number)
        mine = [one.rho for one in self._ledger.entries() if (one.study, one.round) != same]
        return spent(values, sum(mine), rules, site)

    def _charge(self, entry: Entry, what: Summed, table: SiteTable, rules: Rules) -> None:
        told = [what.part]
        if not (entry.masked or entry.rho):
            told += [one.rows for one in what.groups if one.plain or np.count_nonzero(one.rows) < rules.minimum_count]
        groups = self._rows.groups(table, self._secret, [one for one in told if one.any()], hidden=entry.masked)
        while True:
            weighed = self._weigh(entry, groups, what, rules, table.site)
            charged = self._ledger.charge(replace(entry, isolable=weighed.leak.isolable), groups, after=weighed.entries)
            if charged is not None:
                self._leak = weighed.leak
                return

    def _weigh(self, entry: Entry, groups: Sequence[RowGroup], what: Summed, rules: Rules, site: str) -> _Weighed:
        """Return what is given away with this entry; refuse it if that is more than before."""
        entries = self._ledger.entries()
        past = self._ledger.groups()
        if len(past) + len(groups) > _MOST_GROUPS:
            raise Refused(
                f"sums over more than {_MOST_GROUPS:,} groups of patients cannot be weighed", where="disclosure control"
            )
        summed_now = {**past, **{one.digest: one for one in groups}}
        before = self._meter.weigh(past, rules.minimum_count)
        after = self._meter.weigh(summed_now, rules.minimum_count)
        alone, narrow = after.alone, after.narrow
        if rules.minimum_subset > rules.minimum_count:
            sets = {one.part for one in entries} | {one.digest for one in groups[:1]}
            of_sets = {name: members for name, members in summed_now.items() if name in sets}
            narrow |= self._meter.weigh(of_sets, rules.minimum_subset).narrow
        narrow -= alone
        more = len((alone | narrow) - (before.alone | before.narrow)) + len((alone - before.alone) & before.narrow)
        if not entry.masked and not entry.rho:
            told = _numbers(entries, replace(entry, part=groups[0].digest if groups else ""))
            columns = set(entry.columns).union(*(one.columns for one in entries if not one.masked))
            if entry.rows and entry.numbers and told >= entry.rows * len(columns):
                more += entry.rows
                alone |= frozenset(groups[0])
                reason = (
                    f"{told} numbers would have been told about {entry.rows} rows of {len(columns)} columns: "
                    "enough equations to solve for the rows"
                )
                leak = _leak(after.rows, alone, narrow, (reason,))
                return self._verdict(leak, more, rules, site, len(entries))
        return self._verdict(
            _leak(after.rows, alone, narrow, _reasons(what, entry, rules)), more, rules, site, len(entries)
        )

    @staticmethod
    def _verdict(leak: Leak, more: int, rules: Rules, site: str, entries: int) -> _Weighed:
        if more and rules.meter:
            patients = "1 patient" if more == 1 else f"{more} patients"
            why = "; ".join(leak.reasons) or "together with what was sent before, by difference"
            raise Refused(
                f"{patients} could be singled out: {why}",
                where=site,
                mend="merge small categories, take the same rows as before, or let three sites or more wear masks",
            )
        return _Weighed(leak, entries)


def _numbers(entries: Sequence[Entry], entry: Entry) -> int:
    """Return how many numbers were told unmasked; the same answer told twice counts once."""
    told = {(one.question, one.part): one.numbers for one in (*entries, entry) if not one.masked and not one.rho}
    return sum(told.values())


def _reasons(what: Summed, entry: Entry, rules: Rules) -> tuple[str, ...]:
    if entry.masked or entry.rho:
        return ()
    small = [
        f"'{one.label}' is true of {int(np.count_nonzero(one.rows))}"
        for one in what.groups
        if np.count_nonzero(one.rows) < rules.minimum_count
    ]
    rest = len(small) - _NAMED
    return (*small[:_NAMED], *([f"and {rest} more such groups"] if rest > 0 else []))


def _leak(rows: int, alone: Set[bytes], narrow: Set[bytes], reasons: tuple[str, ...]) -> Leak:
    return Leak(rows, len(alone), len(narrow), reasons if alone or narrow else ())


class _Rows:
    """The keys of a table's rows, and of the groups that were asked of last: neither changes between rounds."""

    def __init__(self) -> None:
        self._table: SiteTable | None = None
        self._keys: list[bytes] = []
        self._groups: dict[tuple[bytes, bool], RowGroup] = {}

    def groups(self, table: SiteTable, secret: bytes, told: Sequence[Bools], *, hidden: bool) -> list[RowGroup]:
        """Return the keys of those in each group, with others' under masks."""
        if table is not self._table:
            self._table, self._keys, self._groups = table, row_keys(table, secret), {}
        others = OTHERS if hidden else ()
        found = {}
        for one in told:
            name = (np.packbits(one).tobytes(), hidden)
            if name not in found:
                found[name] = self._groups.get(name) or RowGroup([*compress(self._keys, one), *others])
        self._groups = found
        return [found[np.packbits(one).tobytes(), hidden] for one in told]
