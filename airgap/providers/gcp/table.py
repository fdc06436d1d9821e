"""What the stand-in gcp provider supports, and what a change of each input does.

To be read beside the docs of pulumi-gcp 10.2 (terraform-provider-google 8): names, defaults and
consequences are the real plugin's. An input that is missing here is refused. ``computed`` means
that Google Cloud chooses a value where the program gives none: unknown until the resource exists,
and kept from then on.

It is simpler than the real plugin in three points. An internal address of an instance that changes
together with its network is shown as a replacement; the real plugin moves the instance. After a
change of labels or metadata the fingerprints keep their old values in a preview. The e-mail address
of a service account is unknown until it exists.
"""

from collections.abc import Mapping
from functools import partial
from typing import Final

from airgap.providers._fields import (
    flag,
    number,
    record,
    record_set,
    records,
    text,
    text_map,
    text_set,
    texts,
    whole,
)
from airgap.providers._schema import OnChange, Schema
from airgap.providers.gcp.sameness import (
    leaves_range,
    not_a_range,
    same_image,
    same_link,
    same_name,
    same_scopes,
    shrinks,
)

_link: Final = partial(text, same=same_link)

_UPDATE: Final = OnChange.UPDATE
_REMEMBER: Final = OnChange.REMEMBER
_IGNORE: Final = OnChange.IGNORE
_INSIDE: Final = OnChange.INSIDE

_PROJECT: Final = text(computed=True, read=True)
_REGION: Final = _link(computed=True, read=True)
_ZONE: Final = _link(computed=True, read=True)
_LABELS: Final = text_map(on_change=_UPDATE)
_LABEL_OUTPUTS: Final = ["effectiveLabels", "labelFingerprint", "pulumiLabels"]

NETWORK: Final = Schema(
    inputs={
        "name": text(),
        "description": text(),
        "project": _PROJECT,
        "autoCreateSubnetworks": flag(default=True),
        # Heeded at creation alone.
        "deleteDefaultRoutesOnCreate": flag(default=False, on_change=_IGNORE),
        "routingMode": text(on_change=_UPDATE, computed=True, read=True),
        "mtu": whole(on_change=_UPDATE, computed=True, read=True),
    },
    outputs=["gatewayIpv4", "internalIpv6Range", "networkId", "numericId", "selfLink"],
)

SUBNETWORK: Final = Schema(
    inputs={
        "name": text(),
        "description": text(),
        "project": _PROJECT,
        "region": _REGION,
        "network": _link(required=True),
        # Grows in place.
        "ipCidrRange": text(replaces=leaves_range, check=not_a_range, computed=True, read=True),
        "purpose": text(computed=True, read=True),
        "stackType": text(on_change=_UPDATE, computed=True, read=True),
        "privateIpGoogleAccess": flag(on_change=_UPDATE, computed=True, read=True),
        "logConfig": record(
            on_change=_UPDATE,
            fields={
                "aggregationInterval": text(default="INTERVAL_5_SEC"),
                "flowSampling": number(default=0.5),
                "metadata": text(default="INCLUDE_ALL_METADATA"),
            },
        ),
    },
    outputs=[
        "creationTimestamp",
        "externalIpv6Prefix",
        "fingerprint",
        "gatewayAddress",
        "ipv6CidrRange",
        "ipv6GceEndpoint",
        "privateIpv6GoogleAccess",
        "secondaryIpRanges",
        "selfLink",
        "state",
        "subnetworkId",
    ],
)

ROUTER: Final = Schema(
    inputs={
        "name": text(),
        "description": text(on_change=_UPDATE),
        "project": _PROJECT,
        "region": _REGION,
        "network": _link(required=True),
    },
    outputs=["creationTimestamp", "selfLink"],
)

