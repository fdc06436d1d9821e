"""RunnerPool: managers that keep the token, finish their jobs, and leave each other alone."""

from copy import deepcopy
from typing import Any

import pulumi
import pulumi_docker as docker
import pytest

from components import DockerHost, _runner_config
from components._runner_args import RunnerPoolArgs
from components.checks import ArgumentError
from components.runner_pool import RunnerPool
from tests.unit.recorder import CONTAINER, Deploy, Engine, Value

TOKEN = "glrt-t1_0123456789abcdefghij"  # noqa: S105 - nobody's
KEY = '{"private_key": "made up"}'
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
ARGS: RunnerPoolArgs = {
    "prefix": "ci",
    "gitlab_url": "https://gitlab.example.org",
    "token": TOKEN,
    "network_id": "runners-id",
}
AUTOSCALER = {
    "project": "my-project-42",
    "zone": "europe-west1-b",
    "instance_group": "jobs",
    "credentials": KEY,
    "plugin_version": "1.0.0",
    "max_instances": 10,
}
# What Pulumi's SDK marks a secret with.
SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105


def _with(**changes: Any) -> Any:
    return {**deepcopy(ARGS), **changes}


def _files(engine: Engine, name: str) -> dict[str, Any]:
    uploads = engine[name].inputs["uploads"]
    assert SECRET_MARK in uploads.values(), "the files hold the token, so they are a secret"
    return {each["file"]: each for each in uploads["value"]}


def test_a_pool_is_one_manager_unless_more_are_asked_for(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: RunnerPool("ci", ARGS))
    assert set(engine.of_type(CONTAINER)) == {"ci-1"}
    assert engine["ci-1"].parent == "ci"


def test_managers_are_numbered_from_one(deploy: Deploy, engine: Engine) -> None:
    # A hosted component receives the number as a float.
    deploy(lambda: RunnerPool("ci", _with(count=3.0)))
    names = {name: each.inputs["name"] for name, each in engine.of_type(CONTAINER).items()}
    assert names == {"ci-1": "ci-runner-1", "ci-2": "ci-runner-2", "ci-3": "ci-runner-3"}


@pytest.mark.parametrize(("before", "after"), [(1, 2), (3, 5), (9, 10)])
def test_another_manager_changes_none_of_the_others(
    deploy: Deploy, engine: Engine, before: int, after: int
) -> None:
    deploy(lambda: RunnerPool("ci", _with(count=before)))
    smaller = {name: each.inputs for name, each in engine.of_type(CONTAINER).items()}
    engine.registrations.clear()
    deploy(lambda: RunnerPool("ci", _with(count=after)))
    larger = {name: each.inputs for name, each in engine.of_type(CONTAINER).items()}
    assert {name: larger[name] for name in smaller} == smaller
    assert len(larger) == after


def test_managers_do_not_wait_for_each_other(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: RunnerPool("ci", _with(count=3)))
    managers = engine.of_type(CONTAINER)
    assert set(managers) == {"ci-1", "ci-2", "ci-3"}
    for each in managers.values():
        assert not each.depends_on & set(managers)


