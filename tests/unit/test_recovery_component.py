"""RedditApp with backups: one more service, one more volume, and nobody else notices."""

from copy import deepcopy
from typing import Any

import pulumi
import pytest

from components import RedditApp
from components.checks import ArgumentError
from tests.unit.recorder import CONTAINER, VOLUME, Deploy, Engine, Value
from tests.unit.test_reddit_app import ARGS, PASSWORD, SECRET_MARK


def _with(backup: dict[str, Any], **changes: Any) -> Any:
    args: Any = deepcopy(ARGS)
    args["backup"] = {"image": "backup:1", **backup}
    for name, change in changes.items():
        args[name] = {**args[name], **change}
    return args


def _environment(engine: Engine) -> dict[str, str]:
    variables = engine["reddit-backup"].inputs["envs"]
    return dict(each.split("=", 1) for each in variables)


def test_backups_are_one_more_container_and_volume(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: RedditApp("reddit", _with({})))
    assert "reddit-backup" in engine.of_type(CONTAINER)
    assert set(engine.of_type(VOLUME)) == {"reddit-data", "reddit-backups"}
    assert engine["reddit-backups"].inputs["name"] == "reddit-backups"
    assert engine["reddit-backup"].inputs["volumes"] == [
        {"volumeName": "reddit-backups", "containerPath": "/backups"}
    ]


def test_it_is_on_the_back_network_alone_and_after_the_database(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(lambda: RedditApp("reddit", _with({})))
    joined = engine["reddit-backup"].inputs["networksAdvanced"]
    assert [each["name"] for each in joined] == ["back-id"]
    assert "reddit-database" in engine["reddit-backup"].depends_on
    assert "reddit-backup" not in engine["reddit-post"].depends_on


def test_it_knows_when_and_what(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: RedditApp("reddit", _with({})))
    assert _environment(engine) == {
        "BACKUP_DATABASE_HOST": "post_db",
        "BACKUP_DATABASE_PORT": "27017",
        "BACKUP_DATABASES": "comments,posts",
        "BACKUP_EVERY_SECONDS": "86400",
        "BACKUP_KEEP": "7",
    }


def test_it_follows_the_databases_of_the_services(deploy: Deploy, engine: Engine) -> None:
    args = _with(
        {"every_hours": 6, "keep": 3, "environment": {"BACKUP_DRILL": "false"}},
        post={"environment": {"POST_DATABASE": pulumi.Output.from_input("p")}},
        comment={"environment": {"COMMENT_DATABASE": "c"}},
    )
    deploy(lambda: RedditApp("reddit", args))
    found = _environment(engine)
    assert found["BACKUP_DATABASES"] == "c,p"
    assert found["BACKUP_DRILL"] == "false"
    assert (found["BACKUP_EVERY_SECONDS"], found["BACKUP_KEEP"]) == ("21600", "3")


def test_a_time_of_the_day_takes_the_place_of_hours(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: RedditApp("reddit", _with({"at": "03:30"})))
    assert _environment(engine)["BACKUP_AT"] == "03:30"
    assert "BACKUP_EVERY_SECONDS" not in _environment(engine)


def test_the_password_is_a_secret(deploy: Deploy, engine: Engine) -> None:
    args = _with({}, database={"username": "app", "password": PASSWORD})
    deploy(lambda: RedditApp("reddit", args))
    given = engine["reddit-backup"].inputs["envs"]
    assert SECRET_MARK in str(given)
    assert f"BACKUP_DATABASE_PASSWORD={PASSWORD}" in str(given)


@pytest.mark.parametrize("keep", [True, False])
def test_backups_are_kept_and_protected_as_the_data_is(
    deploy: Deploy,
    engine: Engine,
    keep: bool,  # noqa: FBT001 - pytest gives it by name
) -> None:
    args = _with({}, database={"keep_data": keep, "protect_data": True})
    deploy(lambda: RedditApp("reddit", args))
    for name in ("reddit-data", "reddit-backups"):
        assert engine[name].request.protect
        assert engine[name].request.retainOnDelete == keep


def test_its_name_comes_out_with_the_others(deploy: Deploy, value: Value) -> None:
    app = deploy(lambda: RedditApp("reddit", _with({})))
    assert value(app.container_names["backup"]) == "reddit-backup"


@pytest.mark.parametrize(
    ("backup", "message"),
    [
        ({"every_hours": 0}, "backup.every_hours: 0 is not a whole number from 1 to 8760"),
        ({"keep": 0}, "backup.keep: 0 is not a whole number from 1 to 10000"),
        ({"at": "24:00"}, "backup.at: '24:00' is not a time of the day; write one like 03:00"),
        ({"at": "03:00", "every_hours": 24}, "backup.at: '03:00' contradicts every_hours"),
        ({"image": "backup:latest"}, "backup.image: 'backup:latest' means another image"),
        ({"memory_mib": 1}, "backup.memory_mib: 1 is not a whole number from 6"),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(
    deploy: Deploy, engine: Engine, backup: dict[str, Any], message: str
) -> None:
    with pytest.raises(ArgumentError) as error:
        deploy(lambda: RedditApp("reddit", _with(backup)))
    assert str(error.value).startswith(message)
    assert not engine.of_type(CONTAINER)
