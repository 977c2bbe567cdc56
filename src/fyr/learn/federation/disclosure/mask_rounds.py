"""A method's conversation with masks on: the coordinator sees totals, and no site's own sums.

The method does not know. Around each of its questions stand those about masks, so a round that was cut off goes on from
the journal like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, Refused
from fyr.learn.federation.disclosure.fixed_point import from_fixed
from fyr.learn.federation.disclosure.groups import MASK
from fyr.learn.federation.disclosure.mask_names import KEYS, OPEN
from fyr.learn.federation.disclosure.mask_site import share_places, shares_needed
from fyr.learn.federation.disclosure.masks import SEED, unmasked
from fyr.learn.federation.disclosure.rules import Rules
from fyr.learn.federation.disclosure.shares import join
from fyr.learn.federation.rounds import Answers, Question, Rounds
from fyr.learn.federation.study import Study

__all__ = ["as_study_asks", "with_masks"]


def as_study_asks(rounds: Rounds, study: Study, whole: Study | None = None) -> Rounds:
    """Return a method's rounds, under masks where the study's rules want them.

    Parameters
    ----------
    rounds : Rounds
    study : Study
        Of the sites that take part.
    whole : Study, optional
        As it was approved: masks that were promised are worn on when sites have been left out.
    """
    return with_masks(rounds, study) if Rules.read(study.rules).masks(len((whole or study).sites)) else rounds


def with_masks(rounds: Rounds, study: Study) -> Rounds:
    """Return a method's rounds under masks.

    Raises
    ------
    Refused
        If too few sites answer to open a total.
    """
    introduced = yield Question(KEYS)
    keys = {site: dict(introduced.said[site]) for site in introduced.sites if introduced.said[site].get("key")}
    if not keys:
        return (yield from rounds)  # sites without disclosure control have no masks to wear
    number = introduced.round + 1  # a method that begins again does not count from 0
    support: NDArray[np.float64] | None = None
    counted: tuple[str, ...] = ()
    try:
        question = next(rounds)
        while True:
            sent = yield Question(question.step, {**question.values, MASK: {"keys": keys}})
            of, number = number, number + 1
            said = {site: {k: v for k, v in one.items() if k != MASK} for site, one in sent.said.items()}
            veiled = {site: one[MASK] for site, one in sent.said.items() if MASK in one}
            if not veiled:
                question = rounds.send(Answers(sent.sites, {}, {}, said))
                continue
            _same_shapes(veiled)
            arrived = tuple(sorted(veiled))
            again = support is not None and counted == arrived and all(one["checked"] for one in veiled.values())
            ask: dict[str, Any] = {"round": of, "arrived": list(arrived), "keys": keys}
            if not again:
                opened = yield Question(OPEN, {**ask, "what": "support", "shares": _shares(veiled, "support")})
                number += 1
                support, counted = _total(study, veiled, "support", keys, opened), arrived
                ask["support"] = support
            opened = yield Question(OPEN, {**ask, "what": "sums", "shares": _shares(veiled, "sums")})
            number += 1
            total = _total(study, veiled, "sums", keys, opened)
            totals = _shaped(total, veiled[arrived[0]]["shapes"])
            question = rounds.send(Answers(sent.sites, totals, {}, said))
    except StopIteration as end:
        result: dict[str, Any] = end.value
        return result


def _same_shapes(veiled: Mapping[str, Any]) -> None:
    sites = sorted(veiled)
    for site in sites[1:]:
        if veiled[site]["shapes"] != veiled[sites[0]]["shapes"]:
            raise BadInput(f"{site} sent other sums than {sites[0]}", where="masked round")
        if veiled[site]["support"].shape != veiled[sites[0]]["support"].shape:
            raise BadInput(f"{site} grouped its rows in other ways than {sites[0]}", where="masked round")


def _shares(veiled: Mapping[str, Any], part: str) -> dict[str, Any]:
    return {site: one["shares"][part] for site, one in veiled.items()}


def _total(
    study: Study, veiled: Mapping[str, Any], part: str, keys: Mapping[str, Any], opened: Answers
) -> NDArray[np.float64]:
    places = share_places(list(keys))
    needed = shares_needed(study, len(keys))
    own = {}
    for site in veiled:
        given = {
            places[other]: bytes.fromhex(one["shares"][site])
            for other, one in opened.said.items()
            if site in one["shares"]
        }
        if len(given) < needed:
            raise Refused(f"{len(given)} shares of {needed} came to open the mask of {site}", where="masked round")
        own[site] = join(dict(sorted(given.items())[:needed]), SEED)
    gone = sorted(set(keys) - set(veiled))
    left: dict[str, dict[str, bytes]] = {}
    for site in veiled if gone else ():
        seeds = opened.said.get(site, {"seeds": {}})["seeds"]
        if set(gone) - set(seeds):
            raise Refused(f"{site} did not say the seeds that it had with {', '.join(gone)}", where="masked round")
        left[site] = {other: bytes.fromhex(seeds[other]) for other in gone}
    return from_fixed(unmasked({site: one[part] for site, one in veiled.items()}, own, left))


def _shaped(total: NDArray[np.float64], shapes: Mapping[str, Sequence[int]]) -> dict[str, NDArray[np.float64]]:
    found, at = {}, 0
    for name in sorted(shapes):
        shape = tuple(shapes[name])
        size = int(np.prod(shape))
        found[name] = total[at : at + size].reshape(shape)
        at += size
    return found
