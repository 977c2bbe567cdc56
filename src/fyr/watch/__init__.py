"""Continuous monitoring on the ward: signals in, sorted alarms out.

The modules load numerical libraries, so each is imported where it is used: :mod:`fyr.watch.engine` (the ward engine),
:mod:`fyr.watch.replay`, :mod:`fyr.watch.simulation`, :mod:`fyr.watch.news2`.
"""

__all__: list[str] = []
