"""fyr.toml: what it may say, what it says wrong, and what is made of it."""

from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path

import pytest

from fyr.clock import MINUTE_US, SECOND_US
from fyr.errors import BadInput, ServiceUnavailable
from fyr.exchange.incoming import SourceHealth, SourceState, Take
from fyr.exchange.outgoing import OutgoingAlarm
from fyr.serve.configuration import Configuration, SourceSettings, configuration_file, read_configuration
from fyr.serve.configuration_check import check_configuration, secret_of
from fyr.serve.configuration_keys import COMMON_SINK_KEYS, COMMON_SOURCE_KEYS, SECTIONS, template
from fyr.serve.source_kinds import SINK_KINDS, SOURCE_KINDS, Kind, build_source


class Listener:
    """A source of this test."""

    def __init__(
        self, name: str, *, port: int = 2575, host: str = "127.0.0.1", timezone: str = "UTC", token_file: str = ""
    ) -> None:
        if not 0 < port < 65536:
            raise BadInput(f"{port} is no port", where="port", mend="give one from 1 to 65535")
        self.name, self.port, self.host, self.timezone, self.token_file = name, port, host, timezone, token_file

    def start(self, take: Take) -> None: ...
    def stop(self) -> None: ...
    def health(self) -> SourceHealth:
        return SourceHealth(SourceState.LISTENING)


class Receiver:
    """A sink of this test, which needs an address."""

    def __init__(self, name: str, *, url: str) -> None:
        self.name, self.url = name, url

    def send(self, alarm: OutgoingAlarm) -> None: ...
    def close(self) -> None: ...


SOURCES = {
    "line": Kind(f"{__name__}:Listener", "lines", listens=True),
    "gone": Kind("a_library_that_is_not_there:Listener", "something of a library that is not installed"),
}
SINKS = {"receiver": Kind(f"{__name__}:Receiver", "a receiver")}


def _written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "fyr.toml"
    file.write_text(text)
    return file


def _check(tmp_path: Path, text: str) -> list[str]:
    configuration = read_configuration(_written(tmp_path, text))
    return check_configuration(configuration, source_kinds=SOURCES, sink_kinds=SINKS)


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    assert read_configuration(None) == Configuration()
    assert configuration_file(None, tmp_path) is None
    empty = read_configuration(_written(tmp_path, ""))
    assert (empty.hospital, empty.server, empty.sources) == (Configuration().hospital, Configuration().server, ())


def test_the_template_says_the_defaults_that_hold(tmp_path: Path) -> None:
    """With every commented default taken in, the values are those of no file at all."""
    lines = []
    for line in template().splitlines():
        if line.startswith("# [["):
            break
        said = re.fullmatch(r"# (\w+ = .*?) +# (.*)", line)
        lines.append(said[1] if said and "No default." not in said[2] else line)
    text = "\n".join(lines)
    assert set(tomllib.loads(text)) == set(SECTIONS)
    read, default = read_configuration(_written(tmp_path, text)), Configuration()
    for section in SECTIONS:
        assert getattr(read, section) == getattr(default, section)
    names = [key.name for key in itertools.chain(*SECTIONS.values(), COMMON_SOURCE_KEYS, COMMON_SINK_KEYS)]
    assert all(f"# {name} = " in template() for name in names)
    uncommented = re.sub(r"^# (\[\[|\w+ = )", r"\1", template(), flags=re.MULTILINE)
    assert tomllib.loads(uncommented)["source"][0]["kind"] in SOURCE_KINDS
    assert tomllib.loads(uncommented)["sink"][0]["kind"] in SINK_KINDS


def test_what_stands_in_the_file_is_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    (tmp_path / "token").chmod(0o600)
    file = _written(
        tmp_path,
        """
        [hospital]
        title = "St Olav"
        lateness = "10 s"
        timezone = "Europe/Oslo"
        nurses = 4
        [server]
        metrics_token_file = "token"
        [watchdog]
        silent_after = "1 min"
        [[source]]
        kind = "line"
        name = "monitors"
        port = 2576
        required = true
        [[source]]
        kind = "line"
        name = "pumps"
        silent_after = "30 s"
        [[sink]]
        kind = "receiver"
        name = "call-system"
        url = "http://127.0.0.1"
        """,
    )
    read = read_configuration(file)
    assert (read.hospital.title, read.hospital.lateness_us, read.hospital.nurses) == ("St Olav", 10 * SECOND_US, 4)
    assert secret_of(read.server.metrics_token_file) == "s3cret"
    monitors, pumps = read.sources
    assert (monitors.required, monitors.silent_after_us, dict(monitors.options)) == (True, MINUTE_US, {"port": 2576})
    assert (pumps.required, pumps.silent_after_us) == (False, 30 * SECOND_US)
    assert check_configuration(read, source_kinds=SOURCES, sink_kinds=SINKS) == []
    built = build_source(monitors, SOURCES, timezone=read.hospital.timezone, nothing_it_has=1)
    assert isinstance(built, Listener)
    assert (built.name, built.port, built.timezone) == ("monitors", 2576, "Europe/Oslo")


