"""Published fits for lung, oesophagus and breast, as they stand in the sources that were read.

Lung, mean dose: the abstract of Seppenwoolde 2003 (PubMed 12573760), and AVIPlanner's parameter table (TD50 30.8, m
0.37, n 0.99). Lung with risk factors: the abstract of Appelt 2014 (doi 10.3109/0284186X.2013.820341) for D50 and
gamma50
with their intervals, pyCERR's model file for the odds ratios to two digits, which round to those in the abstract of
Vogelius & Bentzen 2012; CERR's `appeltMod` for the way they enter. Oesophagus: CERR's and pyCERR's model files of Huang
2012. Breast: the abstract of Mukesh 2013 (PubMed 23953408).

QUANTEC's logistic fit to the pooled series: three programs that quote the review (a study of imaging dose with both
coefficients and TD50 with their intervals, and two that were written from it) agree in b0 -3.87 (-4.49 to -3.33), b1
0.126 (0.100 to 0.153) per Gy and TD50 30.75 (28.7 to 33.9) Gy; one adds gamma50 0.969, which is -b0/4 to rounding.

Not to be confused: (30.8 Gy, 0.37) is Seppenwoolde's fit to 382 patients, with a probit; QUANTEC's is a logit.
"""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Final

from fyr.models import ModelInput
from fyr.treat.outcome.parameter_set import Factor, Parameter, ParameterSet

__all__ = ["THORAX"]


def _yes_or_no(name: str, title: str, odds_ratio: float) -> Factor:
    shift = MappingProxyType({"true": math.log(odds_ratio), "false": 0.0})
    return Factor(ModelInput(name, title, "boolean"), shift)


_SMOKING: Final = Factor(
    ModelInput("smoking_status", "Smoking", "category", categories=("never", "former", "current")),
    {"never": 0.0, "former": math.log(0.69), "current": math.log(0.62)},
)

