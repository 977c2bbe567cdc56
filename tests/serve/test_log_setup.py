"""No patient can be recognised in the log, whoever writes to it and however."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
import threading
import warnings
from collections.abc import Iterator

import numpy as np
import pytest

from fyr.record import PatientId
from fyr.serve.configuration import LogSettings
from fyr.serve.log_setup import PatientWords, SafeFormatter, set_up_logs

ANNA, LONG = PatientId("demo", "17"), PatientId("ward", "MRN-0042-77")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """A log set up on a string, and everything as it was afterwards."""
    loggers = [logging.getLogger(name) for name in ("", "fyr", "uvicorn", "pydicom", "pynetdicom")]
    before = [(one, one.level, list(one.handlers), one.propagate) for one in loggers]
    hook = threading.excepthook
    written = io.StringIO()
    set_up_logs(LogSettings("json", "info"), [ANNA, LONG], stream=written)
    yield written
    logging.captureWarnings(capture=False)
    threading.excepthook = hook
    for one, level, handlers, propagate in before:
        one.setLevel(level)
        one.handlers[:] = handlers
        one.propagate = propagate


def _lines(stream: io.StringIO) -> list[dict[str, str]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def _free_of_patients(text: str) -> bool:
    return not re.search(r"demo/17|\b17\b|MRN-0042-77", text)


def test_a_patient_is_a_word_that_stays_and_leads_nowhere(stream: io.StringIO) -> None:
    log = logging.getLogger("fyr.serve")
    log.info("%s moved to %s", ANNA, "bed 3")
    log.info("the alarms of %s, %d of them", "demo/17", 17)
    log.info(f"written in the message: {ANNA}")
    one, two, three = (line["message"] for line in _lines(stream))
    word = re.search(r"patient-[0-9a-f]{8}", one)
    assert word is not None
    assert one == f"{word[0]} moved to bed 3"
    assert two == f"the alarms of {word[0]}, 17 of them"
    assert three == f"written in the message: {word[0]}"
    assert PatientWords([ANNA]).word(ANNA) != word[0]


@pytest.mark.parametrize(
    "text",
    [
        "POST /api/patients/demo/17/overrides failed",
        "GET /api/patients/elsewhere/17?hours=1",
        "no such patient: demo/17.",
        "x/demo/17 and (demo/17)",
        repr(ANNA),
        "Addressee(patient='17', ward='7A', bed='3')",
        "number MRN-0042-77, twice: MRN-0042-77.",
        "PID|1||17^^^demo||Doe^Jane",
        "demo/unheard-of is on no ward",
    ],
)
def test_patients_are_found_in_text(stream: io.StringIO, text: str) -> None:
    logging.getLogger("fyr.serve").warning("%s", text)
    logging.getLogger("uvicorn.error").warning(text)
    logging.getLogger("some.package").error(text)
    for line in _lines(stream):
        assert _free_of_patients(line["message"]), line["message"]
        assert "Doe" not in line["message"]
        assert "unheard-of" not in line["message"]
    assert len(_lines(stream)) == 3


def test_a_civil_registration_number_is_taken_out_and_a_time_is_not() -> None:
    words = PatientWords()
    assert "010203-1234" not in words.clean("the person 010203-1234 came")
    assert words.clean("at 2026-11-22T08:00:00Z, 120345 samples, 10.0.0.1:2575") == (
        "at 2026-11-22T08:00:00Z, 120345 samples, 10.0.0.1:2575"
    )
    assert PatientWords(hospitals=["local"]).clean('File "/usr/local/lib/python3.11/a.py"') == (
        'File "/usr/local/lib/python3.11/a.py"'
    )


def test_tracebacks_threads_and_warnings_are_cleaned_too(stream: io.StringIO) -> None:
    def fail() -> None:
        raise ValueError(f"{ANNA} again, chained")

    def run() -> None:
        try:
            fail()
        except ValueError as problem:
            raise RuntimeError(f"of {ANNA!r}") from problem

    try:
        run()
    except RuntimeError:
        logging.getLogger("fyr.serve").exception("the round failed for %s", ANNA)
    thread = threading.Thread(target=run, name="fyr-test")
    thread.start()
    thread.join()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn(f"about {ANNA}", UserWarning, stacklevel=1)
        logging.captureWarnings(capture=False)
    lines = _lines(stream)
    assert len(lines) == 3
    assert "ValueError: patient-" in lines[0]["details"]
    assert "RuntimeError: of patient-" in lines[0]["details"]
    assert lines[1]["message"] == "fyr-test ended by a fault"
    for line in lines:
        assert "demo/17" not in json.dumps(line)
        assert "local='17'" not in json.dumps(line)


def test_what_libraries_quote_of_an_image_is_not_written(stream: io.StringIO) -> None:
    from pydicom.dataset import Dataset

    Dataset().StudyInstanceUID = "Andersen^Anna"  # which pydicom warns of, and quotes
    logging.getLogger("pydicom").error("Andersen")
    logging.getLogger("pynetdicom.association").error("Andersen")
    assert "Andersen" not in stream.getvalue()


def test_a_record_that_does_not_fit_is_written_all_the_same() -> None:
    formatter = SafeFormatter(PatientWords(), as_json=False)
    record = logging.LogRecord("fyr", logging.WARNING, __file__, 1, "%d beds in %s", ("no number",), None)
    assert "arguments that do not fit" in formatter.format(record)
    record.args = (np.int64(3), "7A")
    assert formatter.format(record).endswith("3 beds in 7A")


def test_levels_hold_and_a_second_set_up_replaces_the_first(stream: io.StringIO) -> None:
    logging.getLogger("fyr.serve").debug("not written")
    logging.getLogger("some.package").info("not written")
    again = io.StringIO()
    set_up_logs(LogSettings("text", "debug"), stream=again)
    logging.getLogger("fyr.serve").debug("for %s", "people")
    assert stream.getvalue() == ""
    assert re.fullmatch(r"\S+Z debug   fyr.serve: for people\n", again.getvalue())
    assert sys.stderr is not again