ROUTER_NAT: Final = Schema(
    inputs={
        "name": text(),
        "project": _PROJECT,
        "region": _REGION,
        "router": _link(required=True),
        "natIpAllocateOption": text(on_change=_UPDATE),
        "sourceSubnetworkIpRangesToNat": text(required=True, on_change=_UPDATE),
        "subnetworks": record_set(
            on_change=_UPDATE,
            fields={
                "name": _link(required=True),
                "sourceIpRangesToNats": text_set(required=True),
                "secondaryIpRangeNames": text_set(),
            },
        ),
        "minPortsPerVm": whole(on_change=_UPDATE, computed=True, read=True),
        "logConfig": record(
            on_change=_UPDATE,
            fields={"enable": flag(required=True), "filter": text(required=True)},
        ),
    },
    outputs=[
        "autoNetworkTier",
        "enableDynamicPortAllocation",
        "enableEndpointIndependentMapping",
        "endpointTypes",
    ],
)

_FIREWALL_RULES: Final = record_set(
    on_change=_UPDATE, fields={"protocol": text(required=True), "ports": texts()}
)

FIREWALL: Final = Schema(
    inputs={
        "name": text(),
        "description": text(on_change=_UPDATE),
        "project": _PROJECT,
        "network": _link(required=True, on_change=_UPDATE),
        "direction": text(computed=True, read=True),
        "priority": whole(default=1000, on_change=_UPDATE),
        "disabled": flag(on_change=_UPDATE),
        "allows": _FIREWALL_RULES,
        "denies": _FIREWALL_RULES,
        "sourceRanges": text_set(on_change=_UPDATE),
        "destinationRanges": text_set(on_change=_UPDATE, computed=True, read=True),
        "sourceServiceAccounts": text_set(on_change=_UPDATE),
        "targetServiceAccounts": text_set(on_change=_UPDATE),
        "targetTags": text_set(on_change=_UPDATE),
        "logConfig": record(on_change=_UPDATE, fields={"metadata": text(required=True)}),
    },
    outputs=["creationTimestamp", "enableLogging", "selfLink"],
)

ADDRESS: Final = Schema(
    inputs={
        "name": text(),
        "description": text(),
        "project": _PROJECT,
        "region": _REGION,
        "addressType": text(default="EXTERNAL"),
        "networkTier": text(computed=True, read=True),
        "labels": _LABELS,
    },
    outputs=[
        *_LABEL_OUTPUTS,
        "address",
        "addressId",
        "creationTimestamp",
        "prefixLength",
        "purpose",
        "selfLink",
        "subnetwork",
        "users",
    ],
)

DISK: Final = Schema(
    inputs={
        "name": text(),
        "description": text(),
        "project": _PROJECT,
        "zone": _ZONE,
        "type": text(default="pd-standard", same=same_name),
        # Grows in place.
        "size": whole(replaces=shrinks, computed=True, read=True),
        "physicalBlockSizeBytes": whole(computed=True, read=True),
        "image": text(same=same_image),
        "snapshot": _link(),
        "labels": _LABELS,
        "diskEncryptionKey": record(
            on_change=_INSIDE,
            fields={
                "kmsKeySelfLink": _link(on_change=_UPDATE),
                "kmsKeyServiceAccount": text(),
                "rawKey": text(),
                "rsaEncryptedKey": text(),
            },
            outputs=["sha256"],
        ),
    },
    outputs=[
        *_LABEL_OUTPUTS,
        "accessMode",
        "creationTimestamp",
        "diskId",
        "enableConfidentialCompute",
        "guestOsFeatures",
        "lastAttachTimestamp",
        "lastDetachTimestamp",
        "licenses",
        "provisionedIops",
        "provisionedThroughput",
        "selfLink",
        "sourceDiskId",
        "sourceImageId",
        "sourceInstantSnapshotId",
        "sourceSnapshotId",
        "users",
    ],
)

