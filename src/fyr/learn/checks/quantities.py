"""What is measured, in which units, how large it is among patients and what is possible at all.

``typical`` is where the median of a cohort of patients lies, whatever their disease; ``possible`` is where a single
patient can be. Both are wide on purpose: a check that cries at every sick patient is turned off. Where Fyr has a
clinical fact (:mod:`fyr.record.clinical`) its bounds are the possible ones. Others:

- Laboratory values: reference intervals of adults of NORIP, the Nordic reference interval project (Rustad et al., Scand
  J Clin Lab Invest 2004;64:271-284), widened to what is survivable.
- Temperature, blood pressure, pulse, breaths, oxygen: the bands of the Royal College of Physicians (NEWS2, 2017),
  widened to what is survivable.
- Conversion: molar masses of glucose 180.16, creatinine 113.12, cholesterol 386.65, bilirubin 584.66 g/mol, haemoglobin
  (as monomer) 16 114 g/mol; 1 kPa = 7.50062 mmHg.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from fyr.learn.checks.column import Column
from fyr.learn.checks.names import has_word
from fyr.record.clinical import FACTS

__all__ = ["QUANTITIES", "Band", "Quantity", "quantity_of"]


@dataclass(frozen=True, slots=True)
class Band:
    """Of one unit: where medians lie, and what is possible."""

    typical: tuple[float, float]
    possible: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something that is measured.

    Parameters
    ----------
    name : str
    pattern : str
        The words of a column's name that mean it, in English, Danish, Norwegian and Swedish (without accents).
    but_not : str
        Words with which it means something else.
    bands : mapping of str to Band
        By unit (UCUM), the likeliest first.
    fewest_levels : int
        With fewer different values the column is a code, not a measurement.
    zero : bool
        Whether 0 is a value that a patient can have.
    """

    name: str
    pattern: str
    bands: Mapping[str, Band]
    but_not: str = ""
    fewest_levels: int = 9
    zero: bool = False

    def shifted(self, median: float) -> bool:
        """Tell whether a median is typical but for its decimal point, by one to three places."""
        return any(self.unit_for(median * 10.0**places) is not None for places in (-3, -2, -1, 1, 2, 3))

    def unit_for(self, median: float) -> str | None:
        """Return the unit in which a median is typical; the likeliest where several fit."""
        return next((unit for unit, band in self.bands.items() if band.typical[0] <= median <= band.typical[1]), None)


def _fact(name: str) -> tuple[float, float]:
    fact = FACTS[name]
    if fact.low is None or fact.high is None:
        raise TypeError(f"{name} has no range")
    return fact.low, fact.high


def _scaled(name: str, factor: float) -> tuple[float, float]:
    low, high = _fact(name)
    return low * factor, high * factor


_CHANGE: Final = (
    r"loss|gain|change|delta|diff\w*|tab|endring|group|band|cat\w*|class|gruppe|grupp|log|ln|sqrt|score|z|zscore|sds|std|"
    r"ratio|points?|index|percentile|flag|high|low|bin|coded?|level|missing|date|stage|t|square|squared|category|num(?:ber)?|"
    r"slope|sd|cv|range|interaction|error|se|worst error|variability|intervention|risk"
)
_B = Band

