"""Published dose responses of tumours, as they stand in the sources that were read.

Rectal cancer: the abstract of Appelt 2013 (PMC3539741, and two copies). Prostate: the abstract of Trada 2013 (doi
10.1111/1754-9485.12008), which also gives control at 78 Gy: 90.3 and 84.3 %; a logistic curve of the dose through
TCD50 with
the stated slope gives 89.9 and 84.6 %.
"""

from __future__ import annotations

from typing import Final

from fyr.treat.outcome.parameter_set import Parameter, ParameterSet

__all__ = ["TUMOURS"]


def _rectum(name: str, words: str, endpoint: str, d50_gy: Parameter, gamma50: Parameter) -> ParameterSet:
    return ParameterSet(
        name=name,
        organ="rectal_cancer",
        title=f"{words} of rectal cancer to preoperative chemoradiotherapy (Appelt 2013)",
        endpoint=endpoint,
        form="logistic_by_slope",
        parameters={"d50_gy": d50_gy, "gamma50": gamma50},
        reduction="mean",
        dose="physical",
        alpha_beta_gy=None,
        fraction_dose_gy=(1.8, 2.0),
        dose_range_gy=(50.4, 70.0),
        dose_range_stated=True,
        cohort="222 patients with locally advanced rectal cancer, external beam and brachytherapy, consistent "
        "chemotherapy; "
        "tumour size and nodal category changed the curve and are not in this one.",
        citation="Appelt AL, Ploeen J, Vogelius IR, Bentzen SM, Jakobsen A. Radiation dose-response model for "
        "locally advanced "
        "rectal cancer after preoperative chemoradiation therapy. Int J Radiat Oncol Biol Phys 2013;85:74-80.",
        interval_note="the parameters are drawn independently, for no covariance is published",
        note="Regression in the specimen, not local control.",
        effect="control",
    )


def _prostate(risk: str, tcd50_gy: float, per_gy: float) -> ParameterSet:
    return ParameterSet(
        name=f"tcp-prostate-{risk}-risk-trada",
        organ=f"prostate_cancer_{risk}_risk",
        title=f"Freedom from biochemical failure, {risk}-risk prostate cancer (Trada 2013)",
        endpoint="Freedom from biochemical failure at 5 years (Phoenix)",
        form="logistic_by_slope",
        parameters={"d50_gy": Parameter(tcd50_gy), "gamma50": Parameter(round(per_gy * tcd50_gy, 4))},
        reduction="mean",
        dose="physical",
        alpha_beta_gy=None,
        fraction_dose_gy=(1.8, 2.0),
        fraction_dose_stated=True,
        cohort="Eight studies with 3,037 patients of low and intermediate risk, radiotherapy alone, without hormones.",
        citation="Trada Y, Plank A, Martin J. Defining a dose-response relationship for prostate external beam "
        "radiotherapy. J "
        "Med Imaging Radiat Oncol 2013;57:237-246.",
        evidence="a pooled analysis of eight published studies",
        interval_note="no standard error is in the sources that were read, so that no interval is given",
        note=f"gamma50 is the published slope, {100 * per_gy:g} % for each Gy, times TCD50.",
        effect="control",
    )


TUMOURS: Final = (
    _rectum(
        "tcp-rectum-complete-response-appelt",
        "Complete response",
        "Complete regression in the specimen (TRG1)",
        Parameter(92.0, 79.3, 144.9, "log"),
        Parameter(0.982, 0.533, 1.429),
    ),
    _rectum(
        "tcp-rectum-major-response-appelt",
        "Major response",
        "Complete or major regression in the specimen (TRG1-2)",
        Parameter(72.1, 65.3, 94.0, "log"),
        Parameter(0.770, 0.338, 1.201),
    ),
    _prostate("low", 52.0, 0.021),
    _prostate("intermediate", 64.7, 0.032),
)
