"""Which column is what: patient, hospital, times, events, dates, split; told by names and contents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from fyr.learn.checks.column import Column
from fyr.learn.checks.names import has_word, words_of

__all__ = ["OUTCOME_WORDS", "Roles", "date_kind", "event_of_time", "guess_roles", "is_outcome_like"]

_PATIENT: Final = (
    r"pid|ids?|patient(?: ?(?:id|no|nr|number|nummer|key))|patientid|patient|subject(?: ?(?:id|no|nr|"
    r"key))?|subjid|usubjid|"
    r"mrn|case ?(?:id|no)|record ?(?:id|no)|sample ?id|study ?id|person ?(?:id|nr|nummer)|personnummer|"
    r"cpr(?: ?(?:nr|nummer))?|"
    r"fodselsn(?:umme)?r|(?:cpr |pasient |patient )?(?:lopenr|lopenummer|lobenr|lobenummer|loebenr|loebenummer|lopnr|"
    r"lopnummer)|journal(?: ?(?:id|no|nr|nummer|number))?|personnr|pseudonym(?: ?id)?|pseudo ?id|"
    r"(?:deltager|deltaker|deltagar|studie|forsoks?person|hospital|chart|registry|register)(?: ?(?:id|no|nr|nummer|"
    r"number))|medical record(?: ?(?:no|nr|number))?|patient ?nr|stay ?id|bcr patient barcode|barcode|case|nr|no|"
    r"pasient(?: ?(?:id|nr))?|"
    r"participant(?: ?id)?|donor ?id|slide ?id|key|nummer|pas ?id|pat ?id|pat ?nr|patnr"
)
_HOSPITAL: Final = (
    r"hospital(?: ?(?:id|name|no|nr|code))?|cent(?:er|re)(?: ?(?:id|name|no|code))?|centrum|site(?: ?(?:id|"
    r"name|no|code))?|inst|"
    r"institution(?: ?(?:id|code|name))?|institute|sykehus(?:et)?|sjukhus|sygehus|klinik|klinikk|clinic|"
    r"region|cohort|kohort|"
    r"dataset|data ?set|source|provider|lab(?:oratory)?|tissue source site|afdeling|avdeling|avdelning|"
    r"ward|unit|enhed|enhet|"
    r"facility|study"
)
_TIME: Final = (
    r"time|times?|t|futime|fu ?time|follow ?up(?: ?time)?|followup|stime|surv(?:ival)?(?: ?time)?|survtime|duration|"
    r"(?:os|pfs|dfs|rfs|efs|dss|css|bcss|mfs|dmfs|lrfs|ddfs|idfs|ttp|ttr)(?: ?time)?|[a-z]{0,2}time|tid|"
    r"overlevelse(?:stid)?|"
    r"overlevnad(?:stid)?|oppfolging(?:stid)?|opfolgning(?:stid)?|opfolgningstid|uppfoljning(?:stid)?|observation(?:s)?tid|rectime|survtime|rfstime|evtime|obstime|"
    r"overall survival|time to [a-z ]+|days to [a-z ]+|t2e|tte|event ?time|lenfol|survival"
)
_NO_TIME: Final = (
    r"status|event|indicator|flag|censor\w*|date|dato|datum|type|year|age|alder|point|treatment|interval|class|cause|"
    r"since|smok\w*|transplant|wait|rate|group|risk|score|prob\w*|therapy|start|birth|diagnosis to"
)
_EVENT: Final = (
    r"status|event|events|death|dead|died|deceased|delta|cens|censor(?:ed|ing)?|vital ?status|mort(?:ality|"
    r"stat)?|e|fstat|"
    r"[opderclbf]{1,3}s ?(?:event|status|ind|cens\w*)|[a-z]{1,4} ?(?:event|status|stat)|recur(?:rence)?|"
    r"relapse[d]?|progression|"
    r"arrest|readmi\w*|dod|dode?|avliden|avdod|haendelse|hendelse|handelse|recid(?:iv)?|tilbagefald|tilbakefall|aterfall|failure|observed|d"
)
_NO_EVENT: Final = (
    r"er|pr|her2|her|nodal|men\w*|smok\w*|smoking|performance|marital|receptor|lymph|node|nodes|msi|"
    r"ecog|karnofsky|margin|mutation|disease status|hormone|estrogen|progesterone|insurance|employment|ps|"
    r"kps|social|stage"
)
_DEAD: Final = frozenset({"dead", "deceased", "died", "død", "dod", "avliden", "avdød", "1:deceased"})
_ALIVE: Final = frozenset({"alive", "living", "levende", "lever", "i live", "vid liv", "0:living", "censored"})
_TARGET: Final = r"target|outcome|label|y|class|response|responder|udfald|utfall|num|case|diagnosis|result|died|event"
_OVERALL: Final = r"os|overall|surv\w*|death|dtime|futime|overlev\w*|time"
"""The outcome that is nearest to all others: death of any cause."""
_MEASURED: Final = 12
"""With more different numbers a column is a measurement, not a status."""
_SPLIT: Final = (
    r"split|set|fold|partition|train ?test|data ?split|subset|is ?train|is ?test|is ?validation|train|cohort type"
)
OUTCOME_WORDS: Final = (
    r"status|event|death|dead|died|deceased|vital|mort\w*|surviv\w*|survtime|alive|follow\w*|futime|recur\w*|relapse\w*|progress\w*|"
    r"os|pfs|dfs|rfs|efs|dss|css|dmfs|mfs|ttp|ttr|cens\w*|dod\w*|dode?|avliden|overlev\w*|recidiv\w*|tilbagefald|tilbakefall|"
    r"aterfall|last ?contact|responsed?|outcome|endpoint|duration|censored|"
    r"failure|\w*time|\w*tid|lost|progression|end ?date|exit|levende|cause|"
    r"oppfolg\w*|opfolg\w*|uppfolj\w*|residiv\w*|metastasis date|os\d\w*|slutdato|sidste|siste|sista|living|readmi\w*"
)
_DATES: Final = (
    ("birth", r"birth\w*|dob|born|fodsels?\w*|fodt|fodelse\w*"),
    ("death", r"death\w*|died|deceased|dod\w*|dods\w*|avliden|mors"),
    (
        "last",
        r"last\w*|follow\w*|contact|censor\w*|sidste|siste|sista|exit|end|slut\w*|kontakt\w*|opfolg\w*|oppfolg\w*|fu",
    ),
    (
        "relapse",
        r"relaps\w*|recur\w*|recidiv\w*|residiv\w*|progress\w*|tilbagefald\w*|tilbakefall\w*|aterfall\w*|metasta\w*",
    ),
    (
        "diagnosis",
        r"diagnos\w*|dx|diag|index|baseline|enrol\w*|inclusion|inklusion\w*|entry|random\w*|start|onset|inkl\w*",
    ),
    ("treatment", r"surgery|operat\w*|treat\w*|therapy|operasjon\w*|behandl\w*|kirurgi\w*|op|resection"),
    ("admission", r"admi\w*|indlaeg\w*|innlegg\w*|inskriv\w*|inlagg\w*"),
    ("discharge", r"discharg\w*|udskriv\w*|utskriv\w*"),
)
_ADULT_SPLIT: Final = frozenset(
    {
        *(
            "train",
            "test",
            "val",
            "valid",
            "validation",
            "training",
            "testing",
            "trening",
            "traening",
            "traning",
            "dev",
        ),
        *("development", "derivation", "holdout", "udvikling", "utvikling", "utveckling", "validering", "testing"),
    }
)


@dataclass(frozen=True, slots=True)
class Roles:
    """The columns by what they are; a name of the table, or none.

    Parameters
    ----------
    patient, hospital, split : str or None
    times, events : tuple of str
        The outcome's first, then others of the same kind.
    dates : mapping of str to str
        ``birth``, ``diagnosis``, ``treatment``, ``relapse``, ``last``, ``death``.
    given : frozenset of str
        The roles that somebody named; the others were guessed.
    """

    patient: str | None = None
    hospital: str | None = None
    split: str | None = None
    times: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    dates: Mapping[str, str] = field(default_factory=dict)
    given: frozenset[str] = frozenset()

    def words(self) -> list[str]:
        """Say what was guessed, one role a line."""
        several = {
            "patient": (self.patient,),
            "hospital": (self.hospital,),
            "split": (self.split,),
            "time": self.times,
            "event": self.events,
            **{f"date of {kind}": (name,) for kind, name in self.dates.items()},
        }
        lines = []
        for role, names in several.items():
            found = [name for name in names if name]
            if found:
                lines.append(f"{role}: {', '.join(found)}{'' if role in self.given else ' (guessed)'}")
        return lines


def guess_roles(columns: Sequence[Column], given: Mapping[str, str] | None = None) -> Roles:
    """Guess what nobody said.

    Parameters
    ----------
    columns : sequence of Column
    given : mapping of str to str, optional
        ``patient``, ``hospital``, ``time``, ``event``, ``split``: the names that a mapping or an option gives.
    """
    given = dict(given or {})
    by_name = {column.name: column for column in columns}
    found = sorted(_times(columns), key=lambda name: not has_word(name, _OVERALL))
    times = _first(given.get("time"), found)
    events = _first(given.get("event"), _events(columns, set(times), "event" in given))
    if events and times and "event" not in given:
        events = _first(event_of_time(times[0], events), events)
    taken = {*times, *events}
    hospital = given.get("hospital") or next((c.name for c in columns if c.name not in taken and _is_hospital(c)), None)
    split = given.get("split") or next((c.name for c in columns if c.name not in taken and _is_split(c)), None)
    if split == hospital and "hospital" not in given:
        hospital = None
    taken |= {name for name in (hospital, split) if name}
    patient = given.get("patient") or _patient([c for c in columns if c.name not in taken])
    dates: dict[str, str] = {}
    for column in columns:
        if column.kind == "date":
            kind = next((one for one in _date_kinds(column.name) if one not in dates), None)
            if kind is not None:
                dates[kind] = column.name
    return Roles(
        patient if patient in by_name else None,
        hospital if hospital in by_name else None,
        split if split in by_name else None,
        tuple(times),
        tuple(events),
        dates,
        frozenset(given),
    )


def is_outcome_like(column: Column, roles: Roles) -> bool:
    """Tell whether a column is of the outcome by its role or its name: what happened, not what was known before."""
    if column.name in roles.events or column.name in roles.times:
        return True
    if column.name in [roles.dates.get(kind) for kind in ("relapse", "last", "death")]:
        return True
    words = column.words
    if has_word(column.name, _NO_EVENT):  # menopausal status, performance status
        words = re.sub(r"(?:^| )status(?=$| )", "", words).strip()
    if column.kind == "number" and column.unit not in ("d", "wk", "mo", "a") and len(column.distinct) > _MEASURED:
        words = re.sub(
            r"(?:^| )(?:at |ved )?(?:follow ?up|oppfolging|opfolgning|uppfoljning)(?=$| )", "", words
        ).strip()
        words = words or column.words  # a measurement at follow-up; the follow-up itself has no other word
    return re.search(rf"(?:^| )(?:{OUTCOME_WORDS})(?:$| )", words) is not None


def date_kind(name: str) -> str | None:
    """Return what a date is of, by its name: birth, death, last (contact), relapse, diagnosis, treatment, ..."""
    return next(iter(_date_kinds(name)), None)


def _date_kinds(name: str) -> list[str]:
    return [kind for kind, pattern in _DATES if has_word(name, pattern)]


def event_of_time(time: str, events: Sequence[str]) -> str | None:
    """Return the event whose name shares most with that of a time (``os_months``, ``os_status``)."""

    def shared(event: str) -> int:
        ours, theirs = set(re.split(r"\W+|_", time.lower())), set(re.split(r"\W+|_", event.lower()))
        return len(ours & theirs) * 10 + (event[:1].lower() == time[:1].lower())

    return max(events, key=shared) if events else None


def _first(name: str | None, names: list[str]) -> list[str]:
    return names if name is None else [name, *(other for other in names if other != name)]


def _times(columns: Sequence[Column]) -> list[str]:
    """Return the columns that are follow-up times; by a word in their name only where no other is one."""
    sure = [column.name for column in columns if _is_time(column, by_word=False)]
    return sure or [column.name for column in columns if _is_time(column, by_word=True)]


def _is_time(column: Column, *, by_word: bool) -> bool:
    if column.kind != "number" or len(column.distinct) < 6:
        return False
    bare = re.sub(
        r"(?:^| )(?:in )?(?:days?|months?|weeks?|years?|mos?|yrs?|dage?r?|maned(?:er)?|mnd|mdr?|man(?:ader)?|"
        r"dygn|aa?r|d|m|w|y)$",
        "",
        column.words,
    ).strip()
    if bare == "":
        return len(column.distinct) > 12 and column.unit in ("d", "mo", "wk") and column.words not in ("day", "month")
    if has_word(column.name, _NO_TIME) and not has_word(column.name, r"follow\w*|surviv\w*|os|pfs|futime"):
        return False
    if re.fullmatch(_TIME, bare):
        return True
    if re.search(r"(?:^| )(?:os|pfs|dfs|rfs|overall survival|surviv\w*|follow ?up)(?:$| )", bare) and (
        by_word or column.unit in ("d", "wk", "mo", "a") or re.search(r"(?:^| )(?:time|tid|duration)(?:$| )", bare)
    ):
        return True
    return column.unit in ("d", "mo", "wk") and bool(
        re.search(r"time|tid|surv|follow|death|progress|relapse|recur|recid|resid|tilbage|tilbake|aterfall", bare)
    )


def _events(columns: Sequence[Column], times: set[str], told: bool) -> list[str]:
    """Return the columns that say what happened; where somebody told one, a mere target is not another."""
    strong, weak = [], []
    for column in columns:
        levels = len(column.levels) if column.kind != "text" else 99
        if column.name in times or column.kind in ("date", "empty", "text") or not 2 <= levels <= 5:
            continue
        if has_word(column.name, r"at death|cause|age|site|type|therapy") or has_word(column.name, _NO_EVENT):
            continue
        folded = {level.lower() for level in column.levels} if levels <= 5 else set()
        if (
            (folded & _DEAD and folded & _ALIVE)
            or re.fullmatch(_EVENT, column.words)
            or has_word(column.name, r"status|event|vital|death|dead|deceased|died|censor\w*")
        ):
            strong.append(column.name)
        elif re.fullmatch(_TARGET, column.words) and (levels == 2 or _degrees(column)):
            weak.append(column.name)
    return strong if strong or told else weak


def _degrees(column: Column) -> bool:
    """Tell whether codes are 0 for no disease and more for more of it, not names of classes."""
    counts = column.levels
    first = next(iter(counts))
    return column.kind == "number" and float(first) == 0 and counts[first] > 0.4 * sum(counts.values())


def _is_hospital(column: Column) -> bool:
    if column.kind in ("date", "empty") or not re.fullmatch(_HOSPITAL, column.words):
        return False
    levels = column.levels
    present = sum(levels.values())
    whole = column.kind != "number" or column.whole
    return whole and 2 <= len(levels) <= max(60, 0.05 * present) and present >= 4 * len(levels)


def _is_split(column: Column) -> bool:
    levels = {words_of(level) for level in list(column.levels)[:8]} if column.kind == "category" else set()
    if levels and len(levels) <= 4 and len(levels & _ADULT_SPLIT) >= 2:
        return True
    return (
        2 <= len(column.levels) <= 5
        and bool(re.fullmatch(_SPLIT, column.words))
        and column.kind in ("number", "category")
        and (column.words not in ("set", "fold", "subset") or bool(levels & _ADULT_SPLIT))
    )


def _patient(columns: Sequence[Column]) -> str | None:
    named = [
        column
        for column in columns
        if re.fullmatch(_PATIENT, column.words)
        and column.kind != "date"
        and len(column.levels) > max(10, 0.002 * len(column))
        and (column.kind != "number" or column.whole)
    ]
    if not named:
        return None
    order = {name: place for place, name in enumerate(["patient", "pasient", "subject", "person", "pid", "id"])}
    return min(
        named,
        key=lambda column: (
            len(column.levels) <= 1,
            min((place for word, place in order.items() if word in column.words), default=9),
        ),
    ).name
