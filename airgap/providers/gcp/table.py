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

from airgap.providers._schema import Field, Kind, OnChange, Schema
from airgap.providers.gcp.sameness import (
    leaves_range,
    not_a_range,
    same_image,
    same_link,
    same_name,
    same_scopes,
    shrinks,
)

_text: Final = partial(Field, kind=Kind.TEXT)
_flag: Final = partial(Field, kind=Kind.FLAG)
_whole: Final = partial(Field, kind=Kind.WHOLE)
_number: Final = partial(Field, kind=Kind.NUMBER)
_texts: Final = partial(Field, kind=Kind.TEXTS)
_text_set: Final = partial(Field, kind=Kind.TEXT_SET)
_text_map: Final = partial(Field, kind=Kind.TEXT_MAP)
_record: Final = partial(Field, kind=Kind.RECORD)
_records: Final = partial(Field, kind=Kind.RECORDS)
_record_set: Final = partial(Field, kind=Kind.RECORD_SET)
_link: Final = partial(Field, kind=Kind.TEXT, same=same_link)

_UPDATE: Final = OnChange.UPDATE
_REMEMBER: Final = OnChange.REMEMBER
_IGNORE: Final = OnChange.IGNORE
_INSIDE: Final = OnChange.INSIDE

_PROJECT: Final = _text(computed=True, read=True)
_REGION: Final = _link(computed=True, read=True)
_ZONE: Final = _link(computed=True, read=True)
_LABELS: Final = _text_map(on_change=_UPDATE)
_LABEL_OUTPUTS: Final = ["effectiveLabels", "labelFingerprint", "pulumiLabels"]

NETWORK: Final = Schema(
    inputs={
        "name": _text(),
        "description": _text(),
        "project": _PROJECT,
        "autoCreateSubnetworks": _flag(default=True),
        # Heeded at creation alone.
        "deleteDefaultRoutesOnCreate": _flag(default=False, on_change=_IGNORE),
        "routingMode": _text(on_change=_UPDATE, computed=True, read=True),
        "mtu": _whole(on_change=_UPDATE, computed=True, read=True),
    },
    outputs=["gatewayIpv4", "internalIpv6Range", "networkId", "numericId", "selfLink"],
)

