"""What was read of exposures comes back as it was read, and nothing of another reader is believed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.serve.exposures.test_exposures import LEVELS, PATH, ct, get, keep, other_report, plan
from tests.serve.house import House

import fyr
from fyr.errors import BadInput, FyrError
from fyr.serve.exposures import kept as kept_module
from fyr.serve.exposures.kept import KeptReadings
from fyr.serve.exposures.reading import FileRead, read_one
from fyr.serve.exposures.written import READS, as_bytes, from_bytes, reader_version
from fyr.serve.viewing import Viewing


@pytest.fixture
def opened(open_house: Callable[..., House]) -> Iterator[House]:
    house = open_house()
    viewing = Viewing(processes=0)
    house.installation = replace(house.installation, viewing=viewing)
    yield house
    house.installation.readings.close()
    viewing.close()


def begin_anew(house: House) -> None:
    """Forget what is in memory, as another process would."""
    readings = KeptReadings(house.record.storage.files, house.installation.viewing)
    object.__setattr__(house.installation, "readings", readings)


def test_a_second_look_reads_no_object(opened: House, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(opened, [ct(300, "1"), ct(500, "2"), plan(), other_report()])
    browser = opened.signed_in("physicist")
    first, levels = get(browser), get(browser, LEVELS)
    assert (len(first["refused"]), len(first["courses"])) == (1, 1)
    monkeypatch.setattr(kept_module, "read_wanted", lambda *_: pytest.fail("an object was read again"))
    begin_anew(opened)
    assert get(browser) == first
    assert get(browser, LEVELS) == levels


def test_another_reader_and_a_damaged_file_read_anew(opened: House, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(opened, [ct(300, "1")])
    browser = opened.signed_in("physicist")
    first = get(browser)
    (file,) = (opened.record.storage.files / "derived").glob("exposures-*[!k]")
    file.write_bytes(file.read_bytes().replace(b"300.0", b"900.0"))
    begin_anew(opened)
    assert get(browser) == first, "a damaged number was shown"
    monkeypatch.setattr(kept_module, "reader_version", lambda: "another")
    begin_anew(opened)
    assert get(browser) == first
    assert (file.parent / "exposures-another").is_file()


def test_while_reports_are_read_the_page_is_told_how_far_it_is(opened: House, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(opened, [ct(300, "1"), ct(500, "2")])
    monkeypatch.setattr("fyr.serve.routes.exposures._WAIT_S", 0.0)
    monkeypatch.setattr(KeptReadings, "begin", lambda *_: None)
    browser = opened.signed_in("physicist")
    shown = get(browser, LEVELS)
    assert shown["reading"] == {"read": 0, "of": 2}
    assert shown["levels"] == []
    assert browser.get(f"{LEVELS}.csv").status_code == 503
    assert not opened.audited("read reference levels"), "nothing was given"


def test_what_may_pass_is_not_kept(opened: House) -> None:
    keep(opened, [ct(300, "1")])
    (stored,) = opened.record.objects()
    file = opened.record.storage.files / stored.place
    data = file.read_bytes()
    file.chmod(0o600)
    file.write_bytes(data[:-1] + b"x")
    browser = opened.signed_in("physicist")
    assert "SHA-256" in get(browser)["refused"][0]["reason"]
    file.write_bytes(data)
    begin_anew(opened)
    assert get(browser)["refused"] == []
    assert get(browser, PATH)["ledger"]["entries"]


def test_the_version_is_of_all_the_code_that_reads() -> None:
    code = """if True:
        import sys
        import fyr.exchange.dicom.report, fyr.exchange.dicom.plan, fyr.exchange.dicom.administered
        import fyr.treat.exposure.dose_report, fyr.treat.exposure.administered, fyr.exchange.dicom.head
        print(*(one.__file__ for name, one in sys.modules.items() if name.split(".")[0] == "fyr"))
    """
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    package = Path(fyr.__file__).parent
    loaded = {Path(one).relative_to(package).as_posix() for one in said}
    assert "exchange/dicom/report_bytes.py" in loaded
    others = {one for one in loaded if not any(one == place or one.startswith(f"{place}/") for place in READS)}
    assert others <= {"__init__.py", "version.py", "exchange/__init__.py", "treat/__init__.py"}
    assert len(reader_version()) == 16


@pytest.mark.real
def test_every_real_report_comes_back_as_it_was_read(data_folder: Path) -> None:
    files = sorted((data_folder / "treat" / "rdsr").glob("*.dcm"))
    assert len(files) == 24
    for file in files:
        try:
            read = replace(read_one(file, None, "d"), path="")
        except FyrError as problem:
            read = FileRead("", "d", problem=type(problem)(problem.what, where="", mend=problem.mend))
        data = as_bytes(read, "kind")
        assert data is not None, file.name
        back = from_bytes(data, "kind", "d")
        assert back is not None
        assert repr(back) == repr(read)
        assert str(back.problem) == str(read.problem)
        assert from_bytes(data, "other", "d") is None


def test_a_problem_of_the_disk_is_not_kept() -> None:
    problem = BadInput("the file cannot be read")
    assert as_bytes(FileRead("", "d", problem=problem), "kind") is not None
    problem.__context__ = OSError(5, "input/output error")
    assert as_bytes(FileRead("", "d", problem=problem), "kind") is None
