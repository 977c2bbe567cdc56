"""Hearing: ototoxicity grades of an audiogram, its averages, and its chart."""

from fyr.treat.hearing.ear_scales import BROCK_1991, CHANG_2010, SIOP_BOSTON
from fyr.treat.hearing.shift_scales import ASHA_1994, CTCAE_4_03, CTCAE_5_ADULT, CTCAE_5_CHILD
from fyr.treat.hearing.unmonitored import CTCAE_5_UNMONITORED

__all__ = [
    "ASHA_1994",
    "BROCK_1991",
    "CHANG_2010",
    "CTCAE_4_03",
    "CTCAE_5_ADULT",
    "CTCAE_5_CHILD",
    "CTCAE_5_UNMONITORED",
    "SIOP_BOSTON",
]
