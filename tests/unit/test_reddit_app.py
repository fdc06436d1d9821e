"""RedditApp: four containers, who reaches whom, and how they are held."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pulumi
import pulumi_docker as docker
import pytest

from components import DatabaseKind, RedditApp, RedditAppArgs
from components.checks import ArgumentError
from tests.unit.recorder import CONTAINER, VOLUME, Deploy, Engine, Value

ARGS: RedditAppArgs = {
    "prefix": "reddit",
    "front_network_id": "front-id",
    "back_network_id": "back-id",
    "ui": {"image": "ui:1"},
    "post": {"image": "post:1"},
    "comment": {"image": "comment:1"},
    "database": {"image": "mongo:8.0"},
}
ROLES = ["database", "post", "comment", "ui"]
PASSWORD = "hunter2"  # noqa: S105 - nobody's
# What Pulumi's SDK marks a secret with.
SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105


def _with(**changes: Any) -> Any:
    args: Any = deepcopy(ARGS)
    for name, change in changes.items():
        args[name] = {**args.get(name, {}), **change} if isinstance(change, dict) else change
    return args


def _networks(engine: Engine, role: str) -> dict[str, list[str]]:
    joined = engine[f"reddit-{role}"].inputs["networksAdvanced"]
    return {each["name"]: each.get("aliases", []) for each in joined}


def _environment(engine: Engine, role: str) -> dict[str, str]:
    given = engine[f"reddit-{role}"].inputs["envs"]
    variables = given["value"] if SECRET_MARK in str(given) else given
    pairs = (each.partition("=") for each in variables)
    return {key: value for key, _, value in pairs}


def test_it_is_four_containers_and_a_volume_of_one_parent(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: RedditApp("reddit", ARGS))
    assert set(engine.of_type(CONTAINER)) == {f"reddit-{role}" for role in ROLES}
    assert set(engine.of_type(VOLUME)) == {"reddit-data"}
    children = [*engine.of_type(CONTAINER).values(), *engine.of_type(VOLUME).values()]
    assert {each.parent for each in children} == {"reddit"}


def test_each_service_is_on_exactly_the_networks_that_it_needs(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(lambda: RedditApp("reddit", ARGS))
    assert _networks(engine, "ui") == {"front-id": []}
    assert _networks(engine, "post") == {"front-id": ["post"], "back-id": []}
    assert _networks(engine, "comment") == {"front-id": ["comment"], "back-id": []}
    assert _networks(engine, "database") == {"back-id": ["comment_db", "post_db"]}


def test_addresses_follow_the_aliases(deploy: Deploy, engine: Engine) -> None:
    deploy(
        lambda: RedditApp(
            "reddit",
            _with(
                aliases={
                    "post": "reddit_post",
                    "comment": "reddit_comment",
                    "post_database": "reddit_post_db",
                    "comment_database": "reddit_comment_db",
                },
            ),
        )
    )
    assert _networks(engine, "database") == {"back-id": ["reddit_comment_db", "reddit_post_db"]}
    assert _networks(engine, "post")["front-id"] == ["reddit_post"]
    assert _environment(engine, "post")["POST_DATABASE_HOST"] == "reddit_post_db"
    assert _environment(engine, "comment")["COMMENT_DATABASE_HOST"] == "reddit_comment_db"
    assert _environment(engine, "ui")["POST_SERVICE_HOST"] == "reddit_post"
    assert _environment(engine, "ui")["COMMENT_SERVICE_HOST"] == "reddit_comment"


def test_the_environment_of_the_original_contract(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: RedditApp("reddit", _with(environment_name="stage")))
    assert _environment(engine, "ui") == {
        "ENV": "stage",
        "POST_SERVICE_HOST": "post",
        "POST_SERVICE_PORT": "5000",
        "COMMENT_SERVICE_HOST": "comment",
        "COMMENT_SERVICE_PORT": "9292",
    }
    assert _environment(engine, "post") == {
        "POST_DATABASE_HOST": "post_db",
        "POST_DATABASE_PORT": "27017",
    }
    assert _environment(engine, "comment") == {
        "COMMENT_DATABASE_HOST": "comment_db",
        "COMMENT_DATABASE_PORT": "27017",
    }


def test_the_callers_environment_wins(deploy: Deploy, engine: Engine) -> None:
    args = _with(post={"environment": {"POST_DATABASE_HOST": "elsewhere", "POST_DATABASE": "p"}})
    deploy(lambda: RedditApp("reddit", args))
    assert _environment(engine, "post")["POST_DATABASE_HOST"] == "elsewhere"
    assert _environment(engine, "post")["POST_DATABASE"] == "p"


def test_a_secret_in_the_environment_stays_secret(deploy: Deploy, engine: Engine) -> None:
    secret = pulumi.Output.secret("hunter2")
    deploy(lambda: RedditApp("reddit", _with(post={"environment": {"TOKEN": secret}})))
    envs = engine["reddit-post"].request.object.fields["envs"]
    # A secret element makes a secret of the list that holds it.
    assert SECRET_MARK in str(envs)


@pytest.mark.parametrize("given_as", [str, pulumi.Output.from_input])
@pytest.mark.parametrize(
    ("kind", "variables"),
    [
        (DatabaseKind.MONGO, "MONGO_INITDB_ROOT"),
        (DatabaseKind.FERRETDB, "FERRETDB_SETUP"),
    ],
)
def test_the_databases_password_is_secret_and_only_in_the_environment_of_who_needs_it(
    deploy: Deploy,
    engine: Engine,
    kind: DatabaseKind,
    variables: str,
    given_as: Callable[[str], pulumi.Input[str]],
) -> None:
    def program() -> None:
        login = {"kind": kind, "username": "app", "password": given_as(PASSWORD)}
        RedditApp("reddit", _with(database=login))

    deploy(program)
    for role, prefix in (
        ("database", variables),
        ("post", "POST_DATABASE"),
        ("comment", "COMMENT_DATABASE"),
    ):
        environment = _environment(engine, role)
        assert environment[f"{prefix}_USERNAME"] == "app"
        assert environment[f"{prefix}_PASSWORD"] == PASSWORD
        envs = engine[f"reddit-{role}"].request.object.fields.pop("envs")
        assert SECRET_MARK in str(envs)
    # Nothing is left of it: in no label, command or health check, nor at the ui.
    assert not [each.name for each in engine.registrations if PASSWORD in str(each.request)]


def test_a_database_with_a_login_is_healthy_only_for_who_logs_in(
    deploy: Deploy, engine: Engine
) -> None:
    login = {"username": "app", "password": PASSWORD}
    deploy(lambda: RedditApp("reddit", _with(database=login)))
    command = engine["reddit-database"].inputs["healthcheck"]["tests"]
    assert command[:2] == ["CMD", "mongosh"]
    assert "auth(" in command[-1]
    assert "MONGO_INITDB_ROOT_PASSWORD" in command[-1]


def test_ferretdb_insists_on_the_login(deploy: Deploy, engine: Engine) -> None:
    login = {"kind": DatabaseKind.FERRETDB, "username": "app", "password": PASSWORD}
    deploy(lambda: RedditApp("reddit", _with(database=login)))
    environment = _environment(engine, "database")
    assert environment["FERRETDB_TEST_ENABLE_NEW_AUTH"] == "true"
    assert environment["FERRETDB_SETUP_DATABASE"] == "admin"


@pytest.mark.parametrize("kind", list(DatabaseKind))
def test_without_a_login_nothing_speaks_of_one(
    deploy: Deploy, engine: Engine, kind: DatabaseKind
) -> None:
    deploy(lambda: RedditApp("reddit", _with(database={"kind": kind})))
    for role in ROLES:
        assert not [name for name in _environment(engine, role) if "PASSWORD" in name]
        assert "PASSWORD" not in str(engine[f"reddit-{role}"].inputs["healthcheck"])
    assert "FERRETDB_TEST_ENABLE_NEW_AUTH" not in _environment(engine, "database")


def test_services_start_in_the_order_of_their_health(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: RedditApp("reddit", ARGS))
    assert "reddit-database" in engine["reddit-post"].depends_on
    assert "reddit-database" in engine["reddit-comment"].depends_on
    assert {"reddit-post", "reddit-comment"} <= engine["reddit-ui"].depends_on
    for role in ROLES:
        inputs = engine[f"reddit-{role}"].inputs
        assert inputs["wait"] is True
        assert inputs["waitTimeout"] == 120
        assert inputs["healthcheck"]["interval"] == "5s"


@pytest.mark.parametrize("role", ROLES)
def test_every_container_is_held_tightly(deploy: Deploy, engine: Engine, role: str) -> None:
    deploy(lambda: RedditApp("reddit", ARGS))
    inputs = engine[f"reddit-{role}"].inputs
    assert inputs["capabilities"] == {"drops": ["ALL"]}
    assert inputs["securityOpts"] == ["no-new-privileges:true"]
    assert inputs["readOnly"] is True
    assert "noexec" in inputs["tmpfs"]["/tmp"]  # noqa: S108 - the container's own
    assert inputs["memorySwap"] == 2 * inputs["memory"]
    assert inputs["cpus"] == "1.0"
    assert inputs["ulimits"][0]["name"] == "nproc"
    assert inputs["restart"] == "always"
    assert inputs["logOpts"] == {"max-size": "10m", "max-file": "3"}
    assert "privileged" not in inputs
    assert inputs["destroyGraceSeconds"] == 10


def test_what_is_not_applied_in_place_replaces_the_container(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(lambda: RedditApp("reddit", ARGS))
    assert set(engine["reddit-ui"].request.replaceOnChanges) == {
        "healthcheck",
        "init",
        "tmpfs",
        "cpuPeriod",
        "cpuQuota",
    }


def test_only_the_page_is_published_and_only_on_this_machine(
    deploy: Deploy, engine: Engine, value: Value
) -> None:
    app = deploy(lambda: RedditApp("reddit", _with(port=8080)))
    assert engine["reddit-ui"].inputs["ports"] == [
        {"internal": 9292, "external": 8080, "ip": "127.0.0.1", "protocol": "tcp"}
    ]
    assert all("ports" not in engine[f"reddit-{role}"].inputs for role in ROLES[:3])
    assert value(app.port) == 8080


def test_the_data_outlives_a_destroy_unless_asked_otherwise(deploy: Deploy, engine: Engine) -> None:
    def program() -> None:
        RedditApp("kept", ARGS)
        RedditApp("dropped", _with(prefix="other", database={"keep_data": False}))

    deploy(program)
    assert engine["kept-data"].request.retainOnDelete
    assert not engine["dropped-data"].request.retainOnDelete


def test_the_data_is_protected_only_if_asked(deploy: Deploy, engine: Engine) -> None:
    def program() -> None:
        RedditApp("guarded", _with(database={"protect_data": True}))
        RedditApp("plain", _with(prefix="other", database={"protect_data": False}))
        RedditApp(
            "inside",
            _with(prefix="third", database={"protect_data": False}),
            pulumi.ResourceOptions(protect=True),
        )

    deploy(program)
    assert engine["guarded-data"].request.protect
    assert not engine["guarded-database"].request.protect
    assert not engine["plain-data"].request.protect
    assert engine["inside-data"].request.protect


def test_a_new_label_never_replaces_the_volume(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: RedditApp("reddit", _with(labels={"team": "web"})))
    assert list(engine["reddit-data"].request.ignoreChanges) == ["labels"]
    assert {"label": "team", "value": "web"} in engine["reddit-ui"].inputs["labels"]


@pytest.mark.parametrize(
    ("kind", "path", "user", "probe"),
    [
        (DatabaseKind.MONGO, "/data/db", "999:999", "mongosh"),
        (DatabaseKind.FERRETDB, "/state", "10001:10001", "/ferretdb"),
    ],
)
def test_each_kind_of_database_has_its_own_volume_user_and_probe(
    deploy: Deploy, engine: Engine, kind: DatabaseKind, path: str, user: str, probe: str
) -> None:
    deploy(lambda: RedditApp("reddit", _with(database={"kind": kind})))
    inputs = engine["reddit-database"].inputs
    assert inputs["volumes"] == [{"volumeName": f"reddit-{kind.value}-data", "containerPath": path}]
    assert inputs["user"] == user
    assert inputs["healthcheck"]["tests"][:2] == ["CMD", probe]


def test_an_override_mounts_the_source_and_runs_another_command(
    deploy: Deploy, engine: Engine
) -> None:
    override = {
        "mounts": {"/src/ui": "/app/ui"},
        "command": ["python3", "-m", "service.reload", "ui"],
    }
    deploy(lambda: RedditApp("reddit", _with(ui={"override": override})))
    inputs = engine["reddit-ui"].inputs
    assert inputs["volumes"] == [
        {"hostPath": "/src/ui", "containerPath": "/app/ui", "readOnly": True}
    ]
    assert inputs["command"] == ["python3", "-m", "service.reload", "ui"]
    assert "command" not in engine["reddit-post"].inputs


def test_the_original_images_run_with_their_own_health_command(
    deploy: Deploy, engine: Engine
) -> None:
    command = ["wget", "-qO-", "http://127.0.0.1:9292/healthcheck"]
    deploy(lambda: RedditApp("reddit", _with(ui={"health_command": command, "read_only": False})))
    inputs = engine["reddit-ui"].inputs
    assert inputs["healthcheck"]["tests"] == ["CMD", *command]
    assert inputs["readOnly"] is False


def test_everything_moves_with_the_host_and_waits_for_what_the_app_waits_for(
    deploy: Deploy, engine: Engine
) -> None:
    def program() -> None:
        provider = docker.Provider("there", host="unix:///there.sock")
        first = docker.Volume("first")
        opts = pulumi.ResourceOptions(provider=provider, depends_on=[first])
        RedditApp("reddit", ARGS, opts)

    deploy(program)
    for name in [f"reddit-{role}" for role in ROLES] + ["reddit-data"]:
        assert engine[name].provider == "there"
        assert engine[name].replacement_trigger == "unix:///there.sock"
        assert "first" in engine[name].depends_on


def test_names_come_out_by_service(deploy: Deploy, value: Value) -> None:
    app = deploy(lambda: RedditApp("reddit", _with(prefix="blue")))
    assert value(pulumi.Output.all(**app.container_names)) == {
        "database": "blue-database",
        "post": "blue-post",
        "comment": "blue-comment",
        "ui": "blue-ui",
    }
    assert value(app.volume_name) == "blue-mongo-data"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"prefix": ""}, "prefix: '' is not a Docker name"),
        ({"prefix": "x" * 64}, "is longer than 63 characters"),
        ({"port": 0}, "port: 0 is not a whole number from 1 to 65535"),
        ({"port": 70000}, "port: 70000 is not a whole number from 1 to 65535"),
        ({"bind_address": "::1"}, "bind_address: '::1' is not an IPv4 address"),
        ({"ui": {"image": "ui:latest"}}, "ui.image: 'ui:latest' means another image tomorrow"),
        ({"database": {"image": "mongo"}}, "database.image: 'mongo' means another image tomorrow"),
        ({"aliases": {"post": "po st"}}, "aliases.post: 'po st' is not a host name"),
        ({"aliases": {"post_database": "-db"}}, "aliases.post_database: '-db' is not a host name"),
        ({"aliases": {"comment": "post"}}, "aliases.comment: 'post' is also the alias of post"),
        ({"comment": {"memory_mib": 5}}, "comment.memory_mib: 5 is not a whole number from 6"),
        ({"database": {"cpus": 0}}, "database.cpus: 0 is not a number of CPUs"),
        (
            {"database": {"username": "app"}},
            "database.password: None is missing beside username; give both or neither",
        ),
        (
            {"database": {"password": PASSWORD}},
            "database.username: None is missing beside password; give both or neither",
        ),
        (
            {"database": {"username": "", "password": PASSWORD}},
            "database.username: '' is empty",
        ),
        (
            {"database": {"username": "app", "password": ""}},
            "database.password: '' is empty",
        ),
        ({"post": {"cpus": float("nan")}}, "post.cpus: nan is not a number of CPUs"),
        ({"health_interval_seconds": 0}, "health_interval_seconds: 0 is not a whole number"),
        ({"start_timeout_seconds": 1.5}, "start_timeout_seconds: 1.5 is not a whole number"),
        (
            {"ui": {"override": {"mounts": {"app/ui": "/app/ui"}}}},
            "ui.override.mounts: 'app/ui' is not an absolute path",
        ),
    ],
)
def test_a_bad_argument_is_refused_before_anything_is_registered(
    deploy: Deploy, engine: Engine, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        deploy(lambda: RedditApp("reddit", _with(**changes)))
    assert message in str(refusal.value)
    assert PASSWORD not in str(refusal.value)
    assert engine.registrations == []