THORAX: Final = (
    ParameterSet(
        name="ntcp-lung-pneumonitis-seppenwoolde",
        organ="lungs",
        title="Radiation pneumonitis from the mean lung dose (Seppenwoolde 2003)",
        endpoint="Radiation pneumonitis by SWOG criteria",
        form="lyman",
        parameters={"td50_gy": Parameter(30.8), "m": Parameter(0.37)},
        reduction="mean",
        dose="EQD2",
        alpha_beta_gy=None,
        fraction_dose_gy=(1.8, 2.5),
        cohort="382 patients of two centres with breast cancer, lymphoma or inoperable lung cancer; both lungs as "
        "one organ.",
        citation="Seppenwoolde Y, Lebesque JV, de Jaeger K, et al. Comparing different NTCP models that predict the "
        "incidence of radiation pneumonitis. Int J Radiat Oncol Biol Phys 2003;55:724-735.",
        interval_note="no standard error is in the sources that were read, so that no interval is given",
        note="The histograms of the fit were corrected for fraction dose; with which alpha/beta is not in the sources "
        "that were read, so that the user gives it.",
    ),
    ParameterSet(
        name="ntcp-lung-pneumonitis-quantec",
        organ="lungs",
        title="Symptomatic pneumonitis from the mean lung dose (QUANTEC 2010)",
        endpoint="Symptomatic radiation pneumonitis",
        form="logistic_by_slope",
        parameters={
            "d50_gy": Parameter(3.87 / 0.126, 28.7, 33.9, "log"),
            "gamma50": Parameter(3.87 / 4, 3.33 / 4, 4.49 / 4, "log"),
        },
        reduction="mean",
        dose="physical",
        alpha_beta_gy=None,
        fraction_dose_gy=(1.8, 2.2),
        cohort="Published series of symptomatic pneumonitis after conventional fractions, pooled by mean lung dose.",
        citation="Marks LB, Bentzen SM, Deasy JO, et al. Radiation dose-volume effects in the lung. Int J Radiat Oncol "
        "Biol Phys 2010;76(3 Suppl):S70-S76.",
        evidence="a pooled analysis of published series, which did not agree with each other",
        interval_note="b0 and b1 are too dependent to be drawn apart, and their covariance is not published: drawn are "
        "D50 = -b0/b1 with its own interval, and gamma50 = -b0/4 with that of b0",
        note="logit NTCP = -3.87 + 0.126 MLD. The series did not agree: later cohorts found higher risks.",
    ),
    ParameterSet(
        name="ntcp-lung-pneumonitis-appelt",
        organ="lungs",
        title="Symptomatic radiation pneumonitis from the mean lung dose and risk factors (Appelt 2014)",
        endpoint="Symptomatic radiation pneumonitis",
        form="logistic_by_slope",
        parameters={
            "d50_gy": Parameter(34.4, 30.7, 38.9, "log"),
            "gamma50": Parameter(1.19, 1.00, 1.43, "log"),
        },
        reduction="mean",
        dose="physical",
        alpha_beta_gy=None,
        fraction_dose_gy=(1.8, 2.5),
        cohort="The QUANTEC series of symptomatic pneumonitis, adjusted for the prevalence of risk factors; tried in "
        "103 "
        "patients of one hospital. D50 and gamma50 are those of a patient without any of the factors who never smoked.",
        factors=(
            _yes_or_no("age_above_63", "Older than 63 years", 1.66),
            _yes_or_no("pulmonary_comorbidity", "Pulmonary comorbidity", 2.27),
            _yes_or_no("lower_or_middle_lobe", "Tumour in the lower or middle part of the lung", 1.87),
            _yes_or_no("sequential_chemotherapy", "Sequential chemotherapy", 1.60),
            _SMOKING,
        ),
        citation="Appelt AL, Vogelius IR, Farr KP, Khalil AA, Bentzen SM. Towards individualized dose constraints: "
        "adjusting the QUANTEC radiation pneumonitis model for clinical risk factors. Acta Oncol 2014;53:605-612. Odds "
        "ratios: Vogelius IR, Bentzen SM. Acta Oncol 2012;51:975-983.",
        evidence="a pooled analysis, adjusted; tried by its authors in 103 patients of one hospital",
        interval_note="the interval holds the uncertainty of D50 and gamma50, not that of the odds ratios",
        note="Smoking lowers the risk in the data; that is no reason to smoke. Sequential chemotherapy stands for "
        "confounding by selection, as its authors say.",
    ),
    ParameterSet(
        name="ntcp-esophagus-esophagitis-huang",
        organ="esophagus",
        title="Acute oesophagitis from the mean dose and concurrent chemotherapy (Huang 2012)",
        endpoint="Acute oesophagitis of grade 2 or more",
        form="linear_logistic",
        parameters={"constant": Parameter(-3.13), "per_gy": Parameter(0.0688)},
        reduction="mean",
        dose="physical",
        alpha_beta_gy=None,
        fraction_dose_gy=(1.8, 2.2),
        cohort="Patients with lung cancer of Washington University and of the trial RTOG 93-11.",
        factors=(
            Factor(
                ModelInput("concurrent_chemotherapy", "Concurrent chemotherapy", "boolean"),
                {"true": 1.50, "false": 0.0},
            ),
        ),
        citation="Huang EX, Bradley JD, El Naqa I, et al. Modeling the risk of radiation-induced acute esophagitis for "
        "combined Washington University and RTOG trial 93-11 lung cancer patients. Int J Radiat Oncol Biol Phys "
        "2012;82:1674-1679.",
        interval_note="no standard error is in the sources that were read, so that no interval is given",
    ),
    ParameterSet(
        name="ntcp-breast-fibrosis-mukesh",
        organ="breast",
        title="Moderate or severe fibrosis of the breast (Mukesh 2013)",
        endpoint="Moderate or severe breast fibrosis, 5 years (Cambridge) and 10 years (EORTC) after radiotherapy",
        form="lyman",
        parameters={"td50_gy": Parameter(132.0), "m": Parameter(0.35), "n": Parameter(0.012)},
        reduction="gEUD",
        dose="BED",
        alpha_beta_gy=3.0,
        fraction_dose_gy=(1.8, 3.3),
        cohort="5,856 patients of the Cambridge and EORTC boost trials; predictions agreed with 1,410 of "
        "START-pilot. The "
        "histogram of the fit had two parts: the boosted volume and the rest of the breast.",
        citation="Mukesh MB, Harris E, Collette S, et al. Normal tissue complication probability (NTCP) parameters for "
        "breast fibrosis: pooled results from two randomised trials. Radiother Oncol 2013;108:293-298.",
        evidence="pooled patients of two randomised trials; tried by its authors in 1,410 patients of a third",
        interval_note="no standard error is in the sources that were read, so that no interval is given",
        note="TD50 is a BED with alpha/beta 3 Gy: 132 Gy of BED are 79 Gy in 2 Gy fractions.",
        dose_range_gy=(0.0, 250.0),
    ),
)
