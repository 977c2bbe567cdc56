"""Dose reports as exposure: CT, projection X-ray, mammography and radiopharmaceuticals, by the codes of their template.

Everything is found by what DICOM PS3.16 calls it (TID 10001 to 10003 and 10011 to 10013, TID 10021 to 10022), never by
who made the machine. A dose in a unit that is not known refuses the report; a figure of technique in such a unit is
left out and named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from fyr.errors import BadInput, Refused
from fyr.imaging.report_content import ContentItem, StructuredReport
from fyr.treat.exposure.event import DoseReportRead, EventGeometry, IrradiationEvent, PatientFacts
from fyr.treat.exposure.quantity import Quantity, QuantityKind, summed
from fyr.treat.exposure.report_units import in_unit

__all__ = ["age_years", "dose_report"]

_KIND = QuantityKind
_X_RAY: Final = "DCM:113701"
_RADIOPHARMACEUTICAL: Final = "DCM:113500"
_TEMPLATES: Final = {_X_RAY: ("10001", "10011"), _RADIOPHARMACEUTICAL: ("10021",)}
_CT_TOTALS, _CT_EVENT = "DCM:113811", "DCM:113819"
_PROJECTION_TOTALS, _PROJECTION_EVENT = "DCM:113702", "DCM:113706"
_ADMINISTRATION: Final = "DCM:113502"
_FLUOROSCOPY: Final = {"SRT:P5-06000", "SCT:44491008", "99SDM:P5-06000", "SNM3:P5-06000"}
_MAMMOGRAPHY: Final = {"SRT:P5-40010", "SCT:71651007", "SNM3:P5-40010"}
_REGION, _LATERALITY = "DCM:123014", ("SRT:G-C171", "SCT:272741003")
_PHANTOMS: Final = {"DCM:113690": "16 cm", "DCM:113691": "32 cm"}
_SIDES: Final = {
    **dict.fromkeys(("SRT:G-A101", "SRT:T-04030", "SCT:7771000", "SCT:80248007"), "left"),
    **dict.fromkeys(("SRT:G-A100", "SRT:T-04020", "SCT:24028007", "SCT:73056007"), "right"),
}
_REGIONS: Final = {
    **dict.fromkeys(("SRT:T-D1100", "SCT:69536005"), "Head"),
    **dict.fromkeys(("SRT:T-A0100", "SCT:12738006"), "Brain"),
    **dict.fromkeys(("SRT:T-11100", "SCT:89546000"), "Skull"),
    **dict.fromkeys(("SRT:T-D3000", "SCT:51185008", "SCT:816094009"), "Chest"),
    **dict.fromkeys(("SRT:T-28000", "SCT:39607008"), "Lung"),
    **dict.fromkeys(("SRT:T-D4000", "SCT:113345001", "SCT:818981001"), "Abdomen"),
    **dict.fromkeys(("SRT:T-D6000", "SCT:12921003", "SCT:816092008"), "Pelvis"),
    **dict.fromkeys(("SRT:R-FAB55", "SCT:416550000"), "Chest and Abdomen"),
    **dict.fromkeys(("SRT:R-FAB56", "SCT:416775004"), "Chest, Abdomen and Pelvis"),
    **dict.fromkeys(("SRT:R-FAB57", "SCT:416949008", "SCT:818982008"), "Abdomen and Pelvis"),
}
"""By code, for machines name regions in the language of the hospital; others keep the words of the report."""
_PLANES: Final = {"DCM:113620": "A", "DCM:113621": "B", "DCM:113622": "single"}
_REFERENCE_POINTS: Final = {
    "DCM:113860": "15 cm from isocentre towards source",
    "DCM:113861": "30 cm in front of image input surface",
    "DCM:113862": "1 cm above tabletop",
    "DCM:113863": "30 cm above tabletop",
    "DCM:113864": "15 cm from table centreline",
    "DCM:113865": "4.2 cm above breast support surface",
    "DCM:113941": "in detector plane",
}
_MOST: Final = {
    QuantityKind.CTDI_VOL: 1e5,
    QuantityKind.DLP: 1e6,
    QuantityKind.SSDE: 1e5,
    QuantityKind.DAP: 1e5,
    QuantityKind.REFERENCE_AIR_KERMA: 1e6,
    QuantityKind.FLUOROSCOPY_TIME: 1e6,
    QuantityKind.AGD: 1e4,
    QuantityKind.ACTIVITY: 1e7,
}
"""Beyond this no examination goes, by far: the number or its unit is wrong."""
_PARTS: Final = {_CT_TOTALS, _CT_EVENT, _PROJECTION_TOTALS, _PROJECTION_EVENT, _ADMINISTRATION}
_ADDS_UP: Final = 0.02
_NUCLIDE, _AGENT = ("SRT:C-10072", "SCT:89457008", "DCM:C-10072"), ("SRT:F-61FDB", "SCT:349358000")
_FEWEST_NUMBERS: Final = 0.005


def dose_report(report: StructuredReport) -> DoseReportRead:
    """Take the exposure out of a structured report.

    Parameters
    ----------
    report : StructuredReport

    Raises
    ------
    Refused
        If the report is none of radiation dose, or of a template that is not read here; the reason names it.
    BadInput
        If a dose has a unit that is not known, or there is neither an event nor a total.
    """
    return _Reading(report).whole()


class _Reading:
    """One report, and what is noticed on the way."""

    def __init__(self, report: StructuredReport) -> None:
        self._report = report
        self._warnings: dict[str, None] = {}

    def whole(self) -> DoseReportRead:
        report, content = self._report, self._report.content
        template = self._template()
        if template == "10021":
            modality = "nuclear medicine"
            events = [self._given(one) for one in _parts(content, _ADMINISTRATION)]
            totals = summed([amount for one in events for amount in one.quantities])
        else:
            totals = [
                *(self._ct_totals(content)),
                *(one for part in _parts(content, _PROJECTION_TOTALS) for one in self._projection_totals(part)),
            ]
            events = [self._ct_event(one) for one in _parts(content, _CT_EVENT)]
            events += [self._projection_event(one) for one in _parts(content, _PROJECTION_EVENT)]
            modality = self._modality(totals, events)
        if not totals and not any(one.quantities for one in events):
            raise BadInput(
                "the report names no dose: neither a total nor an event has an amount" + self._first_warning(),
                mend="ask the machine's maker for a complete report",
            )
        self._compare(totals, events)
        return DoseReportRead(
            uid=report.uid,
            study_uid=report.study_uid,
            accession=report.accession,
            template=template,
            modality=modality,
            patient=_patient(report),
            started=self._started(events),
            written=report.content_time,
            manufacturer=report.manufacturer or self._said("DCM:121014"),
            model=report.model or self._said("DCM:121015"),
            serial_number=self._said("DCM:121016"),
            institution=report.institution,
            study_description=report.study_description,
            totals=tuple(totals),
            events=tuple(events),
            is_complete=report.completion != "PARTIAL",
            predecessors=report.predecessors,
            warnings=tuple(self._warnings),
        )

    def _template(self) -> str:
        """Return the template that the report follows, or refuse it."""
        report = self._report
        known = _TEMPLATES.get(report.title)
        if known is None:
            title = f"'{report.title_name}' ({report.title})" if report.title != ":" else "a report without a title"
            raise Refused(
                f"the report is {title}, not one of radiation dose (DCM:113701 or DCM:113500)",
                mend="give dose reports alone",
            )
        has = {one.code for one in _parts(report.content, *_PARTS)}
        by_content = {
            "10011": bool(has & {_CT_TOTALS, _CT_EVENT}),
            "10001": bool(has & {_PROJECTION_TOTALS, _PROJECTION_EVENT}),
            "10021": _ADMINISTRATION in has,
        }
        if report.template and report.template not in known:
            raise Refused(
                f"the report follows template TID {report.template}; "
                f"read are {', '.join(f'TID {one}' for one in known)}",
                mend="ask for the report in one of these templates",
            )
        found = [template for template in known if by_content[template]]
        if not found:
            raise Refused(
                f"the report is called '{report.title_name}', but holds none of the containers of "
                f"{' or '.join(f'TID {one}' for one in known)}",
                mend="ask the machine's maker",
            )
        if not report.template:
            self._warn(f"the report does not say which template it follows; its content is that of TID {found[0]}")
        elif report.template not in found:
            self._warn(f"the report says that it follows TID {report.template}; its content is that of TID {found[0]}")
            return found[0]
        return report.template or found[0]

    # --- CT: TID 10012 and 10013 ---

    def _ct_totals(self, content: ContentItem) -> Iterable[Quantity]:
        for part in _parts(content, _CT_TOTALS):
            for item in part.of("DCM:113813"):
                yield from self._amounts(item, _KIND.DLP, self._phantom(item))

    def _ct_event(self, item: ContentItem) -> IrradiationEvent:
        dose = item.first("DCM:113829") or ContentItem("CONTAINER", "", "")
        parameters = item.first("DCM:113822") or ContentItem("CONTAINER", "", "")
        phantom = self._phantom(dose)
        quantities = [
            *self._all(dose.of("DCM:113830"), _KIND.CTDI_VOL, phantom),
            *self._all(dose.of("DCM:113838"), _KIND.DLP, phantom),
            *self._all(dose.anywhere("DCM:113930"), _KIND.SSDE, ""),
        ]
        return IrradiationEvent(
            uid=_value(item.first("DCM:113769")),
            started=_value(item.first("DCM:111526")),
            protocol=_value(item.first("DCM:125203")),
            type=_meaning(item.first("DCM:113820")),
            region=_region(item.first(_REGION)),
            quantities=tuple(quantities),
            kvp=self._figure(parameters.anywhere("DCM:113733"), "kV"),
            scan_length_mm=self._figure([*parameters.of("DCM:113825"), *parameters.of("DCM:113899")], "mm"),
            water_equivalent_diameter_cm=self._figure(dose.anywhere("DCM:113980"), "cm"),
            lateral_cm=self._figure(dose.anywhere("DCM:113931"), "cm"),
            ap_cm=self._figure(dose.anywhere("DCM:113932"), "cm"),
            effective_diameter_cm=self._figure(dose.anywhere("DCM:113933"), "cm"),
        )

    def _phantom(self, item: ContentItem) -> str:
        said = item.first("DCM:113835")
        if said is None:
            return ""
        if said.value not in _PHANTOMS:
            self._warn(f"the dosimetry phantom '{said.meaning or said.value}' ({said.value}) is not known")
        return _PHANTOMS.get(said.value, "")

    # --- projection X-ray: TID 10002 and 10003 ---

    def _projection_totals(self, item: ContentItem) -> Iterable[Quantity]:
        yield from self._all(item.of("DCM:113722"), _KIND.DAP, "")
        yield from self._all(item.of("DCM:113725"), _KIND.REFERENCE_AIR_KERMA, _skin_place(item))
        yield from self._all(item.of("DCM:113730"), _KIND.FLUOROSCOPY_TIME, "")
        for one in item.of("DCM:111637"):
            yield from self._amounts(one, _KIND.AGD, _side(one))

    def _projection_event(self, item: ContentItem) -> IrradiationEvent:
        region = item.first(_REGION)
        structure = item.first("SRT:T-D0005", "SCT:91723000")
        side = next((side for one in (structure, region) if one is not None and (side := _side(one))), "")
        type_ = item.first("DCM:113721")
        quantities = [
            *self._all(item.of("DCM:122130"), _KIND.DAP, ""),
            *self._all(item.of("DCM:113738"), _KIND.REFERENCE_AIR_KERMA, _skin_place(item)),
            *(q for one in item.of("DCM:111631") for q in self._amounts(one, _KIND.AGD, _side(one) or side)),
        ]
        if type_ is not None and type_.value in _FLUOROSCOPY:
            quantities += self._all(item.of("DCM:113742"), _KIND.FLUOROSCOPY_TIME, "")
        area = self._figure(item.of("DCM:113790"), "cm2")
        return IrradiationEvent(
            uid=_value(item.first("DCM:113769")),
            started=_value(item.first("DCM:111526")),
            protocol=_value(item.first("DCM:125203")),
            type=_meaning(type_),
            region=_region(region),
            side=side,
            plane=_plane(item),
            quantities=tuple(quantities),
            kvp=self._figure(item.of("DCM:113733"), "kV"),
            geometry=EventGeometry(
                primary_angle_deg=self._figure(item.of("DCM:112011"), "deg"),
                secondary_angle_deg=self._figure(item.of("DCM:112012"), "deg"),
                source_to_isocentre_mm=self._figure(item.of("DCM:113748"), "mm"),
                source_to_detector_mm=self._figure(item.of("DCM:113750"), "mm"),
                source_to_reference_mm=self._figure(item.of("DCM:113737"), "mm"),
                table_height_mm=self._figure(item.of("DCM:113753"), "mm"),
                reference_point=_reference_point(item),
                field_area_cm2=area,
            ),
        )

    # --- radiopharmaceuticals: TID 10022 ---

    def _given(self, item: ContentItem) -> IrradiationEvent:
        agent = item.first(*_AGENT)
        nuclide = next(iter(item.anywhere(*_NUCLIDE)), None)
        activity = item.first("DCM:113507")
        quantities: Sequence[Quantity] = ()
        if activity is not None:
            quantities = self._amounts(activity, _KIND.ACTIVITY, _meaning(nuclide))
        return IrradiationEvent(
            uid=_value(item.first("DCM:113503")),
            started=_value(item.first("DCM:123003")),
            protocol=_meaning(agent),
            type="administration",
            quantities=tuple(quantities),
        )

    # --- what all have ---

    def _modality(self, totals: Sequence[Quantity], events: Sequence[IrradiationEvent]) -> str:
        content = self._report.content
        if next(_parts(content, _CT_TOTALS, _CT_EVENT), None) is not None:
            return "ct"
        reported = content.first("DCM:121058")
        is_breast = any(one.kind is _KIND.AGD for one in (*totals, *(q for e in events for q in e.quantities)))
        if is_breast or (reported is not None and reported.value in _MAMMOGRAPHY):
            return "mammography"
        screened = any(one.kind is _KIND.FLUOROSCOPY_TIME and one.value > 0 for one in totals)
        types = [one.first("DCM:113721") for one in _parts(content, _PROJECTION_EVENT)]
        if screened or any(one is not None and one.value in _FLUOROSCOPY for one in types):
            return "fluoroscopy"
        return "radiography"

    def _all(self, items: Iterable[ContentItem], kind: QuantityKind, qualifier: str) -> list[Quantity]:
        return [one for item in items for one in self._amounts(item, kind, qualifier)]

    def _amounts(self, item: ContentItem, kind: QuantityKind, qualifier: str) -> list[Quantity]:
        """Return the amount that an item reports, none where the machine says that it does not know."""
        if item.unreadable:
            self._warn(f"left out: {item.name} ({item.code}) is '{item.unreadable[:40]}', which is no number")
        if not item.numbers:
            return []
        if len(item.numbers) > 1:
            self._warn(f"left out: {item.name} ({item.code}) has {len(item.numbers)} numbers where one belongs")
            return []
        try:
            value = in_unit(item.numbers[0], item.unit, item.unit_scheme, kind.unit)
        except BadInput as problem:
            raise BadInput(problem.what, where=f"{item.name} ({item.code})", mend=problem.mend) from None
        if item.unit_scheme != "UCUM":
            self._warn(f"units are of the coding scheme '{item.unit_scheme}', taken for UCUM")
        if value < 0:
            self._warn(f"left out: {item.name} ({item.code}) is negative ({value:g} {kind.unit})")
            return []
        if value > _MOST[kind]:
            self._warn(f"left out: {item.name} ({item.code}) is {value:g} {kind.unit}, which no machine gives")
            return []
        return [Quantity(kind, value, qualifier)]

    def _figure(self, items: Iterable[ContentItem], unit: str) -> float | None:
        """Return a figure of technique; of one for each pulse the mean of those that are not nought."""
        for item in items:
            numbers = [one for one in item.numbers if one != 0] if len(item.numbers) > 1 else list(item.numbers)
            if not numbers:
                continue
            try:
                return in_unit(sum(numbers) / len(numbers), item.unit, item.unit_scheme, unit)
            except BadInput as problem:
                self._warn(f"left out: {item.name} ({item.code}): {problem.what}")
        return None

    def _started(self, events: Sequence[IrradiationEvent]) -> str:
        said = _value(self._report.content.first("DCM:113809"))
        return said or min((one.started for one in events if one.started), default=self._report.study_date)

    def _said(self, code: str) -> str:
        return _value(self._report.content.first(code))

    def _compare(self, totals: Sequence[Quantity], events: Sequence[IrradiationEvent]) -> None:
        """Say where the machine's total is not the sum of the events that it lists."""
        for kind in (_KIND.DLP, _KIND.DAP, _KIND.REFERENCE_AIR_KERMA):
            whole = [one.value for one in totals if one.kind is kind]
            parts = [one.value for event in events for one in event.quantities if one.kind is kind]
            if not whole or not parts:
                continue
            total, added = sum(whole), sum(parts)
            if abs(total - added) > max(_ADDS_UP * total, _FEWEST_NUMBERS * len(parts)):
                self._warn(f"the total {kind} is {total:.4g} {kind.unit}, the events add up to {added:.4g} {kind.unit}")

    def _warn(self, sentence: str) -> None:
        self._warnings[sentence] = None

    def _first_warning(self) -> str:
        return f" ({next(iter(self._warnings))})" if self._warnings else ""


