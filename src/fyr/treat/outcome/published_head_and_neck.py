"""Published fits for parotid, larynx, swallowing, cochlea and spinal cord, as they stand in the sources that were read.

Parotid: the abstract of Dijkema 2010 (PubMed 20056347). Larynx: the abstract of Rancati 2009. Swallowing: PMC5915347,
table 1. Cochlea: the abstract of Lee 2015 (doi 10.1186/s13014-015-0501-x). Cord: the abstract of Schultheiss 2008
(PubMed
18243570), which gives D50 with its interval, alpha/beta and four points of the curve: the slope k = 18.7 follows from
5 % at 59.3 Gy, and then gives the other three (0.03 % at 45 Gy, 0.2 % at 50 Gy).

Other numbers circulate for the larynx (n 0.45): they are of an earlier fit. These are the paper's own.
"""

from __future__ import annotations

import math
from typing import Final

from fyr.models import ModelInput
from fyr.treat.outcome.parameter_set import Factor, Parameter, ParameterSet, from_standard_error

__all__ = ["HEAD_AND_NECK"]

_CORD_SLOPE: Final = math.log(19) / math.log(69.4 / 59.3)
_RANCATI: Final = (
    "Rancati T, Fiorino C, Sanguineti G. NTCP modeling of subacute/late laryngeal edema scored by fiberoptic "
    "examination. "
    "Int J Radiat Oncol Biol Phys 2009;75:915-923."
)
_LARYNX_COHORT: Final = (
    "48 patients with a larynx free of tumour, 25 of whom had the endpoint; 8 had concurrent chemotherapy."
)
_LEE: Final = (
    "Lee TF, Yeh SA, Chao PJ, et al. Normal tissue complication probability modeling for cochlea constraints to avoid "
    "causing tinnitus after head-and-neck intensity-modulated radiation therapy. Radiat Oncol 2015;10:194."
)
_EARS: Final = "422 inner ears of 211 patients with head and neck cancer after IMRT, 49 of them with the endpoint."
_INDEPENDENT: Final = "the parameters are drawn independently, for no covariance is published"

