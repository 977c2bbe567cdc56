"""Rhythm from an ECG: beats, irregularity as in atrial fibrillation, pauses, and what refutes a monitor's alarm.

The modules load numerical libraries, so each is imported where it is used: :mod:`fyr.watch.rhythm.reading` (everything
about one recording), :mod:`fyr.watch.rhythm.beats`, :mod:`fyr.watch.rhythm.irregularity`,
:mod:`fyr.watch.rhythm.pauses`, :mod:`fyr.watch.rhythm.refutation`.
"""

__all__: list[str] = []
