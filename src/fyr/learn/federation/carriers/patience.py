"""Trying again: how soon, what is said of it, and what no trying can mend."""

from __future__ import annotations

import random
import ssl
import threading
from collections.abc import Iterator
from typing import Final

from fyr.errors import NotPermitted
from fyr.learn.federation.carriers.saying import Say

__all__ = ["Patience", "Stopped", "give_up_where_final"]

_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 5.0


class Stopped(Exception):
    """The process was asked to end."""


class Patience:
    """When to come again after a failure, and what to say of it: once when it begins, once when it is over.

    Parameters
    ----------
    stop : Event
    say : callable
    who, where : str
    """

    def __init__(self, stop: threading.Event, say: Say, who: str, where: str) -> None:
        self._stop, self._say, self._who, self._where = stop, say, who, where
        self._failures = 0

    def tries(self) -> Iterator[None]:
        """Yield for every try, waiting between them.

        Raises
        ------
        Stopped
        """
        while True:
            if self._stop.is_set():
                raise Stopped
            yield
            # Sites that lost the same coordinator must not all come back at the same instant.
            pause = min(_FIRST_PAUSE_S * 2 ** min(self._failures - 1, 12), _LONGEST_PAUSE_S)
            self._stop.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311

    def failed(self, problem: Exception) -> None:
        """Count a failure."""
        self._failures += 1
        if self._failures == 2:  # an idle connection that was closed is no news
            words = " ".join(str(problem).split()) or type(problem).__name__
            self._say(f"{self._who}: {self._where} cannot be reached ({words}); trying on")

    def succeeded(self) -> None:
        """Begin anew."""
        if self._failures >= 2:
            self._say(f"{self._who}: {self._where} is reached again")
        self._failures = 0


_NOT_ITS_OWN: Final = (
    "the server that answers has no certificate of this study's coordinator",
    "check the address; does a proxy open TLS on the way? ask for an exemption",
)
_OF_THE_COORDINATOR: Final = {
    10: ("the coordinator's certificate has expired", "ask the coordinator to make new keys"),
    9: ("the coordinator's certificate does not hold yet", "set this machine's clock"),
    62: ("the coordinator's certificate is of another host", "check the address"),
    64: ("the coordinator's certificate is of another host", "check the address"),
}
"""By OpenSSL's verification codes (X509_V_ERR_*)."""


def give_up_where_final(problem: Exception) -> None:
    """Do nothing where trying again may help.

    Raises
    ------
    NotPermitted
        If one side's certificate is not accepted by the other.
    """
    for cause in _causes(problem):
        if isinstance(cause, ssl.SSLCertVerificationError):
            what, mend = _OF_THE_COORDINATOR.get(cause.verify_code, _NOT_ITS_OWN)
            raise NotPermitted(what, where="coordinator", mend=mend) from None
        if isinstance(cause, ssl.SSLError) and "ALERT" in (cause.reason or ""):
            what = (cause.reason or "").lower().replace("_", " ")
            raise NotPermitted(
                f"the coordinator does not accept this site's certificate ({what})",
                where="coordinator",
                mend="have it renewed: fyr learn study-keys admit",
            ) from None


def _causes(problem: BaseException | None) -> Iterator[BaseException]:
    while problem is not None:
        yield problem
        problem = problem.__cause__ or problem.__context__