RESOURCE_POLICY: Final = Schema(
    inputs={
        # The plan shows an update, which then fails: Google Cloud renames no policy.
        "name": text(on_change=_UPDATE),
        "description": text(on_change=_UPDATE),
        "project": _PROJECT,
        "region": _REGION,
        "snapshotSchedulePolicy": record(
            on_change=_UPDATE,
            fields={
                "schedule": record(
                    required=True,
                    fields={
                        "dailySchedule": record(
                            required=True,
                            fields={
                                "daysInCycle": whole(required=True),
                                "startTime": text(required=True),
                            },
                        )
                    },
                ),
                "retentionPolicy": record(
                    fields={
                        "maxRetentionDays": whole(required=True),
                        "onSourceDiskDelete": text(default="KEEP_AUTO_SNAPSHOTS"),
                    }
                ),
                "snapshotProperties": record(
                    fields={
                        "guestFlush": flag(),
                        "labels": text_map(),
                        "storageLocations": text(),
                    }
                ),
            },
        ),
    },
    outputs=["selfLink"],
)

DISK_RESOURCE_POLICY_ATTACHMENT: Final = Schema(
    inputs={
        "name": text(),
        "disk": _link(required=True),
        "project": _PROJECT,
        "zone": _ZONE,
    },
    outputs=[],
)

_BOOT_DISK: Final = record(
    required=True,
    on_change=_INSIDE,
    fields={
        "autoDelete": flag(default=True, on_change=_UPDATE),
        "deviceName": text(computed=True, read=True),
        "kmsKeySelfLink": _link(computed=True, read=True),
        "initializeParams": record(
            computed=True,
            read=True,
            fields={
                "image": text(same=same_image, computed=True, read=True),
                "size": whole(computed=True, read=True),
                "type": text(computed=True, read=True),
                "labels": text_map(computed=True, read=True),
            },
            outputs=[
                "architecture",
                "provisionedIops",
                "provisionedThroughput",
                "resourcePolicies",
                "snapshot",
            ],
        ),
    },
    outputs=["diskEncryptionKeySha256", "guestOsFeatures", "mode", "source"],
)

_ATTACHED_DISKS: Final = records(
    on_change=_UPDATE,
    fields={
        "source": _link(required=True),
        "deviceName": text(computed=True, read=True),
        "mode": text(default="READ_WRITE"),
    },
    outputs=["diskEncryptionKeySha256", "kmsKeySelfLink"],
)

_NETWORK_INTERFACES: Final = records(
    required=True,
    on_change=_INSIDE,
    fields={
        "network": _link(on_change=_UPDATE, computed=True, read=True),
        "subnetwork": _link(on_change=_UPDATE, computed=True, read=True),
        "networkIp": text(computed=True, read=True),
        "nicType": text(),
        "stackType": text(on_change=_UPDATE, computed=True, read=True),
        "accessConfigs": records(
            on_change=_UPDATE,
            fields={
                "natIp": text(computed=True, read=True),
                "networkTier": text(computed=True, read=True),
            },
            outputs=["securityPolicy"],
        ),
    },
    outputs=[
        "internalIpv6PrefixLength",
        "ipv6AccessType",
        "ipv6Address",
        "macAddress",
        "name",
        "networkAttachment",
        "subnetworkProject",
    ],
)

