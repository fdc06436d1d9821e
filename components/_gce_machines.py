"""Virtual machines on Google Compute Engine that are Docker hosts."""

from collections.abc import Sequence

import pulumi
from pulumi_gcp import compute

from . import _gce_args as defaults
from . import _gce_shared, _ssh
from ._docker_host_args import PublishedPortArgs
from ._engine_setup import DEPLOY_USER
from ._gce_args import GceHostArgs
from ._gce_shared import Shared
from ._machine import Machine
from ._ssh import Option, SshMachine

# The namespace in which Google's guest agent publishes a VM's host keys.
_HOST_KEYS = "hostkeys"
# IAM does the limiting; narrower scopes are the legacy way.
_SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]


def create(
    name: str,
    args: GceHostArgs,
    count: int,
    ports: Sequence[PublishedPortArgs],
    opts: pulumi.ResourceOptions,
) -> list[Machine]:
    """Create VMs and what they share.

    Args:
        name: beginning of the logical names.
        args: checked.
        count: how many.
        ports: those with source ranges are opened.
        opts: options of every resource.
    """
    shared = _gce_shared.create(name, args, ports, opts)
    return [_machine(shared, number) for number in range(1, count + 1)]


def _machine(shared: Shared, number: int) -> Machine:
    args = shared.args
    zone = args["zones"][(number - 1) % len(args["zones"])]
    vm_name = f"{args['prefix']}-{number}"
    disk = _data_disk(shared, number, zone)
    public_address = _public_address(shared, number) if args.get("public_ip") else None
    vm = _vm(shared, number, zone, disk, public_address)
    address = public_address or vm.network_interfaces[0].network_ip
    place = f"gce://{args['project']}/{zone}/{vm_name}"
    return Machine(
        name=vm_name,
        endpoint=f"ssh://{DEPLOY_USER}@{vm_name}",
        address=address,
        place=place,
        # Another VM of the same name is another machine.
        identity=vm.instance_id,
        # Google stops and starts the VM to change it.
        started_as=vm.machine_type,
        ssh=SshMachine(
            user=DEPLOY_USER,
            host=vm_name,
            options=(
                *_ssh.common_options(identity=place, identity_file=args.get("identity_file")),
                *way_to(args, vm_name, zone, address),
            ),
        ),
        setup_version=shared.setup.version,
        vm=vm,
    )


def _data_disk(shared: Shared, number: int, zone: str) -> compute.Disk:
    args = shared.args
    name = f"{args['prefix']}-{number}-data"
    disk = compute.Disk(
        f"{shared.name}-{number}-data",
        project=args["project"],
        name=name,
        zone=zone,
        type=args.get("disk_type", defaults.DEFAULT_DISK_TYPE),
        size=int(args.get("data_disk_gib", defaults.DEFAULT_DATA_DISK_GIB)),
        labels=args.get("labels", {}),
        disk_encryption_key=(
            compute.DiskDiskEncryptionKeyArgs(kms_key_self_link=args["kms_key"])
            if "kms_key" in args
            else None
        ),
        opts=pulumi.ResourceOptions.merge(
            shared.opts, pulumi.ResourceOptions(protect=args.get("deletion_protection", True))
        ),
    )
    compute.DiskResourcePolicyAttachment(
        f"{shared.name}-{number}-snapshots",
        project=args["project"],
        name=shared.snapshot_schedule,
        disk=disk.name,
        zone=zone,
        opts=pulumi.ResourceOptions.merge(shared.opts, pulumi.ResourceOptions(deleted_with=disk)),
    )
    return disk


def _public_address(shared: Shared, number: int) -> pulumi.Output[str]:
    args = shared.args
    return compute.Address(
        f"{shared.name}-{number}-address",
        project=args["project"],
        name=f"{args['prefix']}-{number}",
        region=_gce_shared.region(args),
        labels=args.get("labels", {}),
        opts=shared.opts,
    ).address


