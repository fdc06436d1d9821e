"""Registries that want a login, and what the Docker provider makes of one."""

import re
from collections.abc import Sequence
from typing import TypedDict

import pulumi
from pulumi_docker import ProviderRegistryAuthArgsDict

from . import checks

_ADDRESS = re.compile(r"(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+)(?::(?P<port>[0-9]{1,5}))?")
_DOCKER_HUB = "docker.io"
# Under what name the provider looks for the login of a reference without a registry:
# terraform-provider-docker, parseImageOptions.
_DOCKER_HUB_IN_PROVIDER = "registry-1.docker.io"


class RegistryArgs(TypedDict):
    """A registry of images, and who logs in to it."""

    address: str
    """What references of its images begin with: ``registry.example.com`` or
    ``registry.example.com:5050``, and ``docker.io`` for Docker Hub. Plain, because the provider
    looks logins up by it."""

    username: pulumi.Input[str]
    """Who logs in: a user, or the name of a deploy token."""

    password: pulumi.Input[str]
    """The password or token. Kept as a secret, whatever it comes as."""


def check(field: str, registries: Sequence[RegistryArgs]) -> None:
    """Check the registries' addresses.

    Raises:
        ArgumentError: an address is none, or is there twice.
    """
    checks.unique(
        field,
        [
            _checked(f"{field}[{index}].address", each["address"])
            for index, each in enumerate(registries)
        ],
    )


def provider_logins(registries: Sequence[RegistryArgs]) -> list[ProviderRegistryAuthArgsDict]:
    """Return the provider's ``registry_auth``."""
    return [
        ProviderRegistryAuthArgsDict(
            address=_DOCKER_HUB_IN_PROVIDER if each["address"] == _DOCKER_HUB else each["address"],
            username=each["username"],
            password=pulumi.Output.secret(each["password"]),
        )
        for each in registries
    ]


def _checked(field: str, address: str) -> str:
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise checks.ArgumentError(
            field,
            address,
            "is not a registry's address; write what references of its images begin with, such as "
            "registry.example.com:5050, without https:// and without a path",
        )
    if match["port"] is not None:
        checks.port(field, int(match["port"]))
    return address
