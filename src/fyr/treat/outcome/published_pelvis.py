"""Published fits for rectum and bladder, as they stand in the sources that were read.

Rectum: the abstract of Michalski 2010 (doi 10.1016/j.ijrobp.2009.03.078), and CERR's and pyCERR's model files (76.9,
0.13,
0.09, alpha/beta 3). Bladder: the abstract of Mavroidis 2018 (doi 10.1186/s13014-018-0961-x).
"""

from __future__ import annotations

from typing import Final

from fyr.treat.outcome.parameter_set import Parameter, ParameterSet

__all__ = ["PELVIS"]


def _bladder(symptom: str, words: str, td50_gy: float, m: float, n: float) -> ParameterSet:
    return ParameterSet(
        name=f"ntcp-bladder-{symptom}-mavroidis",
        organ="bladder",
        title=f"Acute urinary {words} after prostatectomy (Mavroidis 2018)",
        endpoint=f"Worse {words} by two levels or more, reported by the patient (PCSI), at any time during "
        f"radiotherapy",
        form="lyman",
        parameters={"td50_gy": Parameter(td50_gy), "m": Parameter(m), "n": Parameter(n)},
        reduction="gEUD",
        dose="physical",
        alpha_beta_gy=None,
        fraction_dose_gy=(1.8, 2.0),
        cohort="93 patients, IMRT of the prostate bed; areas under the curve 0.58 to 0.66.",
        citation="Mavroidis P, Pearlstein KA, Dooley J, et al. Fitting NTCP models to bladder doses and acute urinary "
        "symptoms during post-prostatectomy radiotherapy. Radiat Oncol 2018;13:17.",
        interval_note="no standard error is in the sources that were read, so that no interval is given",
        note="An acute endpoint; late toxicity of the bladder has no fit that could be verified.",
    )


PELVIS: Final = (
    ParameterSet(
        name="ntcp-rectum-bleeding-quantec",
        organ="rectum",
        title="Late rectal toxicity or bleeding (QUANTEC 2010)",
        endpoint="Late rectal toxicity of grade 2 or more, or rectal bleeding",
        form="lyman",
        parameters={
            "td50_gy": Parameter(76.9, 73.7, 80.1, "log"),
            "m": Parameter(0.13, 0.10, 0.17, "log"),
            "n": Parameter(0.09, 0.04, 0.14),
        },
        reduction="gEUD",
        dose="EQD2",
        alpha_beta_gy=3.0,
        fraction_dose_gy=(1.8, 2.2),
        cohort="Four clinical series of three-dimensional conformal radiotherapy for prostate cancer, most of them "
        "dose "
        "escalation; IMRT and protons give other distributions and may need other numbers, as the authors say.",
        citation="Michalski JM, Gay H, Jackson A, Tucker SL, Deasy JO. Radiation dose-volume effects in "
        "radiation-induced "
        "rectal injury. Int J Radiat Oncol Biol Phys 2010;76(3 Suppl):S123-S129.",
        evidence="a pooled analysis of four published series",
        interval_note="the parameters are drawn independently, for no covariance is published",
    ),
    _bladder("urgency", "urgency", 64.2, 0.50, 1.0),
    _bladder("incontinence", "leakage", 95.0, 0.45, 0.50),
    _bladder("frequency", "frequency", 83.1, 0.56, 1.0),
    _bladder("nocturia", "nocturia", 85.4, 0.60, 1.0),
)
