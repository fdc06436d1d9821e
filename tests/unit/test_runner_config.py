"""The runner's ``config.toml``: every argument arrives under the name that GitLab documents."""

import asyncio
import re
import tomllib
from itertools import product
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import _runner_config
from components._runner_args import (
    PullPolicy,
    RunnerCacheArgs,
    RunnerJobsArgs,
    RunnerPoolArgs,
    RunnerPurpose,
)
from components._runner_autoscaler import RunnerAutoscalerArgs
from tests.unit.recorder import Deploy, Engine, Value

TOKEN = "glrt-t1_0123456789abcdefghij"  # noqa: S105 - nobody's
ARGS: RunnerPoolArgs = {
    "prefix": "ci",
    "gitlab_url": "https://gitlab.example.org",
    "token": TOKEN,
    "network_id": "runners-id",
}
AUTOSCALER: RunnerAutoscalerArgs = {
    "project": "my-project-42",
    "zone": "europe-west1-b",
    "instance_group": "jobs",
    "credentials": "{}",
    "plugin_version": "1.0.0",
    "max_instances": 10,
}
# docs.gitlab.com/runner/configuration/advanced-configuration, by section: what may stand there.
DOCUMENTED = {
    "": {
        "check_interval",
        "concurrent",
        "listen_address",
        "log_format",
        "runners",
        "shutdown_timeout",
    },
    "runners": {
        "autoscaler",
        "cache",
        "clone_url",
        "docker",
        "executor",
        "feature_flags",
        "limit",
        "name",
        "output_limit",
        "request_concurrency",
        "tls-ca-file",
        "token",
        "url",
    },
    "runners.docker": {
        "allowed_images",
        "allowed_services",
        "cap_drop",
        "cpus",
        "helper_image",
        "image",
        "memory",
        "network_mode",
        "network_mtu",
        "privileged",
        "pull_policy",
        "security_opt",
        "service_cpus",
        "service_memory",
        "volumes",
    },
    "runners.autoscaler": {
        "capacity_per_instance",
        "connector_config",
        "delete_instances_on_shutdown",
        "max_instances",
        "max_use_count",
        "plugin",
        "plugin_config",
        "policy",
    },
    "runners.autoscaler.connector_config": {"use_external_addr", "username"},
    "runners.autoscaler.plugin_config": {"name", "project", "zone"},
    "runners.autoscaler.policy": {"idle_count", "idle_time"},
    "runners.cache": {"Shared", "Type", "gcs"},
    "runners.cache.gcs": {"BucketName", "CredentialsFile"},
}
# A line of the table in docs/runners.md: the argument, and where it ends up.
ROW = re.compile(r"^\| `(?P<argument>[a-z_.]+)` \| (?P<option>.+?) \|", re.MULTILINE)


@pytest.fixture
def rendered(engine: Engine, deploy: Deploy, value: Value) -> Any:
    """Render arguments, read the result back as TOML."""

    def render(**changes: Any) -> dict[str, Any]:
        args = cast("RunnerPoolArgs", {**ARGS, **changes})
        common = value(deploy(lambda: _runner_config.settings(args)))
        return tomllib.loads(_runner_config.config_toml(common, manager="ci-runner-1"))

    return render


def test_without_options_it_is_this_document(rendered: Any) -> None:
    assert rendered() == {
        "concurrent": 2,
        "check_interval": 3,
        "shutdown_timeout": 30,
        "log_format": "json",
        "listen_address": ":9252",
        "runners": [
            {
                "name": "ci-runner-1",
                "url": "https://gitlab.example.org",
                "token": TOKEN,
                "executor": "docker",
                "limit": 0,
                "request_concurrency": 2,
                "output_limit": 4096,
                "feature_flags": {
                    "FF_NETWORK_PER_BUILD": True,
                    "FF_USE_INIT_WITH_DOCKER_EXECUTOR": True,
                    "FF_GIT_URLS_WITHOUT_TOKENS": True,
                    "FF_ENABLE_JOB_CLEANUP": True,
                },
                "docker": {
                    "image": "alpine:3.22",
                    "privileged": False,
                    "pull_policy": ["always"],
                    "cap_drop": ["NET_RAW"],
                    "security_opt": ["no-new-privileges:true"],
                    "memory": "2048m",
                    "cpus": "1.0",
                    "service_memory": "1024m",
                    "service_cpus": "1.0",
                    "volumes": ["/cache"],
                },
            }
        ],
    }