def _vm(
    shared: Shared,
    number: int,
    zone: str,
    disk: compute.Disk,
    public_address: pulumi.Output[str] | None,
) -> compute.Instance:
    args = shared.args
    spot = args.get("spot", False)
    boot_disk = compute.InstanceBootDiskArgs(
        auto_delete=True,
        initialize_params=compute.InstanceBootDiskInitializeParamsArgs(
            image=args.get("image", defaults.DEFAULT_IMAGE),
            size=int(args.get("boot_disk_gib", defaults.DEFAULT_BOOT_DISK_GIB)),
            type=args.get("disk_type", defaults.DEFAULT_DISK_TYPE),
        ),
        kms_key_self_link=args.get("kms_key"),
    )
    interface = compute.InstanceNetworkInterfaceArgs(subnetwork=args["subnetwork"])
    if public_address:
        interface.access_configs = [
            compute.InstanceNetworkInterfaceAccessConfigArgs(nat_ip=public_address)
        ]
    return compute.Instance(
        f"{shared.name}-{number}",
        project=args["project"],
        name=f"{args['prefix']}-{number}",
        zone=zone,
        machine_type=args.get("machine_type", defaults.DEFAULT_MACHINE_TYPE),
        allow_stopping_for_update=True,
        boot_disk=boot_disk,
        attached_disks=[
            compute.InstanceAttachedDiskArgs(
                source=disk.self_link, device_name=shared.setup.data_disk
            )
        ],
        network_interfaces=[interface],
        # Read by any process on the VM: nothing here is secret.
        metadata={
            # `metadata_startup_script` would do the same, and replace the VM on every change.
            "startup-script": shared.setup.script,
            "enable-oslogin": "TRUE",
            "block-project-ssh-keys": "TRUE",
            "serial-port-enable": "FALSE",
            "enable-guest-attributes": "TRUE",
        },
        labels=args.get("labels", {}),
        service_account=compute.InstanceServiceAccountArgs(
            email=shared.account_email, scopes=_SCOPES
        ),
        shielded_instance_config=compute.InstanceShieldedInstanceConfigArgs(
            enable_secure_boot=True, enable_vtpm=True, enable_integrity_monitoring=True
        ),
        scheduling=compute.InstanceSchedulingArgs(
            preemptible=spot,
            automatic_restart=not spot,
            provisioning_model="SPOT" if spot else "STANDARD",
            on_host_maintenance="TERMINATE" if spot else "MIGRATE",
            instance_termination_action="STOP" if spot else None,
        ),
        can_ip_forward=False,
        deletion_protection=args.get("deletion_protection", True),
        opts=pulumi.ResourceOptions.merge(
            # The data disk serves one VM at a time, and so does the name.
            shared.opts,
            pulumi.ResourceOptions(delete_before_replace=True),
        ),
    )


def way_to(
    args: GceHostArgs, vm_name: str, zone: str, address: pulumi.Input[str]
) -> tuple[Option, ...]:
    """Return how SSH gets to a VM, and how it knows that it did."""
    where = f"{vm_name} --zone={zone} --project={args['project']}"
    keys = (
        f"/usr/bin/env gcloud compute instances get-guest-attributes {where} "
        f"--query-path={_HOST_KEYS}/ \"--format=value[separator=' '](namespace,key,value)\""
    )
    # The answer's lines begin with the namespace, where known_hosts has the host's name.
    verified: tuple[Option, ...] = (("HostKeyAlias", _HOST_KEYS), ("KnownHostsCommand", keys))
    if args.get("ssh_source_ranges"):
        return (("HostName", address), *verified)
    tunnel = (
        f"gcloud compute start-iap-tunnel {vm_name} %p --listen-on-stdin --zone={zone} "
        f"--project={args['project']} --verbosity=warning"
    )
    return (("ProxyCommand", tunnel), *verified)
