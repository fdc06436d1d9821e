"""A recording engine: what a program registers, without the real engine or a daemon."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import pulumi
from google.protobuf import json_format
from pulumi.runtime import mocks, rpc
from pulumi.runtime.proto import resource_pb2

CONTAINER = "docker:index/container:Container"
IMAGE = "docker:index/remoteImage:RemoteImage"
NETWORK = "docker:index/network:Network"
PROVIDER = "pulumi:providers:docker"
STASH = "pulumi:index:Stash"
COMMAND = "command:local:Command"
GITLAB_RUNNER = "gitlab:index/userRunner:UserRunner"
GCE_ACCOUNT = "gcp:serviceaccount/account:Account"
GCE_ADDRESS = "gcp:compute/address:Address"
GCE_DISK = "gcp:compute/disk:Disk"
GCE_FIREWALL = "gcp:compute/firewall:Firewall"
GCE_VM = "gcp:compute/instance:Instance"
VOLUME = "docker:index/volume:Volume"

# What the fixtures of the same names are.
Deploy = Callable[[Callable[[], Any]], Any]
Value = Callable[[pulumi.Output[Any]], Any]


@dataclass(frozen=True)
class Registration:
    """One resource as the program registered it."""

    type: str
    name: str
    inputs: dict[str, Any]
    request: resource_pb2.RegisterResourceRequest

    @property
    def parent(self) -> str:
        """Return the parent's logical name."""
        return str(self.request.parent).rpartition("::")[2]

    @property
    def depends_on(self) -> set[str]:
        """Return the logical names of what has to be there before."""
        return {urn.rpartition("::")[2] for urn in self.request.dependencies}

    @property
    def replacement_trigger(self) -> Any:
        """Return the value whose change replaces the resource."""
        given = self.request.HasField("replacement_trigger")
        return json_format.MessageToDict(self.request.replacement_trigger) if given else None

    @property
    def provider(self) -> str:
        """Return the logical name of the provider."""
        return str(self.request.provider).rpartition("::")[0].rpartition("::")[2]


class Answers(pulumi.runtime.Mocks):
    """Answers as a provider would that has created everything at once."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Return an id and the inputs as outputs, with what programs read besides."""
        outputs = dict(args.inputs)
        if args.typ == IMAGE:
            outputs["imageId"] = f"sha256:{args.name}"
        elif args.typ == STASH:
            outputs["output"] = args.inputs["input"]
        elif args.typ == GCE_ACCOUNT:
            outputs["email"] = f"{args.name}@project.example"
        elif args.typ == GITLAB_RUNNER:
            outputs["token"] = "glrt-from-gitlab-00000000"  # noqa: S105 - nobody's
        elif args.typ == GCE_ADDRESS:
            outputs["address"] = "203.0.113.7"
        elif args.typ == GCE_VM:
            outputs["instanceId"] = f"{args.name}-instance"
            outputs["networkInterfaces"] = [
                {**each, "networkIp": "10.132.0.2"} for each in args.inputs["networkInterfaces"]
            ]
            outputs["attachedDisks"] = [
                {"mode": "READ_WRITE", **each} for each in args.inputs["attachedDisks"]
            ]
        elif args.typ == GCE_FIREWALL:
            outputs.setdefault("priority", 1000)
        if args.typ.startswith("gcp:compute/"):
            outputs["selfLink"] = f"https://compute.example/{args.name}"
        return f"{args.name}-id", outputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> NoReturn:
        """Refuse every lookup."""
        raise AssertionError(f"{args.token}: a preview must not look anything up")


class Engine(mocks.MockMonitor):
    """Records every registration of a program."""

    def __init__(self) -> None:
        super().__init__(Answers())
        self.registrations: list[Registration] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - gRPC's spelling
        """Record a request and answer it."""
        if request.type != "pulumi:pulumi:Stack":
            inputs = rpc.deserialize_properties(request.object)
            self.registrations.append(Registration(request.type, request.name, inputs, request))
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]

    def of_type(self, resource_type: str) -> dict[str, Registration]:
        """Return the resources of a type, by logical name."""
        return {each.name: each for each in self.registrations if each.type == resource_type}

    def __getitem__(self, name: str) -> Registration:
        """Return the one resource of a logical name."""
        (found,) = [each for each in self.registrations if each.name == name]
        return found
