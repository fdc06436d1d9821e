"""A folder with a plan, and with what it rests on."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from delivery import settled
from delivery.errors import DeliveryError, MisuseError

_BASIS: Final = "basis.json"
_SHAPE: Final = 1


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What a plan rests on: if any of it is different, the plan is no longer good.

    Args:
        stack: the stack's name.
        commit: the commit whose program was previewed.
        state: a fingerprint of the stack's resources; empty for a stack that wasn't there.
        pulumi: the version of the CLI.
    """

    stack: str
    commit: str
    state: str
    pulumi: str


@dataclass(frozen=True)
class PlanFolder:
    """The files of a plan.

    Args:
        path: the folder.
    """

    path: Path

    @property
    def plan(self) -> Path:
        """Where Pulumi's own plan is."""
        return self.path / "plan.json"

    @property
    def config(self) -> Path:
        """Where the stack's configuration is, as it was previewed."""
        return self.path / "config.yaml"

    @property
    def report(self) -> Path:
        """Where the report for people is."""
        return self.path / "report.txt"

    @property
    def exists(self) -> bool:
        """Return whether there is a plan in the folder."""
        return (self.path / _BASIS).is_file()

    def seal(self, basis: Basis) -> None:
        """Write what the plan rests on, and checksums of all files: from now on it is complete."""
        content = {
            "shape": _SHAPE,
            "basis": dataclasses.asdict(basis),
            "checksums": self._checksums(),
        }
        sealed = {**content, "seal": settled.fingerprint(content)}
        (self.path / _BASIS).write_text(json.dumps(sealed, indent=2) + "\n", encoding="utf-8")

    def open(self) -> Basis:
        """Check that the folder is as it was sealed, and return what the plan rests on.

        Raises:
            MisuseError: there is no plan in it.
            DeliveryError: a file of it was altered, truncated or lost.
        """
        content = self._content()
        seal = content.pop("seal", None)
        if content.get("shape") != _SHAPE or seal != settled.fingerprint(content):
            raise self._altered(_BASIS)
        checksums = self._checksums()
        for name, checksum in content["checksums"].items():
            if checksums.get(name) != checksum:
                raise self._altered(name)
        return Basis(**content["basis"])

    def _content(self) -> dict[str, Any]:
        try:
            content = json.loads((self.path / _BASIS).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            raise MisuseError(
                f"there is no plan in {self.path}; 'python -m delivery plan --output {self.path}' "
                "makes one"
            ) from None
        except ValueError:
            raise self._altered(_BASIS) from None
        if not isinstance(content, dict):
            raise self._altered(_BASIS)
        return content

    def _altered(self, name: str) -> DeliveryError:
        return DeliveryError(
            f"{self.path / name} is not as the plan was made: it was altered, or cut short on the "
            "way; make a new plan"
        )

    def _checksums(self) -> dict[str, str]:
        return {
            file.name: hashlib.sha256(file.read_bytes()).hexdigest()
            for file in (self.plan, self.config, self.report)
            if file.is_file()
        }
