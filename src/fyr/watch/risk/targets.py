"""What is predicted, from which features, with which settings: one value for each target.

The features and the direction that each may act in are Fyr's own choice, made from the physiology behind them and
from published scores; so are the settings of the trees, chosen by cross-validation on the eICU demonstration stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["TARGETS", "LinePart", "Target", "TreePart"]


@dataclass(frozen=True, slots=True, eq=False)
class TreePart:
    """Trees over some of the features.

    Parameters
    ----------
    features : tuple of str
    settings : mapping
        Of lightgbm.
    rounds : int
        How many trees a member has.
    members : int
        How many sets of trees, which differ in their random draws, are averaged.
    share : float
        How much of the score it is.
    """

    features: tuple[str, ...]
    settings: Mapping[str, Any]
    rounds: int
    members: int
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class LinePart:
    """A logistic regression whose weights push only the way that the directions allow.

    Parameters
    ----------
    features : tuple of str
    ridge : float
        Penalty on half the squared weights of the standardised features.
    share : float
        How much of the score it is.
    """

    features: tuple[str, ...]
    ridge: float
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """One thing to predict.

    Parameters
    ----------
    name : str
        As the folder of the published tables is called.
    title : str
    output : str
        What the model's `risk` is the probability of.
    hourly : bool
        Whether every hour has a label; else each stay has one, and is judged in its last hour.
    directions : mapping of str to int
        Each feature, with 1 where a higher value may only raise the score, -1 where it may only lower it, else 0.
    news5 : str
        The feature that stands for an early warning score in the comparison.
    trees : tuple of TreePart
    lines : LinePart
    hour_bends : tuple of float
        Hours of the stay between which the logarithm of the odds of the event runs in straight pieces, before
        anything else is known; none where only the end of a fixed time is judged.
    held_h : int
        For how many hours an alarm stands, the hour that raised it included.
    """

    name: str
    title: str
    output: str
    hourly: bool
    directions: Mapping[str, int]
    news5: str
    trees: tuple[TreePart, ...]
    lines: LinePart
    hour_bends: tuple[float, ...] = ()
    held_h: int = 1

    @property
    def features(self) -> tuple[str, ...]:
        """The features in the order of a row."""
        return tuple(self.directions)


def _directions(up: str, down: str, free: str = "") -> dict[str, int]:
    return {name: sign for names, sign in ((up, 1), (down, -1), (free, 0)) for name in names.split()}


_COMMON: Final[dict[str, Any]] = {
    "objective": "binary",
    "learning_rate": 0.03,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "verbose": -1,
    "deterministic": True,
    "force_col_wise": True,
    "num_threads": 1,
}

_DYING: Final = _directions(
    up="age news5 news5_max news5_mean news5_mean6 saps2_part bun_last bun_max bun_min lact_last lact_max lact_min "
    "si_last si_max si_mean resp_last resp_max resp_mean fio2_last fio2_max fio2_mean bili_last bili_max "
    "inr_pt_last inr_pt_max hr_max hr_mean anion_gap crea_max ast_last ast_max bnd_max",
    down="o2sat_last o2sat_min o2sat_mean sbp_min map_min alb_last alb_min bicar_min plt_last plt_min ph_min "
    "be_min oxygenation saturation_to_oxygen urine_mean temp_min",
)
_DYING_IN_SHORT: Final = (
    *("age", "saps2_part", "news5_max", "bun_max", "lact_max", "si_mean", "resp_mean", "fio2_mean", "bili_max"),
    *("inr_pt_max", "alb_min", "plt_min", "ph_min", "saturation_to_oxygen", "o2sat_mean", "map_min", "hr_mean"),
    *("temp_min", "urine_mean"),
)
_DYING_TREES: Final[dict[str, Any]] = {
    **_COMMON,
    "num_leaves": 7,
    "feature_fraction": 0.2,
    "lambda_l2": 10.0,
    "min_child_samples": 40,
    "min_sum_hessian_in_leaf": 0.3,
}
_WITHOUT_COLD: Final = tuple(name for name in _DYING if name != "temp_min")

_MORTALITY: Final = Target(
    name="mortality24",
    title="Death in intensive care, from the first 24 hours",
    output="Probability of death in the intensive-care unit",
    hourly=False,
    directions=_DYING,
    news5="news5_max",
    trees=(
        TreePart(_WITHOUT_COLD, _DYING_TREES, rounds=120, members=2, share=0.5),
        TreePart(_DYING_IN_SHORT, _DYING_TREES, rounds=120, members=2, share=0.3),
    ),
    lines=LinePart(_WITHOUT_COLD, ridge=10.0, share=0.2),
)

_SEPTIC: Final = _directions(
    up="age news5 news5_max news5_mean news5_mean6 temp_max hr_last hr_mean hr_mean6 hr_max resp_last resp_mean "
    "resp_mean6 resp_max si_last si_mean si_mean6 si_max fio2_last fio2_max fio2_mean bun_last crea_last lact_last "
    "lact_max bnd_max bili_last wbc_max crea_delta bili_delta inr_pt_last neut_last news5_of_hr news5_of_resp "
    "news5_of_temp news5_of_sbp news5_of_o2sat",
    down="sbp_min sbp_mean6 map_min map_mean6 map_last o2sat_mean o2sat_min o2sat_mean6 saturation_to_oxygen "
    "oxygenation plt_last alb_last bicar_last plt_delta lymph_last",
)
_SEPTIC_TREES: Final[dict[str, Any]] = {
    **_COMMON,
    "num_leaves": 4,
    "feature_fraction": 0.1,
    "lambda_l2": 50.0,
    "min_child_samples": 200,
}

_SEPSIS: Final = Target(
    name="sepsis",
    title="Sepsis in intensive care, hour by hour",
    output="Probability that the onset of sepsis is at most 6 hours ahead, or was at most 6 hours ago",
    hourly=True,
    directions={"hour": 0, **_SEPTIC},
    news5="news5",
    trees=(TreePart(tuple(_SEPTIC), _SEPTIC_TREES, rounds=200, members=2, share=0.5),),
    lines=LinePart(tuple(_SEPTIC), ridge=300.0, share=0.5),
    hour_bends=(0.0, 6.0, 18.0, 36.0, 96.0),
    held_h=10,
)

TARGETS: Final[Mapping[str, Target]] = {target.name: target for target in (_MORTALITY, _SEPSIS)}
"""By name."""
