from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import pytest

from fyr.errors import BadInput, NotPermitted
from fyr.models.folders import MANIFEST, load_model_folder, write_model_folder
from fyr.models.signing import SIGNATURE, keys_folder, sign_model_folder, signature_of, signing_key


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    made.mkdir()
    (made / MANIFEST).write_text('{"form": 1}\n')
    return made


def said(folder: Path, keys: Path) -> str:
    return str(signature_of(folder, (folder / MANIFEST).read_bytes(), keys))


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    first = signing_key(tmp_path / "keys")
    again = signing_key(tmp_path / "keys")

    assert first.private_bytes_raw() == again.private_bytes_raw()
    assert (tmp_path / "keys" / "signing.pem").stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    signing_key(tmp_path / "keys")
    (tmp_path / "keys" / "signing.pem").chmod(0o644)

    with pytest.raises(NotPermitted, match="others can read"):
        signing_key(tmp_path / "keys")


def test_own_trusted_unknown_and_no_signature_are_told_apart(folder: Path, tmp_path: Path) -> None:
    assert said(folder, tmp_path / "keys").startswith("unsigned")

    made = sign_model_folder(folder, tmp_path / "keys")

    assert said(folder, tmp_path / "keys") == f"signed by this hospital, key {made.fingerprint}"
    elsewhere = tmp_path / "elsewhere"
    assert said(folder, elsewhere) == f"signed by an unknown signer, key {made.fingerprint}"
    (elsewhere / "trusted").mkdir(parents=True)
    shutil.copy(tmp_path / "keys" / "signing.pub.pem", elsewhere / "trusted" / "haukeland.pem")
    assert said(folder, elsewhere) == f"signed by haukeland, key {made.fingerprint}"


def test_a_changed_manifest_a_changed_signature_and_a_foreign_key_are_refused(folder: Path, tmp_path: Path) -> None:
    sign_model_folder(folder, tmp_path / "keys")
    whole = json.loads((folder / SIGNATURE).read_text())

    with pytest.raises(BadInput, match="does not hold"):
        signature_of(folder, b'{"form": 2}\n', tmp_path / "keys")
    other = signing_key(tmp_path / "others").public_key().public_bytes_raw()
    broken = bytearray(base64.b64decode(whole["signature"]))
    broken[3] ^= 1
    for changed in (
        {**whole, "signature": base64.b64encode(bytes(broken)).decode()},
        {**whole, "public_key": base64.b64encode(other).decode()},
        {**whole, "public_key": "no base64!"},
        {**whole, "algorithm": "none"},
        {},
        [],
    ):
        (folder / SIGNATURE).write_text(json.dumps(changed))
        with pytest.raises(BadInput, match="does not hold"):
            said(folder, tmp_path / "keys")


def test_the_signature_is_that_of_the_library_over_the_manifest(folder: Path, tmp_path: Path) -> None:
    sign_model_folder(folder, tmp_path / "keys")
    document = json.loads((folder / SIGNATURE).read_text())
    public = signing_key(tmp_path / "keys").public_key()

    public.verify(
        base64.b64decode(document["signature"]), b"fyr model folder 1\n" + (folder / MANIFEST).read_bytes()
    )  # raises where it does not hold


def test_a_trained_folder_says_who_signed_it_and_is_refused_where_that_is_required(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fyr.watch.risk.model import KIND, model_files
    from fyr.watch.risk.trained import EARLY_WARNING_ICU

    monkeypatch.setenv("FYR_HOME", str(tmp_path / "home"))
    place = tmp_path / "model"
    write_model_folder(place, KIND, EARLY_WARNING_ICU, model_files(EARLY_WARNING_ICU))

    loaded = load_model_folder(place)
    assert loaded.signature is not None
    assert loaded.signature.state == "unsigned"
    with pytest.raises(NotPermitted, match="unsigned"):
        load_model_folder(place, require_signed=True)
    monkeypatch.setenv("FYR_REQUIRE_SIGNED", "1")
    with pytest.raises(NotPermitted, match="unsigned"):
        load_model_folder(place)

    sign_model_folder(place)
    signed = load_model_folder(place)
    assert signed.signature is not None
    assert signed.signature.state == "own"
    write_model_folder(place, KIND, EARLY_WARNING_ICU, model_files(EARLY_WARNING_ICU))
    with pytest.raises(NotPermitted, match="unsigned"):
        load_model_folder(place)


def test_the_command_line_says_who_signed_and_takes_no_other_where_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from fyr.cli.models import models
    from fyr.watch.risk.model import KIND, model_files
    from fyr.watch.risk.trained import EARLY_WARNING_ICU

    monkeypatch.setenv("FYR_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FYR_REQUIRE_SIGNED", raising=False)
    place = tmp_path / "model"
    write_model_folder(place, KIND, EARLY_WARNING_ICU, model_files(EARLY_WARNING_ICU))
    runner = CliRunner()

    assert "unsigned: nobody vouches for this model" in runner.invoke(models, ["card", str(place)]).stdout
    refused = runner.invoke(models, ["card", str(place), "--require-signed"], standalone_mode=False)
    assert isinstance(refused.exception, NotPermitted)
    made = sign_model_folder(place)
    told = json.loads(runner.invoke(models, ["card", str(place), "--require-signed", "--json"]).stdout)
    assert told["signature"] == {"state": "own", "signer": "this hospital", "key": made.fingerprint}


def test_a_hospital_whose_record_is_a_database_names_a_folder_of_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FYR_HOME", "postgresql://fyr@localhost/fyr")

    with pytest.raises(BadInput, match="FYR_KEYS"):
        keys_folder()
    monkeypatch.setenv("FYR_KEYS", str(tmp_path))
    assert keys_folder() == tmp_path
