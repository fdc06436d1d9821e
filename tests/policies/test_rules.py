"""Every rule: what breaks it and, just beside, what does not."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from pulumi_policy import proxy

from policies import containers, pack
from tests.policies.judge import Sample, judge, paths
from tests.policies.samples import (
    INSTANCE,
    container,
    firewall,
    instance,
    metadata,
    service,
    volume,
)

_ANYWHERE = ["0.0.0.0/0"]
_DIGEST = "sha256:" + "0" * 64


def _image(name: str) -> Sample:
    return Sample(type=containers.REMOTE_IMAGE, properties={"name": name})


def _interface(**fields: Any) -> Sample:
    return instance(networkInterfaces=[{"subnetwork": "hosts", **fields}])


def _open(*ports: str, protocol: str = "tcp", **changes: Any) -> Sample:
    allow = {"protocol": protocol, **({"ports": list(ports)} if ports else {})}
    return firewall(**{"sourceRanges": _ANYWHERE, "allows": [allow], **changes})


def _shields(**fields: bool) -> Sample:
    return instance(shieldedInstanceConfig={"enableSecureBoot": True, **fields})


_BAD = [
    ("docker-image-pinned", "image", container(image="mongo")),
    ("docker-image-pinned", "image", container(image="mongo:latest")),
    ("docker-image-pinned", "image", container(image="localhost:5000/mongo")),
    ("docker-image-pinned", "name", _image("registry.example/app/ui:latest")),
    ("docker-image-pinned", "taskSpec.containerSpec.image", service(image="mongo")),
    ("docker-image-pinned", "taskSpec.containerSpec.image", service(image="mongo:latest")),
    ("docker-not-privileged", "privileged", container(privileged=True)),
    (
        "docker-no-added-capabilities",
        "capabilities.adds[0]",
        container(capabilities={"drops": ["ALL"], "adds": ["CAP_NET_ADMIN"]}),
    ),
    (
        "docker-no-added-capabilities",
        "taskSpec.containerSpec.capAdds[0]",
        service(capAdds=["CAP_NET_ADMIN"]),
    ),
    (
        "docker-no-engine-socket",
        "mounts[0].source",
        container(mounts=[{"type": "bind", "source": "/var/run/docker.sock", "target": "/s"}]),
    ),
    (
        "docker-no-engine-socket",
        "volumes[0].hostPath",
        container(volumes=[{"hostPath": "/run/user/1000/docker.sock", "containerPath": "/s"}]),
    ),
    (
        "docker-no-engine-socket",
        "volumes[0].hostPath",
        container(volumes=[{"hostPath": "/run/", "containerPath": "/host"}]),
    ),
    (
        "docker-no-engine-socket",
        "taskSpec.containerSpec.mounts[0].source",
        service(mounts=[{"type": "bind", "source": "/var/run/docker.sock", "target": "/s"}]),
    ),
    (
        "docker-no-engine-socket",
        "taskSpec.containerSpec.mounts[1].source",
        service(mounts=[{"type": "tmpfs"}, {"type": "bind", "source": "/var", "target": "/v"}]),
    ),
    ("docker-no-host-namespace", "networkMode", container(networkMode="host")),
    ("docker-no-host-namespace", "pidMode", container(pidMode="host")),
    ("docker-no-host-namespace", "ipcMode", container(ipcMode="host")),
    ("docker-no-host-namespace", "usernsMode", container(usernsMode="host")),
    (
        "docker-no-host-namespace",
        "taskSpec.networksAdvanceds[0].id",
        service(task={"networksAdvanceds": [{"id": "host"}]}),
    ),
    (
        "docker-no-host-namespace",
        "taskSpec.networksAdvanceds[1].name",
        service(task={"networksAdvanceds": [{"name": "front"}, {"name": "host"}]}),
    ),
    (
        "docker-no-published-engine",
        "ports[0].internal",
        container(ports=[{"internal": 2376.0, "external": 443.0}]),
    ),
    (
        "docker-no-published-engine",
        "ports[0].external",
        container(ports=[{"internal": 80.0, "external": 2375.0}]),
    ),
    (
        "docker-no-published-engine",
        "ports[0].external",
        container(ports=[{"internal": 2375.0, "external": 2375.0}]),
    ),
    (
        "docker-no-published-engine",
        "endpointSpec.ports[0].targetPort",
        service(port={"targetPort": 2376.0}),
    ),
    (
        "docker-no-published-engine",
        "endpointSpec.ports[0].publishedPort",
        service(port={"publishedPort": 2375.0}),
    ),
    ("docker-memory-limit", "memory", container(memory=None)),
    ("docker-memory-limit", "memory", container(memory=0.0)),
    (
        "docker-memory-limit",
        "taskSpec.resources.limits.memoryBytes",
        service(task={"resources": None}),
    ),
    (
        "docker-memory-limit",
        "taskSpec.resources.limits.memoryBytes",
        service(task={"resources": {"limits": {"nanoCpus": 1.0, "memoryBytes": 0.0}}}),
    ),
    (
        "docker-memory-limit",
        "taskSpec.resources.limits.memoryBytes",
        service(task={"resources": {"reservation": {"memoryBytes": 134_217_728.0}}}),
    ),
    ("gcp-firewall-not-open", "allows[0].ports[0]", _open("22")),
    ("gcp-firewall-not-open", "allows[0].ports[1]", _open("443", "20-30")),
    ("gcp-firewall-not-open", "allows[0].ports[0]", _open("3389", protocol="6")),
    ("gcp-firewall-not-open", "allows[0].ports[0]", _open("2376", protocol="TCP")),
    ("gcp-firewall-not-open", "allows[0].ports[0]", _open("27000-27017")),
    ("gcp-firewall-not-open", "allows[0].ports[0]", _open("22", sourceRanges=["::/0"])),
    (
        "gcp-firewall-not-open",
        "allows[0].ports[0]",
        _open("22", sourceRanges=["198.51.100.7/32", "0.0.0.0/1", "128.0.0.0/1"]),
    ),
    ("gcp-firewall-not-open", "allows[0].ports[0]", _open("22", sourceRanges=None)),
    ("gcp-firewall-not-open", "allows[0].ports[0]", _open("22", direction=None)),
    # Google Cloud lets in whom either names.
    ("gcp-firewall-not-open", "allows[0].ports[0]", _open("22", sourceTags=["bastion"])),
    (
        "gcp-instance-no-public-address",
        "networkInterfaces[0].accessConfigs",
        _interface(accessConfigs=[{}]),
    ),
    (
        "gcp-instance-no-public-address",
        "networkInterfaces[0].ipv6AccessConfigs",
        _interface(ipv6AccessConfigs=[{"networkTier": "PREMIUM"}]),
    ),
    ("gcp-instance-own-network", "networkInterfaces[0].network", _interface(network="default")),
    (
        "gcp-instance-own-network",
        "networkInterfaces[0].subnetwork",
        _interface(subnetwork="projects/p/regions/r/subnetworks/default"),
    ),
    ("gcp-instance-own-account", "serviceAccount.email", instance(serviceAccount=None)),
    (
        "gcp-instance-own-account",
        "serviceAccount.email",
        instance(serviceAccount={"email": "1-compute@developer.gserviceaccount.com"}),
    ),
    (
        "gcp-instance-shielded",
        "shieldedInstanceConfig.enableSecureBoot",
        instance(shieldedInstanceConfig=None),
    ),
    ("gcp-instance-shielded", "shieldedInstanceConfig.enableVtpm", _shields(enableVtpm=False)),
    (
        "gcp-instance-shielded",
        "shieldedInstanceConfig.enableIntegrityMonitoring",
        _shields(enableIntegrityMonitoring=False),
    ),
    (
        "gcp-instance-no-serial-port",
        "metadata.serial-port-enable",
        metadata(serial_port_enable="TRUE"),
    ),
    (
        "gcp-instance-no-serial-port",
        "metadata.serial-port-enable",
        metadata(serial_port_enable="1"),
    ),
    (
        "gcp-instance-blocks-project-keys",
        "metadata.block-project-ssh-keys",
        metadata(block_project_ssh_keys=None),
    ),
    (
        "gcp-instance-blocks-project-keys",
        "metadata.block-project-ssh-keys",
        metadata(block_project_ssh_keys="false"),
    ),
    (
        "gcp-instance-no-startup-script-field",
        "metadataStartupScript",
        instance(metadataStartupScript="apt-get update"),
    ),
    ("gcp-instance-no-secret-metadata", "metadata.db-password", metadata(db_password="1")),  # noqa: S106
    (
        "gcp-instance-no-secret-metadata",
        "metadata.startup-script",
        metadata(startup_script="gitlab-runner register --token glrt-" + "a" * 20),
    ),
    ("docker-production-data-protected", "protect", volume(stack="prod")),
    ("docker-production-data-protected", "protect", volume(stack="prod-eu")),
]

_GOOD = [
    container(),
    container(image=_DIGEST),
    container(image=f"mongo@{_DIGEST}"),
    container(image=f"mongo:latest@{_DIGEST}"),
    container(image="localhost:5000/mongo:8.0"),
    _image("mongo:8.0-latest"),
    container(capabilities={"adds": [proxy.UNKNOWN_STRING_VALUE]}),
    container(mounts=[{"type": "bind", "source": "/run/dockyard", "target": "/run"}]),
    container(networkMode="container:proxy"),
    service(),
    service(image=f"dockyard/ui@{_DIGEST}"),
    service(capAdds=[proxy.UNKNOWN_STRING_VALUE]),
    service(mounts=[{"type": "bind", "source": "/run/dockyard", "target": "/run"}]),
    service(port={"publishedPort": None}),
    service(task={"networksAdvanceds": None}),
    firewall(),
    _open("80", "443"),
    _open("23-2374", "2377-3388"),
    _open("22", direction="EGRESS"),
    _open("22", disabled=True),
    _open("22", sourceRanges=["10.0.0.0/8"]),
    _open("22", sourceRanges=None, sourceTags=["bastion"]),
    _open(protocol="icmp"),
    instance(),
    metadata(serial_port_enable=None),
    _shields(),
    volume(stack="dev"),
    volume(stack="product"),
    volume(stack="prod", protect=True),
    Sample(type=volume().type, properties={"name": "cache"}, stack="prod"),
]


@pytest.mark.parametrize(("policy", "path", "sample"), _BAD)
def test_a_resource_that_breaks_a_rule_is_refused_by_it_alone(
    policy: str, path: str, sample: Sample
) -> None:
    assert paths(judge(sample)) == {policy: [path]}


@pytest.mark.parametrize("sample", _GOOD)
def test_a_resource_that_keeps_the_rules_is_not_refused(sample: Sample) -> None:
    assert judge(sample) == {}


@pytest.mark.parametrize("sample", [_open(), _open(protocol="all")])
def test_a_firewall_without_ports_opens_them_all(sample: Sample) -> None:
    messages = judge(sample)["gcp-firewall-not-open"]

    assert [message.count(port) for message, port in zip(messages, _PORTS, strict=True)] == [1] * 5


_PORTS = ("reach 22,", "reach 2375,", "reach 2376,", "reach 3389,", "reach 27017,")


@pytest.mark.parametrize(("policy", "path", "sample"), _BAD)
def test_a_value_that_is_not_known_yet_is_not_refused(
    policy: str, path: str, sample: Sample
) -> None:
    unknown = dict.fromkeys(sample.properties, proxy.UNKNOWN_STRING_VALUE)
    absent = path.partition(".")[0].partition("[")[0]
    unknown.setdefault(absent, proxy.UNKNOWN_OBJECT_VALUE)

    assert policy not in judge(replace(sample, properties=unknown))


@pytest.mark.parametrize("sample", _GOOD)
def test_no_single_unknown_value_makes_a_good_resource_bad(sample: Sample) -> None:
    for properties in _each_with_one_unknown(sample.properties):
        assert judge(replace(sample, properties=properties)) == {}


@pytest.mark.parametrize("sample", [each for _, _, each in _BAD])
def test_no_single_unknown_value_stops_a_policy(sample: Sample) -> None:
    for properties in _each_with_one_unknown(sample.properties):
        judge(replace(sample, properties=properties))


def _each_with_one_unknown(value: Any) -> Iterator[Any]:
    """Yield a tree as often as it has nodes below its root, each time with one of them unknown."""
    children: Iterable[tuple[Any, Any]] = []
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    for key, child in children:
        for changed in (proxy.UNKNOWN_STRING_VALUE, *_each_with_one_unknown(child)):
            tree = value.copy()
            tree[key] = changed
            yield tree


def test_every_rule_for_one_resource_has_a_sample_that_breaks_it() -> None:
    shown_elsewhere = {"no-plain-secret", "gcp-production-disk-protected"}

    assert {policy for policy, _, _ in _BAD} | shown_elsewhere == {each.name for each in pack.RULES}


def test_every_rule_for_containers_has_a_service_that_breaks_it() -> None:
    of_containers_alone = {"docker-not-privileged"}

    broken = {policy for policy, _, sample in _BAD if sample.type == containers.SERVICE}
    assert broken | of_containers_alone == {each.name for each in containers.RULES}


def test_a_message_says_where_what_why_not_and_how_to_record_an_exception() -> None:
    (message,) = judge(container(privileged=True))["docker-not-privileged"]

    assert message == (
        "privileged: true gives the container every device and capability; leave it out, and give"
        " the one device or capability that is needed. If it must stay, record it in"
        " policies/exceptions.yaml: policy 'docker-not-privileged', resource"
        " 'docker:index/container:Container::it', a reason."
    )


def test_a_template_of_machines_is_judged_like_a_machine() -> None:
    template = "gcp:compute/instanceTemplate:InstanceTemplate"
    bad = instance(shieldedInstanceConfig=None)
    assert bad.type == INSTANCE

    assert judge(replace(bad, type=template)).keys() == judge(bad).keys()