SOURCE = '[[source]]\nkind = "line"\nname = "one"\n'


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[hospital]\ntitel = 'x'\n", 2, "did you mean 'title'"),
        ("[hospitl]\n", 1, "did you mean 'hospital'"),
        ("\ntitle = 'x'\n", 2, "'title' is not known here"),
        ("[hospital]\ntitle = 7\n", 2, "hospital.title: 7 is not a text"),
        ("[hospital]\nlateness = 5\n", 2, "is not a duration"),
        ("[hospital]\nlateness = '2 d'\n", 2, "longer than 1 d"),
        ("[watchdog]\nlag_after = '999999999999999999 d'\n", 2, "longer than 366 d"),
        ("[hospital]\ntimezone = 'Mars'\n", 2, "is no time zone"),
        ("[hospital]\nid = 'a/b'\n", 2, "cannot be a hospital's short name"),
        ("[server]\nport = 70000\n", 2, "not a whole number from 0 to 65535"),
        ("[server]\nport = true\n", 2, "not a whole number"),
        ("[server]\nnames = 'x'\n", 2, "is not a list of texts"),
        ("[journal]\nkind = 'kafka'\n", 2, "none of embedded, jetstream"),
        ("[journal]\nkind = 'jetstream'\nurl = 'http://nats:4222'\n", 3, "not the address of a NATS server"),
        ("[journal]\nkind = 'jetstream'\nurl = 'nats://nats:99999'\n", 3, "not the address of a NATS server"),
        ("[journal]\nworkers = 2\n", 2, "the embedded journal has one"),
        ("[watchdog]\ndisk_free_gib = nan\n", 2, "is not a number"),
        ("[watchdog]\nsilent_after = '0 s'\n", 2, "no time at all"),
        ("[hospital\n", 1, "this is not TOML"),
        ("[hospital]\ntitle = 'x'\ntitle = 'y'\n", 3, "this is not TOML"),
        ("[[hospital]]\n", 1, "must be one table"),
        ("[source]\nkind = 'line'\n", 1, "must be a list of tables"),
        ("[[source]]\nname = 'x'\n", 1, "has no 'kind'"),
        ("[[source]]\nkind = 'line'\n", 1, "has no 'name'"),
        (SOURCE + "[[source]]\nkind = 'line'\nname = 'one'\n", 6, "two of the name 'one'"),
        ("[[source]]\nkind = 'line'\nname = 'Bett Ä'\n", 3, "cannot be a name"),
        ("[[source]]\nkind = 'lime'\nname = 'x'\n", 1, "did you mean 'line'"),
        (SOURCE + "prot = 1\n", 4, "did you mean 'port'"),
        (SOURCE + "password = 'x'\n", 4, "a secret does not belong"),
        (SOURCE + "port = {a = 1}\n", 4, "cannot be an option"),
        (SOURCE + "port = 0\n", 1, "0 is no port"),
        (SOURCE + "port = 8000\n", 4, "port 8000, which the page has already"),
        (SOURCE + "[[source]]\nkind = 'line'\nname = 'two'\n", 4, "port 2575, which 'one' has already"),
        (SOURCE + "required = 1\n", 4, "neither true nor false"),
        ("[[sink]]\nkind = 'receiver'\nname = 'x'\n", 1, "needs 'url'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_its_place(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        _check(tmp_path, text)
    message = str(caught.value)
    assert said in message
    assert "\n" not in message
    assert message.startswith(f"{tmp_path / 'fyr.toml'}, line {line}"), message


def test_a_policy_is_read_before_the_server_starts(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no policy 'nothing'"):
        check_configuration(read_configuration(_written(tmp_path, "[hospital]\npolicy = 'nothing'\n")))
    (tmp_path / "own.yaml").write_text("name: own\nrules: 7\n")
    with pytest.raises(BadInput) as caught:
        check_configuration(read_configuration(_written(tmp_path, "[hospital]\npolicy = 'own.yaml'\n")))
    assert str(tmp_path / "own.yaml") in str(caught.value)


def test_a_kind_whose_library_is_not_there_is_no_fault_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(ServiceUnavailable, match="a_library_that_is_not_there is not installed"):
        _check(tmp_path, "[[source]]\nkind = 'gone'\nname = 'x'\n")


def test_two_addresses_may_share_a_port(tmp_path: Path) -> None:
    assert _check(tmp_path, SOURCE + "port = 8000\nhost = '127.0.0.2'\n") == []
    with pytest.raises(BadInput, match="already"):
        _check(tmp_path, SOURCE + "port = 8000\nhost = '0.0.0.0'\n")


def test_a_secret_that_everybody_can_read_is_warned_of(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("x")
    secret.chmod(0o644)
    (warning,) = _check(tmp_path, SOURCE + "token_file = 'token'\n")
    assert str(secret) in warning
    assert "chmod 600" in warning
    secret.unlink()
    with pytest.raises(BadInput, match="token_file"):
        _check(tmp_path, SOURCE + "token_file = 'token'\n")


def test_the_file_is_looked_for_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = _written(tmp_path, "")
    assert configuration_file(None, tmp_path) == beside
    monkeypatch.setenv("FYR_CONFIG", "/etc/fyr/fyr.toml")
    assert configuration_file(None, tmp_path) == Path("/etc/fyr/fyr.toml")
    assert configuration_file(Path("mine.toml"), tmp_path) == Path("mine.toml")
    with pytest.raises(BadInput, match="cannot be read"):
        read_configuration(tmp_path / "nothing.toml")


def test_settings_built_without_a_file_work_too() -> None:
    with pytest.raises(BadInput, match="there is no kind"):
        build_source(SourceSettings("lines", "x"), SOURCES)