HEAD_AND_NECK: Final = (
    ParameterSet(
        name="ntcp-parotid-flow-dijkema",
        organ="parotid",
        title="Loss of salivary flow of a parotid gland from its mean dose (Dijkema 2010)",
        endpoint="Stimulated flow of the gland under 25 % of that before, one year after radiotherapy",
        form="lyman",
        parameters={"td50_gy": Parameter(39.9), "m": Parameter(0.40)},
        reduction="mean",
        dose="physical",
        alpha_beta_gy=None,
        fraction_dose_gy=(1.8, 2.2),
        cohort="384 parotid glands of 222 patients of Michigan and Utrecht.",
        citation="Dijkema T, Raaijmakers CPJ, Ten Haken RK, et al. Parotid gland function after radiotherapy: the "
        "combined "
        "Michigan and Utrecht experience. Int J Radiat Oncol Biol Phys 2010;78:449-453.",
        evidence="a fit to the pooled patients of two centres",
        interval_note="no standard error is in the sources that were read, so that no interval is given",
        note="One gland; a patient has two.",
    ),
    ParameterSet(
        name="ntcp-larynx-edema-rancati",
        organ="larynx",
        title="Laryngeal oedema (Rancati 2009, Lyman)",
        endpoint="Laryngeal oedema of RTOG grade 2 or 3 within 15 months",
        form="lyman",
        parameters={
            "td50_gy": from_standard_error(47.3, 2.1),
            "m": from_standard_error(0.23, 0.07, "log"),
            "n": from_standard_error(1.17, 0.6, "log"),
        },
        reduction="gEUD",
        dose="EQD2",
        alpha_beta_gy=3.0,
        fraction_dose_gy=(1.8, 2.2),
        cohort=_LARYNX_COHORT,
        citation=_RANCATI,
        interval_note=_INDEPENDENT,
    ),
    ParameterSet(
        name="ntcp-larynx-edema-rancati-logit",
        organ="larynx",
        title="Laryngeal oedema (Rancati 2009, logit)",
        endpoint="Laryngeal oedema of RTOG grade 2 or 3 within 15 months",
        form="logistic_by_ratio",
        parameters={
            "d50_gy": from_standard_error(46.7, 2.1),
            "k": from_standard_error(7.2, 2.5, "log"),
            "n": from_standard_error(1.41, 0.8, "log"),
        },
        reduction="gEUD",
        dose="EQD2",
        alpha_beta_gy=3.0,
        fraction_dose_gy=(1.8, 2.2),
        cohort=_LARYNX_COHORT,
        citation=_RANCATI,
        interval_note=_INDEPENDENT,
    ),
    ParameterSet(
        name="ntcp-swallowing-liquids-christianen",
        organ="supraglottic_larynx",
        title="Trouble swallowing liquids from the mean dose to the supraglottic larynx (Christianen 2012)",
        endpoint="Moderate to severe trouble with liquids by EORTC QLQ-H&N35, 6 months after radiotherapy",
        form="linear_logistic",
        parameters={"constant": Parameter(-5.98), "per_gy": Parameter(0.074)},
        reduction="mean",
        dose="physical",
        alpha_beta_gy=None,
        fraction_dose_gy=(1.5, 2.0),
        fraction_dose_stated=True,
        cohort="354 patients with head and neck cancer; area under the curve 0.75 (0.68-0.83).",
        factors=(
            Factor(
                ModelInput(
                    "radiation_technique",
                    "Technique",
                    "category",
                    categories=("IMRT", "3D-CRT"),
                    aliases={"VMAT": "IMRT"},
                ),
                {"IMRT": -1.21, "3D-CRT": 0.0},
            ),
        ),
        citation="Christianen MEMC, Schilstra C, Beetz I, et al. Predictive modelling for swallowing dysfunction after "
        "primary (chemo)radiation: results of a prospective observational study. Radiother Oncol 2012;105:107-114.",
        interval_note="intervals are published for the slope (0.030-0.11) and the technique (-2.12 to -0.27), but "
        "none for "
        "the constant, and no covariance; an interval from them alone would be wrong, so that none is given",
    ),
    ParameterSet(
        name="ntcp-cochlea-tinnitus-lee",
        organ="cochlea",
        title="Tinnitus from the mean dose to the cochlea (Lee 2015, Lyman)",
        endpoint="Tinnitus of LENT-SOMA grade 2 or more",
        form="lyman",
        parameters={
            "td50_gy": Parameter(46.52, 41.91, 53.43, "log"),
            "m": Parameter(0.35, 0.30, 0.42, "log"),
        },
        reduction="mean",
        dose="physical",
        alpha_beta_gy=None,
        fraction_dose_gy=(1.8, 2.2),
        cohort=_EARS,
        citation=_LEE,
        interval_note=_INDEPENDENT,
    ),
    ParameterSet(
        name="ntcp-cochlea-tinnitus-lee-logit",
        organ="cochlea",
        title="Tinnitus from the mean dose to the cochlea (Lee 2015, logistic)",
        endpoint="Tinnitus of LENT-SOMA grade 2 or more",
        form="logistic_by_slope",
        parameters={
            "d50_gy": Parameter(46.31, 41.46, 52.50, "log"),
            "gamma50": Parameter(1.27, 1.02, 1.55, "log"),
        },
        reduction="mean",
        dose="physical",
        alpha_beta_gy=None,
        fraction_dose_gy=(1.8, 2.2),
        cohort=_EARS,
        citation=_LEE,
        interval_note=_INDEPENDENT,
        note="Linear in dose, not in its logarithm: that form gives the published dose for 20 %, 33.6 Gy.",
    ),
    ParameterSet(
        name="ntcp-cord-myelopathy-schultheiss",
        organ="spinal_cord",
        title="Myelopathy of the cervical cord (Schultheiss 2008)",
        endpoint="Cervical radiation myelopathy",
        form="logistic_by_ratio",
        parameters={"d50_gy": Parameter(69.4, 66.4, 72.6, "log"), "k": Parameter(_CORD_SLOPE)},
        reduction="maximum",
        dose="EQD2",
        alpha_beta_gy=0.87,
        fraction_dose_gy=(1.8, 2.2),
        cohort="Eight points of five published reports on the cervical cord, corrected for survival; one fraction a "
        "day. The "
        "thoracic cord is less sensitive, and no fit to it was possible.",
        citation="Schultheiss TE. The radiation dose-response of the human spinal cord. Int J Radiat Oncol Biol Phys "
        "2008;71:1455-1459.",
        evidence="a fit to eight points of five published reports",
        interval_note="the interval holds the uncertainty of D50 alone, and is too narrow",
        note="At 45 Gy the curve is extrapolated, as its author says. It overestimates what happens after radiosurgery "
        "with steep gradients (Daly 2012).",
    ),
)
