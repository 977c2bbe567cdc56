"""``fyr learn``: check a table, judge a model on it, mend its calibration, train a better one; over hospitals too."""

from __future__ import annotations

from typing import Final

import click

from fyr.cli.lazy_group import LazyGroup

__all__ = ["learn"]


_VERBS: Final = {
    "answer": ("fyr.cli.federate_site:answer", "Answer a study's questions that were carried here as files."),
    "coordinate": ("fyr.cli.federate_coordinate:coordinate", "Conduct a study over hospitals that are elsewhere."),
    "join": ("fyr.cli.federate_site:join", "Take part in a study: answer its questions from this hospital's rows."),
    "propose": ("fyr.cli.federate_study:propose", "Write a study that hospitals read and approve."),
    "study-keys": ("fyr.cli.federate_keys:study_keys", "Make the keys of a study's parties, admit sites."),
    "consider": (
        "fyr.cli.federate_consider:consider",
        "Weigh what a study would disclose of this hospital's rows, before anyone decides.",
    ),
    "decide": ("fyr.cli.federate_consider:decide", "Approve or decline a study that was weighed here."),
    "check": ("fyr.cli.learn_check:check", "Find what ruins a table before it is believed."),
    "federate": ("fyr.cli.learn_federate:federate", "Compute one result over hospitals; rows stay where they are."),
    "disclosed": ("fyr.cli.learn_disclosed:disclosed", "Read what a hospital has told in federated studies."),
    "recalibrate": ("fyr.cli.learn_recalibrate:recalibrate", "Fit a model's probabilities to this hospital."),
    "studies": ("fyr.cli.learn_studies:studies", "Show how far federated studies have come."),
    "train": (
        "fyr.cli.learn_train:train",
        "Train a model that must beat the simple ones on patients it never saw.",
    ),
    "validate": ("fyr.cli.learn_validate:validate", "Judge a model on a cohort: rank, calibration and benefit."),
}


@click.group(cls=LazyGroup, verbs=_VERBS)
def learn() -> None:
    """Check tables, judge models by calibration and benefit as well as rank, recalibrate them, train better ones."""
