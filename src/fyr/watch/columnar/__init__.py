"""Long recordings replayed as columns: what :func:`fyr.watch.replay.replay_patient` says, without an object an event.

The rules run in the kernel that the ward runs (:mod:`fyr.watch.kernel`), the alarms in a second one
(:mod:`fyr.watch.columnar.alarm_kernel`) that states :class:`fyr.attention.PatientAlarms` again for plain arrays. Tests
hold the two ways to each other exactly.
"""
