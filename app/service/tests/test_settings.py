"""Settings from the environment."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from service import database_settings, settings
from service.settings import SettingError


def _refusal(read: Callable[[Mapping[str, str]], object], environ: Mapping[str, str]) -> str:
    with pytest.raises(SettingError) as refused:
        read(environ)
    return str(refused.value)


@pytest.mark.parametrize("value", ["0", "70000", "-1", "1.5", "abc", "²", "9" * 5000])
def test_a_port_outside_the_range_is_refused_by_name(value: str) -> None:
    message = _refusal(lambda environ: settings.port(environ, "PORT", 1), {"PORT": value})
    assert "PORT" in message
    assert "1 to 65535" in message


@pytest.mark.parametrize("value", ["3601", "-1", "1.5", "3s", "²", "9" * 5000])
def test_seconds_outside_the_range_are_refused_by_name(value: str) -> None:
    message = _refusal(lambda environ: settings.seconds(environ, "STOP", 0), {"STOP": value})
    assert "STOP" in message
    assert "0 to 3600" in message


@pytest.mark.parametrize("value", ["http://db", "db:27017", "user:pw@db", "a b", "-db", "db/x"])
def test_a_host_that_is_none_is_refused(value: str) -> None:
    assert "HOST" in _refusal(lambda environ: settings.host(environ, "HOST", "db"), {"HOST": value})


@pytest.mark.parametrize("value", ["db", "post_db", "10.0.2.5", "::1", "db.example.org"])
def test_a_host_name_or_address_is_accepted(value: str) -> None:
    assert settings.host({"HOST": value}, "HOST", "x") == value


def test_an_empty_variable_counts_as_not_set() -> None:
    assert settings.port({"PORT": " "}, "PORT", 5000) == 5000


def test_the_database_name_of_the_environment_is_used() -> None:
    chosen = database_settings.from_environ({"POST_DATABASE": "other"}, "POST_DATABASE", "posts")
    assert chosen.name == "other"


@pytest.mark.parametrize("by_file", [True, False])
def test_a_password_stays_out_of_representations(by_file: bool, tmp_path: Path) -> None:  # noqa: FBT001
    file = tmp_path / "password"
    file.write_text("s3cret\n")
    given = {"_PASSWORD_FILE": str(file)} if by_file else {"_PASSWORD": "s3cret"}
    environ = {f"POST_DATABASE{key}": value for key, value in given.items()}
    chosen = database_settings.from_environ(
        {"POST_DATABASE_USERNAME": "app", **environ}, "POST_DATABASE", "posts"
    )
    assert (chosen.username, chosen.password, chosen.auth_source) == ("app", "s3cret", "admin")
    assert "s3cret" not in repr(chosen)


def test_a_password_is_taken_as_it_is() -> None:
    assert settings.secret({"PASSWORD": " p@ss: %41/ "}, "PASSWORD") == " p@ss: %41/ "


@pytest.mark.parametrize("half", [{"_USERNAME": "app"}, {"_PASSWORD": "s3cret"}])
def test_a_user_and_a_password_come_together_or_not_at_all(half: Mapping[str, str]) -> None:
    message = _refusal(
        lambda environ: database_settings.from_environ(environ, "POST_DATABASE", "posts"),
        {f"POST_DATABASE{key}": value for key, value in half.items()},
    )
    for name in ("POST_DATABASE_USERNAME", "POST_DATABASE_PASSWORD", "POST_DATABASE_PASSWORD_FILE"):
        assert name in message
    assert "s3cret" not in message


def test_a_password_given_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("s3cret")
    message = _refusal(
        lambda environ: settings.secret(environ, "PASSWORD"),
        {"PASSWORD": "0ther", "PASSWORD_FILE": str(file)},
    )
    assert "PASSWORD_FILE" in message
    assert "0ther" not in message
    assert "s3cret" not in message


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_a_password_file_that_cannot_be_used_is_refused(
    content: bytes | None, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    message = _refusal(
        lambda environ: settings.secret(environ, "PASSWORD"), {"PASSWORD_FILE": str(file)}
    )
    assert str(file) in message
