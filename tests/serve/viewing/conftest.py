"""A house in which one patient has a made-up plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from pydicom.dataset import FileDataset
from tests.serve.house import ANNA, Browser, House
from tests.serve.made_plan import SMALL, made_plan, second_plan

from fyr.serve.viewing import Viewing


@dataclass
class Viewer:
    """A physicist who looks at Anna's pictures."""

    house: House
    browser: Browser

    def get(self, path: str = "", **query: Any) -> Any:
        """Return what is answered under the patient's imaging."""
        return self.browser.get(f"/api/patients/{ANNA.hospital}/{ANNA.local}/imaging{path}", params=query)

    def document(self, path: str = "", **query: Any) -> Any:
        """Return a document, which must be there."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, said: Any) -> Any:
        """Return what is answered to what was said under the patient's imaging."""
        return self.browser.post(f"/api/patients/{ANNA.hospital}/{ANNA.local}/imaging{path}", said)

    def said(self, path: str, said: Any) -> Any:
        """Return the document that is answered, which must be there."""
        answer = self.post(path, said)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def view_of(self, title: str) -> str:
        """Return the one view whose title begins so."""
        views = [view for study in self.document()["studies"] for view in study["views"]]
        (found,) = (view["id"] for view in views if view["title"].startswith(title))
        return str(found)

    def put(self, *made: FileDataset) -> None:
        """Keep objects of the patient."""
        with self.house.record.importing(source="test") as batch:
            for one in made:
                batch.put_object(
                    as_bytes(one), media_type="application/dicom", study=str(one.StudyInstanceUID), patient=ANNA
                )

    def only_view(self) -> Any:
        """Return the one view that there must be."""
        views = [view for study in self.document()["studies"] for view in study["views"]]
        assert len(views) == 1
        return views[0]


def as_bytes(made: FileDataset) -> bytes:
    """Return a data set as a file."""
    from io import BytesIO

    kept = BytesIO()
    made.save_as(kept, enforce_file_format=True)
    return kept.getvalue()


@pytest.fixture(scope="session")
def small_plan() -> dict[str, FileDataset]:
    """The files of a small made-up plan, by name."""
    return dict(made_plan(SMALL))


@pytest.fixture
def viewer(open_house: Callable[..., House]) -> Iterator[Viewer]:
    """A physicist before a patient who has nothing to be seen yet; what is heavy is done in threads."""
    house = open_house()
    viewing = Viewing(processes=0)
    house.installation = replace(house.installation, viewing=viewing)
    yield Viewer(house, house.signed_in("physicist"))
    viewing.close()


@pytest.fixture
def planned(viewer: Viewer, small_plan: dict[str, FileDataset]) -> Viewer:
    """The patient has the whole plan."""
    viewer.put(*small_plan.values())
    return viewer


@pytest.fixture
def two_plans(planned: Viewer, small_plan: dict[str, FileDataset]) -> Viewer:
    """The patient has two plans of the same structures."""
    planned.put(*second_plan(small_plan).values())
    return planned
