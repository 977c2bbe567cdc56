"""An alarm as an IHE PCD-04 message (Report Alert, ORU^R40^ORU_R40), and back.

Source: IHE Patient Care Device Technical Framework, volume 2, "PCD-04 Report Alert" with appendix B, table B.8-4
(OBX-8: alert priority PH, PM, PL; alert type SP, ST). An alert is a group of OBX segments, its facets, told apart by
the last number of OBX-4: 1 the event, 2 the source with its value, 3 the phase, 4 the state, 5 the inactivation
state. The facets' MDC codes (196616 MDC_EVT_ALARM and 68480 to 68483) are those that public implementations of PCD-04
send.

The framework has event codes for each kind of alarm; which of them a ward's rule would be is not certain, so the event
is always MDC_EVT_ALARM with the ward's own words. It has no place for the policy, the person who acted and what the
rule saw: those stand in a last OBX with a code of ours (coding system 99FYR), which a receiver may skip.
"""

from __future__ import annotations

import json
from typing import Any, Final

from fyr.errors import BadInput
from fyr.exchange.device_codes import LOINC_SIGNALS, MDC_NAMES, MDC_SIGNALS, SIGNAL_MDC
from fyr.exchange.hl7v2.acknowledgement import escape
from fyr.exchange.hl7v2.message import Message, NotTaken, read_message
from fyr.exchange.hl7v2.moments import write_moment
from fyr.exchange.outgoing import OutgoingAlarm
from fyr.record import SIGNALS

__all__ = ["read_alarm", "write_alarm"]

_EVENT: Final = "196616^MDC_EVT_ALARM^MDC"
_SOURCE: Final = "68480^MDC_ATTR_ALERT_SOURCE^MDC"
_PHASE: Final = "68481^MDC_ATTR_EVENT_PHASE^MDC"
_STATE: Final = "68482^MDC_ATTR_ALARM_STATE^MDC"
_INACTIVATION: Final = "68483^MDC_ATTR_ALARM_INACTIVATION_STATE^MDC"
_OWN: Final = "alarm^what PCD-04 has no place for^99FYR"

_PRIORITY: Final = {"high": "PH", "medium": "PM", "low": "PL"}
_TYPE: Final = {"physiological": "SP", "technical": "ST"}
_INACTIVATED_BY: Final = {"acknowledged": "alert-acknowledged", "paused": "alarm-paused"}
_OWN_FIELDS: Final = (
    *("hospital", "subject", "event", "time_us", "raised_at_us", "signal", "by", "reason"),
    *("escalated_to", "policy", "evidence"),
)


def write_alarm(alarm: OutgoingAlarm, *, application: str = "FYR", facility: str = "", receiver: str = "") -> bytes:
    """Write an alarm as a PCD-04 message, without its frame; the same alarm gives the same bytes.

    Parameters
    ----------
    alarm : OutgoingAlarm
    application, facility, receiver : str
        MSH-3, MSH-4 and MSH-5.

    Returns
    -------
    bytes
        UTF-8. MSH-10 and OBR-2 are the alarm's identifier, OBR-3 the notification's, which OBR-29 of a later event
        names as its parent.

    Raises
    ------
    BadInput
        If priority or kind are not the ones of :class:`~fyr.exchange.outgoing.OutgoingAlarm`.
    """
    try:
        flags = f"{_PRIORITY[alarm.priority]}~{_TYPE[alarm.kind]}"
    except KeyError as unknown:
        raise BadInput(f"an alarm of priority or kind {unknown} has no place in PCD-04", where=alarm.id) from None
    when = write_moment(alarm.time_us)
    identifier, notification = f"{escape(alarm.id)}^{application}", f"{escape(alarm.notification)}^{application}"
    parent = "" if alarm.phase == "start" else f"^{escape(alarm.notification)}&{application}"
    profile = "IHE_PCD_ACM_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.4.1^ISO"
    place = f"{escape(alarm.ward)}^^{escape(alarm.bed)}"
    msh = [
        *("MSH", "^~\\&", escape(application), escape(facility), escape(receiver), "", when, "", "ORU^R40^ORU_R40"),
        *(escape(alarm.id), "P", "2.6", "", "", "AL", "NE", "", "UNICODE UTF-8", "", "", profile),
    ]
    obr = ["OBR", "1", identifier, notification, _EVENT, "", "", when, *[""] * 21, parent]
    rows = [
        ("ST", _EVENT, escape(alarm.title), "", flags, "1"),
        _source(alarm),
        ("ST", _PHASE, escape(alarm.phase), "", "", "3"),
        ("ST", _STATE, escape(alarm.state), "", "", "4"),
        ("ST", _INACTIVATION, _INACTIVATED_BY.get(alarm.event, "enabled"), "", "", "5"),
        ("TX", _OWN, escape(_own(alarm)), "", "", "6"),
    ]
    segments = [
        "|".join(msh),
        f"PID|||{escape(alarm.patient)}^^^{escape(alarm.hospital)}^MR||^^^^^^U",
        f"PV1||I|{place}",
        "|".join(obr).rstrip("|"),
        *(_obx(number, row, when) for number, row in enumerate(rows, start=1)),
    ]
    return ("\r".join(segments) + "\r").encode()


