"""What the stand-in docker provider supports, and what a change of each input does.

To be read beside the docs of pulumi-docker 5.x (terraform-provider-docker 4.x): the names,
defaults and consequences are the real plugin's, quirks included. An input that is missing here is
refused. ``read=True`` says that a refresh reads the input back from the Docker Engine; the others
keep the value the program last gave, so that drift in them goes unnoticed, as with the real one.
"""

from functools import partial
from typing import Any, Final

from airgap.providers._fields import (
    flag,
    record,
    record_set,
    text,
    text_map,
    text_set,
    texts,
    whole,
)
from airgap.providers._schema import OnChange, Schema
from airgap.providers.docker.durations import not_a_duration

_UPDATE: Final = OnChange.UPDATE
_REMEMBER: Final = OnChange.REMEMBER
_IGNORE: Final = OnChange.IGNORE


def _at_least(minimum: int) -> Any:  # noqa: ANN401 (a check, see Field)
    def check(value: int) -> str | None:
        return None if value >= minimum else f"is {value}; it must be at least {minimum}"

    return check


def _not_a_port(value: int) -> str | None:
    highest = 65535
    return None if 0 < value <= highest else f"is {value}; a port is between 1 and {highest}"


def _unclear_uploads(uploads: list[dict[str, Any]]) -> str | None:
    for index, upload in enumerate(uploads):
        given = [name for name in ("content", "contentBase64") if upload.get(name)]
        if len(given) != 1:
            return (
                f"has {len(given)} contents in entry {index} ({upload.get('file')}); "
                "give exactly one of content and contentBase64, and not an empty one"
            )
    return None


_LABELS: Final = {"label": text(required=True), "value": text(required=True)}
_duration: Final = partial(text, default="0s", check=not_a_duration)

NETWORK: Final = Schema(
    inputs={
        "name": text(read=True),
        "labels": record_set(fields=_LABELS, read=True),
        "driver": text(computed=True, read=True),
        "options": text_map(computed=True, read=True),
        "internal": flag(computed=True, read=True),
        "attachable": flag(read=True),
        "ipv6": flag(read=True),
        "ipamDriver": text(default="default", read=True),
        "ipamConfigs": record_set(
            fields={
                "subnet": text(),
                "ipRange": text(),
                # Newer engines report the gateway that they chose.
                "gateway": text(computed=True),
                "auxAddress": text_map(),
            },
            computed=True,
            read=True,
        ),
    },
    outputs=["scope"],
)

VOLUME: Final = Schema(
    inputs={
        "name": text(read=True),
        "labels": record_set(fields=_LABELS, read=True),
        "driver": text(computed=True, read=True),
        "driverOpts": text_map(read=True),
    },
    outputs=["mountpoint"],
)

REMOTE_IMAGE: Final = Schema(
    inputs={
        "name": text(required=True),
        "keepLocally": flag(on_change=_REMEMBER),
        "forceRemove": flag(on_change=_REMEMBER),
        "triggers": text_map(),
        "pullTriggers": text_set(),
        "platform": text(),
    },
    outputs=["imageId", "repoDigest"],
    auto_named=False,
)

