"""What ruins a table before any model sees it, found unprompted.

Every module here is one idea: what it looks for, from which evidence on, and how to mend it. A check is a function from
a :class:`CheckedTable` to findings, listed in :mod:`fyr.learn.checks.registry`; no check calls another.
"""

from fyr.learn.checks.finding import SEVERITIES, Finding
from fyr.learn.checks.registry import CHECKS, check_table
from fyr.learn.checks.table import CheckedTable, ReadingRemark

__all__ = ["CHECKS", "SEVERITIES", "CheckedTable", "Finding", "ReadingRemark", "check_table"]
