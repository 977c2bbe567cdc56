"""scripts/bootstrap.sh on machines that lack something, each played by a PATH on which that something is not."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "bootstrap.sh"
EVERYDAY = ("sh", "dirname", "env", "grep", "id", "mkdir", "rm", "ln", "chmod", "touch", "printf")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Give a folder of programs that is the whole PATH of a bare machine."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in EVERYDAY:
        (programs / name).symlink_to(shutil.which(name) or f"/bin/{name}")
    return programs


THERE = {"NATS_SERVER": "/bin/sh", "ORTHANC": "/bin/sh", "ORTHANC_DICOMWEB": "/bin/sh", "STORESCU": "/bin/sh"}
"""Programs outside of every PATH, played by one that is everywhere."""


def put(programs: Path, name: str, script: str) -> None:
    program = programs / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def bootstrap(programs: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SCRIPT), *arguments],
        env={"PATH": str(programs), "HOME": str(programs), "OS_RELEASE": "/no/such/file", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_old_python_is_one_line(machine, tmp_path):
    put(machine, "python3", 'case "$1" in --version) echo "Python 3.9.2" ;; *) exit 1 ;; esac')
    answer = bootstrap(machine, "venv", str(tmp_path / "venv"))
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "needs Python 3.11 or newer and found Python 3.9.2" in answer.stderr
    assert not (tmp_path / "venv").exists()


def test_a_newer_python_beside_an_old_one_is_found(machine, tmp_path):
    put(machine, "python3", "exit 1")
    put(machine, "python3.12", f'[ "$1" = -m ] && mkdir "$3" && touch "{tmp_path}/made-with-3.12"; exit 0')
    answer = bootstrap(machine, "venv", str(tmp_path / "venv"))
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "made-with-3.12").exists()


def test_the_python_that_was_asked_for_must_be_new_enough(machine, tmp_path):
    put(machine, "old-python", "exit 1")
    answer = bootstrap(machine, "venv", str(tmp_path / "venv"), PYTHON="old-python")
    assert answer.returncode == 1
    assert answer.stderr == "bootstrap: PYTHON=old-python is not a Python 3.11 or newer\n"


def test_without_apt_it_says_what_is_missing(machine):
    answer = bootstrap(machine, "test-tools", "venv")
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "chromium" in answer.stderr


def test_without_root_it_says_what_to_install(machine):
    put(machine, "apt-get", "exit 99")
    (machine / "id").unlink()
    put(machine, "id", "echo 1000")
    answer = bootstrap(machine, "test-tools", "venv")
    assert answer.returncode == 1
    assert "run: sudo apt-get install --yes --no-install-recommends" in answer.stderr
    assert "chromium" in answer.stderr


def test_as_root_it_installs_what_is_missing_and_nothing_else(machine, tmp_path):
    put(machine, "apt-get", f'echo "$@" >> "{tmp_path}/asked"')
    put(machine, "postgres", "exit 0")
    (machine / "id").unlink()
    put(machine, "id", "echo 0")
    answer = bootstrap(machine, "test-tools", "venv", **THERE)
    assert answer.returncode == 0, answer.stderr
    asked = (tmp_path / "asked").read_text().splitlines()
    assert len(asked) == 2
    assert asked[0].endswith("update")
    assert asked[1].endswith("install --yes --no-install-recommends chromium")


def test_what_the_tests_of_images_talk_to_is_installed_where_it_is_not(machine, tmp_path):
    put(machine, "apt-get", f'echo "$@" >> "{tmp_path}/asked"')
    for name in ("postgres", "chromium"):
        put(machine, name, "exit 0")
    (machine / "id").unlink()
    put(machine, "id", "echo 0")
    missing = dict.fromkeys(("ORTHANC", "ORTHANC_DICOMWEB", "STORESCU"), "/no/such/file")
    answer = bootstrap(machine, "test-tools", "venv", NATS_SERVER="/bin/sh", **missing)
    assert answer.returncode == 0, answer.stderr
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[1].endswith("--no-install-recommends orthanc orthanc-dicomweb dcmtk")


def test_on_ubuntu_playwright_brings_the_browser(machine, tmp_path):
    """Ubuntu's package of that name is a snap, which a container cannot run."""
    release = tmp_path / "os-release"
    release.write_text('NAME="Ubuntu"\nID=ubuntu\n')
    put(machine, "postgres", "exit 0")
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    put(venv / "bin", "python", f'echo "$@" >> "{tmp_path}/asked"')
    answer = bootstrap(machine, "test-tools", str(venv), OS_RELEASE=str(release), **THERE)
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "asked").read_text().startswith("-m playwright install")


def test_where_everything_is_there_it_is_quiet(machine):
    for name in ("postgres", "chromium"):
        put(machine, name, "exit 0")
    answer = bootstrap(machine, "test-tools", "venv", **THERE)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("version", "good"), [("18.20.4", False), ("20.18.0", False), ("20.19.0", True), ("24.1.0", True)]
)
def test_which_node_is_new_enough(machine, tmp_path, version, good):
    """Debian 12 carries Node 18, which the page's builder does not support."""
    real_node = shutil.which("node")
    if real_node is None:
        pytest.skip("no node on the PATH to play an older one with")
    # The real node runs the script's own question with another answer to `process.versions.node`.
    put(
        machine,
        "node",
        f"exec {real_node} -e \"Object.defineProperty(process, 'versions', {{value: {{node: '{version}'}}}}); $2\"",
    )
    put(machine, "npm", "exit 0")
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    put(venv / "bin", "python", "exit 9")
    answer = bootstrap(machine, "node", str(venv))
    assert (answer.returncode == 0) is good
    assert ("putting one into" in answer.stderr) is not good


def test_an_unknown_wish_shows_the_usage(machine):
    answer = bootstrap(machine, "everything")
    assert answer.returncode == 1
    assert "usage: scripts/bootstrap.sh" in answer.stderr


def test_nats_server_is_brought_where_it_is_missing(machine):
    put(machine, "postgres", "exit 0")
    put(machine, "chromium", "exit 0")
    put(machine, "apt-get", 'echo "apt-get $*" >&2; exit 0')
    (machine / "id").unlink()
    put(machine, "id", "echo 0")
    answer = bootstrap(machine, "test-tools", "venv", NATS_SERVER="/no/such/program")
    assert answer.returncode == 0, answer.stderr
    assert "install --yes --no-install-recommends nats-server" in answer.stderr
    put(machine, "nats-server", "exit 0")
    again = bootstrap(machine, "test-tools", "venv", NATS_SERVER="/no/such/program")
    assert (again.returncode, again.stderr) == (0, ""), "a server that is there is left alone"
