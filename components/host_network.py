"""The private network of Docker hosts on Google Compute Engine."""

import re
from typing import NotRequired, TypedDict

import pulumi

from . import _extras, _gce_rules, checks

_DEFAULT_MTU_BYTES = 1460
# https://cloud.google.com/vpc/docs/mtu
_SMALLEST_MTU_BYTES, _LARGEST_MTU_BYTES = 1300, 8896
_REGION = re.compile(r"[a-z]+-[a-z]+[0-9]+")
_ROLE = re.compile(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?")


class HostNetworkArgs(TypedDict):
    """A VPC network in one region, with a subnetwork for each role."""

    project: str
    """Id of the Google Cloud project."""

    prefix: str
    """Beginning of all names, unique in the project: lower case letters, digits and hyphens, at
    most 50 characters."""

    region: str
    """Region of the subnetworks, such as ``europe-west1``."""

    subnets: dict[str, str]
    """IPv4 range in CIDR form for each role, such as ``{"apps": "10.132.0.0/24"}``. Plain, because
    each is a resource."""

    avoid: NotRequired[list[str]]
    """IPv4 ranges that no subnet may touch: those of containers' networks, a VPN, a peer."""

    mtu_bytes: NotRequired[int]
    """Largest packet in bytes, 1300 to 8896. Default: 1460, as Google's own networks have."""

    flow_logs: NotRequired[bool]
    """Whether a sample of the connections is logged. Default: true."""


class HostNetwork(pulumi.ComponentResource):
    """A private network of Docker hosts on Google Compute Engine.

    Hosts on it need no public address: they reach the internet through Cloud NAT, Google's own
    services directly, and are reached only where a firewall rule says so. It creates:

    - ``<name>``: the VPC network, with no subnetworks but the ones below.
    - ``<name>-<role>``: a subnetwork for each entry of ``subnets``.
    - ``<name>-router`` and ``<name>-nat``: Cloud NAT for all of them.

    It opens no port: ``DockerHost`` makes the firewall rules of its hosts.

    Raises:
        ArgumentError: a name, region, range or MTU is invalid, or ranges overlap.
        MissingExtraError: the package pulumi_gcp isn't installed.
    """

    network: pulumi.Output[str]
    """Id of the VPC network."""

    subnetworks: dict[str, pulumi.Output[str]]
    """Id of each subnetwork, by role."""

    def __init__(
        self, name: str, args: HostNetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        _check(args)
        # Costs two thirds of a second, which stacks without a cloud never pay.
        from pulumi_gcp import compute

        super().__init__("dockyard:index:HostNetwork", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None)
        project, prefix, region = args["project"], args["prefix"], args["region"]
        network = compute.Network(
            name,
            project=project,
            name=prefix,
            auto_create_subnetworks=False,
            mtu=self.mtu_bytes(args),
            opts=child,
        )
        logs = compute.SubnetworkLogConfigArgs(
            aggregation_interval="INTERVAL_10_MIN",
            flow_sampling=0.5,
            metadata="INCLUDE_ALL_METADATA",
        )
        subnetworks = {
            role: compute.Subnetwork(
                f"{name}-{role}",
                project=project,
                name=f"{prefix}-{role}",
                network=network.id,
                region=region,
                ip_cidr_range=subnet,
                private_ip_google_access=True,
                log_config=logs if args.get("flow_logs", True) else None,
                opts=child,
            )
            for role, subnet in args["subnets"].items()
        }
        router = compute.Router(
            f"{name}-router",
            project=project,
            name=f"{prefix}-router",
            network=network.id,
            region=region,
            opts=child,
        )
        compute.RouterNat(
            f"{name}-nat",
            project=project,
            name=f"{prefix}-nat",
            router=router.name,
            region=region,
            nat_ip_allocate_option="AUTO_ONLY",
            source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
            log_config=compute.RouterNatLogConfigArgs(enable=True, filter="ERRORS_ONLY"),
            opts=child,
        )
        self.network = network.id
        self.subnetworks = {role: each.id for role, each in subnetworks.items()}
        self.register_outputs({"network": self.network, "subnetworks": self.subnetworks})

    @staticmethod
    def mtu_bytes(args: HostNetworkArgs) -> int:
        """Return the largest packet in bytes; containers' networks should have no larger one."""
        return int(args.get("mtu_bytes", _DEFAULT_MTU_BYTES))

    @staticmethod
    def check(args: HostNetworkArgs) -> None:
        """Check arguments without creating anything.

        Raises:
            ArgumentError: as the constructor would.
        """
        _check(args)


def _check(args: HostNetworkArgs) -> None:
    _gce_rules.project("project", args["project"])
    _gce_rules.prefix("prefix", args["prefix"])
    if not _REGION.fullmatch(args["region"]):
        raise checks.ArgumentError(
            "region", args["region"], "is not a region; write one like europe-west1"
        )
    if not args["subnets"]:
        raise checks.ArgumentError("subnets", args["subnets"], "names no subnet; give at least one")
    for role in args["subnets"]:
        if not _ROLE.fullmatch(role) or role in {"router", "nat"}:
            raise checks.ArgumentError(
                "subnets",
                role,
                "can't be a subnet's role; use up to 12 lower case letters, digits and '-', and "
                "neither router nor nat",
            )
    checks.separate(
        {
            f"subnets[{role!r}]": checks.subnet(f"subnets[{role!r}]", value)
            for role, value in args["subnets"].items()
        },
        checks.ip_ranges("avoid", args.get("avoid", [])),
    )
    if "mtu_bytes" in args:
        checks.whole_number(
            "mtu_bytes",
            args["mtu_bytes"],
            smallest=_SMALLEST_MTU_BYTES,
            largest=_LARGEST_MTU_BYTES,
        )
    _extras.require("HostNetwork", "gcp")