def test_a_manager_has_its_files_where_the_runner_looks_and_none_else_may(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(lambda: RunnerPool("ci", ARGS))
    modes = {path: each["permissions"] for path, each in _files(engine, "ci-1").items()}
    assert modes == {
        "/etc/gitlab-runner/config.toml": "0600",
        "/etc/gitlab-runner/.runner_system_id": "0600",
    }


def test_certificates_and_the_caches_key_are_files_too(deploy: Deploy, engine: Engine) -> None:
    cache = {"bucket": "caches", "credentials": KEY}
    deploy(lambda: RunnerPool("ci", _with(ca_certificate=CERTIFICATE, cache=cache)))
    files = _files(engine, "ci-1")
    authority = files["/etc/gitlab-runner/ca.crt"]
    key = files["/etc/gitlab-runner/cache-key.json"]
    assert (authority["content"], authority["permissions"]) == (CERTIFICATE, "0644")
    assert (key["content"], key["permissions"]) == (KEY, "0600")


def test_the_token_and_the_key_are_nowhere_but_in_secret_files(
    deploy: Deploy, engine: Engine
) -> None:
    cache = {"bucket": "caches", "credentials": KEY}
    deploy(lambda: RunnerPool("ci", _with(count=2, cache=cache)))
    assert TOKEN in str(_files(engine, "ci-1"))
    for each in engine.registrations:
        public = {
            name: given
            for name, given in each.inputs.items()
            if not (isinstance(given, dict) and SECRET_MARK in given.values())
        }
        assert TOKEN not in str(public)
        assert "private_key" not in str(public)
        assert "envs" not in each.inputs


def test_what_the_pool_publishes_holds_no_secret(deploy: Deploy, value: Value) -> None:
    pool = deploy(lambda: RunnerPool("ci", _with(count=2)))
    outputs = [*pool.container_names, *pool.system_ids, *pool.metrics_targets]
    assert TOKEN not in str([value(each) for each in outputs])


def test_the_outputs_name_each_manager(deploy: Deploy, engine: Engine, value: Value) -> None:
    pool = deploy(lambda: RunnerPool("ci", _with(count=2, metrics_port=9300)))
    assert [value(each) for each in pool.container_names] == ["ci-runner-1", "ci-runner-2"]
    assert [value(each) for each in pool.metrics_targets] == [
        "ci-runner-1:9300",
        "ci-runner-2:9300",
    ]
    ids = [
        _files(engine, name)["/etc/gitlab-runner/.runner_system_id"]["content"]
        for name in ("ci-1", "ci-2")
    ]
    assert [value(each) for each in pool.system_ids] == ids


def test_states_of_one_name_have_ids_of_their_own(deploy: Deploy, value: Value) -> None:
    def program() -> RunnerPool:
        host = DockerHost("here", {})
        return RunnerPool("ci", ARGS, pulumi.ResourceOptions(provider=host.provider))

    # Each deployment has nothing to go by, and so an owner of its own.
    first, second = (value(deploy(program).system_ids[0]) for _ in range(2))
    assert first != second


def test_pools_of_one_prefix_on_two_hosts_have_ids_of_their_own(
    deploy: Deploy, value: Value
) -> None:
    def program() -> list[RunnerPool]:
        return [RunnerPool(name, ARGS) for name in ("east", "west")]

    east, west = deploy(program)
    assert value(east.system_ids[0]) != value(west.system_ids[0])


def test_a_token_that_is_not_there_yet_is_waited_for(deploy: Deploy, engine: Engine) -> None:
    def program() -> None:
        made = docker.Volume("made-before")
        token = pulumi.Output.all(made.id).apply(lambda _: TOKEN)
        RunnerPool("ci", _with(token=token))

    deploy(program)
    assert TOKEN in _files(engine, "ci-1")["/etc/gitlab-runner/config.toml"]["content"]
    assert "made-before" in engine["ci-1"].depends_on


def test_a_manager_is_told_to_finish_its_jobs_and_given_the_time(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(lambda: RunnerPool("ci", _with(grace_seconds=7200)))
    manager = engine["ci-1"]
    assert manager.inputs["stopSignal"] == "SIGQUIT"
    assert manager.inputs["stopTimeout"] == 7200
    assert manager.inputs["destroyGraceSeconds"] == 7200
    # The plugin's own limit of 20 minutes would cut it short.
    assert manager.request.customTimeouts.delete == "2h2m0s"


def test_a_manager_has_an_hour_unless_told_otherwise(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: RunnerPool("ci", ARGS))
    assert engine["ci-1"].inputs["destroyGraceSeconds"] == 3600


def test_a_manager_has_the_engines_socket_and_nothing_else_of_the_host(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(lambda: RunnerPool("ci", _with(engine_socket="unix:///run/other/docker.sock")))
    inputs = engine["ci-1"].inputs
    assert inputs["volumes"] == [
        {"hostPath": "/run/other/docker.sock", "containerPath": "/var/run/docker.sock"}
    ]
    assert "ports" not in inputs
    assert "privileged" not in inputs


def test_a_manager_of_vms_has_no_socket_and_gets_its_plugin_first(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(lambda: RunnerPool("ci", _with(autoscaler=AUTOSCALER)))
    inputs = engine["ci-1"].inputs
    assert "volumes" not in inputs
    assert "command" not in inputs
    # Whatever gets the signals has to pass them on to the runner.
    assert inputs["entrypoints"][0] == "/usr/bin/dumb-init"
    assert inputs["entrypoints"][-1].startswith("gitlab-runner fleeting install && exec ")
    key = _files(engine, "ci-1")["/etc/gitlab-runner/autoscaler-key.json"]
    assert (key["content"], key["permissions"]) == (KEY, "0600")
    assert inputs["envs"] == [f"GOOGLE_APPLICATION_CREDENTIALS={key['file']}"]


def test_a_manager_is_confined_and_limited(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: RunnerPool("ci", ARGS))
    inputs = engine["ci-1"].inputs
    assert inputs["capabilities"] == {"drops": ["ALL"]}
    assert inputs["securityOpts"] == ["no-new-privileges:true"]
    assert (inputs["memory"], inputs["memorySwap"], inputs["cpus"]) == (256, 512, "1.0")
    assert inputs["logOpts"] == {"max-size": "10m", "max-file": "3"}
    assert inputs["restart"] == "always"
    assert inputs["networksAdvanced"] == [{"name": "runners-id"}]
    assert inputs["networkMode"] == "bridge"


def test_the_deployment_waits_until_the_managers_answer(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: RunnerPool("ci", _with(metrics_port=9300, health_interval_seconds=60)))
    inputs = engine["ci-1"].inputs
    assert inputs["wait"] is True
    assert inputs["waitTimeout"] == 120
    assert inputs["healthcheck"]["tests"][-1] == "http://127.0.0.1:9300/metrics"
    # As the engine reports it, or every refresh finds a difference.
    assert inputs["healthcheck"]["interval"] == "1m0s"
    assert list(engine["ci-1"].request.replaceOnChanges) == ["healthcheck"]


def test_a_manager_goes_before_the_next_of_its_name_comes(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: RunnerPool("ci", ARGS))
    assert engine["ci-1"].request.deleteBeforeReplace


@pytest.mark.parametrize(
    ("argument", "given", "field", "expected"),
    [
        ("image", "registry/runner:v1", "image", "registry/runner:v1"),
        ("memory_mib", 512, "memory", 512),
        ("cpus", 2, "cpus", "2.0"),
        ("start_timeout_seconds", 30, "waitTimeout", 30),
    ],
)
def test_the_rest_is_as_asked_for(
    deploy: Deploy, engine: Engine, argument: str, given: Any, field: str, expected: Any
) -> None:
    deploy(lambda: RunnerPool("ci", _with(**{argument: given})))
    assert engine["ci-1"].inputs[field] == expected


def test_the_image_is_pinned_unless_told_otherwise(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: RunnerPool("ci", ARGS))
    assert engine["ci-1"].inputs["image"] == "gitlab/gitlab-runner:alpine-v19.3.0"


def test_another_health_command_replaces_the_default(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: RunnerPool("ci", _with(health_command=["probe", "now"])))
    assert engine["ci-1"].inputs["healthcheck"]["tests"] == ["CMD", "probe", "now"]


def test_labels_say_whose_a_manager_is(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: RunnerPool("ci", _with(labels={"team": "delivery"})))
    labels = {each["label"]: each["value"] for each in engine["ci-1"].inputs["labels"]}
    assert labels == {
        "org.dockyard.app": "ci",
        "org.dockyard.role": "runner",
        "team": "delivery",
    }


def test_managers_live_where_the_pools_provider_points(deploy: Deploy, engine: Engine) -> None:
    def program() -> None:
        provider = docker.Provider("far", host="ssh://deploy@far")
        RunnerPool("ci", ARGS, pulumi.ResourceOptions(provider=provider))

    deploy(program)
    assert engine["ci-1"].provider == "far"
    assert engine["ci-1"].replacement_trigger == "ssh://deploy@far"


REFUSALS = [
    ({"prefix": "-ci"}, "prefix", "begin with a letter or digit"),
    ({"gitlab_url": "gitlab.example.org"}, "gitlab_url", "https://gitlab.example.org"),
    ({"gitlab_url": "ssh://gitlab.example.org"}, "gitlab_url", "https://gitlab.example.org"),
    ({"gitlab_url": "https://gitlab.example.org/ci"}, "gitlab_url", "leave that out"),
    ({"gitlab_url": "https://gitlab.example.org/ci/"}, "gitlab_url", "leave that out"),
    ({"clone_url": "gitlab"}, "clone_url", "write one like"),
    ({"token": "GR1348941abc"}, "token", "create a runner in GitLab"),
    ({"token": ""}, "token", "create a runner in GitLab"),
    ({"image": "gitlab/gitlab-runner"}, "image", "pin it"),
    ({"image": "gitlab/gitlab-runner:latest"}, "image", "pin it"),
    ({"count": 0}, "count", "from 1 to 999"),
    ({"count": 1.5}, "count", "whole number"),
    ({"concurrent": 0}, "concurrent", "from 1"),
    ({"limit": -1}, "limit", "from 0"),
    ({"request_concurrency": 0}, "request_concurrency", "from 1"),
    ({"check_interval_seconds": 0}, "check_interval_seconds", "from 1"),
    ({"output_limit_kib": 0}, "output_limit_kib", "from 1"),
    ({"grace_seconds": 0}, "grace_seconds", "from 1 to 86400"),
    ({"shutdown_timeout_seconds": 0}, "shutdown_timeout_seconds", "from 1"),
    ({"metrics_port": 65536}, "metrics_port", "from 1 to 65535"),
    ({"memory_mib": 1}, "memory_mib", "from 6"),
    ({"cpus": 0}, "cpus", "above 0"),
    ({"health_interval_seconds": 0}, "health_interval_seconds", "from 1"),
    ({"start_timeout_seconds": 0}, "start_timeout_seconds", "from 1"),
    ({"engine_socket": "tcp://here"}, "engine_socket", "unix://"),
    ({"feature_flags": {"ff_x": True}}, "feature_flags", "FF_TIMESTAMPS"),
    ({"ca_certificate": "/etc/ca.pem"}, "ca_certificate", "text of a PEM file"),
    ({"cache": {"bucket": "b", "credentials": "/k.json"}}, "cache.credentials", "its JSON file"),
    ({"autoscaler": AUTOSCALER, "count": 2}, "count", "a group of its own"),
    (
        {"autoscaler": {**AUTOSCALER, "credentials": "/k.json"}},
        "autoscaler.credentials",
        "its JSON file",
    ),
    (
        {"autoscaler": {**AUTOSCALER, "plugin_version": "latest"}},
        "autoscaler.plugin_version",
        "pin one",
    ),
    ({"autoscaler": {**AUTOSCALER, "max_instances": 0}}, "autoscaler.max_instances", "from 1"),
    (
        {"autoscaler": {**AUTOSCALER, "idle_instances": 11}},
        "autoscaler.idle_instances",
        "from 0 to 10",
    ),
    ({"autoscaler": {**AUTOSCALER, "idle_seconds": 0}}, "autoscaler.idle_seconds", "from 1"),
    ({"jobs": {"image": "ruby"}}, "jobs.image", "pin it"),
    ({"jobs": {"helper_image": "helper"}}, "jobs.helper_image", "pin it"),
    ({"jobs": {"memory_mib": 1}}, "jobs.memory_mib", "from 6"),
    ({"jobs": {"service_memory_mib": 1}}, "jobs.service_memory_mib", "from 6"),
    ({"jobs": {"cpus": 0}}, "jobs.cpus", "above 0"),
    ({"jobs": {"service_cpus": 0}}, "jobs.service_cpus", "above 0"),
    ({"jobs": {"pull_policies": []}}, "jobs.pull_policies", "give one"),
    ({"jobs": {"pull_policies": ["always"] * 2}}, "jobs.pull_policies[1]", "given twice"),
    ({"jobs": {"allowed_images": []}}, "jobs.allowed_images", "allow everything"),
    ({"jobs": {"allowed_services": []}}, "jobs.allowed_services", "allow everything"),
    ({"jobs": {"dropped_capabilities": ["CAP_X"]}}, "jobs.dropped_capabilities", "NET_RAW"),
    ({"jobs": {"dropped_capabilities": ["x"]}}, "jobs.dropped_capabilities", "NET_RAW"),
    ({"jobs": {"network_mtu_bytes": 1}}, "jobs.network_mtu_bytes", "from 68"),
    (
        {"jobs": {"network_mtu_bytes": 1400, "network_id": "n"}},
        "jobs.network_mtu_bytes",
        "beside network_id",
    ),
    ({"jobs": {"network_id": "host"}}, "jobs.network_id", "bridge network"),
    ({"jobs": {"network_id": "container:x"}}, "jobs.network_id", "bridge network"),
    ({"jobs": {"volumes": ["cache"]}}, "jobs.volumes", "/path"),
    ({"jobs": {"volumes": ["$ANY:/cache"]}}, "jobs.volumes", "a job could set"),
]


@pytest.mark.parametrize(("changes", "field", "remedy"), REFUSALS)
def test_a_bad_argument_is_refused_before_anything_is_registered(
    engine: Engine, changes: dict[str, Any], field: str, remedy: str
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        RunnerPool("ci", _with(**changes))
    assert refusal.value.field == field
    assert remedy in str(refusal.value)
    assert engine.registrations == []


@pytest.mark.parametrize(
    "source",
    [
        "/var/run/docker.sock",
        "/run/docker.sock",
        "//run/docker.sock",
        "/var/run/../run/docker.sock",
        "/run/./docker.sock",
        "/",
        "/run",
        "/run/",
        "/var",
        "/var/run",
        "/run/containerd",
        "/run/containerd/containerd.sock",
        "/srv/engine/own.sock",
        "/srv/engine",
    ],
)
def test_jobs_never_get_the_engines_socket(engine: Engine, source: str) -> None:
    args = _with(
        engine_socket="unix:///srv/engine/own.sock", jobs={"volumes": [f"{source}:/inside:ro"]}
    )
    with pytest.raises(ArgumentError, match="socket"):
        RunnerPool("ci", args)
    assert engine.registrations == []


@pytest.mark.parametrize(
    "volume",
    ["/cache", "/run", "cache:/cache", "/srv/cache:/cache", "/running:/x", "/var/lib/x:/x"],
)
def test_volumes_without_the_socket_are_allowed(
    deploy: Deploy, engine: Engine, volume: str
) -> None:
    deploy(lambda: RunnerPool("ci", _with(jobs={"volumes": [volume]})))
    assert volume in _files(engine, "ci-1")["/etc/gitlab-runner/config.toml"]["content"]


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "GR1348941abcdefgh"},
        {"cache": {"bucket": "b", "credentials": "GR1348941abcdefgh"}},
        {"autoscaler": {**AUTOSCALER, "credentials": "GR1348941abcdefgh"}},
    ],
)
def test_a_refusal_never_shows_what_may_be_a_secret(
    engine: Engine, changes: dict[str, Any]
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        RunnerPool("ci", _with(**changes))
    assert "GR1348941" not in str(refusal.value)
    assert engine.registrations == []


def test_every_manager_costs_the_same(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is common is resolved once: a pool of a hundred renders a hundred small documents."""
    calls: list[int] = []
    original = _runner_config.settings

    def counted(args: RunnerPoolArgs) -> Any:
        calls.append(1)
        return original(args)

    monkeypatch.setattr(_runner_config, "settings", counted)
    deploy(lambda: RunnerPool("ci", _with(count=20)))
    assert len(calls) == 1
