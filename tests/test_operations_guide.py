"""The guide for whoever runs Fyr: its commands are run as they stand, its files are what systemd and NATS read."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from fyr.serve import watchdog

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "how-to" / "operate.md").read_text("utf-8")
BLOCK = re.compile(r"<!-- tested(?:: (\w+))? -->\n```bash\n(.*?)```", re.DOTALL)
DEPLOY = ROOT / "deploy"


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    """The guide's places in a folder of the test, with the program behind ``bin/fyr``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = {
        name: str(tmp_path / name.lower()) for name in ("FYR_PROGRAM", "FYR_HOME", "FYR_BACKUPS", "NUMBA_CACHE_DIR")
    }
    program = Path(found["FYR_PROGRAM"]) / "bin" / "fyr"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -W error -m fyr.cli "$@"\n')
    program.chmod(0o755)
    Path(found["FYR_HOME"]).mkdir(mode=0o700)
    Path(found["FYR_BACKUPS"]).mkdir(mode=0o700)
    return {**found, "FYR_PORT": str(port)}


def _run(script: str, places: dict[str, str]) -> str:
    environment = {**os.environ, **places, "PATH": f"{places['FYR_PROGRAM']}/bin:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="the guide asks with curl")
def test_the_guide_works_word_by_word(places: dict[str, str]) -> None:
    blocks = [(kind or "", script) for kind, script in BLOCK.findall(GUIDE)]
    assert [kind for kind, _ in blocks] == ["places", "", "", "serve", "serve", "serve", "", ""]
    assert set(re.findall(r"export (\w+)=", blocks[0][1])) == set(places)
    server: subprocess.Popen[str] | None = None
    said = []
    try:
        for kind, script in blocks[1:]:
            if kind == "serve" and server is None:
                server = _start(places)
            said.append(_run(script, places))
    finally:
        if server is not None:
            server.send_signal(signal.SIGTERM)
            assert server.wait(20) == 0
            server.communicate()
    assert "everything" not in said[0]
    assert "good." in said[0]
    assert '"status":"ok"' in said[2]
    assert '"ready":true' in said[2]
    assert said[-1].startswith(f"{places['FYR_HOME']}: whole:")
    home = Path(places["FYR_HOME"])
    restored = Path(places["FYR_BACKUPS"]) / "restored"
    assert (restored / "fyr.toml").read_bytes() == (home / "fyr.toml").read_bytes()


def _start(places: dict[str, str]) -> subprocess.Popen[str]:
    """Start what fyr.service starts."""
    (command,) = re.findall(
        r"^ExecStart=/opt/fyr/bin/(.*)$", (DEPLOY / "systemd/fyr.service").read_text(), re.MULTILINE
    )
    server = subprocess.Popen(
        [f"{places['FYR_PROGRAM']}/bin/{command.split()[0]}", *command.split()[1:], "--port", places["FYR_PORT"]],
        env={**os.environ, **places, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    while "Ctrl-C" not in (line := server.stdout.readline()):
        assert line, server.communicate()[1]
    return server


def test_the_guide_names_every_notice() -> None:
    """A title in the code stands in the guide's table, a name in it as '…'."""
    code = Path(watchdog.__file__).read_text("utf-8")
    titles = re.findall(r'f?"((?:Source|The clock|The disk|The ward|The server|Alarms|Nothing can)[^"]*)",', code)
    assert len(titles) >= 8
    for title in titles:
        written = re.sub(r"'.*?'", "'…'", title)
        assert f"| {written} |" in GUIDE, title


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    names = []
    for unit in sorted((DEPLOY / "systemd").iterdir()):
        text = re.sub(r"/opt/fyr/bin/fyr|/usr/sbin/nats-server", "/bin/true", unit.read_text())
        (tmp_path / unit.name).write_text(text)
        names.append(str(tmp_path / unit.name))
    assert len(names) == 4
    done = subprocess.run(["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False)
    mine = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "fyr" in line]
    assert (done.returncode, mine) == (0, [])


@pytest.mark.skipif(shutil.which("nats-server") is None, reason="nats-server is not here")
def test_nats_takes_its_configuration(tmp_path: Path) -> None:
    text = (DEPLOY / "nats" / "nats.conf").read_text()
    assert re.search(r"^host: 127\.0\.0\.1$", text, re.MULTILINE)
    assert "sync_interval: always" in text
    version = subprocess.run(["nats-server", "--version"], capture_output=True, text=True, check=True).stdout
    major, minor = map(int, re.findall(r"v(\d+)\.(\d+)", version)[0])
    if (major, minor) < (2, 10):  # the guide says so
        text = text.replace("sync_interval: always", "")
    (tmp_path / "nats.conf").write_text(text.replace("/var/lib/fyr-nats", str(tmp_path / "store")))
    done = subprocess.run(
        ["nats-server", "-t", "-c", str(tmp_path / "nats.conf")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
