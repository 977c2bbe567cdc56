"""Which samples there are: a table, to which another one is added as an entry of :data:`SAMPLES`."""

from __future__ import annotations

import difflib
from types import MappingProxyType
from typing import Final

from fyr.errors import UsageError
from fyr.exchange.samples.dicom_entries import BREAST_PLAN, DOSE_REPORTS, LUNG_CT
from fyr.exchange.samples.sample import Archive, Sample, Taken

__all__ = ["SAMPLES", "sample_named"]

_LIFELINES: Final = Archive(
    package="lifelines",
    version="0.30.3",
    file="lifelines-0.30.3-py3-none-any.whl",
    sha256="44802480a28d6cb836c7fea4a54ec0ba220eb31c6d7444589637a8bd66066e8c",
    size=409_055,
)
_SCIKIT_LEARN: Final = Archive(
    package="scikit-learn",
    version="1.9.1",
    file="scikit_learn-1.9.1-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
    sha256="52a0703bbc07ad27f560fa63fa68e4c54dd735bfbbf65b4dd3c225dc7547b6df",
    size=9_315_422,
    tags=(
        "--platform=manylinux_2_28_x86_64",
        "--platform=manylinux_2_27_x86_64",
        "--python-version=3.11",
        "--implementation=cp",
        "--abi=cp311",
    ),
)

_NUCLEUS: Final = {
    "radius": "mean distance from the centre to the outline of the nuclei",
    "texture": "standard deviation of grey levels",
    "perimeter": "length of the outline",
    "area": "area inside the outline",
    "smoothness": "local variation of the radius",
    "compactness": "perimeter squared over area, minus 1",
    "concavity": "how deep the concave parts of the outline are",
    "concave_points": "how much of the outline is concave",
    "symmetry": "symmetry of the outline",
    "fractal_dimension": "coastline approximation, minus 1",
}
_SUMMARY: Final = {
    "mean": "mean over the image's nuclei",
    "error": "standard error over the image's nuclei",
    "worst": "mean of the three largest values",
}
_WDBC_COLUMNS: Final = {
    f"{feature}_{summary}": f"{meaning}: {words}"
    for summary, words in _SUMMARY.items()
    for feature, meaning in _NUCLEUS.items()
}

