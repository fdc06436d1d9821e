"""A place for a stack that its backend doesn't have: there it can be previewed, and nowhere else.

A preview wants a stack, and makes none in the backend that people share.
"""

import dataclasses
import secrets
from dataclasses import dataclass
from pathlib import Path

import yaml

from delivery import deployment
from delivery.pulumi import Pulumi

_ENCRYPTION_KEYS = ("encryptionsalt", "encryptedkey", "secretsprovider")


@dataclass(frozen=True)
class ThrowAway:
    """A backend in a folder, with one stack in it.

    Args:
        environment: what leads the CLI to it.
        holds_secrets: whether the stack's configuration has secrets, which take its own
            passphrase or key to read.
    """

    environment: dict[str, str]
    holds_secrets: bool


def make(stack: str, config: Path, *, pulumi: Pulumi, folder: Path) -> ThrowAway:
    """Make a stack in a backend of its own.

    Args:
        stack: its name.
        config: its configuration file, which is changed to be readable there.
        pulumi: the CLI in the project's folder, which is only read.
        folder: a folder for the backend, not there yet.

    Raises:
        DeliveryError: it could not be made; the message ends with what the CLI said.
    """
    folder.mkdir()
    holds_secrets = _has_secrets(config)
    own = {
        "PULUMI_BACKEND_URL": folder.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": secrets.token_hex(),
        "PULUMI_CONFIG_PASSPHRASE_FILE": "",
    }
    deployment.make(dataclasses.replace(pulumi, environment={**pulumi.environment, **own}), stack)
    if holds_secrets:
        return ThrowAway({"PULUMI_BACKEND_URL": own["PULUMI_BACKEND_URL"]}, holds_secrets=True)
    _without_keys(config)
    return ThrowAway(own, holds_secrets=False)


def _has_secrets(config: Path) -> bool:
    """Return whether a configuration holds a secret, however deep."""

    def found(value: object) -> bool:
        if isinstance(value, dict):
            return set(value) == {"secure"} or any(found(each) for each in value.values())
        return isinstance(value, list) and any(found(each) for each in value)

    return found(yaml.safe_load(config.read_text(encoding="utf-8")).get("config"))


def _without_keys(config: Path) -> None:
    """Leave out what belongs to a passphrase or a key that nothing is encrypted with."""
    content = yaml.safe_load(config.read_text(encoding="utf-8"))
    kept = {key: value for key, value in content.items() if key not in _ENCRYPTION_KEYS}
    config.write_text(yaml.safe_dump(kept), encoding="utf-8")
