"""A round of a deployed federated study: a question to four hospitals, and their answers back, carrier by carrier.

Each hospital is a process of its own with 1,000 made-up rows, and the study a logistic regression of 14 coefficients; a
round is all of it: the sums, the signatures, disclosure control as it comes (rules, meter, masks, and a ledger on the
disk), the journal in memory. `--open` leaves disclosure control out. The carriers: sites in this process, mutual TLS,
files carried by a program that copies at once, and Flower's SuperLink with resident clients. The peer is Flower as it
comes: four flower-supernode that start their app for every message, over the same TLS and node keys, with slope and
curvature made by numpy. Times are by the clock, since a round mostly waits.

Flower runs where it is installed: in .venv-flower (make .make/flower), or where FYR_FLOWER says.

Run: ``python benchmarks/federated_round.py [--rounds 20] [--peer-rounds 1] [--only NAME]``
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from fyr.learn.federation.carriers.by_hand import ByHand, answer_file
from fyr.learn.federation.carriers.study_keys import CoordinatorKeys, SiteKeys
from fyr.learn.federation.carriers.tls_coordinator import TlsCoordinator
from fyr.learn.federation.coordinator import conduct
from fyr.learn.federation.disclosure.control import Control
from fyr.learn.federation.disclosure.ledger import Ledger
from fyr.learn.federation.envelope import Envelope
from fyr.learn.federation.in_process import InProcess
from fyr.learn.federation.message import decode
from fyr.learn.federation.site import Site
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study
from fyr.learn.federation.transport import Transport

ROOT = Path(__file__).resolve().parents[1]
SITES = ("north", "east", "south", "west")
FEATURES = [f"x{number}" for number in range(13)]
OPTIONS = {"features": FEATURES, "outcome": "y"}
STUDIES = [Study(f"benchmark {number}", "logistic", SITES, OPTIONS) for number in range(100)]
ROWS = 1000
GOAL_S = 0.5
OPEN = "FYR_BENCHMARK_OPEN"
"""Is in the environment where disclosure control is left out."""
FLOWER = Path(os.environ.get("FYR_FLOWER", ROOT / ".venv-flower")) / "bin" / "python"


def table(site: str) -> SiteTable:
    """Return a hospital's rows."""
    draw = np.random.default_rng(SITES.index(site))
    columns = {name: draw.normal(size=ROWS) for name in FEATURES}
    columns["y"] = (draw.random(ROWS) < 0.4).astype(np.float64)
    return SiteTable(site, columns)


def handle_of(keys: SiteKeys, folder_of_keys: Path) -> Callable[[bytes], bytes | None]:
    """Return a hospital that takes part in every study of the benchmark."""
    rows, signing, known = table(keys.card.name), keys.signing, keys.known_coordinator.signing_key
    gate = None
    if OPEN not in os.environ:
        own = folder_of_keys / "disclosed"
        gate = Control(b"a secret of the benchmark, " + rows.site.encode().ljust(32), Ledger(own), identity=signing)
    studies, sites = {study.digest: study for study in STUDIES}, dict[str, Site]()

    def handle(question: bytes) -> bytes | None:
        study = str(decode(question[Envelope.SEAL :])["study"])
        if study not in sites:
            sites[study] = Site(rows, studies[study], signing, known, gate)
        return sites[study].handle(question)

    return handle


def enrolled(folder: Path) -> CoordinatorKeys:
    """Make everybody's keys."""
    coordinator = CoordinatorKeys.create(folder / "coordinator", "benchmark", "https://127.0.0.1:9443")
    for name in SITES:
        keys = SiteKeys.create(folder / name, name)
        keys.accept(coordinator.admit((folder / name / "request.json").read_bytes(), name)[1], name)
    return coordinator


