"""Resources that keep every rule, to be broken one property at a time."""

from typing import Any

from policies import containers, data, firewalls
from tests.policies.judge import Sample

INSTANCE = "gcp:compute/instance:Instance"
_ACCOUNT = "host@a-project.iam.gserviceaccount.com"


def container(**changes: Any) -> Sample:
    """Return a container as the services' are; a change of None takes a property out."""
    right = {
        "image": "dockyard/ui:3.0",
        "name": "ui",
        "memory": 128.0,
        "privileged": False,
        "networkMode": "bridge",
        "capabilities": {"drops": ["ALL"]},
        "envs": ["ENV=dev", "POST_SERVICE_HOST=post", "SSH_PUBLIC_KEY=ssh-ed25519 AAAA"],
        "ports": [{"internal": 9292.0, "external": 9292.0, "ip": "127.0.0.1"}],
        "mounts": [{"type": "tmpfs", "target": "/tmp"}],  # noqa: S108 - in the container
        "volumes": [{"volumeName": "data", "containerPath": "/state"}],
    }
    return Sample(type=containers.CONTAINER, properties=_with(right, changes))


def service(
    *, task: dict[str, Any] | None = None, port: dict[str, Any] | None = None, **changes: Any
) -> Sample:
    """Return a service of a Swarm as the services' are.

    Args:
        task: what is to change in its tasks.
        port: what is to change in the port that it publishes.
        changes: what is to change in its containers; None takes a property out.
    """
    right = {
        "image": "dockyard/ui:3.0",
        "readOnly": True,
        "capDrops": ["ALL"],
        "env": {"ENV": "dev", "POST_SERVICE_HOST": "post", "SSH_PUBLIC_KEY": "ssh-ed25519 AAAA"},
        "mounts": [
            {"type": "tmpfs", "target": "/tmp"},  # noqa: S108 - in the container
            {"type": "volume", "source": "data", "target": "/state"},
        ],
    }
    right_task = {
        "containerSpec": _with(right, changes),
        "resources": {"limits": {"memoryBytes": 134_217_728.0}},
        "networksAdvanceds": [{"id": "bz1n9tzkv", "aliases": ["ui"]}],
    }
    right_port = {"targetPort": 9292.0, "publishedPort": 9292.0, "publishMode": "host"}
    properties = {
        "name": "ui",
        "taskSpec": _with(right_task, task or {}),
        "endpointSpec": {"mode": "dnsrr", "ports": [_with(right_port, port or {})]},
    }
    return Sample(type=containers.SERVICE, properties=properties)


def firewall(**changes: Any) -> Sample:
    """Return a firewall that lets Google's proxy in by SSH."""
    right = {
        "direction": "INGRESS",
        "sourceRanges": ["35.235.240.0/20"],
        "allows": [{"protocol": "tcp", "ports": ["22"]}],
    }
    return Sample(type=firewalls.FIREWALL, properties=_with(right, changes))


def instance(**changes: Any) -> Sample:
    """Return a machine that is shielded, private, and acts as an account of its own."""
    right = {
        "networkInterfaces": [{"network": "hosts", "subnetwork": "hosts"}],
        "serviceAccount": {"email": _ACCOUNT, "scopes": ["cloud-platform"]},
        "shieldedInstanceConfig": {
            "enableSecureBoot": True,
            "enableVtpm": True,
            "enableIntegrityMonitoring": True,
        },
        "metadata": {
            "block-project-ssh-keys": "true",
            "serial-port-enable": "false",
            "startup-script": "#!/bin/sh\napt-get install docker.io\n",
            "ssh-keys": "deploy:ssh-ed25519 AAAA",
        },
    }
    return Sample(type=INSTANCE, properties=_with(right, changes))


def volume(**options: Any) -> Sample:
    """Return a database's volume."""
    labels = [
        {"label": "org.dockyard.app", "value": "reddit"},
        {"label": "org.dockyard.role", "value": "database"},
    ]
    return Sample(type=data.VOLUME, properties={"name": "data", "labels": labels}, **options)


def metadata(**changes: Any) -> Sample:
    """Return a machine with changed metadata; underscores in a key stand for dashes."""
    right = dict(instance().properties["metadata"])
    renamed = {key.replace("_", "-"): value for key, value in changes.items()}
    return instance(metadata=_with(right, renamed))


def _with(right: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**right, **changes}.items() if value is not None}
