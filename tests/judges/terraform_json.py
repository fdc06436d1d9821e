"""Google Cloud resources, as a program registered them, in Terraform's JSON syntax.

For judges that know Terraform and not Pulumi. The providers are the same underneath: types and
properties differ in their spelling, and in that a block which may be repeated has a plural name
here and a singular one there.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tests.unit.recorder import Registration

_PREFIX: Final = "gcp:"

_TYPES: Final = {
    "gcp:compute/address:Address": "google_compute_address",
    "gcp:compute/disk:Disk": "google_compute_disk",
    "gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment": (
        "google_compute_disk_resource_policy_attachment"
    ),
    "gcp:compute/firewall:Firewall": "google_compute_firewall",
    "gcp:compute/instance:Instance": "google_compute_instance",
    "gcp:compute/network:Network": "google_compute_network",
    "gcp:compute/resourcePolicy:ResourcePolicy": "google_compute_resource_policy",
    "gcp:compute/router:Router": "google_compute_router",
    "gcp:compute/routerNat:RouterNat": "google_compute_router_nat",
    "gcp:compute/subnetwork:Subnetwork": "google_compute_subnetwork",
    "gcp:projects/iAMMember:IAMMember": "google_project_iam_member",
    "gcp:serviceaccount/account:Account": "google_service_account",
}

_REPEATED_BLOCKS: Final = {
    "accessConfigs": "access_config",
    "aliasIpRanges": "alias_ip_range",
    "allows": "allow",
    "attachedDisks": "attached_disk",
    "denies": "deny",
    "ipv6AccessConfigs": "ipv6_access_config",
    "networkInterfaces": "network_interface",
    "scratchDisks": "scratch_disk",
    "secondaryIpRanges": "secondary_ip_range",
}

# Their keys are data, not names of properties.
_MAPS: Final = frozenset({"labels", "metadata"})

# In the name of a resource.
_FORBIDDEN: Final = re.compile(r"[^A-Za-z0-9_-]")
_CAPITAL: Final = re.compile(r"(?=[A-Z])")


class UnknownNameError(ValueError):
    """A type or a block whose name in Terraform isn't known here."""


def document(registrations: Iterable[Registration]) -> dict[str, Any]:
    """Return one Terraform document of all Google Cloud resources among some registrations.

    What refers to another resource's id does so in Terraform's way, so that a judge sees the
    connection. Resources of other providers are left out.

    Raises:
        UnknownNameError: there is no name for a type or a block.
    """
    resources = {
        _FORBIDDEN.sub("_", each.name): each
        for each in registrations
        if each.type.startswith(_PREFIX)
    }
    references = {
        f"{each.name}-id": f"${{{_type(each)}.{name}.id}}" for name, each in resources.items()
    }
    document: dict[str, dict[str, Any]] = {}
    for name, each in resources.items():
        document.setdefault(_type(each), {})[name] = _block(each.inputs, references)
    return {"resource": document}


def _type(registration: Registration) -> str:
    try:
        return _TYPES[registration.type]
    except KeyError:
        raise UnknownNameError(
            f"type: '{registration.type}' has no Terraform name here; add it to _TYPES"
        ) from None


def _block(properties: Mapping[str, Any], references: Mapping[str, str]) -> dict[str, Any]:
    return {
        _name(key, value): _value(value, references, is_map=key in _MAPS)
        for key, value in properties.items()
        if value is not None
    }


def _name(key: str, value: object) -> str:
    repeated = isinstance(value, list) and any(isinstance(each, dict) for each in value)
    if repeated and key not in _REPEATED_BLOCKS:
        raise UnknownNameError(
            f"property: '{key}' has no Terraform name here; add it to _REPEATED_BLOCKS"
        )
    return _REPEATED_BLOCKS[key] if repeated else _CAPITAL.sub("_", key).lower()


def _value(value: object, references: Mapping[str, str], *, is_map: bool = False) -> object:
    if isinstance(value, dict):
        return value if is_map else _block(value, references)
    if isinstance(value, list):
        return [_value(each, references) for each in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)  # Every number comes from the engine as a float.
    return references.get(value, value) if isinstance(value, str) else value