QUANTITIES: Final = (
    Quantity(
        "age",
        r"age|alder|ages|alderen|age years|age at \w+|alder ved \w+|alder vid \w+",
        {"a": _B((1, 95), _fact("age")), "d": _B((400, 34000), (0, 45000)), "mo": _B((96, 1100), (0, 1500))},
        _CHANGE + r"|first|menarche|gestational|of|last|bone|gest|squared|birth",
        zero=True,
    ),
    Quantity(
        "albumin",
        r"albumin|alb|p albumin|s albumin|albu|serum albumin",
        {"g/L": _B((20, 55), (8, 75)), "g/dL": _B((2, 5.5), (0.8, 7.5)), "umol/L": _B((300, 800), (100, 1100))},
        _CHANGE + r"|urine?|globulin|creatinine|u|microalbumin|ratio",
    ),
    Quantity(
        "haemoglobin",
        r"ha?emoglobin|hgb|hb|hemo|haemoglobin|b hb|b hemoglobin",
        {"g/dL": _B((7, 18), (2, 26)), "g/L": _B((70, 180), (20, 260)), "mmol/L": _B((4.5, 11), (1.2, 16))},
        _CHANGE + r"|a1c|glyc\w*|mean|corpuscular|mch|mchc|free|reticulocyte|f|s|electrophoresis",
    ),
    Quantity(
        "creatinine",
        r"creatinine|creat|crea|kreatinin|scr|p kreatinin|s kreatinin|serum creatinine",
        {"umol/L": _B((35, 400), (8, 3500)), "mg/dL": _B((0.4, 4.5), (0.09, 40))},
        _CHANGE + r"|clearance|kinase|phospho\w*|urine?|u|crcl|albumin|complete|protein",
    ),
    Quantity(
        "glucose",
        r"glucose|glukose|glukos|gluc|glu|blodsukker|blodsocker|fasting glucose|fpg|glc|plasma glucose",
        {"mmol/L": _B((3.3, 18), (0.3, 85)), "mg/dL": _B((60, 320), (15, 1600))},
        _CHANGE + r"|transporter|urine?|tolerance",
    ),
    Quantity(
        "cholesterol",
        r"cholesterol|chol|kolesterol|total cholesterol|totchol|tchol|serum cholesterol",
        {"mmol/L": _B((2.5, 9), (0.5, 40)), "mg/dL": _B((100, 380), (20, 1800))},
        _CHANGE + r"|hdl|ldl|vldl|medication",
    ),
    Quantity(
        "bilirubin",
        r"bilirubin|bili|total bilirubin|p bilirubin|s bilirubin",
        {"umol/L": _B((3, 150), _fact("bilirubin_umol_l")), "mg/dL": _B((0.15, 6), (0, 120))},
        _CHANGE + r"|dir|direct|conjugated|indirect|urine?",
        zero=True,
    ),
    Quantity(
        "potassium",
        r"potassium|kalium|p kalium|serum potassium|s kalium",
        {"mmol/L": _B((3, 5.6), (1, 12))},
        _CHANGE + r"|urine?",
    ),
    Quantity(
        "calcium",
        r"calcium|ca|kalsium|kalcium|p calcium|s calcium|serum calcium",
        {"mmol/L": _B((1.7, 3.2), (0.8, 5)), "mg/dL": _B((7, 12.5), (5.1, 20))},
        _CHANGE + r"|urine?|score|coronary|channel|intake|ionised|ionized|diet\w*",
    ),
    Quantity(
        "sodium",
        r"sodium|natrium|p natrium|serum sodium|s natrium",
        {"mmol/L": _B((125, 150), (90, 200))},
        _CHANGE + r"|urine?|intake|diet\w*|excretion",
    ),
    Quantity(
        "height",
        r"height|hojde|hoyde|langd|body height|hgt|ht cm|ht|height cm|kroppslangd|legemshojde|hojd|stature",
        {
            "cm": _B((45, 200), _fact("height_cm")),
            "m": _B((0.45, 2.0), _scaled("height_cm", 0.01)),
            "[in_i]": _B((20, 80), (12, 102)),
            "mm": _B((450, 2000), (300, 2600)),
        },
        _CHANGE + r"|tree|plant|fundal|sitting|tumou?r|nuclear|father|mother|parent\w*|block|curtain",
    ),
    Quantity(
        "weight",
        r"weight|vaegt|vekt|vikt|body weight|wgt|wt kg|weight kg|kroppsvikt|kroppsvekt|legemsvaegt|bodyweight",
        {
            "kg": _B((2, 160), _fact("weight_kg")),
            "[lb_av]": _B((90, 350), (0.6, 1100)),
            "g": _B((500, 160000), (300, 500000)),
        },
        _CHANGE + r"|case|sampling|sample|ipw|iptw|survey|inverse|probability|birth|heart|lung|liver|final|prior|ideal|"
        r"excess|weighting|event|organ|prostate|placenta|mother|molecular|diet|low",
        fewest_levels=12,
    ),
    Quantity(
        "bmi",
        r"bmi|body mass index|kmi|quetelet",
        {"kg/m2": _B((12, 50), _fact("body_mass_index"))},
        _CHANGE.replace("|index", ""),
    ),
    Quantity(
        "temperature",
        r"temperature|temperatur|temp|body temp(?:erature)?|tmp|kropstemperatur|kroppstemperatur|tempc|tempf",
        {"Cel": _B((35, 40.5), (20, 46)), "[degF]": _B((95, 105), (68, 115)), "K": _B((308, 314), (293, 319))},
        _CHANGE + r"|storage|room|ambient|skin|outside",
        fewest_levels=5,
    ),
    Quantity(
        "systolic pressure",
        r"sbp|systolic(?: blood pressure| bp| pressure)?|systolisk(?: blodtrykk?| blodtryck)?|sysbp|sys bp|bp sys|sap|"
        r"trestbps|resting blood pressure|sbt|blood pressure systolic|bps",
        {"mm[Hg]": _B((80, 200), (20, 370)), "kPa": _B((10.5, 27), (2.5, 50)), "cm[Hg]": _B((8, 20), (2, 37))},
        _CHANGE,
    ),
    Quantity(
        "diastolic pressure",
        r"dbp|diastolic(?: blood pressure| bp| pressure)?|diastolisk(?: blodtrykk?| blodtryck)?|diabp|"
        r"dia bp|bp dia|diasbp|"
        r"dbt|blood pressure diastolic|bpd",
        {"mm[Hg]": _B((40, 120), (5, 260)), "kPa": _B((5, 16), (0.6, 35))},
        _CHANGE,
    ),
    Quantity(
        "heart rate",
        r"heart ?rate|pulse(?: rate)?|puls|hjertefrekvens|hjartfrekvens|hjertefrekvens|heartrate|thalach",
        {"/min": _B((45, 190), (10, 400))},
        _CHANGE + r"|ox\w*|pressure|dose|width",
    ),
    Quantity(
        "oxygen saturation",
        r"spo2|sao2|o2 ?sat(?:uration)?|oxygen saturation|saturation|o2sat|saturasjon|iltmaetning|syremattnad|sats",
        {"%": _B((80, 100), (10, 100)), "1": _B((0.8, 1.0), (0.1, 1.0))},
        _CHANGE + r"|transferrin|iron|central|venous|target",
        fewest_levels=5,
    ),
    Quantity(
        "respiratory rate",
        r"respiratory rate|resp(?:iration)? ?rate|breath\w* rate|respirasjonsfrekvens|respirationsfrekvens|"
        r"andningsfrekvens",
        {"/min": _B((8, 45), (0, 130))},
        _CHANGE,
        fewest_levels=6,
        zero=True,
    ),
    Quantity(
        "tumour size",
        r"tumou?r (?:size|diameter)(?: \w+)?|tumou?rsize|size of tumou?r|tumou?rsi?ze?|tsize|"
        r"tumorstorrelse|tumorstorlek|tumorstr|tumorstorlek|"
        r"lesion (?:size|diameter)|nodule (?:size|diameter)(?: \w+)?|storrelse|size (?:mm|cm)|"
        r"svulststorrelse|tumor diameter|"
        r"pathological size|path(?:ology)? ?size|invasive size|diameter (?:mm|cm)|nodule mean diameter(?: \w+)?",
        {"mm": _B((6.5, 130), _fact("tumour_size_mm")), "cm": _B((0.4, 13), _scaled("tumour_size_mm", 0.1))},
        _CHANGE + r"|t|nodes?|lymph",
        zero=True,
    ),
    Quantity(
        "nlr",
        r"nlr|neutrophil(?:s)? (?:to )?lymphocytes?(?: ratio)?",
        {"1": _B((0.7, 30), _fact("nlr"))},
        r"log|ln|group|high|low",
        zero=True,
    ),
    Quantity(
        "tmb",
        r"tmb|tumou?r mutational burden|mutational burden",
        {"1": _B((0.2, 70), _fact("tmb_mut_mb"))},
        r"log|ln|high|low|status",
        zero=True,
    ),
    Quantity(
        "leukocytes",
        r"leukocytes|leucocytes|leukocytter|leukocyter|wbc|white blood cells?(?: count)?|lpk|wcc|"
        r"hvite blodceller|vita blodkroppar",
        {"10*9/L": _B((2, 60), _fact("leukocytes_e9_l")), "/uL": _B((2000, 60000), (10, 1e6))},
        _CHANGE + r"|urine?",
        zero=True,
    ),
    Quantity(
        "neutrophils",
        r"neutrophils|neutrophil count|neutrofile?(?: granulocytter)?|anc|neutrofila|absolute neutrophils?(?: count)?",
        {
            "10*9/L": _B((0.8, 25), _fact("neutrophils_e9_l")),
            "/uL": _B((800, 25000), (0, 5e5)),
            "%": _B((30, 95), (0, 100)),
        },
        _CHANGE,
        zero=True,
    ),
    Quantity(
        "lymphocytes",
        r"lymphocytes|lymphocyte count|lymfocytter|lymfocyter|alc|absolute lymphocytes?(?: count)?",
        {
            "10*9/L": _B((0.3, 9), _fact("lymphocytes_e9_l")),
            "/uL": _B((300, 9000), (0, 1e6)),
            "%": _B((9.5, 60), (0, 100)),
        },
        _CHANGE,
        zero=True,
    ),
    Quantity(
        "platelets",
        r"platelets?(?: count)?|plt|trombocytter|trombocyter|thrombocytes|tpk|blodplader|blodplater",
        {"10*9/L": _B((50, 600), (1, 5000)), "/uL": _B((50000, 600000), (1000, 5e6))},
        _CHANGE + r"|volume|width",
    ),
    Quantity(
        "ldh",
        r"ldh|lactate dehydrogenase|laktatdehydrogenase|ld",
        {"U/L": _B((80, 1500), _fact("ldh_u_l")), "ukat/L": _B((1.2, 25), (0.02, 850))},
        _CHANGE + r"|upper|uln",
    ),
    Quantity(
        "ph",
        r"ph|arterial ph|blood ph|ph arterial",
        {"1": _B((4.5, 8.2), (4, 9))},
        _CHANGE + r"|urine?|gastric|ecog|karno",
        fewest_levels=6,
    ),
    Quantity(
        "hba1c",
        r"hba1c|hb a1c|a1c|glycated ha?emoglobin|langtidsblodsukker",
        {"%": _B((4, 14), (2.5, 22)), "mmol/mol": _B((20, 130), (3, 220))},
        _CHANGE,
    ),
    Quantity(
        "karnofsky",
        r"karnofsky(?: performance)?(?: status| score| index)?|kps|karno|ph karno|pat karno",
        {"1": _B((40, 100), _fact("karnofsky_performance_status"))},
        r"group|band|low|high|date",
        fewest_levels=4,
        zero=True,
    ),
    Quantity(
        "ecog",
        r"ecog(?: ps| performance status| status)?|ph ecog|who ps|performance status|"
        r"ecog performance status|who performance status",
        {"1": _B((0, 3), (0, 5))},
        r"group|date|karno\w*",
        fewest_levels=3,
        zero=True,
    ),
    Quantity(
        "positive nodes",
        r"(?:number of )?positive (?:lymph )?nodes|nodes positive|(?:lymph )?nodes examined positive|"
        r"lymph nodes positive|nodes pos|"
        r"nodes|noder|positive lymfeknuder|positive lymfeknuter|positiva lymfkortlar|pnodes|npos|n pos|"
        r"pos nodes|positive nodes",
        {"1": _B((0, 40), _fact("positive_nodes"))},
        r"ratio|group|stage|examined|removed|total|number of nodes",
        zero=True,
        fewest_levels=4,
    ),
    Quantity(
        "share",
        r"ki67|ki 67|percent \w+|\w+ percent|er percent|lvef|ejection fraction|hematocrit|haematocrit|hct|"
        r"pd ?l1 tps|tps|ki67 percent|ki67 index|cellularity percent|oxygen percent",
        {"%": _B((0, 100), (0, 100)), "1": _B((0, 1), (0, 1))},
        _CHANGE.replace("|index", "") + r"|change|positive|status|h|allred|weight",
        zero=True,
    ),
)
"""In this order: the first whose words are in a column's name is meant."""


def quantity_of(column: Column) -> Quantity | None:
    """Return what a column measures by its name, where its values could be a measurement at all."""
    if column.standardised:
        return None
    for quantity in QUANTITIES:
        if has_word(column.name, quantity.pattern):
            if quantity.but_not and has_word(column.name, quantity.but_not) and not _whole_name(column, quantity):
                continue
            if len(column.distinct) < quantity.fewest_levels or float(np.median(column.values)) < 0:
                return None
            return quantity
    return None


def _whole_name(column: Column, quantity: Quantity) -> bool:
    import re

    return re.fullmatch(quantity.pattern, column.words) is not None
