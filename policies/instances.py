"""Rules for the machines of Google Cloud: how they are reached, and as whom they act."""

from collections.abc import Iterator
from typing import Any, Final

from policies.rules import Finding, Resource, Rule
from policies.secret_patterns import format_of, named_like_a_secret
from policies.values import HIDDEN, entries, fields

TYPES: Final = frozenset(
    {
        "gcp:compute/instance:Instance",
        "gcp:compute/instanceTemplate:InstanceTemplate",
        "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
    }
)
"""What becomes a machine."""

METADATA_FIELDS: Final = frozenset({"metadata", "metadataStartupScript"})
"""What a machine reads about itself, and everyone who may look at it."""

_DEFAULT_ACCOUNT = "-compute@developer.gserviceaccount.com"
_TRUE = frozenset({"true", "1", "y", "yes"})
_SHIELDS = {"enableSecureBoot": False, "enableVtpm": True, "enableIntegrityMonitoring": True}
"""Each part of a shielded machine, and whether Google Cloud has it on by default."""


def _public_address(resource: Resource) -> Iterator[Finding]:
    for path, interface in _interfaces(resource):
        for kind in ("accessConfigs", "ipv6AccessConfigs"):
            if entries(interface.get(kind)):
                yield Finding(f"{path}.{kind}", "gives the machine a public address")


def _default_network(resource: Resource) -> Iterator[Finding]:
    for path, interface in _interfaces(resource):
        for kind in ("network", "subnetwork"):
            value = interface.get(kind)
            if isinstance(value, str) and value.rpartition("/")[2] == "default":
                yield Finding(f"{path}.{kind}", f"'{value}' is the project's default network")


def _interfaces(resource: Resource) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, interface in enumerate(entries(resource.properties.get("networkInterfaces"))):
        yield f"networkInterfaces[{index}]", fields(interface)


def _default_account(resource: Resource) -> Iterator[Finding]:
    account = resource.properties.get("serviceAccount")
    if account is HIDDEN:
        return
    email = fields(account).get("email")
    if not email:
        yield Finding("serviceAccount.email", "none is named")
    elif isinstance(email, str) and (email.endswith(_DEFAULT_ACCOUNT) or email == "default"):
        yield Finding("serviceAccount.email", f"'{email}' is the project's default account")


def _unshielded(resource: Resource) -> Iterator[Finding]:
    config = resource.properties.get("shieldedInstanceConfig")
    if config is HIDDEN:
        return
    for shield, default in _SHIELDS.items():
        value = fields(config).get(shield, default)
        if value is False:
            yield Finding(f"shieldedInstanceConfig.{shield}", "is off")


def _serial_port(resource: Resource) -> Iterator[Finding]:
    if _is_true(_metadata(resource).get("serial-port-enable")):
        yield Finding("metadata.serial-port-enable", "opens the console to the internet")


def _project_keys(resource: Resource) -> Iterator[Finding]:
    if resource.properties.get("metadata") is HIDDEN:
        return
    value = _metadata(resource).get("block-project-ssh-keys")
    if value is not HIDDEN and not _is_true(value):
        problem = "is not set" if value is None else "is off"
        yield Finding("metadata.block-project-ssh-keys", problem)


def _startup_script(resource: Resource) -> Iterator[Finding]:
    if isinstance(resource.properties.get("metadataStartupScript"), str):
        yield Finding("metadataStartupScript", "replaces the machine whenever the script changes")


def _secret_metadata(resource: Resource) -> Iterator[Finding]:
    texts = {f"metadata.{key}": (key, value) for key, value in _metadata(resource).items()}
    texts["metadataStartupScript"] = ("", resource.properties.get("metadataStartupScript"))
    for path, (key, value) in texts.items():
        if not isinstance(value, str) or not value:
            continue
        if kind := format_of(value):
            yield Finding(path, f"contains {kind}")
        elif named_like_a_secret(key):
            yield Finding(path, "is named like a secret")


def _metadata(resource: Resource) -> dict[str, Any]:
    return fields(resource.properties.get("metadata"))


def _is_true(value: object) -> bool:
    return str(value).lower() in _TRUE


RULES: Final = (
    Rule(
        name="gcp-instance-no-public-address",
        types=TYPES,
        description="A machine must have no public address: the internet tries every one of them.",
        remedy="leave it out; Cloud NAT leads out, Identity-Aware Proxy or a load balancer in",
        check=_public_address,
    ),
    Rule(
        name="gcp-instance-own-network",
        types=TYPES,
        description="A machine must not be in the default network: its firewall lets SSH in.",
        remedy="name a network that the stack makes",
        check=_default_network,
    ),
    Rule(
        name="gcp-instance-own-account",
        types=TYPES,
        description=(
            "A machine must act as an account of its own: the default one may edit all of the"
            " project."
        ),
        remedy="make a service account with the roles that the machine needs, and name it",
        check=_default_account,
    ),
    Rule(
        name="gcp-instance-shielded",
        types=TYPES,
        description="A machine must be shielded: otherwise nothing notices a changed boot loader.",
        remedy="turn on enableSecureBoot, enableVtpm and enableIntegrityMonitoring",
        check=_unshielded,
    ),
    Rule(
        name="gcp-instance-no-serial-port",
        types=TYPES,
        description="A machine's serial console must stay shut: no firewall stands before it.",
        remedy="leave the key out",
        check=_serial_port,
    ),
    Rule(
        name="gcp-instance-blocks-project-keys",
        types=TYPES,
        description="A machine must refuse the project's SSH keys: they open all machines at once.",
        remedy="set it to 'true'",
        check=_project_keys,
    ),
    Rule(
        name="gcp-instance-no-startup-script-field",
        types=TYPES,
        description="A machine must outlive a change of its startup script.",
        remedy="put the script under the key startup-script of metadata",
        check=_startup_script,
    ),
    Rule(
        name="gcp-instance-no-secret-metadata",
        types=TYPES,
        description=(
            "A machine's metadata must hold no secret, marked or not: every program on it can read"
            " them."
        ),
        remedy="keep it in Secret Manager and let the machine's account fetch it",
        check=_secret_metadata,
    ),
)
"""The rules for machines."""
