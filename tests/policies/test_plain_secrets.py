"""Secrets: found where they are plain, left alone where they are marked, never repeated."""

from typing import Any

import pytest
from pulumi_policy import Secret, proxy

from tests.policies.judge import Sample, judge, paths
from tests.policies.samples import container, instance, metadata, service

_COMMAND = "command:local:Command"
# Put together here, so that no scanner takes this file for a leak.
_SAMPLES = {
    "a GitLab token": "glpat" + "-" + "x" * 20,
    "a GitHub token": "ghp" + "_" + "x" * 36,
    "an AWS access key": "AKIA" + "X" * 16,
    "a Google API key": "AIza" + "x" * 35,
    "a Slack token": "xoxb" + "-" + "1" * 12,
    "a Slack webhook": "https://hooks.slack" + ".com/services/T0/B0/x",
    "a private key": "-----BEGIN OPENSSH " + "PRIVATE KEY-----",
}


def _command(**properties: Any) -> Sample:
    return Sample(type=_COMMAND, properties=properties)


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD",
        "DB_PASSWORD",
        "API_TOKEN",
        "apiKey".upper(),
        "SECRET_KEY_BASE",
        "ssh_private_key",
    ],
)
def test_a_variable_named_like_a_secret_must_be_marked(name: str) -> None:
    assert paths(judge(container(envs=["A=1", f"{name}=hunter2"]))) == {
        "no-plain-secret": ["envs[1]"]
    }
    assert paths(judge(service(env={"A": "1", name: "hunter2"}))) == {
        "no-plain-secret": [f"taskSpec.containerSpec.env.{name}"]
    }


@pytest.mark.parametrize(
    "entry",
    ["DB_PASSWORD=", "DB_PASSWORD_FILE=/run/secrets/db", "MONKEY=1", "PUBLIC_KEY=x", "TOKENS=4"],
)
def test_a_variable_that_holds_no_secret_is_left_alone(entry: str) -> None:
    name, _, value = entry.partition("=")

    assert judge(container(envs=[entry])) == {}
    assert judge(service(env={name: value})) == {}


@pytest.mark.parametrize(
    "envs",
    [
        ["A=1", Secret("PASSWORD=hunter2")],
        Secret(["A=1", "PASSWORD=hunter2"]),
        ["A=1", proxy.UNKNOWN_STRING_VALUE],
        proxy.UNKNOWN_ARRAY_VALUE,
    ],
)
def test_a_marked_or_unknown_value_is_left_alone(envs: object) -> None:
    assert judge(container(envs=envs)) == {}


@pytest.mark.parametrize(
    "env",
    [
        {"A": "1", "PASSWORD": Secret("hunter2")},
        Secret({"A": "1", "PASSWORD": "hunter2"}),
        {"A": "1", "PASSWORD": proxy.UNKNOWN_STRING_VALUE},
        proxy.UNKNOWN_OBJECT_VALUE,
    ],
)
def test_a_marked_or_unknown_value_of_a_service_is_left_alone(env: object) -> None:
    assert judge(service(env=env)) == {}


def test_a_command_s_environment_is_looked_at() -> None:
    assert paths(judge(_command(create="true", environment={"TOKEN": "hunter2"}))) == {
        "no-plain-secret": ["environment.TOKEN"]
    }


@pytest.mark.parametrize("kind", _SAMPLES)
def test_a_secret_of_a_known_format_is_found_anywhere(kind: str) -> None:
    sample = Sample(type="any:index:Thing", properties={"a": [{"b": f"see {_SAMPLES[kind]}!"}]})

    (message,) = judge(sample)["no-plain-secret"]

    assert message.startswith(f"a[0].b: contains {kind} in plain text;")


@pytest.mark.parametrize("kind", _SAMPLES)
def test_a_secret_of_a_known_format_is_left_alone_where_it_is_marked(kind: str) -> None:
    sample = Sample(type="any:index:Thing", properties={"a": [{"b": Secret(_SAMPLES[kind])}]})

    assert judge(sample) == {}


def test_a_secret_that_is_named_and_recognised_is_refused_once() -> None:
    token = _SAMPLES["a GitLab token"]

    assert paths(judge(container(envs=[f"API_TOKEN={token}"]))) == {"no-plain-secret": ["envs[0]"]}
    assert paths(judge(service(env={"API_TOKEN": token}))) == {
        "no-plain-secret": ["taskSpec.containerSpec.env.API_TOKEN"]
    }


def test_metadata_may_hold_no_secret_even_if_it_is_marked() -> None:
    marked = metadata(note=Secret(_SAMPLES["a private key"]))

    assert paths(judge(marked)) == {"gcp-instance-no-secret-metadata": ["metadata.note"]}


@pytest.mark.parametrize("value", ["hunter2", *_SAMPLES.values()])
@pytest.mark.parametrize(
    "make",
    [
        lambda value: container(
            envs=[f"PASSWORD={value}"], labels=[{"label": "a", "value": value}]
        ),
        lambda value: service(env={"PASSWORD": value}, args=[value]),
        lambda value: _command(create=f"echo {value}", environment={"PASSWORD": value}),
        lambda value: metadata(password=value, note=value),
        lambda value: instance(metadataStartupScript=f"run {value}"),
    ],
)
def test_no_message_repeats_a_secret(make: Any, value: str) -> None:
    verdict = judge(make(value))

    assert verdict
    assert value not in str(verdict)
