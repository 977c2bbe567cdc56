"""Policies compared on what was recorded: the ward's time machine.

:mod:`~fyr.watch.evaluation.ward_replay` replays many patients,
:mod:`~fyr.watch.evaluation.matching` holds what was raised against what truly happened,
:mod:`~fyr.watch.evaluation.measures` and :mod:`~fyr.watch.evaluation.document` turn that into numbers, and
:mod:`~fyr.watch.evaluation.report` draws them. The modules load numerical libraries, so each is imported where it is
used.
"""

__all__: list[str] = []