def resident(carrier: str, folder: str, place: str) -> None:
    """Be a hospital's process."""
    keys = SiteKeys.open(Path(folder))
    handle = handle_of(keys, Path(folder))
    if carrier == "tls":
        from fyr.learn.federation.carriers.tls_site import serve_site

        serve_site(keys, handle, address=place, proxies_from_environment=False)
    elif carrier == "flower":
        from fyr.learn.federation.carriers.flower_site import serve_flower_site

        serve_flower_site(keys, handle, place)
    else:
        done: set[str] = set()
        while True:
            for question in Path(place).glob(f"*/outbox/*-to-{keys.card.name}.fyr"):
                if str(question) not in done:
                    answer_file(question, keys, handle, question.parents[1] / "inbox")
                    done.add(str(question))
            time.sleep(0.01)


@contextmanager
def hospitals(carrier: str, folder: Path, place: str) -> Iterator[None]:
    """Start four processes, and end them."""
    command = [sys.executable, __file__, "--resident", carrier]
    started = [subprocess.Popen([*command, str(folder / name), place]) for name in SITES]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def timed(transport_of: Callable[[Study], Transport], keys: CoordinatorKeys, rounds: int) -> list[float]:
    """Return the seconds that a round takes, one number a study; the first, to which all must come, is left out.

    A round under masks is several letters: the masked sums, and what opens their total.
    """
    signing, known = keys.signing, keys.signing_keys(SITES)
    times: list[float] = []
    done = 0
    for study in STUDIES:
        transport = transport_of(study)
        begun = time.perf_counter()
        outcome = conduct(study, transport, signing, known, wait_s=120)
        if study is not STUDIES[0]:
            times.append((time.perf_counter() - begun) / outcome.rounds)
            done += outcome.rounds
        if done >= rounds:
            break
    return times


def in_process(folder: Path, keys: CoordinatorKeys, rounds: int) -> list[float]:
    """Time sites of this process."""
    transport = InProcess({name: handle_of(SiteKeys.open(folder / name), folder / name) for name in SITES})
    return timed(lambda _: transport, keys, rounds)


def tls(folder: Path, keys: CoordinatorKeys, rounds: int) -> list[float]:
    """Time processes over mutual TLS."""
    transport = TlsCoordinator(keys, SITES, port=0)
    with hospitals("tls", folder, f"https://127.0.0.1:{transport.port}"):
        times = timed(lambda _: transport, keys, rounds)
    transport.close()
    return times


def files(folder: Path, keys: CoordinatorKeys, rounds: int) -> list[float]:
    """Time files that are carried at once."""
    place = folder / "hand"

    def desk(study: Study) -> Transport:
        return ByHand(keys, SITES, place / study.name / "outbox", place / study.name / "inbox")

    with hospitals("files", folder, str(place)):
        return timed(desk, keys, rounds)


def flower(folder: Path, keys: CoordinatorKeys, rounds: int) -> list[float]:
    """Time a SuperLink with resident clients."""
    from fyr.learn.federation.carriers.flower_coordinator import FlowerCoordinator
    from fyr.learn.federation.carriers.superlink import SuperLink, superlink_secret

    port = free_port()
    with SuperLink(keys, port=port, log=folder / "superlink.log"):
        place = f"127.0.0.1:{port}"
        transport = FlowerCoordinator(keys, SITES, place, superlink_secret(keys).read_bytes())
        with hospitals("flower", folder, place):
            times = timed(lambda _: transport, keys, rounds)
        transport.close(finished=True)
    return times


