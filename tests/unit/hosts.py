"""Hosts to make components of: an SSH host, and VMs on Google Compute Engine."""

from typing import Any, cast

from components import GceHostArgs, SshHostArgs

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBrxRdMNwUqVJq0D3kqVnxyXpHEDmmnJ4VZ3wiv1pSTA"
PUBLIC_KEY = f"{HOST_KEY} somebody@example"


def ssh_host(address: str = "ssh://deploy@198.51.100.11", **changes: Any) -> SshHostArgs:
    """Return the arguments of an SSH host."""
    return cast("SshHostArgs", {"address": address, "host_keys": [HOST_KEY], **changes})


def gce_host(**changes: Any) -> GceHostArgs:
    """Return the arguments of VMs."""
    given = {
        "project": "my-project-42",
        "prefix": "reddit",
        "zones": ["europe-west1-b", "europe-west1-c"],
        "network": "the-network",
        "subnetwork": "the-subnetwork",
        "ssh_public_keys": [PUBLIC_KEY],
        **changes,
    }
    return cast("GceHostArgs", given)
