"""What the stand-in docker provider supports, and what a change of each input does.

To be read beside the docs of pulumi-docker 5.x (terraform-provider-docker 4.x): the names,
defaults and consequences are the real plugin's, quirks included. An input that is missing here is
refused. ``read=True`` says that a refresh reads the input back from the Docker Engine; the others
keep the value the program last gave, so that drift in them goes unnoticed, as with the real one.
"""

from typing import Any, Final

from airgap.providers._schema import Field, Kind, OnChange, Schema
from airgap.providers.docker.durations import not_a_duration

_UPDATE: Final = OnChange.UPDATE
_REMEMBER: Final = OnChange.REMEMBER
_IGNORE: Final = OnChange.IGNORE


def _text(**options: Any) -> Field:  # noqa: ANN401 (Field's own options)
    return Field(kind=Kind.TEXT, **options)


def _flag(**options: Any) -> Field:  # noqa: ANN401
    return Field(kind=Kind.FLAG, **options)


def _whole(**options: Any) -> Field:  # noqa: ANN401
    return Field(kind=Kind.WHOLE, **options)


def _texts(**options: Any) -> Field:  # noqa: ANN401
    return Field(kind=Kind.TEXTS, **options)


def _text_set(**options: Any) -> Field:  # noqa: ANN401
    return Field(kind=Kind.TEXT_SET, **options)


def _text_map(**options: Any) -> Field:  # noqa: ANN401
    return Field(kind=Kind.TEXT_MAP, **options)


def _record(fields: dict[str, Field], **options: Any) -> Field:  # noqa: ANN401
    return Field(kind=Kind.RECORD, fields=fields, **options)


def _record_set(fields: dict[str, Field], **options: Any) -> Field:  # noqa: ANN401
    return Field(kind=Kind.RECORD_SET, fields=fields, **options)


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


_LABELS: Final = {"label": _text(required=True), "value": _text(required=True)}
_DURATION: Final = {"default": "0s", "check": not_a_duration}

NETWORK: Final = Schema(
    inputs={
        "name": _text(read=True),
        "labels": _record_set(_LABELS, read=True),
        "driver": _text(computed=True, read=True),
        "options": _text_map(computed=True, read=True),
        "internal": _flag(computed=True, read=True),
        "attachable": _flag(read=True),
        "ipv6": _flag(read=True),
        "ipamDriver": _text(default="default", read=True),
        "ipamConfigs": _record_set(
            {
                "subnet": _text(),
                "ipRange": _text(),
                # Newer engines report the gateway that they chose.
                "gateway": _text(computed=True),
                "auxAddress": _text_map(),
            },
            computed=True,
            read=True,
        ),
    },
    outputs=["scope"],
)

VOLUME: Final = Schema(
    inputs={
        "name": _text(read=True),
        "labels": _record_set(_LABELS, read=True),
        "driver": _text(computed=True, read=True),
        "driverOpts": _text_map(read=True),
    },
    outputs=["mountpoint"],
)

REMOTE_IMAGE: Final = Schema(
    inputs={
        "name": _text(required=True),
        "keepLocally": _flag(on_change=_REMEMBER),
        "forceRemove": _flag(on_change=_REMEMBER),
        "triggers": _text_map(),
        "pullTriggers": _text_set(),
        "platform": _text(),
    },
    outputs=["imageId", "repoDigest"],
    auto_named=False,
)