CONTAINER: Final = Schema(
    inputs={
        "name": text(read=True),
        # Read back as an id that can't be told from another name of the same image.
        "image": text(required=True),
        "command": texts(computed=True, read=True),
        "entrypoints": texts(computed=True, read=True),
        "user": text(computed=True, read=True),
        "groupAdds": text_set(read=True),
        "workingDir": text(computed=True, read=True),
        "hostname": text(computed=True, read=True),
        "hosts": record_set(
            fields={"host": text(required=True), "ip": text(required=True)}, read=True
        ),
        "dns": text_set(read=True),
        # Not read back: the image's own would be mixed in.
        "envs": text_set(computed=True),
        "labels": record_set(fields=_LABELS, computed=True),
        # Networks
        "networkMode": text(default="bridge", read=True),
        "networksAdvanced": record_set(
            fields={
                "name": text(required=True),
                "aliases": text_set(),
                "ipv4Address": text(),
                "ipv6Address": text(),
            }
        ),
        "ports": record_set(
            fields={
                "internal": whole(required=True, check=_not_a_port),
                "external": whole(computed=True, check=_not_a_port),
                "ip": text(default="0.0.0.0"),  # noqa: S104 (the real plugin's default)
                "protocol": text(default="tcp"),
            },
            read=True,
        ),
        "publishAllPorts": flag(read=True, only=(False,)),
        # Files
        "volumes": record_set(
            fields={
                "volumeName": text(),
                "hostPath": text(pattern=("/.*", "an absolute path")),
                "containerPath": text(required=True),
                "readOnly": flag(),
            }
        ),
        "mounts": record_set(
            fields={
                "type": text(
                    required=True, pattern=("bind|volume|tmpfs", "'bind', 'volume' or 'tmpfs'")
                ),
                "target": text(required=True),
                "source": text(),
                "readOnly": flag(),
                "bindOptions": record(fields={"propagation": text()}),
                "tmpfsOptions": record(fields={"sizeBytes": whole(), "mode": whole()}),
            },
            read=True,
        ),
        "tmpfs": text_map(on_change=_IGNORE, read=True),
        "uploads": record_set(
            fields={
                "file": text(required=True, pattern=("/.*", "an absolute path")),
                "content": text(),
                "contentBase64": text(),
                "executable": flag(default=False),
                "permissions": text(pattern=("0[0-7]{3}", "four octal digits such as '0644'")),
            },
            check=_unclear_uploads,
        ),
        "readOnly": flag(default=False, read=True),
        "removeVolumes": flag(default=True, on_change=_REMEMBER),
        # Limits
        "memory": whole(on_change=_UPDATE, read=True, check=_at_least(0)),
        "memorySwap": whole(on_change=_UPDATE, read=True, check=_at_least(-1)),
        "memoryReservation": whole(on_change=_UPDATE, read=True, check=_at_least(0)),
        "cpuShares": whole(on_change=_UPDATE, read=True, check=_at_least(0)),
        "cpus": text(pattern=(r"\d+(\.\d+)?", "a number of CPUs such as '0.5'")),
        "shmSize": whole(computed=True, read=True, check=_at_least(0)),
        "ulimits": record_set(
            fields={
                "name": text(required=True),
                "soft": whole(required=True),
                "hard": whole(required=True),
            },
            read=True,
        ),
        "sysctls": text_map(read=True),
        # Privileges
        "capabilities": record(fields={"adds": text_set(), "drops": text_set()}, read=True),
        "privileged": flag(read=True),
        "securityOpts": text_set(computed=True, read=True),
        "ipcMode": text(computed=True, read=True),
        "pidMode": text(read=True),
        # Life
        "restart": text(
            default="no",
            on_change=_UPDATE,
            read=True,
            pattern=(
                "no|on-failure|always|unless-stopped",
                "'no', 'on-failure', 'always' or 'unless-stopped'",
            ),
        ),
        "maxRetryCount": whole(on_change=_UPDATE, read=True),
        "init": flag(computed=True, on_change=_IGNORE, read=True),
        "stopSignal": text(computed=True, read=True),
        "stopTimeout": whole(computed=True, read=True),
        "destroyGraceSeconds": whole(on_change=_REMEMBER),
        "healthcheck": record(
            fields={
                "tests": texts(required=True),
                "interval": _duration(),
                "timeout": _duration(),
                "startPeriod": _duration(),
                "retries": whole(default=0, check=_at_least(0)),
            },
            computed=True,
            on_change=_IGNORE,
            read=True,
        ),
        "start": flag(default=True, on_change=_REMEMBER),
        "wait": flag(default=False, on_change=_REMEMBER),
        "waitTimeout": whole(default=60, on_change=_REMEMBER, check=_at_least(1)),
        # A stopped container is read as false, so that the next update starts it.
        "mustRun": flag(default=True, on_change=_UPDATE),
        "containerReadRefreshTimeoutMilliseconds": whole(default=15000, on_change=_REMEMBER),
        # Terminal and logs
        "logDriver": text(computed=True, read=True),
        "logOpts": text_map(computed=True, read=True),
        "tty": flag(default=False, read=True),
        "stdinOpen": flag(default=False, read=True),
        "attach": flag(default=False, on_change=_REMEMBER, only=(False,)),
        "logs": flag(default=False, on_change=_REMEMBER, only=(False,)),
        "rm": flag(default=False, on_change=_REMEMBER, only=(False,)),
    },
    outputs=["bridge", "containerLogs", "exitCode", "networkDatas", "runtime"],
    delete_before_replace=True,
)

PROVIDER: Final = {
    "host": text(),
    "sshOpts": texts(),
    "registryAuth": record_set(
        fields={
            "address": text(required=True),
            "username": text(required=True),
            "password": text(required=True),
        }
    ),
}
"""The provider's own settings."""
