"""The command's promises to a person: one line that says what is wrong, a documented exit code, never a traceback."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import pytest

import fyr.cli.main as command_line
from fyr.errors import BadInput, FyrError, NotPermitted, Refused, ServiceUnavailable, UsageError

VERBS = ("audit", "demo", "models", "record", "serve", "watch")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fyr.cli", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch):
    """Give the command a verb `probe` that does what the test hands over."""
    import types

    def install(action) -> None:
        module = types.ModuleType("fyr_probe_verb")
        module.probe = click.command("probe")(action)
        monkeypatch.setitem(sys.modules, "fyr_probe_verb", module)
        monkeypatch.setitem(
            command_line._VERBS, "probe", command_line._Verb("fyr_probe_verb:probe", "Do what a test wants.")
        )

    return install


def leave_with(*arguments: str) -> int:
    with pytest.raises(SystemExit) as leaving:
        command_line.main(list(arguments))
    return leaving.value.code


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (UsageError("two policies were named"), 2),
        (BadInput("line 3 has no time", where="vitals.csv", mend="add one"), 3),
        (Refused("the respiratory rate is missing"), 4),
        (NotPermitted("a researcher may not acknowledge an alarm"), 5),
        (ServiceUnavailable("no database answers", where="postgresql://db/fyr"), 6),
        (FyrError("the journal's offset went backwards"), 70),
    ],
)
def test_every_error_is_one_line_and_its_documented_code(verb, capsys, problem, code):
    def fail() -> None:
        raise problem

    verb(fail)
    assert leave_with("probe") == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"fyr: {problem}\n"


def test_an_error_of_several_lines_is_said_in_one(verb, capsys):
    def fail() -> None:
        raise BadInput("the YAML ends\nin the middle", where="policy.yaml\nline 3")

    verb(fail)
    assert leave_with("probe") == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_an_unexpected_exception_is_our_own_fault_and_shows_no_traceback(verb, capsys):
    def fail() -> None:
        raise ZeroDivisionError("division by\nzero")

    verb(fail)
    assert leave_with("probe") == 70
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "ZeroDivisionError: division by zero" in said
    assert "FYR_DEBUG=1" in said
    assert "Traceback" not in said


def test_fyr_debug_shows_the_traceback_and_keeps_the_line(verb, capsys, monkeypatch):
    def fail() -> None:
        raise ZeroDivisionError("nothing to divide by")

    monkeypatch.setenv("FYR_DEBUG", "1")
    verb(fail)
    assert leave_with("probe") == 70
    said = capsys.readouterr().err
    assert said.startswith("Traceback")
    assert said.splitlines()[-1].startswith("fyr: this is our own fault")


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (errno.ENOSPC, 6, "the disk is full"),
        (errno.EDQUOT, 6, "the disk is full"),
        (errno.ENOENT, 3, "there is no such file"),
        (errno.EISDIR, 3, "a folder, not a file"),
        (errno.EACCES, 5, "does not let you"),
        (errno.EROFS, 6, "read-only"),
        (errno.EADDRINUSE, 6, "the port is taken"),
        (errno.EINVAL, 70, "our own fault"),
    ],
)
def test_the_operating_systems_refusals_have_words_and_codes(verb, capsys, number, code, words):
    def fail() -> None:
        raise OSError(number, os.strerror(number), "/records/fyr.db")

    verb(fail)
    assert leave_with("probe") == code
    said = capsys.readouterr().err
    assert words in said
    assert "/records/fyr.db" in said


def test_a_full_disk_under_the_database_is_a_full_disk(verb, capsys, tmp_path):
    """SQLite's own error, wrapped as SQLAlchemy wraps it: a database that may not grow refuses the next page."""

    def fail() -> None:
        database = sqlite3.connect(tmp_path / "small.db")
        try:
            database.execute("PRAGMA max_page_count = 2")
            database.execute("CREATE TABLE sample (value BLOB)")
            database.execute("INSERT INTO sample VALUES (zeroblob(1000000))")
        except sqlite3.OperationalError as problem:
            raise RuntimeError("the statement failed") from problem
        finally:
            database.close()

    verb(fail)
    assert leave_with("probe") == 6
    assert "the disk is full" in capsys.readouterr().err


