"""Scans many ORU^R01 messages at once: where the fields stand, what the numbers and times are. It knows no meaning.

A message that is not of the ordinary shape is left to the plain reader (:mod:`fyr.exchange.hl7v2.oru`), which alone
says what is wrong with it. Texts are told apart by their bytes and get a number when first seen; what they mean is
looked up once for each (:mod:`fyr.exchange.hl7v2.known_texts`).

Decimals of at most 15 digits are exact: both the digits and the power of ten are floats without error, and one division
rounds once (Clinger, "How to read floating point numbers accurately", PLDI 1990).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fyr.exchange.hl7v2.known_texts import CHARSET, CODE, PATIENT, PLACE, UNIT, intern

__all__ = ["POWERS_OF_TEN", "scan"]

FIELDS: Final = 20
LONGEST: Final = 1024
"""Bytes of a text that is told apart; a longer one is left to the plain reader."""

POWERS_OF_TEN: Final = np.array([10.0**exponent for exponent in range(23)])

_CR, _LF, _BAR, _CARET, _DOT, _PLUS, _MINUS = 13, 10, 124, 94, 46, 43, 45
_NO_TIME, _LOCAL, _UTC, _BAD_TIME = 0, 1, 2, 3
_MINUTE_US = 60_000_000
_DAY_US = 86_400_000_000


@njit(cache=True, nogil=True)
def _fields(
    data: NDArray[np.uint8], low: int, end: int, lows: NDArray[np.int64], highs: NDArray[np.int64]
) -> tuple[int, int]:
    """Write where the fields of a segment stand; missing ones are empty. Return its end, and all its bytes or-ed."""
    number = 0
    begin = low
    bits = np.uint8(0)
    at = low
    while at < end:
        byte = data[at]
        if byte in (_CR, _LF):
            break
        bits |= byte
        if byte == _BAR:
            if number < FIELDS:
                lows[number] = begin
                highs[number] = at
            number += 1
            begin = at + 1
        at += 1
    if number < FIELDS:
        lows[number] = begin
        highs[number] = at
    for rest in range(number + 1, FIELDS):
        lows[rest] = at
        highs[rest] = at
    return at, int(bits)


@njit(cache=True, nogil=True)
def _decimal(data: NDArray[np.uint8], low: int, high: int, powers: NDArray[np.float64]) -> tuple[float, bool]:
    """Read a plain decimal of at most 15 digits; anything else is not read here."""
    at = low
    negative = False
    if at < high and (data[at] == _PLUS or data[at] == _MINUS):
        negative = data[at] == _MINUS
        at += 1
    mantissa = 0
    digits = 0
    fraction = 0
    pointed = False
    while at < high:
        byte = data[at]
        if 48 <= byte <= 57:
            digits += 1
            if digits > 15:
                return 0.0, False
            mantissa = mantissa * 10 + (int(byte) - 48)
            if pointed:
                fraction += 1
        elif byte == _DOT and not pointed:
            pointed = True
        else:
            return 0.0, False
        at += 1
    if digits == 0:
        return 0.0, False
    value = np.float64(mantissa) / powers[fraction]
    return (-value if negative else value), True


@njit(cache=True, nogil=True)
def _digits(data: NDArray[np.uint8], low: int, count: int) -> int:
    value = 0
    for at in range(low, low + count):
        byte = int(data[at]) - 48
        if byte < 0 or byte > 9:
            return -1
        value = value * 10 + byte
    return value


@njit(cache=True, nogil=True)
def _moment(data: NDArray[np.uint8], low: int, high: int) -> tuple[int, int]:  # noqa: PLR0911, PLR0912
    """Read a time: microseconds, and whether they are of UTC, of the sender's clock, none, or unreadable."""
    if low == high:
        return 0, _NO_TIME
    length = high - low
    if length < 12:
        return 0, _BAD_TIME
    year, month, day = _digits(data, low, 4), _digits(data, low + 4, 2), _digits(data, low + 6, 2)
    hour, minute = _digits(data, low + 8, 2), _digits(data, low + 10, 2)
    if year < 1000 or month < 1 or month > 12 or day < 1 or hour < 0 or hour > 23 or minute < 0 or minute > 59:
        return 0, _BAD_TIME
    leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
    last = 31
    if month == 2:
        last = 29 if leap else 28
    elif month == 4 or month == 6 or month == 9 or month == 11:  # noqa: PLR1714 (no sets here)
        last = 30
    if day > last:
        return 0, _BAD_TIME
    at = low + 12
    second = 0
    micro = 0
    if at < high and data[at] != _PLUS and data[at] != _MINUS:
        if high - at < 2:
            return 0, _BAD_TIME
        second = _digits(data, at, 2)
        if second < 0 or second > 59:
            return 0, _BAD_TIME
        at += 2
        if at < high and data[at] == _DOT:
            at += 1
            scale = 100_000
            places = 0
            while at < high and 48 <= data[at] <= 57:
                places += 1
                if places > 6:
                    return 0, _BAD_TIME
                micro += (int(data[at]) - 48) * scale
                scale //= 10
                at += 1
            if places == 0:
                return 0, _BAD_TIME
    # Days since 1970-01-01 in the proleptic Gregorian calendar, counted from March (Fliegel and Van Flandern, 1968).
    shift = (14 - month) // 12
    years = year + 4800 - shift
    months = month + 12 * shift - 3
    julian = day + (153 * months + 2) // 5 + 365 * years + years // 4 - years // 100 + years // 400 - 32045
    moment = (julian - 2440588) * _DAY_US + (hour * 60 + minute) * _MINUTE_US + second * 1_000_000 + micro
    if at == high:
        return moment, _LOCAL
    if high - at != 5 or (data[at] != _PLUS and data[at] != _MINUS):
        return 0, _BAD_TIME
    hours, minutes = _digits(data, at + 1, 2), _digits(data, at + 3, 2)
    if hours < 0 or hours > 14 or minutes < 0 or minutes > 59:
        return 0, _BAD_TIME
    offset = (hours * 60 + minutes) * _MINUTE_US
    return (moment + offset if data[at] == _MINUS else moment - offset), _UTC