@pytest.mark.parametrize(
    ("argument", "given", "option", "expected"),
    [
        ("gitlab_url", "http://gitlab:8080", "runners.url", "http://gitlab:8080"),
        ("token", "glrt-another", "runners.token", "glrt-another"),
        ("clone_url", "http://gitlab", "runners.clone_url", "http://gitlab"),
        ("concurrent", 7, "concurrent", 7),
        ("limit", 5, "runners.limit", 5),
        ("request_concurrency", 4, "runners.request_concurrency", 4),
        ("check_interval_seconds", 10, "check_interval", 10),
        ("output_limit_kib", 8192, "runners.output_limit", 8192),
        ("shutdown_timeout_seconds", 60, "shutdown_timeout", 60),
        ("metrics_port", 9999, "listen_address", ":9999"),
        ("ca_certificate", "pem", "runners.tls-ca-file", "/etc/gitlab-runner/ca.crt"),
        ("feature_flags", {"FF_X": True}, "runners.feature_flags.FF_X", True),
        (
            "feature_flags",
            {"FF_ENABLE_JOB_CLEANUP": False},
            "runners.feature_flags.FF_ENABLE_JOB_CLEANUP",
            False,
        ),
        ("cache", {"bucket": "b", "credentials": "{}"}, "runners.cache.Type", "gcs"),
        ("cache", {"bucket": "b", "credentials": "{}"}, "runners.cache.Shared", True),
        ("cache", {"bucket": "b", "credentials": "{}"}, "runners.cache.gcs.BucketName", "b"),
        (
            "cache",
            {"bucket": "b", "credentials": "{}"},
            "runners.cache.gcs.CredentialsFile",
            "/etc/gitlab-runner/cache-key.json",
        ),
    ],
)
def test_each_argument_becomes_its_option(
    rendered: Any, argument: str, given: Any, option: str, expected: Any
) -> None:
    assert _at(rendered(**{argument: given}), option) == expected


@pytest.mark.parametrize(
    ("argument", "given", "option", "expected"),
    [
        ("image", "ruby:3.4", "image", "ruby:3.4"),
        ("purpose", RunnerPurpose.JOBS, "security_opt", ["no-new-privileges:true"]),
        (
            "purpose",
            RunnerPurpose.IMAGE_BUILDS,
            "security_opt",
            ["seccomp:unconfined", "apparmor:unconfined"],
        ),
        ("purpose", RunnerPurpose.IMAGE_BUILDS, "privileged", False),
        ("setuid_programs", True, "security_opt", []),
        ("allowed_images", ["ruby:*"], "allowed_images", ["ruby:*"]),
        ("allowed_services", ["mongo:8.*"], "allowed_services", ["mongo:8.*"]),
        (
            "pull_policies",
            [PullPolicy.ALWAYS, PullPolicy.IF_NOT_PRESENT],
            "pull_policy",
            ["always", "if-not-present"],
        ),
        ("privileged", True, "privileged", True),
        ("dropped_capabilities", ["ALL"], "cap_drop", ["ALL"]),
        ("memory_mib", 512, "memory", "512m"),
        ("cpus", 2, "cpus", "2.0"),
        ("service_memory_mib", 256, "service_memory", "256m"),
        ("service_cpus", 0.5, "service_cpus", "0.5"),
        ("network_id", "gitlab-id", "network_mode", "gitlab-id"),
        ("network_mtu_bytes", 1460, "network_mtu", 1460),
        ("helper_image", "registry/helper:1", "helper_image", "registry/helper:1"),
        ("volumes", ["/a", "b:/c"], "volumes", ["/a", "b:/c"]),
    ],
)
def test_each_argument_for_jobs_becomes_its_option(
    rendered: Any, argument: str, given: Any, option: str, expected: Any
) -> None:
    assert _at(rendered(jobs={argument: given}), f"runners.docker.{option}") == expected


def test_an_autoscaler_gives_each_job_a_vm_of_its_own(rendered: Any) -> None:
    document = rendered(autoscaler=AUTOSCALER)
    assert document["concurrent"] == 10
    assert _at(document, "runners.executor") == "docker-autoscaler"
    assert _at(document, "runners.autoscaler") == {
        "plugin": "googlecloud:1.0.0",
        "capacity_per_instance": 1,
        "max_use_count": 1,
        "max_instances": 10,
        "delete_instances_on_shutdown": True,
        "plugin_config": {"project": "my-project-42", "zone": "europe-west1-b", "name": "jobs"},
        "connector_config": {"username": "runner", "use_external_addr": False},
        "policy": [{"idle_count": 0, "idle_time": "20m0s"}],
    }


@pytest.mark.parametrize(
    ("argument", "given", "option", "expected"),
    [
        ("idle_instances", 2, "policy.idle_count", 2),
        ("idle_seconds", 90, "policy.idle_time", "1m30s"),
        ("username", "core", "connector_config.username", "core"),
        ("external_addresses", True, "connector_config.use_external_addr", True),
    ],
)
def test_each_argument_of_the_autoscaler_becomes_its_option(
    rendered: Any, argument: str, given: Any, option: str, expected: Any
) -> None:
    document = rendered(autoscaler={**AUTOSCALER, argument: given})
    assert _at(document, f"runners.autoscaler.{option}") == expected


def test_an_autoscalers_manager_may_run_fewer_jobs_than_there_may_be_vms(rendered: Any) -> None:
    assert rendered(autoscaler=AUTOSCALER, concurrent=3)["concurrent"] == 3


