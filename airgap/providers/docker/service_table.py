"""What the stand-in supports of services of a Docker Swarm, and what a change of each input does.

To be read beside the docs of ``docker_service`` of terraform-provider-docker 4.x. All of it changes
in place, as a rolling update by the Swarm, except for the name and for the kind of mode. A rolling
update is awaited only where the program gives a ``convergeConfig``, as with the real plugin.
"""

from functools import partial
from typing import Final

from airgap.providers._schema import Field, Kind, OnChange, Schema
from airgap.providers.docker.durations import not_a_duration

_text: Final = partial(Field, kind=Kind.TEXT)
_flag: Final = partial(Field, kind=Kind.FLAG)
_whole: Final = partial(Field, kind=Kind.WHOLE)
_texts: Final = partial(Field, kind=Kind.TEXTS)
_text_set: Final = partial(Field, kind=Kind.TEXT_SET)
_text_map: Final = partial(Field, kind=Kind.TEXT_MAP)
_record: Final = partial(Field, kind=Kind.RECORD)
_records: Final = partial(Field, kind=Kind.RECORDS)
_record_set: Final = partial(Field, kind=Kind.RECORD_SET)
_duration: Final = partial(_text, check=not_a_duration)

_UPDATE: Final = OnChange.UPDATE
_INSIDE: Final = OnChange.INSIDE
_LABELS: Final = {"label": _text(required=True), "value": _text(required=True)}


def _strategy(*, actions: str) -> dict[str, Field]:
    return {
        "parallelism": _whole(default=1),
        "delay": _duration(default="0s"),
        "failureAction": _text(default="pause", pattern=(actions, f"one of {actions}")),
        "monitor": _duration(default="5s"),
        "maxFailureRatio": _text(
            default="0.0", pattern=(r"[01]\.\d+", "a ratio with its decimals such as '0.0'")
        ),
        "order": _text(
            default="stop-first",
            pattern=("stop-first|start-first", "'stop-first' or 'start-first'"),
        ),
    }


_CONTAINER: Final = {
    "image": _text(required=True),
    "labels": _record_set(fields=_LABELS),
    "args": _texts(),
    "env": _text_map(),
    "user": _text(),
    "readOnly": _flag(),
    "init": _flag(),
    "capDrops": _texts(),
    "mounts": _record_set(
        fields={
            "target": _text(required=True),
            "source": _text(),
            "type": _text(
                required=True, pattern=("bind|volume|tmpfs", "'bind', 'volume' or 'tmpfs'")
            ),
            "readOnly": _flag(),
            "tmpfsOptions": _record(fields={"sizeBytes": _whole(), "mode": _whole()}),
        }
    ),
    "stopGracePeriod": _duration(computed=True),
    "healthcheck": _record(
        fields={
            "tests": _texts(required=True),
            "interval": _duration(default="0s"),
            "timeout": _duration(default="0s"),
            "startPeriod": _duration(default="0s"),
            "retries": _whole(default=0),
        },
        computed=True,
    ),
}

_TASK: Final = {
    "containerSpec": _record(fields=_CONTAINER, required=True),
    "resources": _record(
        fields={"limits": _record(fields={"nanoCpus": _whole(), "memoryBytes": _whole()})},
        computed=True,
    ),
    "restartPolicy": _record(
        fields={
            "condition": _text(
                pattern=("none|on-failure|any", "'none', 'on-failure' or 'any'"), required=True
            ),
            "delay": _duration(),
            "maxAttempts": _whole(),
            "window": _duration(),
        },
        computed=True,
    ),
    "placement": _record(
        fields={"constraints": _text_set(), "maxReplicas": _whole()}, computed=True
    ),
    "networksAdvanceds": _record_set(fields={"id": _text(required=True), "aliases": _text_set()}),
    "logDriver": _record(fields={"name": _text(required=True), "options": _text_map()}),
}

SERVICE: Final = Schema(
    inputs={
        "name": _text(read=True),
        "labels": _record_set(fields=_LABELS, on_change=_UPDATE, computed=True, read=True),
        "taskSpec": _record(fields=_TASK, on_change=_UPDATE, required=True, read=True),
        "mode": _record(
            fields={
                "replicated": _record(
                    fields={"replicas": _whole(default=1, on_change=_UPDATE)},
                    required=True,
                    on_change=_INSIDE,
                )
            },
            required=True,
            on_change=_INSIDE,
            read=True,
        ),
        "updateConfig": _record(
            fields=_strategy(actions="pause|continue|rollback"), on_change=_UPDATE, read=True
        ),
        "rollbackConfig": _record(
            fields=_strategy(actions="pause|continue"), on_change=_UPDATE, read=True
        ),
        "endpointSpec": _record(
            fields={
                # Virtual addresses and the routing mesh need IPVS, which not every kernel has.
                "mode": _text(required=True, only=("dnsrr",)),
                "ports": _records(
                    fields={
                        "targetPort": _whole(required=True),
                        "publishedPort": _whole(required=True),
                        "protocol": _text(default="tcp"),
                        "publishMode": _text(required=True, only=("host",)),
                    }
                ),
            },
            required=True,
            on_change=_UPDATE,
            read=True,
        ),
        "convergeConfig": _record(
            fields={"delay": _duration(default="7s"), "timeout": _duration(default="3m")},
            on_change=OnChange.REMEMBER,
        ),
    },
    outputs=[],
)