SUBNETWORK: Final = Schema(
    inputs={
        "name": _text(),
        "description": _text(),
        "project": _PROJECT,
        "region": _REGION,
        "network": _link(required=True),
        # Grows in place.
        "ipCidrRange": _text(replaces=leaves_range, check=not_a_range, computed=True, read=True),
        "purpose": _text(computed=True, read=True),
        "stackType": _text(on_change=_UPDATE, computed=True, read=True),
        "privateIpGoogleAccess": _flag(on_change=_UPDATE, computed=True, read=True),
        "logConfig": _record(
            on_change=_UPDATE,
            fields={
                "aggregationInterval": _text(default="INTERVAL_5_SEC"),
                "flowSampling": _number(default=0.5),
                "metadata": _text(default="INCLUDE_ALL_METADATA"),
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
        "name": _text(),
        "description": _text(on_change=_UPDATE),
        "project": _PROJECT,
        "region": _REGION,
        "network": _link(required=True),
    },
    outputs=["creationTimestamp", "selfLink"],
)

ROUTER_NAT: Final = Schema(
    inputs={
        "name": _text(),
        "project": _PROJECT,
        "region": _REGION,
        "router": _link(required=True),
        "natIpAllocateOption": _text(on_change=_UPDATE),
        "sourceSubnetworkIpRangesToNat": _text(required=True, on_change=_UPDATE),
        "subnetworks": _record_set(
            on_change=_UPDATE,
            fields={
                "name": _link(required=True),
                "sourceIpRangesToNats": _text_set(required=True),
                "secondaryIpRangeNames": _text_set(),
            },
        ),
        "minPortsPerVm": _whole(on_change=_UPDATE, computed=True, read=True),
        "logConfig": _record(
            on_change=_UPDATE,
            fields={"enable": _flag(required=True), "filter": _text(required=True)},
        ),
    },
    outputs=[
        "autoNetworkTier",
        "enableDynamicPortAllocation",
        "enableEndpointIndependentMapping",
        "endpointTypes",
    ],
)

_FIREWALL_RULES: Final = _record_set(
    on_change=_UPDATE, fields={"protocol": _text(required=True), "ports": _texts()}
)

FIREWALL: Final = Schema(
    inputs={
        "name": _text(),
        "description": _text(on_change=_UPDATE),
        "project": _PROJECT,
        "network": _link(required=True, on_change=_UPDATE),
        "direction": _text(computed=True, read=True),
        "priority": _whole(default=1000, on_change=_UPDATE),
        "disabled": _flag(on_change=_UPDATE),
        "allows": _FIREWALL_RULES,
        "denies": _FIREWALL_RULES,
        "sourceRanges": _text_set(on_change=_UPDATE),
        "destinationRanges": _text_set(on_change=_UPDATE, computed=True, read=True),
        "targetServiceAccounts": _text_set(on_change=_UPDATE),
        "targetTags": _text_set(on_change=_UPDATE),
        "logConfig": _record(on_change=_UPDATE, fields={"metadata": _text(required=True)}),
    },
    outputs=["creationTimestamp", "enableLogging", "selfLink"],
)

ADDRESS: Final = Schema(
    inputs={
        "name": _text(),
        "description": _text(),
        "project": _PROJECT,
        "region": _REGION,
        "addressType": _text(default="EXTERNAL"),
        "networkTier": _text(computed=True, read=True),
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
        "name": _text(),
        "description": _text(),
        "project": _PROJECT,
        "zone": _ZONE,
        "type": _text(default="pd-standard", same=same_name),
        # Grows in place.
        "size": _whole(replaces=shrinks, computed=True, read=True),
        "physicalBlockSizeBytes": _whole(computed=True, read=True),
        "image": _text(same=same_image),
        "snapshot": _link(),
        "labels": _LABELS,
        "diskEncryptionKey": _record(
            on_change=_INSIDE,
            fields={
                "kmsKeySelfLink": _link(on_change=_UPDATE),
                "kmsKeyServiceAccount": _text(),
                "rawKey": _text(),
                "rsaEncryptedKey": _text(),
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
        "name": _text(on_change=_UPDATE),
        "description": _text(on_change=_UPDATE),
        "project": _PROJECT,
        "region": _REGION,
        "snapshotSchedulePolicy": _record(
            on_change=_UPDATE,
            fields={
                "schedule": _record(
                    required=True,
                    fields={
                        "dailySchedule": _record(
                            required=True,
                            fields={
                                "daysInCycle": _whole(required=True),
                                "startTime": _text(required=True),
                            },
                        )
                    },
                ),
                "retentionPolicy": _record(
                    fields={
                        "maxRetentionDays": _whole(required=True),
                        "onSourceDiskDelete": _text(default="KEEP_AUTO_SNAPSHOTS"),
                    }
                ),
                "snapshotProperties": _record(
                    fields={
                        "guestFlush": _flag(),
                        "labels": _text_map(),
                        "storageLocations": _text(),
                    }
                ),
            },
        ),
    },
    outputs=["selfLink"],
)

DISK_RESOURCE_POLICY_ATTACHMENT: Final = Schema(
    inputs={
        "name": _text(),
        "disk": _link(required=True),
        "project": _PROJECT,
        "zone": _ZONE,
    },
    outputs=[],
)

_BOOT_DISK: Final = _record(
    required=True,
    on_change=_INSIDE,
    fields={
        "autoDelete": _flag(default=True, on_change=_UPDATE),
        "deviceName": _text(computed=True, read=True),
        "kmsKeySelfLink": _link(computed=True, read=True),
        "initializeParams": _record(
            computed=True,
            read=True,
            fields={
                "image": _text(same=same_image, computed=True, read=True),
                "size": _whole(computed=True, read=True),
                "type": _text(computed=True, read=True),
                "labels": _text_map(computed=True, read=True),
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

_ATTACHED_DISKS: Final = _records(
    on_change=_UPDATE,
    fields={
        "source": _link(required=True),
        "deviceName": _text(computed=True, read=True),
        "mode": _text(default="READ_WRITE"),
    },
    outputs=["diskEncryptionKeySha256", "kmsKeySelfLink"],
)

_NETWORK_INTERFACES: Final = _records(
    required=True,
    on_change=_INSIDE,
    fields={
        "network": _link(on_change=_UPDATE, computed=True, read=True),
        "subnetwork": _link(on_change=_UPDATE, computed=True, read=True),
        "networkIp": _text(computed=True, read=True),
        "nicType": _text(),
        "stackType": _text(on_change=_UPDATE, computed=True, read=True),
        "accessConfigs": _records(
            on_change=_UPDATE,
            fields={
                "natIp": _text(computed=True, read=True),
                "networkTier": _text(computed=True, read=True),
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
        "name": _text(),
        "description": _text(on_change=_UPDATE),
        "project": _PROJECT,
        "zone": _ZONE,
        "hostname": _text(),
        # The machine is stopped for a change of the next three.
        "machineType": _text(required=True, on_change=_UPDATE, same=same_name),
        "serviceAccount": _record(
            on_change=_UPDATE,
            fields={
                "email": _text(computed=True, read=True),
                "scopes": _text_set(required=True, same=same_scopes),
            },
        ),
        "shieldedInstanceConfig": _record(
            on_change=_UPDATE,
            computed=True,
            read=True,
            fields={
                "enableSecureBoot": _flag(default=False),
                "enableVtpm": _flag(default=True),
                "enableIntegrityMonitoring": _flag(default=True),
            },
        ),
        "allowStoppingForUpdate": _flag(on_change=_REMEMBER),
        "desiredStatus": _text(on_change=_UPDATE),
        "deletionProtection": _flag(default=False, on_change=_UPDATE),
        "bootDisk": _BOOT_DISK,
        "attachedDisks": _ATTACHED_DISKS,
        "networkInterfaces": _NETWORK_INTERFACES,
        "canIpForward": _flag(default=False, on_change=_UPDATE),
        "tags": _text_set(on_change=_UPDATE),
        "labels": _LABELS,
        "metadata": _text_map(on_change=_UPDATE),
        "metadataStartupScript": _text(),
        "resourcePolicies": _link(),
        "scheduling": _record(
            on_change=_INSIDE,
            computed=True,
            read=True,
            fields={
                "preemptible": _flag(default=False),
                "provisioningModel": _text(computed=True, read=True),
                "automaticRestart": _flag(default=True, on_change=_UPDATE),
                "onHostMaintenance": _text(on_change=_UPDATE, computed=True, read=True),
                "instanceTerminationAction": _text(on_change=_UPDATE),
            },
        ),
        "confidentialInstanceConfig": _record(
            on_change=_INSIDE,
            computed=True,
            read=True,
            # Neither replaces, and nothing changes a running machine's.
            fields={
                "enableConfidentialCompute": _flag(on_change=_IGNORE),
                "confidentialInstanceType": _text(on_change=_IGNORE),
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
        "accountId": _text(required=True),
        "displayName": _text(on_change=_UPDATE),
        "description": _text(on_change=_UPDATE),
        "project": _PROJECT,
        "createIgnoreAlreadyExists": _flag(on_change=_REMEMBER),
    },
    outputs=["email", "member", "name", "uniqueId"],
    auto_named=False,
)

IAM_MEMBER: Final = Schema(
    inputs={
        "project": _text(required=True),
        "role": _text(required=True),
        "member": _text(required=True),
        "condition": _record(
            fields={
                "title": _text(required=True),
                "expression": _text(required=True),
                "description": _text(),
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
    "project": _text(),
    "region": _text(),
    "zone": _text(),
    "accessToken": _text(),
    "credentials": _text(),
    "impersonateServiceAccount": _text(),
    "billingProject": _text(),
    "userProjectOverride": _flag(),
    "skipRegionValidation": _flag(),
    "disableGlobalProjectWarning": _flag(),
}
"""The provider's own settings; those about access are taken and not used."""