CLIENT = """
import numpy as np
from flwr.app import ArrayRecord, Context, Message, RecordDict
from flwr.clientapp import ClientApp
app = ClientApp()

@app.query()
def query(message: Message, context: Context) -> Message:
    beta = message.content["beta"].to_numpy_ndarrays()[0]
    draw = np.random.default_rng(int(context.node_config["site"]))
    x = np.column_stack([np.ones(ROWS), *(draw.normal(size=ROWS) for _ in range(13))])
    y = (draw.random(ROWS) < 0.4).astype(float)
    p = 1 / (1 + np.exp(-x @ beta))
    sums = [x.T @ (y - p), (x * (p * (1 - p))[:, None]).T @ x]
    return Message(RecordDict({"sums": ArrayRecord(sums)}), reply_to=message)
""".replace("ROWS", str(ROWS))
SERVER = """
import json, os, time
import numpy as np
from flwr.app import ArrayRecord, Context, Message, RecordDict
from flwr.serverapp import Grid, ServerApp
app = ServerApp()

@app.main()
def main(grid: Grid, context: Context) -> None:
    draw = np.random.default_rng(1)
    while len(list(grid.get_node_ids())) < 4:
        time.sleep(0.5)
    times = []
    for number in range(int(os.environ["PEER_ROUNDS"])):
        begun = time.perf_counter()
        content = RecordDict({"beta": ArrayRecord([draw.normal(size=14) / 10])})
        got = list(grid.send_and_receive([Message(content, node, "query") for node in grid.get_node_ids()]))
        assert len(got) == 4 and all(one.has_content() for one in got), got
        times.append(time.perf_counter() - begun)
        open(os.environ["PEER_TIMES"], "w").write(json.dumps(times))
    open(os.environ["PEER_TIMES"] + ".done", "w").close()
"""
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "peer"
version = "1.0.0"
license = {text = "Apache-2.0"}
dependencies = []
[tool.flwr.app]
publisher = "peer"
[tool.flwr.app.components]
serverapp = "peer.server:app"
clientapp = "peer.client:app"
[tool.flwr.app.config]
"""


def flower_apps(folder: Path, keys: CoordinatorKeys, rounds: int) -> list[float]:
    """Time Flower as it comes, its app for every message a new process."""
    from fyr.learn.federation.carriers.flower_api import require_flower

    require_flower()
    port, place, programs = free_port(), folder / "peer.json", Path(sys.executable).parent
    environment = {**os.environ, "FLWR_HOME": str(folder / "flwr"), "PEER_TIMES": str(place)}
    environment |= {"PEER_ROUNDS": str(rounds + 1), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    tls_files = ("--ssl-certfile", keys.certificate_file, "--ssl-keyfile", keys.tls_key)
    authority = ("--ssl-ca-certfile", keys.authority_file)
    flags = ("--enable-supernode-auth", "--disable-runtime-dependency-installation")
    commands = [[programs / "flower-superlink", "--port", str(port), *tls_files, *authority, *flags]]
    commands += [supernode(folder, keys, port, name, programs) for name in SITES]
    with ExitStack() as stack:
        log = stack.enter_context((folder / "peer.log").open("w"))
        for command in commands:
            process = subprocess.Popen(
                list(map(str, command)), env=environment, stdout=log, stderr=log, start_new_session=True
            )
            stack.callback(end_group, process)
            if command is commands[0]:
                start_run(folder, keys, port)
        until = time.monotonic() + 120 + 90 * rounds
        while not Path(f"{place}.done").exists():
            if time.monotonic() > until:
                raise TimeoutError((folder / "peer.log").read_text()[-3000:])
            time.sleep(0.2)
    times: list[float] = json.loads(place.read_text())
    return times[1:]


def supernode(folder: Path, keys: CoordinatorKeys, port: int, name: str, programs: Path) -> list[object]:
    """Return the command of a flower-supernode with a hospital's key, which it wants in OpenSSH's form."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    from fyr.learn.federation.carriers.certificates import private_key

    key = private_key((folder / name / "tls.pem").read_bytes(), name)
    place = folder / f"{name}.ssh"
    place.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    own_port = free_port()
    return [
        *(programs / "flower-supernode", "--superlink", f"127.0.0.1:{port}"),
        *("--root-certificates", keys.authority_file, "--auth-supernode-private-key", place),
        *("--port", own_port, "--node-config", f"site={SITES.index(name)}"),
    ]