_GBSG2: Final = Sample(
    name="gbsg2",
    title="GBSG-2: node-positive breast cancer, recurrence-free survival",
    archive=_LIFELINES,
    taken=(
        Taken(
            "lifelines/datasets/gbsg2.csv",
            "table.csv",
            "695954dbed9eaa619f9854f6c945bdccf5b21b12ea3fb46bd28797b9e8284d49",
        ),
    ),
    description=(
        "686 women with node-positive primary breast cancer, treated 1984 to 1989 in the second trial of the German "
        "Breast Cancer Study Group, all with complete data. Old treatment, old pathology, a trial's patients, and no "
        "column for the hospital: good for learning how a model is judged, not for judging it for today's patients."
    ),
    rows=686,
    events=299,
    columns={
        "horTh": "hormone therapy with tamoxifen: yes or no",
        "age": "age in years",
        "menostat": "menopausal status: Pre or Post",
        "tsize": "tumour size in mm",
        "tgrade": "histological grade: I, II or III",
        "pnodes": "number of positive lymph nodes",
        "progrec": "progesterone receptor in fmol/mg",
        "estrec": "oestrogen receptor in fmol/mg",
        "time": "recurrence-free survival in days",
        "cens": "1: recurrence or death was seen, 0: censored",
    },
    outcome="recurrence of the cancer, or death; days of follow-up",
    source="Schumacher et al. 1994; the table was published with Sauerbrei and Royston 1999",
    licence="the package is under the MIT licence; the publishers of the table state none of its own",
    citation=(
        "Schumacher M, Bastert G, Bojar H, et al. J Clin Oncol 1994;12:2086-2093; Sauerbrei W, Royston P. "
        "J R Stat Soc A 1999;162:71-94."
    ),
    mapping="gbsg2.yaml",
)
_LUNG: Final = Sample(
    name="lung",
    title="NCCTG: advanced lung cancer, survival, 18 institutions",
    archive=_LIFELINES,
    taken=(
        Taken(
            "lifelines/datasets/lung.csv",
            "table.csv",
            "16ebd02c38bbb5708186d600cff80ad84d0764974619436f83ba4a605e77eb44",
        ),
    ),
    description=(
        "228 patients with advanced lung cancer of the North Central Cancer Treatment Group, with the doctor's and the "
        "patient's own rating of how well they were. The institution is named by a number: 18 of them, some with two "
        "patients, one patient without. 47 of the patients have no calorie intake and 14 no weight loss written down."
    ),
    rows=228,
    events=165,
    columns={
        "inst": "institution, a number; empty for one patient",
        "time": "survival in days",
        "status": "1: dead, 0: censored",
        "age": "age in years",
        "sex": "1: male, 2: female",
        "ph.ecog": "ECOG performance status as the doctor rated it, 0 to 4",
        "ph.karno": "Karnofsky performance status as the doctor rated it, %",
        "pat.karno": "Karnofsky performance status as the patient rated it, %",
        "meal.cal": "calories at meals, kcal",
        "wt.loss": "weight loss in the last six months, in pounds; below 0: gained",
    },
    outcome="death of any cause; days since entry into the study",
    source="Loprinzi et al. 1994; the table that came with the S and R package survival, status recoded to 0 and 1",
    licence="the package is under the MIT licence; the publishers of the table state none of its own",
    citation="Loprinzi CL, Laurie JA, Wieand HS, et al. J Clin Oncol 1994;12:601-607.",
    mapping="lung.yaml",
)
_ROSSI: Final = Sample(
    name="rossi",
    title="Rossi: arrest after release from prison (no patients)",
    archive=_LIFELINES,
    taken=(
        Taken(
            "lifelines/datasets/rossi.csv",
            "table.csv",
            "0214400170e07f3015a285edca2014cac0dae8aac125fcbaad642490e05f892c",
        ),
    ),
    description=(
        "432 men released from Maryland state prisons in the 1970s and followed for a year; half of them were given "
        "money, by lot. Nobody in it is a patient. Every textbook of survival analysis fits it, so it shows whether a "
        "program's numbers are right."
    ),
    rows=432,
    events=114,
    columns={
        "week": "weeks to the first arrest, or 52",
        "arrest": "1: arrested in the year, 0: not",
        "fin": "1: was given financial aid",
        "age": "age in years at release",
        "race": "1: black, 0: other, in the words of the study",
        "wexp": "1: had worked full time before",
        "mar": "1: was married at release",
        "paro": "1: was released on parole",
        "prio": "number of prior convictions",
    },
    outcome="arrest within a year of release; weeks",
    source="Rossi, Berk and Lenihan 1980, as in Allison 1995 and in the R package carData",
    licence="the package is under the MIT licence; the publishers of the table state none of its own",
    citation="Rossi PH, Berk RA, Lenihan KJ. Money, Work, and Crime. Academic Press 1980.",
    mapping="rossi.yaml",
)
_WDBC: Final = Sample(
    name="wdbc",
    title="Breast cancer Wisconsin (diagnostic): malignant or benign",
    archive=_SCIKIT_LEARN,
    taken=(
        Taken(
            "sklearn/datasets/data/breast_cancer.csv",
            "table.csv",
            "33e9c7f375c304bbf5ad1f3d6291735e39974778121e5695b41923d34a1ff19d",
            header=",".join([*_WDBC_COLUMNS, "benign"]),
        ),
    ),
    description=(
        "569 fine needle aspirates of breast masses, each measured by 30 numbers about its cell nuclei, from one "
        "surgeon's patients in Wisconsin. Almost any method tells the two groups apart (accuracy above 0.95), so a "
        "good result on it says little about a model. In the package's table 0 means malignant and 1 benign."
    ),
    rows=569,
    events=212,
    columns={**_WDBC_COLUMNS, "benign": "0: malignant, 1: benign"},
    outcome="malignant; no time",
    source=(
        "Wolberg, Street and Mangasarian 1995, UCI Machine Learning Repository; the column names are Fyr's, after the "
        "package's description, for its table has none"
    ),
    licence="the package is under the BSD 3-clause licence; the data are under CC BY 4.0 at the repository",
    citation="Street WN, Wolberg WH, Mangasarian OL. Proc SPIE 1993;1905:861-870.",
    mapping="wdbc.yaml",
)

SAMPLES: Final = MappingProxyType(
    {one.name: one for one in (_GBSG2, _LUNG, _ROSSI, _WDBC, BREAST_PLAN, LUNG_CT, DOSE_REPORTS)}
)
"""Every sample by its name."""


def sample_named(name: str) -> Sample:
    """Return a sample.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if name in SAMPLES:
        return SAMPLES[name]
    near = difflib.get_close_matches(name, SAMPLES, n=1)
    mend = f"did you mean '{near[0]}'?" if near else f"use one of {', '.join(SAMPLES)}"
    raise UsageError(f"there is no sample '{name}'", mend=mend)
