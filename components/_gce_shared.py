"""What all VMs of a Docker host have in common: account, snapshots' schedule and firewall rules."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_gcp import compute, projects, serviceaccount

from . import _gce_args as defaults
from ._docker_host_args import PublishedPortArgs
from ._engine_setup import EngineSetup
from ._gce_args import GceHostArgs

_SSH_PORT = 22
# Management, gossip among the hosts, what containers say to each other, and that encrypted.
# https://docs.docker.com/engine/swarm/swarm-tutorial/#open-protocols-and-ports-between-the-hosts
_SWARM = {"tcp": ["2377", "7946"], "udp": ["4789", "7946"], "esp": []}
_DATA_DISK = "docker-data"
# https://cloud.google.com/iam/docs/service-accounts-create
_SHORTEST_ACCOUNT, _LONGEST_ACCOUNT = 6, 30


@dataclass(frozen=True)
class Shared:
    """What all VMs of a set have in common."""

    name: str
    args: GceHostArgs
    opts: pulumi.ResourceOptions
    account_email: pulumi.Output[str]
    snapshot_schedule: pulumi.Output[str]
    """Name of the policy that takes the snapshots."""
    setup: EngineSetup


def create(
    name: str, args: GceHostArgs, ports: Sequence[PublishedPortArgs], opts: pulumi.ResourceOptions
) -> Shared:
    """Create what VMs share.

    Args:
        name: beginning of the logical names.
        args: checked.
        ports: those with source ranges are opened.
        opts: options of every resource.
    """
    account = serviceaccount.Account(
        f"{name}-account",
        project=args["project"],
        account_id=_account_id(args["prefix"]),
        display_name=f"Docker hosts {args['prefix']}",
        opts=opts,
    )
    for role in args.get("roles", defaults.DEFAULT_ROLES):
        projects.IAMMember(
            f"{name}-{role.rpartition('/')[2]}",
            project=args["project"],
            role=role,
            member=pulumi.Output.concat("serviceAccount:", account.email),
            opts=opts,
        )
    shared = Shared(
        name,
        args,
        opts,
        account.email,
        _snapshot_schedule(name, args, opts).name,
        EngineSetup(
            engine=args.get("engine", {}),
            public_keys=tuple(args["ssh_public_keys"]),
            data_disk=_DATA_DISK,
        ),
    )
    opened = {each["port"]: each.get("source_ranges", []) for each in ports}
    for port, ranges in {**opened, _SSH_PORT: _login_ranges(args)}.items():
        if ranges:
            what = "ssh" if port == _SSH_PORT else f"tcp-{port}"
            _open(shared, what, {"tcp": [str(int(port))]}, source_ranges=list(ranges))
    if args.get("swarm"):
        _open(shared, "swarm", _SWARM, source_service_accounts=[account.email])
    return shared


def _open(
    shared: Shared,
    what: str,
    ports: Mapping[str, list[str]],
    *,
    source_ranges: list[str] | None = None,
    source_service_accounts: list[pulumi.Input[str]] | None = None,
) -> None:
    compute.Firewall(
        f"{shared.name}-{what}",
        project=shared.args["project"],
        name=f"{shared.args['prefix']}-{what}",
        network=shared.args["network"],
        direction="INGRESS",
        allows=[
            compute.FirewallAllowArgs(protocol=protocol, ports=each or None)
            for protocol, each in ports.items()
        ],
        source_ranges=source_ranges,
        source_service_accounts=source_service_accounts,
        target_service_accounts=[shared.account_email],
        log_config=compute.FirewallLogConfigArgs(metadata="EXCLUDE_ALL_METADATA"),
        opts=shared.opts,
    )


def _snapshot_schedule(
    name: str, args: GceHostArgs, opts: pulumi.ResourceOptions
) -> compute.ResourcePolicy:
    daily = compute.ResourcePolicySnapshotSchedulePolicyScheduleDailyScheduleArgs(
        days_in_cycle=1, start_time=args.get("snapshot_time", defaults.DEFAULT_SNAPSHOT_TIME)
    )
    return compute.ResourcePolicy(
        f"{name}-snapshots",
        project=args["project"],
        name=f"{args['prefix']}-snapshots",
        region=region(args),
        snapshot_schedule_policy=compute.ResourcePolicySnapshotSchedulePolicyArgs(
            schedule=compute.ResourcePolicySnapshotSchedulePolicyScheduleArgs(daily_schedule=daily),
            retention_policy=compute.ResourcePolicySnapshotSchedulePolicyRetentionPolicyArgs(
                max_retention_days=int(args.get("snapshot_days", defaults.DEFAULT_SNAPSHOT_DAYS)),
                on_source_disk_delete="KEEP_AUTO_SNAPSHOTS",
            ),
            snapshot_properties=compute.ResourcePolicySnapshotSchedulePolicySnapshotPropertiesArgs(
                labels=args.get("labels", {})
            ),
        ),
        opts=opts,
    )


def region(args: GceHostArgs) -> str:
    """Return the region of the zones."""
    return args["zones"][0].rpartition("-")[0]


def _login_ranges(args: GceHostArgs) -> Sequence[str]:
    return args.get("ssh_source_ranges") or defaults.IAP_RANGES


def _account_id(prefix: str) -> str:
    """Return the service account's id: the prefix as far as the rules for one allow."""
    if len(prefix) < _SHORTEST_ACCOUNT:
        return f"{prefix}-hosts"
    if len(prefix) <= _LONGEST_ACCOUNT:
        return prefix
    digest = hashlib.sha256(prefix.encode()).hexdigest()[:8]
    return f"{prefix[: _LONGEST_ACCOUNT - len(digest) - 1].rstrip('-')}-{digest}"
