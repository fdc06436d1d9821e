"""The file that says which images a pipeline has built, by digest."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from app import images
from delivery import whole_file
from delivery.errors import DeliveryError, MisuseError

_BY_DIGEST = re.compile(r"[^@\s]+@sha256:[0-9a-f]{64}")


def write(file: Path, references: Mapping[str, str]) -> None:
    """Write references by service, all at once or not at all.

    Raises:
        DeliveryError: the file can't be written there.
    """
    try:
        whole_file.write(file, json.dumps(references, indent=2, sort_keys=True) + "\n")
    except OSError as error:
        raise DeliveryError(f"{file} can't be written: {error.strerror}") from None


def read(file: Path) -> dict[str, str]:
    """Return the references by service.

    Raises:
        MisuseError: there is no such file.
        DeliveryError: it doesn't name every service's image by digest, and nothing else.
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MisuseError(
            f"there is no {file}; 'python -m delivery build --push … --output {file}' writes it"
        ) from None
    except ValueError:
        found = None
    if not isinstance(found, dict) or set(found) != set(images.DEPLOYED):
        services = ", ".join(images.DEPLOYED)
        raise DeliveryError(f"{file} doesn't name one image for each of {services}; build it anew")
    for service, reference in found.items():
        if not isinstance(reference, str) or not _BY_DIGEST.fullmatch(reference):
            raise DeliveryError(
                f"{file}: {service} is {reference!r}, which is no reference by digest; build it "
                "anew"
            )
    return found


def as_configuration(references: Mapping[str, str]) -> dict[str, str]:
    """Return the references as configuration values by key."""
    return {f"{service}Image": reference for service, reference in references.items()}
