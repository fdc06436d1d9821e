"""The shell file, the passphrase, and writing files."""
# ruff: noqa: S603 - it runs programs, which it names itself

import shlex
import subprocess
from pathlib import Path

import pytest

from airgap import commands, environment
from airgap.commands import SetupError
from airgap.layout import Layout
from airgap.parts import Kind, Part, Record
from airgap.session import Session

REAL = Record(kind=Kind.REAL, where="/x")
_SHOW = 'printf "%s\\n" "$PATH" "$PULUMI_BACKEND_URL" "${PULUMI_CONFIG_PASSPHRASE_FILE-unset}"'


def _source(layout: Layout, **variables: str) -> list[str]:
    script = f". {shlex.quote(str(layout.environment))}\n" * 2 + _SHOW
    done = subprocess.run(
        ["/bin/sh", "-euc", script],
        env={"PATH": "/usr/bin:/bin", **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_sourcing_it_puts_our_programs_first_once_and_names_state_and_passphrase(
    layout: Layout,
) -> None:
    environment.ensure(Session(layout))
    path, backend, passphrase = _source(layout)
    assert path == f"{layout.bin}:{layout.venv / 'bin'}:/usr/bin:/bin"
    assert backend == layout.state.as_uri()
    assert passphrase == str(layout.passphrase)


def test_the_users_own_backend_and_passphrase_are_kept(layout: Layout) -> None:
    environment.ensure(Session(layout))
    _, backend, passphrase = _source(
        layout, PULUMI_BACKEND_URL="s3://mine", PULUMI_CONFIG_PASSPHRASE=""
    )
    assert (backend, passphrase) == ("s3://mine", "unset")


def test_the_passphrase_is_made_once_and_for_its_owner_only(layout: Layout) -> None:
    environment.ensure(Session(layout))
    first = layout.passphrase.read_text()
    assert layout.passphrase.stat().st_mode & 0o777 == 0o600
    assert len(first.strip()) == 64
    layout.environment.unlink()
    environment.ensure(Session(layout))
    assert layout.passphrase.read_text() == first


def test_nothing_is_pending_once_all_is_there(layout: Layout) -> None:
    assert environment.pending(Session(layout))
    environment.ensure(Session(layout))
    assert environment.pending(Session(layout)) == ""


def test_plugins_may_be_fetched_where_both_providers_are_real(layout: Layout) -> None:
    variable = "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"
    session = Session(layout)
    environment.ensure(session)
    assert variable in layout.environment.read_text()
    session.records.update({Part.DOCKER_PROVIDER: REAL, Part.COMMAND_PROVIDER: REAL})
    assert environment.pending(session)
    environment.ensure(session)
    assert variable not in layout.environment.read_text()


def test_a_failing_command_shows_itself_and_the_end_of_its_output() -> None:
    with pytest.raises(SetupError, match="ended with exit code 3\n") as caught:
        commands.run(["sh", "-c", "seq 20; exit 3"])
    shown = str(caught.value).splitlines()[1:]
    assert shown == [f"  | {number}" for number in range(6, 21)]


def test_a_command_that_is_not_there_or_hangs_is_a_clear_error() -> None:
    with pytest.raises(SetupError, match="No such file or directory: nonexistent-tool"):
        commands.run(["nonexistent-tool"])
    with pytest.raises(SetupError, match=r"longer than 0\.1 s"):
        commands.run(["sleep", "5"], timeout_seconds=0.1)


def test_a_file_is_replaced_in_one_piece_with_the_mode_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "new" / "secret"
    commands.write_atomically(file, "a", mode=0o600)
    commands.write_atomically(file, "b", mode=0o600)
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("b", 0o600)
    assert list(file.parent.iterdir()) == [file]
