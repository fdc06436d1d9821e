"""What a stack's program registers, found out without an engine, a Docker host or a cloud."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pulumi
import yaml
from pulumi.runtime import mocks, rpc, settings
from pulumi.runtime.proto import resource_pb2

import stacks
from stacks import review_names

_BRANCH = "your-branch"
STACKS: Mapping[str, tuple[str, dict[str, str]]] = {
    "dev": ("dev", {}),
    "prod": ("prod", {}),
    "ci": ("ci", {}),
    "review": (review_names.stack_name(_BRANCH), {"reviewBranch": _BRANCH}),
}
"""Each stack that is shipped: its name, and the configuration that it gets besides its file's."""


@dataclass(frozen=True)
class Registration:
    """One resource as a program registered it, and the URNs of those that it refers to."""

    type: str
    name: str
    urn: str
    parent: str
    provider: str
    needs: frozenset[str]
    """What has to be there before, its provider included."""
    inputs: dict[str, Any]

    @property
    def kind(self) -> str:
        """Return the last part of its type, such as ``Container``."""
        return self.type.rpartition(":")[2]


class _Answers(pulumi.runtime.Mocks):
    """Answers a preview: an id and the plain inputs; all else is unknown, as it is to Pulumi."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        # What has parts may get more of them when it is created.
        known = {
            key: value for key, value in args.inputs.items() if not isinstance(value, list | dict)
        }
        # Ids are names, to be recognised by; to GitLab they are numbers, and nothing else will do.
        return "1" if args.typ.startswith("gitlab:") else args.name, known

    def call(self, args: pulumi.runtime.MockCallArgs) -> NoReturn:
        raise AssertionError(f"{args.token}: a preview looks nothing up")


class _Recorder(mocks.MockMonitor):
    def __init__(self) -> None:
        super().__init__(_Answers())
        self.registrations: list[Registration] = []

    def RegisterResource(  # noqa: N802 - gRPC's spelling
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        answer: resource_pb2.RegisterResourceResponse = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != "pulumi:pulumi:Stack":
            provider = str(request.provider).rpartition("::")[0]
            self.registrations.append(
                Registration(
                    type=request.type,
                    name=request.name,
                    urn=answer.urn,
                    parent=request.parent,
                    provider=provider,
                    needs=frozenset([*request.dependencies, *([provider] if provider else [])]),
                    inputs=rpc.deserialize_properties(request.object),
                )
            )
        return answer


def record(root: Path, kind: str) -> list[Registration]:
    """Run the program of a shipped stack and return what it registers, in the order of the URNs.

    Args:
        root: the repository.
        kind: a key of ``STACKS``.
    """
    stack, given = STACKS[kind]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    settings.reset_options()
    recorder = _Recorder()
    mocks.set_mocks(_Answers(), project="dockyard", stack=stack, preview=True, monitor=recorder)
    pulumi.runtime.set_all_config(_configuration(root, kind, given), [])

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def run() -> None:
        stacks.run(stack)

    try:
        run()
    finally:
        loop.close()
        asyncio.set_event_loop(None)
    # In which order they come differs from run to run.
    return sorted(recorder.registrations, key=lambda each: each.urn)


def _configuration(root: Path, kind: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return the values as the engine hands them over: defaults, the stack's file, what's given."""
    project = yaml.safe_load((root / "Pulumi.yaml").read_text(encoding="utf-8"))
    stack = yaml.safe_load((root / f"Pulumi.{kind}.yaml").read_text(encoding="utf-8"))
    values = {
        **{f"dockyard:{key}": each["default"] for key, each in project["config"].items()},
        **stack["config"],
        **{f"dockyard:{key}": value for key, value in given.items()},
    }
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in values.items()
        # Encrypted for whoever has the passphrase; no picture shows a secret.
        if not isinstance(value, dict) or "secure" not in value
    }