@njit(cache=True, nogil=True)
def _is(data: NDArray[np.uint8], low: int, high: int, one: int, two: int, three: int) -> bool:
    return (
        high - low >= 3
        and data[low] == one
        and data[low + 1] == two
        and data[low + 2] == three
        and (high - low == 3 or data[low + 3] == _BAR)
    )


@njit(cache=True, nogil=True)
def scan(  # noqa: PLR0912, PLR0915 - one pass over the bytes
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    first: int,
    rows: int,
    powers: NDArray[np.float64],
    table: NDArray[np.int32],
    hashes: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    arena: NDArray[np.uint8],
    count: NDArray[np.int64],
    ordinary: NDArray[np.bool_],
    high_bytes: NDArray[np.bool_],
    keys: NDArray[np.int32],
    row_message: NDArray[np.int32],
    row_keys: NDArray[np.int32],
    row_value: NDArray[np.float64],
    row_is_number: NDArray[np.bool_],
    row_status: NDArray[np.uint8],
    row_time: NDArray[np.int64],
    row_time_state: NDArray[np.uint8],
) -> tuple[int, int]:
    """Scan messages from `first` on and write rows from `rows` on.

    Parameters
    ----------
    data, starts, ends
        The bytes of all messages, and where each one begins and ends.
    first, rows : int
    powers, table, hashes, offsets, arena, count
        Powers of ten, and the texts known so far (`intern`).
    ordinary, high_bytes : ndarray of bool, shape (messages,)
        Written: whether it was read here, and whether it has a byte beyond ASCII.
    keys : ndarray of int32, shape (messages, 3)
        Written: numbers of the character set, PID-3 and PV1-3, -1 where the segment is missing.
    row_message, row_keys, row_value, row_is_number, row_status, row_time, row_time_state
        Written, one row an OBX: the message; numbers of code with value type and of the unit; the value and whether it
        is one; the status byte (0 none, 255 not of one letter); the time and what it is.

    Returns
    -------
    next_message, rows : int
        Less than all messages if a text found no room: make room and go on from there.
    """
    lows = np.empty(FIELDS, np.int64)
    highs = np.empty(FIELDS, np.int64)
    for message in range(first, len(starts)):
        begin, end = starts[message], ends[message]
        kept = rows
        good = end - begin > 8 and _is(data, begin, end, 77, 83, 72)
        good = good and data[begin + 4] == _CARET and data[begin + 5] == 126 and data[begin + 6] == 92
        good = good and data[begin + 7] == 38 and (end - begin > 8 and data[begin + 8] == _BAR)
        charset = patient = place = -1
        ordered = observed = False
        high = 0
        obr_time = 0
        obr_state = _NO_TIME
        at = begin
        number = 0
        while good and at < end:
            stop, bits = _fields(data, at, end, lows, highs)
            high |= bits
            if stop == at:
                at += 1
                continue
            number += 1
            if number == 1:
                # MSH-1 is the separator itself, so MSH-n is the piece n - 1.
                good = highs[8] - lows[8] >= 7 and _is_oru(data, lows[8], highs[8])
                good = good and (lows[10] == highs[10] or (highs[10] - lows[10] == 1 and data[lows[10]] == 80))
                good = good and highs[17] - lows[17] <= LONGEST
                if not good:
                    break
                charset = intern(data, lows[17], highs[17], CHARSET, -1, table, hashes, offsets, arena, count)
                if charset < 0:
                    return message, kept
                good = good and charset < 65_000
            elif _is(data, at, stop, 79, 66, 88):
                observed = True
                if highs[3] - lows[2] > LONGEST or highs[6] - lows[6] > LONGEST:
                    good = False
                    break
                code = intern(data, lows[2], highs[3], CODE, charset, table, hashes, offsets, arena, count)
                unit = intern(data, lows[6], highs[6], UNIT, charset, table, hashes, offsets, arena, count)
                if code < 0 or unit < 0:
                    return message, kept
                row_message[rows] = message
                row_keys[rows, 0] = code
                row_keys[rows, 1] = unit
                value, is_number = _decimal(data, lows[5], highs[5], powers)
                row_value[rows] = value
                row_is_number[rows] = is_number
                width = highs[11] - lows[11]
                row_status[rows] = 0 if width == 0 else (data[lows[11]] if width == 1 else 255)
                moment, state = _moment(data, lows[14], highs[14])
                if state == _NO_TIME:
                    moment, state = obr_time, obr_state
                row_time[rows] = moment
                row_time_state[rows] = state
                rows += 1
            elif _is(data, at, stop, 79, 66, 82):
                ordered = True
                obr_time, obr_state = _moment(data, lows[7], highs[7])
            elif _is(data, at, stop, 80, 73, 68):
                good = patient < 0 and place < 0 and not observed and not ordered
                good = good and highs[3] - lows[3] <= LONGEST
                if not good:
                    break
                patient = intern(data, lows[3], highs[3], PATIENT, charset, table, hashes, offsets, arena, count)
                if patient < 0:
                    return message, kept
            elif _is(data, at, stop, 80, 86, 49):
                good = place < 0 and not observed and not ordered
                good = good and highs[3] - lows[3] <= LONGEST
                if not good:
                    break
                place = intern(data, lows[3], highs[3], PLACE, charset, table, hashes, offsets, arena, count)
                if place < 0:
                    return message, kept
            else:
                good = stop - at >= 3 and not _is(data, at, stop, 77, 83, 72)
                good = good and (stop - at == 3 or data[at + 3] == _BAR)
                for letter in range(3 if good else 0):
                    byte = data[at + letter]
                    good = good and (65 <= byte <= 90 or (letter > 0 and 48 <= byte <= 57))
            at = stop
        ordinary[message] = good
        high_bytes[message] = high >= 128
        keys[message, 0] = charset
        keys[message, 1] = patient
        keys[message, 2] = place
        if not good:
            rows = kept
    return len(starts), rows


@njit(cache=True, nogil=True)
def _is_oru(data: NDArray[np.uint8], low: int, high: int) -> bool:
    """Whether MSH-9 begins with ORU^R01."""
    return (
        data[low] == 79
        and data[low + 1] == 82
        and data[low + 2] == 85
        and data[low + 3] == _CARET
        and data[low + 4] == 82
        and data[low + 5] == 48
        and data[low + 6] == 49
        and (high - low == 7 or data[low + 7] == _CARET)
    )