def start_run(folder: Path, keys: CoordinatorKeys, port: int) -> None:
    """Register the hospitals' keys, and start the peer's app."""
    import hashlib

    import httpx
    from flwr.cli.build import build_fab_from_disk
    from flwr.proto.control_pb2 import RegisterNodeRequest, StartRunRequest
    from flwr.proto.fab_pb2 import Fab
    from flwr.supercore.control import ControlHttpClient
    from flwr.supercore.interceptors import RuntimeVersionHttpInterceptor
    from flwr.supercore.primitives.asymmetric import public_key_to_bytes

    from fyr.learn.federation.carriers.certificates import private_key

    app = folder / "app"
    (app / "peer").mkdir(parents=True)
    for name, text in (("pyproject.toml", PROJECT), ("peer/client.py", CLIENT), ("peer/server.py", SERVER)):
        (app / name).write_text(text)
    (app / "peer" / "__init__.py").write_text("")
    bundle = build_fab_from_disk(app)
    control = ControlHttpClient.from_server_address(
        f"127.0.0.1:{port}",
        False,
        keys.authority_file.read_bytes(),
        [RuntimeVersionHttpInterceptor(component_name="flwr-cli")],
    )
    for name in SITES:
        public = public_key_to_bytes(private_key((folder / name / "tls.pem").read_bytes(), name).public_key())
        for _ in range(100):
            try:
                control.RegisterNode(RegisterNodeRequest(public_key=public, name=name))
                break
            except httpx.TransportError:
                time.sleep(0.3)
    control.StartRun(StartRunRequest(fab=Fab(hash_str=hashlib.sha256(bundle).hexdigest(), content=bundle)))
    control.close()


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and those that it started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


WAYS: dict[str, tuple[str, Callable[[Path, CoordinatorKeys, int], list[float]]]] = {
    "in-process": ("sites in this process", in_process),
    "tls": ("mutual TLS, a resident process a site", tls),
    "files": ("sealed files, carried at once", files),
    "flower": ("Flower's SuperLink, a resident client a site", flower),
    "peer": ("Flower as it comes: flower-supernode and an app", flower_apps),
}


def measured(name: str, rounds: int) -> list[float]:
    """Time one way, those of Flower in its own environment."""
    if name in ("flower", "peer") and Path(sys.executable) != FLOWER:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "FLWR_TELEMETRY_ENABLED": "0"}
        environment["FLWR_DISABLE_UPDATE_CHECK"] = "1"
        command = [str(FLOWER), __file__, "--only", name, "--rounds", str(rounds), "--times"]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
        try:
            found: list[float] = json.loads(process.communicate()[0])
        finally:  # told, not killed, so that it ends what it has started
            process.terminate()
            process.wait()
        return found
    with tempfile.TemporaryDirectory() as place:
        return WAYS[name][1](Path(place), enrolled(Path(place)), rounds)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--peer-rounds", type=int, default=1)
    parser.add_argument("--only", choices=WAYS)
    parser.add_argument("--open", action="store_true", help="Leave disclosure control out.")
    parser.add_argument("--times", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--resident", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.open:
        os.environ[OPEN] = "1"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended too
    if asked.resident:
        resident(*asked.resident)
        return
    if asked.times:
        print(json.dumps(measured(asked.only, asked.rounds)))
        return
    medians: dict[str, float] = {}
    print(f"a round of {len(SITES)} hospitals, {ROWS:,} rows each, means of studies; load {os.getloadavg()[0]:.1f}")
    for name in [asked.only] if asked.only else WAYS:
        if name in ("flower", "peer") and not FLOWER.exists():
            print(f"  {WAYS[name][0]:<52} not installed: make .make/flower")
            continue
        times = measured(name, asked.peer_rounds if name == "peer" else asked.rounds)
        medians[name] = statistics.median(times)
        met = "" if name == "peer" else f"  {'met' if medians[name] <= GOAL_S else 'missed'} (<= {GOAL_S} s)"
        print(
            f"  {WAYS[name][0]:<52} {medians[name]:9.4f} s, {min(times):.4f} to {max(times):.4f}, n={len(times)}{met}"
        )
    for name in ("tls", "flower"):
        if name in medians and "peer" in medians:
            print(f"  the peer takes {medians['peer'] / medians[name]:.0f} times as long as {name}")


if __name__ == "__main__":
    main()
