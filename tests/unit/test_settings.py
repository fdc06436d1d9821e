"""The settings: every configuration is a plan or one clear error."""

from typing import Any

import pulumi
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import stacks
from components.checks import ArgumentError
from stacks.settings import Settings, load
from tests.unit.hosts import HOST_KEY, PUBLIC_KEY
from tests.unit.project import PROJECT, configure
from tests.unit.recorder import Deploy, Engine


def load_with(stack: str = "dev", **changes: Any) -> Settings:
    configure(**changes)
    return load(pulumi.Config("dockyard"), stack)


def test_the_defaults_alone_are_a_plan() -> None:
    settings = load_with()
    assert settings.hosts.hosts["endpoint"] == "unix:///var/run/docker.sock"
    assert settings.prefix == "reddit"
    assert settings.images["database"] == "dockyard/ferretdb:1.24.2"
    assert settings.images["ui"].startswith("dockyard/ui:")
    assert (settings.front_subnet, settings.back_subnet) == ("10.0.1.0/24", "10.0.2.0/24")
    assert settings.network_mtu_bytes is None
    assert settings.keep_data


def test_every_key_is_typed_and_described() -> None:
    for key, declared in PROJECT["config"].items():
        assert {"type", "description", "default"} <= set(declared), key


def test_a_copy_of_the_stack_gets_names_of_its_own() -> None:
    assert load_with("dev-blue").prefix == "reddit-blue"
    assert load_with("dev-blue", prefix="given").prefix == "given"


def test_the_environments_docker_host_counts_unless_the_configuration_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///run/user/1000/docker.sock")
    assert load_with().hosts.hosts["endpoint"] == "unix:///run/user/1000/docker.sock"
    assert (
        load_with(dockerHost="unix:///other.sock").hosts.hosts["endpoint"] == "unix:///other.sock"
    )