def _parts(content: ContentItem, *codes: str) -> Iterator[ContentItem]:
    """Yield the containers of these codes, those within a container of the maker's own too."""
    for one in content.items:
        if one.code in codes:
            yield one
        elif one.kind == "CONTAINER" and one.code not in _PARTS:
            yield from _parts(one, *codes)


def _value(item: ContentItem | None) -> str:
    return "" if item is None else item.value


def _meaning(item: ContentItem | None) -> str:
    return "" if item is None else item.meaning or item.value


def _region(item: ContentItem | None) -> str:
    return "" if item is None else _REGIONS.get(item.value, _meaning(item))


def _side(item: ContentItem) -> str:
    said = item.first(*_LATERALITY)
    return "" if said is None else _SIDES.get(said.value, said.meaning.lower())


def _reference_point(item: ContentItem) -> str:
    said = item.first("DCM:113780")
    if said is None:
        return ""
    return _REFERENCE_POINTS.get(said.value, said.meaning or said.value) if said.kind == "CODE" else said.value


def _plane(item: ContentItem) -> str:
    said = item.first("DCM:113764")
    return "" if said is None else _PLANES.get(said.value, "")


def _skin_place(item: ContentItem) -> str:
    """Return where a kerma was measured: the two planes of a biplane machine enter at two places of the skin."""
    point, plane = _reference_point(item), _plane(item)
    return ", ".join(filter(None, (point, f"plane {plane}"))) if plane in {"A", "B"} else point


def _patient(report: StructuredReport) -> PatientFacts:
    return PatientFacts(
        patient_id=report.patient_id,
        issuer=report.patient_issuer,
        sex=report.sex,
        age_years=age_years(report.age, report.birth_date, report.study_date),
        height_m=report.height_m,
        weight_kg=report.weight_kg,
    )


def age_years(said: str, birth_date: str, study_date: str) -> float | None:
    """Return the age in years: as it is said (``045Y``), or from birth to study, both ``YYYYMMDD``.

    >>> age_years("006M", "", ""), age_years("", "", "20200101")
    (0.5, None)
    """
    if len(said) == 4 and said[:3].isdecimal() and said[3] in "YMWD":
        return int(said[:3]) / {"Y": 1, "M": 12, "W": 365.25 / 7, "D": 365.25}[said[3]]
    from datetime import date

    try:
        born, then = (date.fromisoformat(one[:8]) for one in (birth_date, study_date))
    except ValueError:
        return None
    days = (then - born).days
    return days / 365.25 if days >= 0 else None
