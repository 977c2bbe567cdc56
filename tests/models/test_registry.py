"""The registry: other packages add models, and a broken one breaks only its own."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from fyr.errors import BadInput
from fyr.models import Model, model, models, problems, registered

MODULE = """
from fyr.models import Model, ModelCard, ModelInput, ModelOutput

class BodyMassIndex(Model):
    card = ModelCard(
        name="body_mass_index", version="1", title="Body mass index", intended_use="Adults.", not_for="Children.",
        inputs=(ModelInput("weight", "Body weight", "number", "kg", low=20, high=400),
                ModelInput("height", "Height", "number", "m", low=1, high=2.5)),
        outputs=(ModelOutput("index", "Body mass index", "kg/m2"),),
        citation="Quetelet 1832.", licence="None needed.", validity="Adults.", explanation="None.", parameters={},
    )

    def compute(self, columns):
        return {"index": columns["weight"] / columns["height"] ** 2}

BMI = BodyMassIndex()
A_STRING = "not a model"
"""


@pytest.fixture
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two installed packages that are not Fyr's: one good, one broken in every way."""
    (tmp_path / "neighbour_models.py").write_text(textwrap.dedent(MODULE))
    (tmp_path / "neighbour_broken.py").write_text("raise RuntimeError('no licence\\nfound')")
    (tmp_path / "neighbour_leaves.py").write_text("import sys\nsys.exit(9)")
    _install(tmp_path, "neighbour", {"body_mass_index": "neighbour_models:BMI"})
    _install(
        tmp_path,
        "careless",
        {
            "crash": "neighbour_broken:MODEL",
            "leaves": "neighbour_leaves:MODEL",
            "absent": "neighbour_nowhere:MODEL",
            "nameless": "neighbour_models:NOTHING",
            "text": "neighbour_models:A_STRING",
            "renamed": "neighbour_models:BMI",
            "news2": "neighbour_models:BMI",
        },
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def _install(folder: Path, package: str, offers: dict[str, str]) -> None:
    info = folder / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    lines = "\n".join(f"{name} = {target}" for name, target in offers.items())
    (info / "entry_points.txt").write_text(f"[fyr.models]\n{lines}\n")


def test_another_package_adds_a_model(foreign: Path) -> None:
    found = model("body_mass_index")
    answer = found.predict({"weight": 81, "height": 1.8})
    assert answer.estimates["index"].value == pytest.approx(25.0)
    assert models()["body_mass_index"] is found


def test_a_broken_package_loses_only_its_own_models(foreign: Path) -> None:
    working, broken = models(), problems()
    assert {"body_mass_index", "news2"} <= set(working)
    assert set(broken) == {"crash", "leaves", "absent", "nameless", "text", "renamed"}
    for name, problem in broken.items():
        assert "careless" in str(problem), name
        assert "\n" not in str(problem)
        with pytest.raises(BadInput):
            model(name)
    assert "RuntimeError: no licence found" in str(broken["crash"])
    assert "not a Model instance" in str(broken["text"])


def test_no_other_package_can_take_the_place_of_a_model_of_fyr(foreign: Path) -> None:
    assert model("news2").card.title.startswith("National Early Warning Score 2")


def test_two_packages_with_the_same_name_are_both_named(foreign: Path) -> None:
    _install(foreign, "rival", {"body_mass_index": "neighbour_models:BMI"})
    from fyr.models import registry

    registry._offers.cache_clear()
    try:
        with pytest.raises(BadInput, match="neighbour and rival"):
            model("body_mass_index")
        assert "news2" in models()
    finally:
        registry._offers.cache_clear()


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(BadInput, match="did you mean news2"):
        model("new2")
    with pytest.raises(BadInput, match=r"there are .*news2"):
        model("zzzzzzzzzz")


def test_a_version_can_be_asked_for() -> None:
    assert model("news2-2017") is model("news2")
    with pytest.raises(BadInput, match="news2-2012"):
        model("news2-2012")


def test_models_registered_in_process_are_gone_afterwards(clearance: Model) -> None:
    with registered(clearance):
        assert model("clearance") is clearance
        assert "clearance" in models()
    with pytest.raises(BadInput):
        model("clearance")


def test_hyphen_and_underscore_are_the_same_to_whoever_asks(foreign: Path) -> None:
    assert model("body-mass-index") is model("body_mass_index") is model("Body_Mass_Index-1")
