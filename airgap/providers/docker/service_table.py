"""What the stand-in supports of services of a Docker Swarm, and what a change of each input does.

To be read beside the docs of ``docker_service`` of terraform-provider-docker 4.x. All of it changes
in place, as a rolling update by the Swarm, except for the name and for the kind of mode. A rolling
update is awaited only where the program gives a ``convergeConfig``, as with the real plugin.
"""

from functools import partial
from typing import Final

from airgap.providers._fields import (
    flag,
    record,
    record_set,
    records,
    text,
    text_map,
    text_set,
    texts,
    whole,
)
from airgap.providers._schema import Field, OnChange, Schema
from airgap.providers.docker.durations import not_a_duration

_duration: Final = partial(text, check=not_a_duration)

_UPDATE: Final = OnChange.UPDATE
_INSIDE: Final = OnChange.INSIDE
_LABELS: Final = {"label": text(required=True), "value": text(required=True)}


def _strategy(*, actions: str) -> dict[str, Field]:
    return {
        "parallelism": whole(default=1),
        "delay": _duration(default="0s"),
        "failureAction": text(default="pause", pattern=(actions, f"one of {actions}")),
        "monitor": _duration(default="5s"),
        "maxFailureRatio": text(
            default="0.0", pattern=(r"[01]\.\d+", "a ratio with its decimals such as '0.0'")
        ),
        "order": text(
            default="stop-first",
            pattern=("stop-first|start-first", "'stop-first' or 'start-first'"),
        ),
    }


_CONTAINER: Final = {
    "image": text(required=True),
    "labels": record_set(fields=_LABELS),
    "args": texts(),
    "env": text_map(),
    "user": text(),
    "readOnly": flag(),
    "init": flag(),
    "capDrops": texts(),
    "mounts": record_set(
        fields={
            "target": text(required=True),
            "source": text(),
            "type": text(
                required=True, pattern=("bind|volume|tmpfs", "'bind', 'volume' or 'tmpfs'")
            ),
            "readOnly": flag(),
            "tmpfsOptions": record(fields={"sizeBytes": whole(), "mode": whole()}),
        }
    ),
    "stopGracePeriod": _duration(computed=True),
    "healthcheck": record(
        fields={
            "tests": texts(required=True),
            "interval": _duration(default="0s"),
            "timeout": _duration(default="0s"),
            "startPeriod": _duration(default="0s"),
            "retries": whole(default=0),
        },
        computed=True,
    ),
}

_TASK: Final = {
    "containerSpec": record(fields=_CONTAINER, required=True),
    "resources": record(
        fields={"limits": record(fields={"nanoCpus": whole(), "memoryBytes": whole()})},
        computed=True,
    ),
    "restartPolicy": record(
        fields={
            "condition": text(
                pattern=("none|on-failure|any", "'none', 'on-failure' or 'any'"), required=True
            ),
            "delay": _duration(),
            "maxAttempts": whole(),
            "window": _duration(),
        },
        computed=True,
    ),
    "placement": record(fields={"constraints": text_set(), "maxReplicas": whole()}, computed=True),
    "networksAdvanceds": record_set(fields={"id": text(required=True), "aliases": text_set()}),
    "logDriver": record(fields={"name": text(required=True), "options": text_map()}),
}

SERVICE: Final = Schema(
    inputs={
        "name": text(read=True),
        "labels": record_set(fields=_LABELS, on_change=_UPDATE, computed=True, read=True),
        "taskSpec": record(fields=_TASK, on_change=_UPDATE, required=True, read=True),
        "mode": record(
            fields={
                "replicated": record(
                    fields={"replicas": whole(default=1, on_change=_UPDATE)},
                    required=True,
                    on_change=_INSIDE,
                )
            },
            required=True,
            on_change=_INSIDE,
            read=True,
        ),
        "updateConfig": record(
            fields=_strategy(actions="pause|continue|rollback"), on_change=_UPDATE, read=True
        ),
        "rollbackConfig": record(
            fields=_strategy(actions="pause|continue"), on_change=_UPDATE, read=True
        ),
        "endpointSpec": record(
            fields={
                # Virtual addresses and the routing mesh need IPVS, which not every kernel has.
                "mode": text(required=True, only=("dnsrr",)),
                "ports": records(
                    fields={
                        "targetPort": whole(required=True),
                        "publishedPort": whole(required=True),
                        "protocol": text(default="tcp"),
                        "publishMode": text(required=True, only=("host",)),
                    }
                ),
            },
            required=True,
            on_change=_UPDATE,
            read=True,
        ),
        "convergeConfig": record(
            fields={"delay": _duration(default="7s"), "timeout": _duration(default="3m")},
            on_change=OnChange.REMEMBER,
        ),
    },
    outputs=[],
)
