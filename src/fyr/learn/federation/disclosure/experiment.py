"""Disclosure control for sites that all lie in this process, and what it counted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from secrets import token_bytes

from fyr.learn.federation.disclosure.control import Control
from fyr.learn.federation.disclosure.ledger import Ledger
from fyr.learn.federation.disclosure.rules import Rules
from fyr.learn.federation.study import Study

__all__ = ["Controls"]


class Controls:
    """One gate a site.

    Parameters
    ----------
    rules : Rules, optional
        Of every site; the default ones.
    ledgers : mapping of str to Path, optional
        Where sites keep their ledgers; in memory by default, so that nothing is remembered.
    secrets : mapping of str to bytes, optional
        Drawn by default; a ledger that is kept needs the same secret again.

    Examples
    --------
    ``conduct_in_process(study, tables, gate_of=controls.gate_of)`` and then ``controls.rows_isolable()``.
    """

    def __init__(
        self,
        rules: Rules | None = None,
        *,
        ledgers: Mapping[str, Path] | None = None,
        secrets: Mapping[str, bytes] | None = None,
    ) -> None:
        self._rules, self._ledgers, self._secrets = rules or Rules(), ledgers or {}, secrets or {}
        self._controls: dict[str, Control] = {}

    def gate_of(self, site: str) -> Control:
        """Return a site's gate; the same one if asked again."""
        if site not in self._controls:
            secret = self._secrets.get(site) or token_bytes(32)
            self._controls[site] = Control(secret, Ledger(self._ledgers.get(site)), self._rules)
        return self._controls[site]

    def rows_isolable(self) -> int:
        """Return how many patients' own values could be worked out from all that was sent, over all sites."""
        return sum(one.rows_isolable for one in self._controls.values())

    def masks(self, study: Study) -> bool:
        """Return whether the coordinator sees totals only."""
        return self._rules.masks(len(study.sites))

    def leaks(self) -> dict[str, dict[str, object]]:
        """Return what each site gave away, as plain values."""
        return {site: one.leak.document() for site, one in sorted(self._controls.items())}
