"""Facts about a breast cancer: the tumour, its receptors, what is planned against it."""

from __future__ import annotations

from typing import Final

from fyr.record.clinical_fact import ClinicalFact

__all__ = ["BREAST"]

_RECEPTOR: Final = {"positive": "true", "negative": "false", "pos": "true", "neg": "false"}

BREAST: Final = (
    ClinicalFact(
        "tumour_size_mm",
        "Largest diameter of the invasive tumour",
        "number",
        "mm",
        "loinc:21889-1",
        low=0,
        high=500,
        also=("loinc:33728-7",),
    ),
    ClinicalFact("positive_nodes", "Positive regional lymph nodes", "integer", "1", "loinc:21893-3", low=0, high=100),
    ClinicalFact("nodes_examined", "Examined regional lymph nodes", "integer", "1", "loinc:21894-1", low=0, high=100),
    ClinicalFact(
        "grade",
        "Histological grade",
        "integer",
        "1",
        low=1,
        high=3,
        meaning="Nottingham grade 1 to 3 (Elston and Ellis 1991), not the sum of its scores (3 to 9).",
    ),
    ClinicalFact("tubule_score", "Nottingham score of tubule formation", "integer", "1", low=1, high=3),
    ClinicalFact("nuclear_score", "Nottingham score of nuclear pleomorphism", "integer", "1", low=1, high=3),
    ClinicalFact("mitotic_score", "Nottingham score of mitoses", "integer", "1", low=1, high=3),
    ClinicalFact(
        "er_positive",
        "Oestrogen receptor positive",
        "boolean",
        code="loinc:85337-4",
        also=("loinc:16112-5", "loinc:40556-3"),
        aliases=_RECEPTOR,
        meaning="1 % of the nuclei or more (ASCO/CAP 2020).",
    ),
    ClinicalFact(
        "pr_positive",
        "Progesterone receptor positive",
        "boolean",
        code="loinc:85339-0",
        also=("loinc:16113-3", "loinc:40557-1"),
        aliases=_RECEPTOR,
        meaning="1 % of the nuclei or more (ASCO/CAP 2020).",
    ),
    ClinicalFact("er_percent", "Nuclei with oestrogen receptor", "number", "%", "loinc:85329-1", low=0, high=100),
    ClinicalFact("pr_percent", "Nuclei with progesterone receptor", "number", "%", "loinc:85325-9", low=0, high=100),
    ClinicalFact("er_h_score", "H-score of the oestrogen receptor", "number", "{score}", low=0, high=300),
    ClinicalFact("pr_h_score", "H-score of the progesterone receptor", "number", "{score}", low=0, high=300),
    ClinicalFact("er_allred", "Allred score of the oestrogen receptor", "integer", "{score}", low=0, high=8),
    ClinicalFact("pr_allred", "Allred score of the progesterone receptor", "integer", "{score}", low=0, high=8),
    ClinicalFact(
        "her2_status",
        "HER2 status",
        "category",
        code="loinc:48676-1",
        categories=("negative", "positive", "equivocal"),
        aliases={
            "neg": "negative",
            "pos": "positive",
            "0": "negative",
            "1+": "negative",
            "2+": "equivocal",
            "3+": "positive",
            "2+/ish-": "negative",
            "2+/ish+": "positive",
        },
        meaning="Equivocal is IHC 2+ without in-situ hybridisation: nothing follows from it but the next test.",
    ),
    ClinicalFact(
        "her2_ihc",
        "HER2 by immunohistochemistry",
        "category",
        code="loinc:85319-2",
        categories=("0", "1+", "2+", "3+"),
        aliases={"1": "1+", "2": "2+", "3": "3+"},
    ),
    ClinicalFact(
        "her2_ish",
        "HER2 by in-situ hybridisation",
        "category",
        code="loinc:85318-4",
        categories=("positive", "negative"),
        aliases={"amplified": "positive", "not amplified": "negative", "pos": "positive", "neg": "negative"},
    ),
    ClinicalFact(
        "her2_low",
        "HER2-low",
        "boolean",
        meaning="IHC 1+, or 2+ with a negative in-situ hybridisation (DESTINY-Breast04; ASCO/CAP 2023 keeps the "
        "words negative and positive and asks for the score to be reported).",
    ),
    ClinicalFact("ki67_percent", "Ki67 labelling index", "number", "%", "loinc:85330-9", low=0, high=100),
    ClinicalFact(
        "ki67_positive",
        "Ki67 high",
        "boolean",
        aliases=_RECEPTOR,
        meaning="At the cut that the model names; PREDICT Breast: more than 10 %.",
    ),
    ClinicalFact(
        "screen_detected",
        "Found by screening",
        "boolean",
        aliases={"screening": "true", "symptomatic": "false", "clinical": "false"},
    ),
    ClinicalFact(
        "menopausal_status",
        "Menopausal status",
        "category",
        categories=("pre", "post"),
        aliases={"premenopausal": "pre", "postmenopausal": "post"},
    ),
    ClinicalFact("micrometastases", "Nodal metastases of 0.2 to 2 mm only", "boolean"),
    ClinicalFact("tumour_bed_length_mm", "Tumour bed, longest diameter", "number", "mm", low=0, high=500),
    ClinicalFact("tumour_bed_width_mm", "Tumour bed, second diameter", "number", "mm", low=0, high=500),
    ClinicalFact("cellularity_percent", "Cancer cellularity of the tumour bed", "number", "%", low=0, high=100),
    ClinicalFact("in_situ_percent", "Share of the cancer that is in situ", "number", "%", low=0, high=100),
    ClinicalFact("largest_metastasis_mm", "Largest nodal metastasis", "number", "mm", low=0, high=200),
    ClinicalFact("hormone_therapy", "Hormone treatment planned", "boolean"),
    ClinicalFact(
        "chemotherapy_generation",
        "Generation of the planned chemotherapy",
        "integer",
        "1",
        low=0,
        high=3,
        meaning="0 none, 2 an anthracycline, 3 a taxane (PREDICT Breast).",
    ),
    ClinicalFact("trastuzumab", "Trastuzumab planned", "boolean"),
    ClinicalFact("bisphosphonates", "Bisphosphonates planned", "boolean"),
    ClinicalFact("radiotherapy", "Radiotherapy planned", "boolean"),
    ClinicalFact("heart_dose_gy", "Mean dose to the heart", "number", "Gy", low=0, high=80),
)
