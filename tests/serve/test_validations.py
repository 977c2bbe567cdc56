"""Validations over HTTP and beside a model's answer: who may, what they get, and that the trail knows."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from tests.serve.house import House
from tests.serve.judged import npi_judged

from fyr.clock import DAY_US, from_iso
from fyr.exchange.samples import SAMPLES
from fyr.learn.validation_store import ValidationStore
from fyr.models import model
from fyr.serve.local_validation import StoredValidations
from fyr.serve.validation_documents import Validation, Validations

NOW_US = from_iso("2026-11-27T06:00:00Z")
NPI = model("npi").card


def figure(estimate: float, apart: float = 0.05) -> dict[str, float]:
    return {"estimate": estimate, "low": estimate - apart, "high": estimate + apart}


def validation(**more: Any) -> dict[str, Any]:
    """A validation in the form that `fyr learn validate --json` prints, with invented figures."""
    judged = {
        "c_index": figure(0.68),
        "brier": None,
        "calibration": {
            "slope": figure(0.9),
            "e_over_o": {"estimate": 1.1, "low": None, "high": None},
            "ici": None,
            "not_assessable": {"ici": "too few events"},
        },
        "net_benefit": {**figure(0.02, 0.01), "threshold": 0.2},
        "not_assessable": {"brier": "no events by then"},
    }
    return {
        "model": {"name": NPI.name, "version": NPI.version, "digest": NPI.digest, "output": "npi"},
        "cohort": {
            "source": "/srv/tables/breast 2019.csv",
            "sha256": "00",
            "rows": 210,
            "patients": 200,
            "events": 40,
            "answered": 205,
            "refused": 5,
            "hospitals": ["A", "B"],
        },
        "horizon_years": 5.0,
        **judged,
        "by": {"hospital": {"A": judged, "B": {**judged, "c_index": None}}},
        "warnings": ["few events"],
        **more,
    }


@pytest.fixture
def store(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ValidationStore:
    monkeypatch.setenv("FYR_CACHE", str(tmp_path / "cache"))
    return ValidationStore(house.record.storage.files)


def test_a_hospital_without_validations_says_what_may_be_fetched(house: House, store: ValidationStore) -> None:
    assert store.all() == []
    answer = Validations.model_validate(house.signed_in("researcher").get("/api/validations").json())
    assert answer.validations == []
    assert answer.making is None
    tables = {name for name, sample in SAMPLES.items() if sample.columns}
    assert len(tables) == 4
    assert {one.name: one.here for one in answer.samples} == dict.fromkeys(tables, False), "a plan is no cohort"


def test_the_list_is_newest_first_with_the_figures_of_all(house: House, store: ValidationStore) -> None:
    old = store.keep(validation(), kept_us=NOW_US - DAY_US)
    changed = {**validation()["model"], "digest": "other"}
    new = store.keep(validation(model=changed), kept_us=NOW_US)
    (store._root / "torn.json").write_text("{", encoding="utf-8")
    answer = Validations.model_validate(house.signed_in("nurse").get("/api/validations").json())
    assert [one.id for one in answer.validations] == [new.id, old.id]
    first, second = answer.validations
    assert (first.model.current, second.model.current) == (False, True)
    assert second.model.title == NPI.title
    assert (second.cohort.source, second.cohort.sample) == ("breast 2019.csv", None)
    assert (second.cohort.patients, second.cohort.events, second.cohort.hospitals) == (200, 40, 2)
    assert second.figures["c_index"] is not None
    assert second.figures["c_index"].estimate == 0.68
    assert second.figures["e_over_o"] is not None
    assert second.figures["e_over_o"].low is None
    assert second.figures["ici"] is None
    (problem,) = answer.problems
    assert "torn.json" in problem
    (entry,) = house.audited("read validation list")
    assert entry["person"] == "nurse"


def test_one_validation_has_all_that_was_printed(house: House, store: ValidationStore) -> None:
    kept = store.keep(validation(), kept_us=NOW_US)
    answer = Validation.model_validate(house.signed_in("physician").get(f"/api/validations/{kept.id}").json())
    assert answer.document == kept.document
    (entry,) = house.audited("read validation")
    assert entry["detail"] == {"validation": kept.id}


def test_an_open_cohort_is_told_apart_by_its_digest(house: House, store: ValidationStore) -> None:
    cohort = {**validation()["cohort"], "sha256": SAMPLES["gbsg2"].taken[0].sha256}
    kept = store.keep(validation(cohort=cohort), kept_us=NOW_US)
    answer = Validation.model_validate(house.signed_in("nurse").get(f"/api/validations/{kept.id}").json())
    assert (answer.cohort.source, answer.cohort.sample) == ("gbsg2", "gbsg2")
    assert answer.sample_title == SAMPLES["gbsg2"].title
    assert answer.sample_source is not None
    assert "Schumacher" in answer.sample_source


def test_the_figures_go_away_as_a_table_with_reasons(house: House, store: ValidationStore) -> None:
    kept = store.keep(validation(), kept_us=NOW_US)
    answer = house.signed_in("researcher").get(f"/api/validations/{kept.id}/figures.csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="{kept.id}.csv"'
    rows = {(row["by"], row["group"], row["figure"]): row for row in csv.DictReader(io.StringIO(answer.text))}
    assert float(rows["", "", "c_index"]["estimate"]) == 0.68
    assert float(rows["hospital", "A", "c_index"]["high"]) == pytest.approx(0.73)
    assert rows["hospital", "B", "c_index"]["estimate"] == ""
    assert rows["", "", "ici"]["not_assessable"] == "too few events"
    assert rows["", "", "brier"]["not_assessable"] == "no events by then"
    (entry,) = house.audited("export validation")
    assert entry["detail"] == {"validation": kept.id, "form": "csv"}


def test_the_report_goes_away_as_a_page_and_on_paper(house: House, store: ValidationStore) -> None:
    kept = store.keep(npi_judged(), kept_us=NOW_US)
    person = house.signed_in("researcher")
    page = person.get(f"/api/validations/{kept.id}/report.html")
    assert page.status_code == 200
    assert "simulated.csv" in page.text
    assert "/srv/" not in page.text
    paper = person.get(f"/api/validations/{kept.id}/report.pdf")
    assert paper.content.startswith(b"%PDF-")
    assert paper.headers["content-disposition"] == f'attachment; filename="{kept.id}.pdf"'
    assert [entry["detail"]["form"] for entry in house.audited("export validation")] == ["html", "pdf"]


def test_the_document_goes_away_as_it_was_printed(house: House, store: ValidationStore) -> None:
    kept = store.keep(validation(), kept_us=NOW_US)
    answer = house.signed_in("administrator").get(f"/api/validations/{kept.id}/validation.json")
    assert answer.json() == kept.document
    assert kept.id in answer.headers["content-disposition"]


@pytest.mark.parametrize("name", ["none", "..%2Fdemo", "NPI"])
def test_what_is_not_there_is_not_found(house: House, store: ValidationStore, name: str) -> None:
    del store
    assert house.signed_in("nurse").get(f"/api/validations/{name}").status_code == 404


def test_nobody_who_is_not_signed_in_reads_one(house: House, store: ValidationStore) -> None:
    kept = store.keep(validation(), kept_us=NOW_US)
    for below in ("", f"/{kept.id}", f"/{kept.id}/figures.csv", f"/{kept.id}/validation.json"):
        assert house.browser().get(f"/api/validations{below}").status_code == 401


def here_of(house: House) -> dict[str, Any]:
    found: dict[str, Any] = house.signed_in("physician").get("/api/models/npi/here").json()
    return found


def test_a_model_that_was_never_judged_says_so(house: House, store: ValidationStore) -> None:
    assert store.all() == []
    assert here_of(house) == {"validated": False, "words": "never validated here", "validation": None}


def test_a_model_says_how_it_did_on_own_patients(house: House, store: ValidationStore) -> None:
    kept = store.keep(validation(), kept_us=NOW_US)
    assert here_of(house) == {
        "validated": True,
        "words": (
            "C 0.68 (0.63 to 0.73), calibration slope 0.90 (0.85 to 0.95), E/O 1.10 at 5 years; "
            "200 patients, 40 events; breast 2019.csv; 2026-11-27"
        ),
        "validation": kept.id,
    }


def test_another_version_does_not_count(house: House, store: ValidationStore) -> None:
    kept = store.keep(validation(model={**validation()["model"], "version": "0", "digest": "x"}), kept_us=NOW_US)
    assert here_of(house) == {
        "validated": False,
        "words": "never validated here; version 0 was, on breast 2019.csv",
        "validation": kept.id,
    }


def test_other_parameters_under_the_same_version_do_not_count(house: House, store: ValidationStore) -> None:
    store.keep(validation(model={**validation()["model"], "digest": "x"}), kept_us=NOW_US)
    found = here_of(house)
    assert not found["validated"]
    assert f"version {NPI.version} with other parameters was" in found["words"]


def test_an_open_cohort_is_not_this_hospitals_own(house: House, store: ValidationStore) -> None:
    cohort = {**validation()["cohort"], "sha256": SAMPLES["gbsg2"].taken[0].sha256}
    sample = store.keep(validation(cohort=cohort), kept_us=NOW_US)
    found = here_of(house)
    assert not found["validated"]
    assert found["words"].startswith("never validated on this hospital's own patients; on an open cohort: C 0.68")
    assert found["validation"] == sample.id
    own = store.keep(validation(), kept_us=NOW_US - DAY_US)
    assert here_of(house)["validation"] == own.id


def test_a_model_without_calibration_says_that(store: ValidationStore, house: House) -> None:
    store.keep(validation(calibration={"not_assessable": {"slope": "it only ranks"}}, c_index=None), kept_us=NOW_US)
    words = here_of(house)["words"]
    assert words.startswith("rank not assessable, calibration not assessable at 5 years; 200 patients")


def test_a_validation_that_is_kept_later_is_seen(store: ValidationStore, house: House) -> None:
    known = StoredValidations(house.record.storage.files)
    assert not known.of(NPI.name, NPI.version, NPI.digest).validated
    store.keep(validation(), kept_us=NOW_US)
    assert known.of(NPI.name, NPI.version, NPI.digest).validated