def test_numbers_that_came_as_floats_are_whole_again(rendered: Any) -> None:
    document = rendered(concurrent=3.0, metrics_port=9300.0, jobs={"memory_mib": 64.0})
    assert isinstance(document["concurrent"], int)
    assert document["listen_address"] == ":9300"
    assert _at(document, "runners.docker.memory") == "64m"


def _full(rendered: Any) -> Any:
    return rendered(
        clone_url="http://gitlab",
        ca_certificate="pem",
        cache={"bucket": "b", "credentials": "{}"},
        autoscaler=AUTOSCALER,
        jobs={
            "allowed_images": ["a"],
            "allowed_services": ["b"],
            "network_id": "n",
            "network_mtu_bytes": 1400,
            "helper_image": "h:1",
        },
    )


def test_every_option_is_a_documented_one(rendered: Any) -> None:
    document = _full(rendered)
    found = {name: set(_at(document, name) if name else document) for name in DOCUMENTED}
    assert found == DOCUMENTED


def test_the_table_in_the_docs_has_every_argument_and_names_real_options(rendered: Any) -> None:
    page = (Path(__file__).parents[2] / "docs" / "runners.md").read_text()
    table = {each["argument"]: each["option"] for each in ROW.finditer(page)}
    arguments = {
        *(
            name
            for name in RunnerPoolArgs.__annotations__
            if name not in {"jobs", "cache", "autoscaler"}
        ),
        *(f"jobs.{name}" for name in RunnerJobsArgs.__annotations__),
        *(f"cache.{name}" for name in RunnerCacheArgs.__annotations__),
        *(f"autoscaler.{name}" for name in RunnerAutoscalerArgs.__annotations__),
    }
    assert set(table) == arguments
    document = _full(rendered)
    for cell in table.values():
        for option in re.findall(r"`([a-zA-Z_.-]+)` of `config.toml`", cell):
            assert _at(document, option) is not None, option


def test_an_image_build_is_the_same_job_but_for_its_profiles(rendered: Any) -> None:
    jobs = _at(rendered(), "runners.docker")
    builds = _at(rendered(jobs={"purpose": RunnerPurpose.IMAGE_BUILDS}), "runners.docker")
    assert {name for name in jobs if jobs[name] != builds[name]} == {"security_opt"}


def test_managers_differ_in_their_name_alone(engine: Engine, deploy: Deploy, value: Value) -> None:
    common = value(deploy(lambda: _runner_config.settings(ARGS)))
    first, second = (
        tomllib.loads(_runner_config.config_toml(common, manager=name)) for name in ("a", "b")
    )
    assert first["runners"][0].pop("name") == "a"
    assert second["runners"][0].pop("name") == "b"
    assert first == second


def test_every_file_that_only_the_manager_may_read_is_a_secret_of_its_own(
    engine: Engine, deploy: Deploy, value: Value
) -> None:
    args = cast(
        "RunnerPoolArgs",
        {
            **ARGS,
            "ca_certificate": "pem",
            "cache": {"bucket": "b", "credentials": "{}"},
            "autoscaler": AUTOSCALER,
        },
    )

    def program() -> dict[str, Any]:
        config = _runner_config.settings(args).apply(str)
        files = _runner_config.uploads(args, config, pulumi.Output.from_input("r_0123456789ab"))
        return {str(each.file): pulumi.Output.from_input(each.content) for each in files}

    contents = deploy(program)
    loop = asyncio.get_event_loop()
    secret = {path for path, each in contents.items() if loop.run_until_complete(each.is_secret())}
    assert {path.rpartition("/")[2] for path in secret} == {
        "autoscaler-key.json",
        "cache-key.json",
        "config.toml",
    }


# As an argument of the deployment: no surrogates, which no text on its way to a plugin can hold.
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_whatever_the_token_holds_it_arrives_as_it_is(text: str) -> None:
    common = {"concurrent": 1, "runners": [{"token": text, "docker": {"volumes": [text]}}]}
    (runner,) = tomllib.loads(_runner_config.config_toml(common, manager=text))["runners"]
    assert runner == {"name": text, "token": text, "docker": {"volumes": [text]}}


def test_a_system_id_has_the_only_form_that_the_runner_accepts() -> None:
    # gitlab-runner: commands/internal/configfile/system_id_state.go
    made = _runner_config.system_id("owner", pool="runners", manager="ci-runner-1")
    assert re.fullmatch(r"[sr]_[0-9a-zA-Z]{12}", made)


def test_a_system_id_is_each_managers_own_and_stays_so() -> None:
    managers = list(product(["", "somebody"], ["east", "west"], ["ci-runner-1", "ci-runner-2"]))
    ids, again = (
        [
            _runner_config.system_id(owner, pool=pool, manager=manager)
            for owner, pool, manager in managers
        ]
        for _ in range(2)
    )
    assert len(set(ids)) == len(managers)
    assert ids == again


def _at(document: Any, option: str) -> Any:
    """Return what stands at a dotted path; of a section that may be repeated, the only one."""
    for part in option.split("."):
        document = document[part]
        if part in {"runners", "policy"}:
            (document,) = document
    return document