def read_alarm(raw: bytes) -> OutgoingAlarm:
    """Read a PCD-04 message of ours back; gives the same alarm.

    Raises
    ------
    BadInput
        If it is none of ours.
    """
    try:
        message = read_message(raw)
        return _read(message)
    except NotTaken as refusal:
        raise BadInput(refusal.problem.what, where=refusal.problem.where, mend=refusal.problem.mend) from None
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"it is no PCD-04 message of Fyr: {error!r}", where="OBX") from None


def _source(alarm: OutgoingAlarm) -> tuple[str, str, str, str, str, str]:
    value = "" if alarm.value is None else repr(float(alarm.value))
    if alarm.signal is None or alarm.signal not in SIGNALS:
        if not value:
            return ("ST", _SOURCE, escape(alarm.subject), "", "", "2")
        return ("NM", f"{escape(alarm.subject)}^^99FYR", value, "", "", "2")
    known = SIGNALS[alarm.signal]
    code = SIGNAL_MDC.get(alarm.signal)
    if code is not None:
        identifier = f"{code}^{MDC_NAMES[code]}^MDC"
    else:
        identifier = f"{known.loinc}^{known.title}^LN" if known.loinc else f"{known.name}^{known.title}^99FYR"
    return ("NM", identifier, value, f"{escape(known.unit)}^^UCUM" if value else "", "", "2")


def _obx(number: int, row: tuple[str, str, str, str, str, str], when: str) -> str:
    kind, identifier, value, unit, flags, facet = row
    status = "R" if value else "X"
    fields = ["OBX", str(number), kind, identifier, f"1.0.0.0.{facet}", value, unit, "", flags, "", "", status]
    return "|".join([*fields, "", "", when])


def _own(alarm: OutgoingAlarm) -> str:
    held: dict[str, Any] = {name: getattr(alarm, name) for name in _OWN_FIELDS}
    held["evidence"] = dict(alarm.evidence)
    return json.dumps(held, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _read(message: Message) -> OutgoingAlarm:
    header = message.segments[0]
    if (message.text(header, 9), message.text(header, 9, 2)) != ("ORU", "R40"):
        raise ValueError("MSH-9 is not ORU^R40")
    pid, pv1, obr = (message.first(name) or () for name in ("PID", "PV1", "OBR"))
    facets = {row[4].rpartition(".")[2]: row for row in message.segments if row[0] == "OBX"}
    event, source = facets["1"], facets["2"]
    flags = event[8].split("~")
    own = json.loads(message.text(facets["6"], 5))
    value = message.text(source, 5)
    code, system = message.text(source, 3), message.text(source, 3, 3)
    named = {"MDC": MDC_SIGNALS, "LN": LOINC_SIGNALS}.get(system, {}).get(code)
    if named is not None and named != own["signal"]:
        raise ValueError(f"OBX-3 {code} is not {own['signal']}")
    return OutgoingAlarm(
        id=message.text(header, 10),
        notification=message.text(obr, 3),
        patient=message.text(pid, 3),
        ward=message.text(pv1, 3),
        bed=message.text(pv1, 3, 3),
        title=message.text(event, 5),
        kind={code: word for word, code in _TYPE.items()}[flags[1]],
        priority={code: word for word, code in _PRIORITY.items()}[flags[0]],
        phase=message.text(facets["3"], 5),
        state=message.text(facets["4"], 5),
        value=float(value) if value and source[2] == "NM" else None,
        **{name: own[name] for name in _OWN_FIELDS},
    )