INSTANCE: Final = Schema(
    inputs={
        "name": text(),
        "description": text(on_change=_UPDATE),
        "project": _PROJECT,
        "zone": _ZONE,
        "hostname": text(),
        # The machine is stopped for a change of the next three.
        "machineType": text(required=True, on_change=_UPDATE, same=same_name),
        "serviceAccount": record(
            on_change=_UPDATE,
            fields={
                "email": text(computed=True, read=True),
                "scopes": text_set(required=True, same=same_scopes),
            },
        ),
        "shieldedInstanceConfig": record(
            on_change=_UPDATE,
            computed=True,
            read=True,
            fields={
                "enableSecureBoot": flag(default=False),
                "enableVtpm": flag(default=True),
                "enableIntegrityMonitoring": flag(default=True),
            },
        ),
        "allowStoppingForUpdate": flag(on_change=_REMEMBER),
        "desiredStatus": text(on_change=_UPDATE),
        "deletionProtection": flag(default=False, on_change=_UPDATE),
        "bootDisk": _BOOT_DISK,
        "attachedDisks": _ATTACHED_DISKS,
        "networkInterfaces": _NETWORK_INTERFACES,
        "canIpForward": flag(default=False, on_change=_UPDATE),
        "tags": text_set(on_change=_UPDATE),
        "labels": _LABELS,
        "metadata": text_map(on_change=_UPDATE),
        "metadataStartupScript": text(),
        "resourcePolicies": _link(),
        "scheduling": record(
            on_change=_INSIDE,
            computed=True,
            read=True,
            fields={
                "preemptible": flag(default=False),
                "provisioningModel": text(computed=True, read=True),
                "automaticRestart": flag(default=True, on_change=_UPDATE),
                "onHostMaintenance": text(on_change=_UPDATE, computed=True, read=True),
                "instanceTerminationAction": text(on_change=_UPDATE),
            },
        ),
        "confidentialInstanceConfig": record(
            on_change=_INSIDE,
            computed=True,
            read=True,
            # Neither replaces, and nothing changes a running machine's.
            fields={
                "enableConfidentialCompute": flag(on_change=_IGNORE),
                "confidentialInstanceType": text(on_change=_IGNORE),
            },
        ),
    },
    outputs=[
        *_LABEL_OUTPUTS,
        "cpuPlatform",
        "creationTimestamp",
        "currentStatus",
        "guestAccelerators",
        "instanceId",
        "keyRevocationActionType",
        "metadataFingerprint",
        "minCpuPlatform",
        "reservationAffinity",
        "selfLink",
        "tagsFingerprint",
    ],
)

ACCOUNT: Final = Schema(
    inputs={
        "accountId": text(required=True),
        "displayName": text(on_change=_UPDATE),
        "description": text(on_change=_UPDATE),
        "project": _PROJECT,
        "createIgnoreAlreadyExists": flag(on_change=_REMEMBER),
    },
    outputs=["email", "member", "name", "uniqueId"],
    auto_named=False,
)

IAM_MEMBER: Final = Schema(
    inputs={
        "project": text(required=True),
        "role": text(required=True),
        "member": text(required=True),
        "condition": record(
            fields={
                "title": text(required=True),
                "expression": text(required=True),
                "description": text(),
            }
        ),
    },
    outputs=["etag"],
    auto_named=False,
)

RESOURCES: Final[Mapping[str, Schema]] = {
    "gcp:compute/address:Address": ADDRESS,
    "gcp:compute/disk:Disk": DISK,
    "gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment": (
        DISK_RESOURCE_POLICY_ATTACHMENT
    ),
    "gcp:compute/firewall:Firewall": FIREWALL,
    "gcp:compute/instance:Instance": INSTANCE,
    "gcp:compute/network:Network": NETWORK,
    "gcp:compute/resourcePolicy:ResourcePolicy": RESOURCE_POLICY,
    "gcp:compute/router:Router": ROUTER,
    "gcp:compute/routerNat:RouterNat": ROUTER_NAT,
    "gcp:compute/subnetwork:Subnetwork": SUBNETWORK,
    "gcp:projects/iAMMember:IAMMember": IAM_MEMBER,
    "gcp:serviceaccount/account:Account": ACCOUNT,
}

PROVIDER: Final = {
    "project": text(),
    "region": text(),
    "zone": text(),
    "accessToken": text(),
    "credentials": text(),
    "impersonateServiceAccount": text(),
    "billingProject": text(),
    "userProjectOverride": flag(),
    "skipRegionValidation": flag(),
    "disableGlobalProjectWarning": flag(),
}
"""The provider's own settings; those about access are taken and not used."""