@pytest.mark.parametrize("code", [0, 4])
def test_a_verb_may_leave_with_a_code_of_its_own(verb, code):
    @click.pass_context
    def leave(context: click.Context) -> None:
        context.exit(code)

    verb(leave)
    assert leave_with("probe") == code


def test_an_interrupted_verb_says_that_it_stopped(verb, capsys):
    def fail() -> None:
        raise KeyboardInterrupt

    verb(fail)
    assert leave_with("probe") == 130
    assert "fyr: stopped" in capsys.readouterr().err


def test_an_unknown_verb_is_a_wrong_call_with_a_hint(capsys):
    assert leave_with("wacht") == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "fyr: there is no verb 'wacht': did you mean 'watch'?; see fyr --help\n"


def test_an_unknown_option_is_a_wrong_call(verb, capsys):
    verb(lambda: None)
    assert leave_with("probe", "--speeed") == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith("fyr probe: ")
    assert "--speeed" in said
    assert said.endswith("see fyr probe --help\n")


def test_no_verb_at_all_shows_the_help_on_stderr(capsys):
    assert leave_with() == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Commands:" in said.err


def test_version():
    answer = run("--version")
    assert answer.returncode == 0
    assert answer.stdout == "fyr, version 0.1.0\n"


def test_help_imports_no_verb_and_nothing_heavy():
    """So `fyr --help` starts at once, and works on the day that one verb is broken."""
    program = (
        "import sys\nfrom fyr.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as leaving:\n    assert leaving.code == 0\n"
        "allowed = {'fyr', 'fyr.cli', 'fyr.cli.main', 'fyr.cli.failure', 'fyr.errors', 'fyr.version'}\n"
        "loaded = {name for name in sys.modules if name.split('.')[0] == 'fyr'}\n"
        "assert loaded <= allowed, loaded - allowed\n"
        "heavy = {'numpy', 'polars', 'numba', 'sqlalchemy', 'fastapi', 'wfdb', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 0, answer.stderr
    for verb in VERBS:
        assert f"\n  {verb} " in answer.stdout


def test_a_broken_verb_breaks_only_itself(monkeypatch, capsys):
    monkeypatch.setitem(
        command_line._VERBS, "watch", command_line._Verb("fyr.cli.there_is_no_such_module:watch", "Replay a ward.")
    )
    assert leave_with("--help") == 0
    assert "Replay a ward." in capsys.readouterr().out
    assert leave_with("watch") == 70
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "there_is_no_such_module" in said


@pytest.mark.parametrize("verb", VERBS)
def test_the_table_says_what_the_verb_says(verb):
    """The list of verbs is read from a table; the table must not drift from the verbs' own words."""
    command = command_line.fyr.get_command(click.Context(command_line.fyr), verb)
    assert command is not None
    assert command.get_short_help_str(limit=200) == command_line._VERBS[verb].purpose


@pytest.mark.slow
def test_a_reader_that_leaves_early_is_no_failure(tmp_path):
    """`fyr ... | head -1`: the pipe closes under a verb that still has much to say."""
    program = tmp_path / "talkative.py"
    program.write_text(
        "import sys, types, click\nimport fyr.cli.main as command_line\n"
        "def talk():\n    for line in range(200_000):\n        click.echo(f'finding {line}')\n"
        "module = types.ModuleType('talkative_verb'); module.talk = click.command('talk')(talk)\n"
        "sys.modules['talkative_verb'] = module\n"
        "command_line._VERBS['talk'] = command_line._Verb('talkative_verb:talk', 'Talk.')\n"
        "command_line.main(['talk'])\n"
    )
    with subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as talking:
        assert talking.stdout is not None
        assert talking.stderr is not None
        assert talking.stdout.readline() == b"finding 0\n"
        talking.stdout.close()
        complaint = talking.stderr.read()
        assert talking.wait(timeout=60) == 0
    assert complaint == b""


def test_the_installed_command_is_this_one():
    installed = Path(sys.executable).parent / "fyr"
    answer = subprocess.run([str(installed), "wacht"], capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert "did you mean 'watch'?" in answer.stderr