CONTAINER: Final = Schema(
    inputs={
        "name": _text(read=True),
        # Read back as an id that can't be told from another name of the same image.
        "image": _text(required=True),
        "command": _texts(computed=True, read=True),
        "entrypoints": _texts(computed=True, read=True),
        "user": _text(computed=True, read=True),
        "groupAdds": _text_set(read=True),
        "workingDir": _text(computed=True, read=True),
        "hostname": _text(computed=True, read=True),
        "hosts": _record_set({"host": _text(required=True), "ip": _text(required=True)}, read=True),
        "dns": _text_set(read=True),
        # Not read back: the image's own would be mixed in.
        "envs": _text_set(computed=True),
        "labels": _record_set(_LABELS, computed=True),
        # Networks
        "networkMode": _text(default="bridge", read=True),
        "networksAdvanced": _record_set(
            {
                "name": _text(required=True),
                "aliases": _text_set(),
                "ipv4Address": _text(),
                "ipv6Address": _text(),
            }
        ),
        "ports": _record_set(
            {
                "internal": _whole(required=True, check=_not_a_port),
                "external": _whole(computed=True, check=_not_a_port),
                "ip": _text(default="0.0.0.0"),  # noqa: S104 (the real plugin's default)
                "protocol": _text(default="tcp"),
            },
            read=True,
        ),
        "publishAllPorts": _flag(read=True, only=(False,)),
        # Files
        "volumes": _record_set(
            {
                "volumeName": _text(),
                "hostPath": _text(pattern=("/.*", "an absolute path")),
                "containerPath": _text(required=True),
                "readOnly": _flag(),
            }
        ),
        "mounts": _record_set(
            {
                "type": _text(
                    required=True, pattern=("bind|volume|tmpfs", "'bind', 'volume' or 'tmpfs'")
                ),
                "target": _text(required=True),
                "source": _text(),
                "readOnly": _flag(),
                "bindOptions": _record({"propagation": _text()}),
                "tmpfsOptions": _record({"sizeBytes": _whole(), "mode": _whole()}),
            },
            read=True,
        ),
        "tmpfs": _text_map(on_change=_IGNORE, read=True),
        "uploads": _record_set(
            {
                "file": _text(required=True, pattern=("/.*", "an absolute path")),
                "content": _text(),
                "contentBase64": _text(),
                "executable": _flag(default=False),
                "permissions": _text(pattern=("0[0-7]{3}", "four octal digits such as '0644'")),
            },
            check=_unclear_uploads,
        ),
        "readOnly": _flag(default=False, read=True),
        "removeVolumes": _flag(default=True, on_change=_REMEMBER),
        # Limits
        "memory": _whole(on_change=_UPDATE, read=True, check=_at_least(0)),
        "memorySwap": _whole(on_change=_UPDATE, read=True, check=_at_least(-1)),
        "memoryReservation": _whole(on_change=_UPDATE, read=True, check=_at_least(0)),
        "cpuShares": _whole(on_change=_UPDATE, read=True, check=_at_least(0)),
        "cpus": _text(pattern=(r"\d+(\.\d+)?", "a number of CPUs such as '0.5'")),
        "shmSize": _whole(computed=True, read=True, check=_at_least(0)),
        "ulimits": _record_set(
            {
                "name": _text(required=True),
                "soft": _whole(required=True),
                "hard": _whole(required=True),
            },
            read=True,
        ),
        "sysctls": _text_map(read=True),
        # Privileges
        "capabilities": _record({"adds": _text_set(), "drops": _text_set()}, read=True),
        "privileged": _flag(read=True),
        "securityOpts": _text_set(computed=True, read=True),
        "ipcMode": _text(computed=True, read=True),
        "pidMode": _text(read=True),
        # Life
        "restart": _text(
            default="no",
            on_change=_UPDATE,
            read=True,
            pattern=(
                "no|on-failure|always|unless-stopped",
                "'no', 'on-failure', 'always' or 'unless-stopped'",
            ),
        ),
        "maxRetryCount": _whole(on_change=_UPDATE, read=True),
        "init": _flag(computed=True, on_change=_IGNORE, read=True),
        "stopSignal": _text(computed=True, read=True),
        "stopTimeout": _whole(computed=True, read=True),
        "destroyGraceSeconds": _whole(on_change=_REMEMBER),
        "healthcheck": _record(
            {
                "tests": _texts(required=True),
                "interval": _text(**_DURATION),
                "timeout": _text(**_DURATION),
                "startPeriod": _text(**_DURATION),
                "retries": _whole(default=0, check=_at_least(0)),
            },
            computed=True,
            on_change=_IGNORE,
            read=True,
        ),
        "start": _flag(default=True, on_change=_REMEMBER),
        "wait": _flag(default=False, on_change=_REMEMBER),
        "waitTimeout": _whole(default=60, on_change=_REMEMBER, check=_at_least(1)),
        # A stopped container is read as false, so that the next update starts it.
        "mustRun": _flag(default=True, on_change=_UPDATE),
        "containerReadRefreshTimeoutMilliseconds": _whole(default=15000, on_change=_REMEMBER),
        # Terminal and logs
        "logDriver": _text(computed=True, read=True),
        "logOpts": _text_map(computed=True, read=True),
        "tty": _flag(default=False, read=True),
        "stdinOpen": _flag(default=False, read=True),
        "attach": _flag(default=False, on_change=_REMEMBER, only=(False,)),
        "logs": _flag(default=False, on_change=_REMEMBER, only=(False,)),
        "rm": _flag(default=False, on_change=_REMEMBER, only=(False,)),
    },
    outputs=["bridge", "containerLogs", "exitCode", "networkDatas", "runtime"],
    delete_before_replace=True,
)

PROVIDER: Final = {
    "host": _text(),
    "sshOpts": _texts(),
    "registryAuth": _record_set(
        {
            "address": _text(required=True),
            "username": _text(required=True),
            "password": _text(required=True),
        }
    ),
}
"""The provider's own settings."""
