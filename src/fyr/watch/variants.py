"""The rule tables of a ward: the ward's own, which most patients share, and one for every other set of limits.

The kernel knows nothing of this. It is called once for the rows of each table, and keeps what it remembers of a
patient's rules in the order of the patient's own table. On a ward where nobody has limits of their own, rows go
through untouched.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.attention import Change, ConditionChange, Policy
from fyr.watch.compiled_policy import CompiledPolicy, compile_policy
from fyr.watch.kernel import State

__all__ = ["RuleVariants"]

_ABOUT_A_RULE: Final = (Change.ONSET, Change.CLEAR, Change.BRIEF, Change.INTERRUPTED)


class RuleVariants:
    """Which rule table holds for whom.

    Parameters
    ----------
    policy : Policy
        The ward's; a patient's own may have the same rules, other limits or fewer rules, never other signals or more.
    """

    def __init__(self, policy: Policy) -> None:
        self.ward = compile_policy(policy)
        self._number = {policy.digest: 0}
        self._tables: list[CompiledPolicy] = [self.ward]
        self._signal_of_rule = np.zeros((1, max(1, len(self.ward.rules))), np.int64)
        self._note_signals(0)
        self._of_row = np.zeros(0, np.int32)
        self._anybody_differs = False

    def make_room(self, rows: int) -> None:
        """See to it that there is space for so many patients."""
        missing = rows - len(self._of_row)
        if missing > 0:
            self._of_row = np.concatenate([self._of_row, np.zeros(max(missing, len(self._of_row)), np.int32)])

    def use(self, row: int, policy: Policy, state: State) -> None:
        """Let a patient go over to a policy: rules that are in both go on, every other begins anew."""
        number = self._number_of(policy)
        before, after = self.of(row), self._tables[number]
        if after is before:
            return
        place = {rule.key: index for index, rule in enumerate(before.rules)}
        course, old = state.course[row], state.course[row].copy()
        course[:] = np.zeros((), course.dtype)
        for index, rule in enumerate(after.rules):
            if rule.key in place:
                course[index] = old[place[rule.key]]
        # Whether a value is an ordinary one goes by the table: let the kernel look again.
        state.newest["at_rest"][row] = False
        self._of_row[row] = number
        self._anybody_differs = bool(self._of_row.any())

    def resume(self, row: int, policy: Policy) -> None:
        """Note whose policy holds for a patient of whom the kernel remembers everything already."""
        self._of_row[row] = self._number_of(policy)
        self._anybody_differs = bool(self._of_row.any())

    def forget(self, row: int) -> None:
        """Let go of a patient who has left."""
        self._of_row[row] = 0
        self._anybody_differs = bool(self._of_row.any())

    def of(self, row: int) -> CompiledPolicy:
        """Return the table that holds for a patient."""
        return self._tables[int(self._of_row[row])]

    def parts(self, patient: NDArray[np.int32]) -> Iterator[tuple[CompiledPolicy, NDArray[np.intp] | None]]:
        """Give each table with the places of the rows that it is for, in their order; ``None`` for all of them."""
        if not self._anybody_differs:
            yield self.ward, None
            return
        number = self._of_row[patient]
        order = np.argsort(number, kind="stable")
        ends = np.flatnonzero(np.diff(number[order])) + 1
        for places in np.split(order, ends):
            if len(places):
                yield self._tables[number[places[0]]], places

    def changes(self, columns: tuple[NDArray[Any], ...]) -> Iterator[tuple[int, ConditionChange]]:
        """Put the kernel's changes in order of time, signal and patient, so that batching does not matter.

        Yields
        ------
        tuple of int and ConditionChange
            The patient's row, and the change.
        """
        about_rule = np.isin(columns[1], _ABOUT_A_RULE)
        rule_signal = self.signals_of_rules(columns[0], np.where(about_rule, columns[2], 0))
        order = np.lexsort((columns[0], np.where(about_rule, rule_signal, columns[2]), columns[3]))
        for row, kind, subject, time_us, start_us, amount, value, is_rule in zip(
            *(column[order].tolist() for column in (*columns, about_rule)), strict=True
        ):
            if is_rule:
                name = self.of(row).rules[subject].key
            elif subject < self.ward.watched:
                name = self.ward.signals[subject]
            else:
                continue
            yield row, ConditionChange(time_us, Change(kind), name, start_us, amount, value)

    def signals_of_rules(self, patient: NDArray[np.int32], rule: NDArray[np.int16]) -> NDArray[np.int64]:
        """Return the signal of each patient's rule, by its place in the patient's table; shape (changes,)."""
        return self._signal_of_rule[self._of_row[patient], rule]

    def _number_of(self, policy: Policy) -> int:
        number = self._number.get(policy.digest)
        if number is not None:
            return number
        used = set(np.unique(self._of_row).tolist())
        number = next((free for free in range(1, len(self._tables)) if free not in used), len(self._tables))
        if number == len(self._tables):
            self._tables.append(self.ward)
            self._signal_of_rule = np.concatenate([self._signal_of_rule, np.zeros_like(self._signal_of_rule[:1])])
        self._number = {digest: known for digest, known in self._number.items() if known != number}
        self._number[policy.digest] = number
        self._tables[number] = compile_policy(policy)
        self._note_signals(number)
        return number

    def _note_signals(self, number: int) -> None:
        table = self._tables[number]
        signals = [table.signals.index(rule.signal) for rule in table.rules]
        self._signal_of_rule[number] = 0
        self._signal_of_rule[number, : len(signals)] = signals
