"""``fyr learn consider`` and ``decide``: what a study would disclose, and who approved it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from numpy.random import default_rng

from fyr.cli.main import main
from fyr.learn.federation.desk import StudyDesk
from fyr.learn.federation.disclosure.ledger import Ledger


class Fyr:
    """The command, and what it said."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def __call__(self, *arguments: str, code: int = 0) -> str:
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(["learn", *arguments])
        said = self._capsys.readouterr()
        assert left.value.code == code, said
        return said.out + said.err

    @property
    def home(self) -> list[str]:
        return ["--home", str(self.folder / "home")]

    def consider(self, table: str, *more: str, site: str = "oslo", code: int = 0) -> str:
        given = ["--study", str(self.folder / "study.json"), "--table", str(self.folder / table)]
        return self("consider", *given, "--site", site, *self.home, *more, code=code)


@pytest.fixture
def fyr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Fyr:
    """A study of two hospitals, and tables of one of them with simulated rows."""
    draw = default_rng(5)
    lines = ["who,age,event"] + [f"p{at},{draw.normal(60, 9):.3f},{int(draw.random() < 0.4)}" for at in range(60)]
    (tmp_path / "oslo.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "few.csv").write_text("\n".join(lines[:6]) + "\n")
    fyr, path = Fyr(tmp_path, capsys), str(tmp_path / "study.json")
    sites = ["--site", "oslo", "--site", "lund"]
    fyr("propose", "--out", path, *sites, "--method", "logistic", "--features", "age", "--outcome", "event")
    return fyr


def test_it_is_weighed_without_a_disclosure_and_waits_for_a_decision(fyr: Fyr) -> None:
    found: dict[str, Any] = json.loads(fyr.consider("oslo.csv", "--patient", "who", "--json"))
    assert found["forecast"]["rows"] == 60
    assert found["forecast"]["rows_isolable"] == 0
    assert found["forecast"]["would_refuse"] is None
    desk = StudyDesk(fyr.folder / "home")
    assert not desk.ledger.exists() or Ledger(desk.ledger).entries() == []
    assert desk.approved(found["digest"]) is None
    fyr("decide", found["id"], "--approve", "--by", "A. Steward", *fyr.home)
    assert desk.approved(found["digest"]) is not None
    assert "approved already" in fyr(
        "decide", found["id"], "--decline", "--by", "B", "--reason", "no", *fyr.home, code=5
    )


def test_a_study_that_names_its_sites_keys_is_weighed_like_any_other(fyr: Fyr) -> None:
    path = fyr.folder / "study.json"
    study = json.loads(path.read_text())
    names = ["oslo", "lund", "rome"]
    path.write_text(json.dumps({**study, "sites": names, "keys": dict.fromkeys(names, "ab" * 32)}))
    found: dict[str, Any] = json.loads(fyr.consider("oslo.csv", "--json"))
    assert found["forecast"]["would_refuse"] is None
    assert found["forecast"]["masked"] is True
    assert found["forecast"]["rows"] == 60


def test_what_the_rules_refuse_cannot_be_approved(fyr: Fyr) -> None:
    found: dict[str, Any] = json.loads(fyr.consider("few.csv", "--json"))
    assert "fewer than 10" in found["forecast"]["would_refuse"]
    assert found["forecast"]["unguarded"] > 0
    said = fyr("decide", found["id"], "--approve", "--by", "A. Steward", *fyr.home, code=5)
    assert "the rules of disclosure refuse it" in said


def test_bad_input_is_named(fyr: Fyr) -> None:
    assert "say oslo, lund" in fyr.consider("oslo.csv", site="rome", code=2)
    assert "there is no column 'id'" in fyr.consider("oslo.csv", "--patient", "id", code=3)
    assert "there is no study 'x'" in fyr("decide", "x", "--approve", "--by", "A", *fyr.home, code=3)
    assert "with a reason" in fyr("decide", "x", "--decline", "--by", "A", *fyr.home, code=2)