def test_keys_of_other_namespaces_are_left_alone() -> None:
    configure()
    values = {**pulumi.runtime.config.CONFIG.get(), "gcp:project": "p"}
    pulumi.runtime.set_all_config(values, [])
    assert load(pulumi.Config("dockyard"), "dev").prefix == "reddit"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"uiPrt": 1}, "unknown key; did you mean uiPort? pulumi config rm uiPrt"),
        ({"xyzzy": 1}, "'dockyard:xyzzy' is an unknown key; Pulumi.yaml lists the known ones"),
        ({"uiPort": "http"}, "dockyard:uiPort: 'http' is not a whole number"),
        ({"uiPort": 0}, "dockyard:uiPort: 0 is not a whole number from 1 to 65535"),
        ({"uiPort": 70000}, "dockyard:uiPort: 70000 is not a whole number from 1 to 65535"),
        ({"uiPort": 80.5}, "dockyard:uiPort: '80.5' is not a whole number"),
        ({"keepData": "yes"}, "dockyard:keepData: 'yes' is neither true nor false"),
        ({"uiImage": "ui:latest"}, "dockyard:uiImage: 'ui:latest' means another image tomorrow"),
        ({"databaseImage": "mongo"}, "dockyard:databaseImage: 'mongo' means another image"),
        ({"databaseImage": "postgres:17"}, "is no database known here; name one mongo or ferretdb"),
        ({"dockerHost": "tcp://1.2.3.4:2375"}, "dockyard:dockerHost: 'tcp://1.2.3.4:2375'"),
        (
            {"frontSubnet": "10.0.2.0/25"},
            "dockyard:frontSubnet: '10.0.2.0/25' overlaps 10.0.2.0/24 (dockyard:backSubnet)",
        ),
        (
            {"avoidRanges": ["10.0.0.0/8"]},
            "dockyard:frontSubnet: '10.0.1.0/24' overlaps 10.0.0.0/8 (dockyard:avoidRanges[0])",
        ),
        ({"avoidRanges": "10.0.0.0/8"}, "dockyard:avoidRanges: '10.0.0.0/8' is not a list"),
        ({"avoidRanges": [1]}, "dockyard:avoidRanges: [1] is not a list of texts"),
        ({"networkMtuBytes": 10}, "dockyard:networkMtuBytes: 10 is not a whole number from 68"),
        ({"postAlias": "comment"}, "dockyard:commentAlias: 'comment' is also dockyard:postAlias"),
        ({"prefix": "a/b"}, "dockyard:prefix: 'a/b' is not a Docker name"),
    ],
)
def test_a_bad_value_is_one_line_that_names_the_key(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        load_with(**changes)
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


_HOST = {"address": "ssh://deploy@198.51.100.11", "hostKeys": [HOST_KEY]}
_GCP = {
    "gcpProject": "my-project-42",
    "gcpZones": ["europe-west1-b"],
    "gcpSshPublicKeys": [PUBLIC_KEY],
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sshHosts": "x"}, "dockyard:sshHosts: 'x' is not a list of objects"),
        ({"sshHosts": [{"address": "x"}]}, "dockyard:sshHosts[0].hostKeys: None is missing"),
        ({"sshHosts": [{**_HOST, "port": 1}]}, "dockyard:sshHosts[0]: 'port' is an unknown key"),
        ({"sshHosts": [{**_HOST, "name": 1}]}, "dockyard:sshHosts[0].name: 1 is not a text"),
        ({"sshHosts": [{**_HOST, "hostKeys": "k"}]}, "sshHosts[0].hostKeys: 'k' is not a list"),
        (
            {"sshHosts": [{**_HOST, "address": "x"}]},
            "dockyard:sshHosts[0].address: 'x' is not an SSH address",
        ),
        (
            {"sshHosts": [{**_HOST, "hostKeys": ["k"]}]},
            "dockyard:sshHosts[0].hostKeys[0]: 'k' is not a public host key",
        ),
        ({"sshHosts": [_HOST], "hostCount": 2}, "dockyard:hostCount: 2 is more than the 1 hosts"),
        ({"hostCount": 2}, "dockyard:hostCount: 2 is more than this one machine"),
        (
            {"sshHosts": [_HOST], "dockerHost": "unix:///x.sock"},
            "dockyard:dockerHost: '…' is set beside dockyard:sshHosts",
        ),
        ({**_GCP, "sshHosts": [_HOST]}, "dockyard:sshHosts: '…' is set beside dockyard:gcpProject"),
        ({"sshHosts": [_HOST], "liveSource": True}, "dockyard:liveSource: 'true' needs the"),
        ({"sshHosts": [_HOST], "readyTimeoutSeconds": 0}, "dockyard:readyTimeoutSeconds: 0 is not"),
        (
            {"sshHosts": [_HOST], "sshSetUpEngine": True, "engineAddressPool": "10.0.0.0/8"},
            "dockyard:engineAddressPool: '10.0.0.0/8' overlaps 10.0.1.0/24",
        ),
        ({"gcpProject": "my-project-42"}, "dockyard:gcpZones: "),
        ({**_GCP, "gcpZones": ["x"]}, "dockyard:gcpZones"),
        ({**_GCP, "gcpSubnet": "10.0.1.0/24"}, "dockyard:gcpSubnet: '10.0.1.0/24' overlaps"),
        ({**_GCP, "gcpSubnet": "x"}, "dockyard:gcpSubnet: 'x' is not an IPv4 range"),
        ({**_GCP, "gcpSshPublicKeys": []}, "dockyard:gcpSshPublicKeys: [] lets nobody in"),
        ({**_GCP, "gcpSnapshotTime": "noon"}, "dockyard:gcpSnapshotTime: 'noon' is not a full"),
        ({**_GCP, "gcpDataDiskGib": 1}, "dockyard:gcpDataDiskGib: 1 is not a whole number"),
        ({**_GCP, "prefix": "Reddit"}, "dockyard:prefix: 'Reddit' can't begin a name on Google"),
        (
            {**_GCP, "uiSourceRanges": ["10.0.0.0/8"]},
            "dockyard:uiSourceRanges: ['10.0.0.0/8'] can't be reached on a loopback address",
        ),
        ({"uiSourceRanges": ["10.0.0.0/8"]}, "dockyard:uiSourceRanges: ['10.0.0.0/8'] needs a"),
        ({**_GCP, "gcpLabels": [1]}, "dockyard:gcpLabels: [1] is not a set of texts by name"),
    ],
)
def test_a_bad_host_is_one_line_that_names_the_key(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        load_with(**changes)
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_password_in_plain_text_is_refused_and_not_repeated() -> None:
    configure(databaseUsername="root")
    values = {**pulumi.runtime.config.CONFIG.get(), "dockyard:databasePassword": "open sesame"}
    pulumi.runtime.set_all_config(values, [])
    with pytest.raises(ArgumentError, match="is not encrypted; pulumi config set --secret") as said:
        load(pulumi.Config("dockyard"), "dev")
    assert "sesame" not in str(said.value)


def test_a_password_without_a_user_is_refused(engine: Engine) -> None:
    configure()
    values = {**pulumi.runtime.config.CONFIG.get(), "dockyard:databasePassword": "open sesame"}
    pulumi.runtime.set_all_config(values, ["dockyard:databasePassword"])
    with pytest.raises(ArgumentError, match="dockyard:databasePassword: '…' belongs to nobody"):
        load(pulumi.Config("dockyard"), "dev")


def test_a_missing_key_says_which() -> None:
    pulumi.runtime.set_all_config({}, [])
    with pytest.raises(ArgumentError, match="dockyard:frontSubnet: None is not set"):
        load(pulumi.Config("dockyard"), "dev")


# Values that a person may type: right ones, near misses and rubbish of every JSON type.
_SUBNETS = st.one_of(
    st.sampled_from(["10.0.1.0/24", "10.0.2.0/24", "10.0.0.0/8", "10.0.1.1/24", "0.0.0.0/0"]),
    st.builds(lambda address, size: f"{address}/{size}", st.ip_addresses(v=4), st.integers(0, 34)),
)
_RUBBISH = st.one_of(
    st.text(max_size=80),
    st.integers(),
    st.booleans(),
    st.floats(),
    st.lists(st.text(max_size=8) | _SUBNETS, max_size=3),
)
_PLAUSIBLE = {
    "frontSubnet": _SUBNETS,
    "backSubnet": _SUBNETS,
    "avoidRanges": st.lists(_SUBNETS, max_size=2),
    "uiPort": st.integers(-1, 70_000),
    "networkMtuBytes": st.integers(0, 70_000),
    "uiBindAddress": st.ip_addresses(v=4).map(str),
    "databaseImage": st.sampled_from(["mongo:8.0", "mongo", "mongo:latest", "x/ferretdb:1"]),
    "prefix": st.from_regex(r"[a-zA-Z0-9_.-]{0,70}", fullmatch=True),
    "postAlias": st.sampled_from(["post", "comment", "a b", "reddit_post"]),
    "keepData": st.booleans(),
    "liveSource": st.booleans(),
    "unknownKey": st.integers(),
}


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a few changes to the defaults."""
    keys = draw(st.lists(st.sampled_from([*PROJECT["config"], "unknownKey"]), max_size=4))
    return {
        key: draw(_PLAUSIBLE[key] if key in _PLAUSIBLE and draw(st.booleans()) else _RUBBISH)
        for key in keys
    }


@hypothesis_settings(
    max_examples=500,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(changes=configurations())
def test_any_configuration_is_a_valid_plan_or_one_clear_error(
    deploy: Deploy, engine: Engine, changes: dict[str, Any]
) -> None:
    engine.registrations.clear()
    configure(**changes)
    try:
        deploy(lambda: stacks.run("dev"))
    except pulumi.RunError as error:
        assert str(error)
        assert "\n" not in str(error)
        assert engine.registrations == []
    else:
        # A backup, a gateway and a Swarm's networks may come besides.
        registered = {each.name for each in engine.registrations}
        assert {f"reddit-{role}" for role in ("ui", "post", "comment", "database")} <= registered
