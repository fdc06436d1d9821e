"""Which build is running: shown by the health check, the metrics and the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from service import settings


@dataclass(frozen=True, kw_only=True)
class Build:
    """The version of a service, and the commit that it was built from."""

    version: str
    commit_hash: str
    branch: str

    @property
    def labels(self) -> dict[str, str]:
        """The labels of the health gauges."""
        return {
            "version": self.version,
            "commit_hash": self.commit_hash,
            "branch": self.branch,
        }


def read(package_file: str, environ: Mapping[str, str]) -> Build:
    """Return the build of the service whose package holds the given file."""
    version = (Path(package_file).parent / "VERSION").read_text(encoding="ascii").strip()
    return Build(
        version=version,
        commit_hash=settings.text(environ, "COMMIT_HASH", "unknown"),
        branch=settings.text(environ, "BRANCH", "unknown"),
    )
