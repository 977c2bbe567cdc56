"""What a study would give away, seen before it is approved: a run on a hospital's own rows that sends nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from fyr.errors import FyrError
from fyr.learn.federation.disclosure.control import Control
from fyr.learn.federation.disclosure.leak import Leak
from fyr.learn.federation.disclosure.ledger import Ledger
from fyr.learn.federation.disclosure.row_keys import OTHERS
from fyr.learn.federation.disclosure.rules import Rules
from fyr.learn.federation.methods import method
from fyr.learn.federation.rounds import Answers
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.steps import step
from fyr.learn.federation.study import Study

__all__ = ["Foresight", "foresee"]


@dataclass(frozen=True, slots=True)
class Foresight:
    """What a study would give away of one hospital's rows.

    Parameters
    ----------
    leak : Leak
        After the last round, with everything that was disclosed before.
    rounds : int
        As many as the method needs on these rows alone; over all hospitals it may need more or fewer.
    numbers : int
        That say more than sums by group.
    stopped : str
        Why the run ended before its result, if it did.
    """

    leak: Leak
    rounds: int
    numbers: int
    stopped: str = ""

    def document(self) -> dict[str, Any]:
        """Return it as plain values."""
        found = {**self.leak.document(), "rounds": self.rounds, "numbers": self.numbers}
        return {**found, "stopped": self.stopped} if self.stopped else found


def foresee(study: Study, table: SiteTable, secret: bytes, ledger: Ledger | None = None) -> Foresight:
    """Run a study on one hospital's rows as if it were alone and unmasked, with the meter counting and nothing refused.

    Parameters
    ----------
    study : Study
    table : SiteTable
    secret : bytes
        The hospital's, so that patients in its ledger are known again.
    ledger : Ledger, optional
        What was disclosed before; it is copied, not written.

    Notes
    -----
    Under masks a group counts over all hospitals, so what is foreseen here is the worst case: that no other hospital
    has such patients, and that earlier totals were of this hospital alone.
    """
    alone = replace(
        study, sites=(table.site,), quorum=0, rules={"masked": "never", "meter": False, "single_site_totals": True}
    )
    copy = Ledger()
    if ledger is not None:
        others = set(OTHERS)
        groups = {name: [key for key in keys if key not in others] for name, keys in ledger.groups().items()}
        for at, entry in enumerate(ledger.entries()):
            parts = [entry.part, *(one for one in entry.groups if one != entry.part)] if entry.part else []
            copy.charge(entry, [groups[one] for one in parts], after=at)
    gate = Control(secret, copy, Rules(masked="never", meter=False, minimum_rows=1))
    rounds, number, stopped = method(alone.method)(alone), 0, ""
    reasons: dict[str, None] = {}
    try:
        question = next(rounds)
        while True:
            answer = step(question.step)(table, question.values)
            told = gate(alone, number, question.step, question.values, answer, table)
            number += 1
            reasons |= dict.fromkeys(gate.leak.reasons)
            question = rounds.send(Answers.of({table.site: told}))
    except StopIteration:
        pass
    except FyrError as problem:
        stopped = str(problem)
    mine = alone.digest
    numbers = sum(one.numbers for one in copy.entries() if one.study == mine)
    return Foresight(replace(gate.leak, reasons=tuple(reasons)), number, numbers, stopped)
