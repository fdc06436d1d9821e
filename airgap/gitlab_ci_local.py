"""gitlab-ci-local runs a GitLab pipeline on one machine: a package of npm's, for the tests."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from airgap.commands import run, write_atomically
from airgap.layout import Layout
from airgap.session import hash_of

PROGRAMS = {
    "node": ("nodejs",),
    "npm": ("npm",),
    "rsync": ("rsync",),
    # One of its dependencies is C++.
    "g++": ("g++",),
    "make": ("make",),
}
"""What it needs to be installed and to run, and Debian's packages of that."""

_MANIFESTS = Path("tests/e2e/pipeline/gitlab_ci_local")
_HEADERS = Path("/usr/include/node/node.h")


@dataclass(frozen=True)
class GitlabCiLocal:
    """An installation of exactly what the lock file names.

    Args:
        layout: the clone's folders.
    """

    layout: Layout

    @property
    def program(self) -> Path:
        """The executable."""
        return self._folder / "node_modules" / ".bin" / "gitlab-ci-local"

    @property
    def is_current(self) -> bool:
        """Whether it is what the lock file names."""
        return self._stamp.exists() and self._stamp.read_text(encoding="utf-8") == self._key()

    def ensure(self) -> None:
        """Install it; what is C++ is built from the package's sources, with the headers here.

        Raises:
            SetupError: npm fails.
        """
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        for manifest in self._manifests():
            shutil.copy(manifest, self._folder)
        environment = {"DOWNLOAD_FORCE_BUILD": "true"}
        if _HEADERS.exists():
            environment["npm_config_nodedir"] = "/usr"
        run(["npm", "ci", "--no-audit", "--no-fund"], folder=self._folder, environment=environment)
        write_atomically(self._stamp, self._key())

    @property
    def _folder(self) -> Path:
        return self.layout.folder / "gitlab-ci-local"

    @property
    def _stamp(self) -> Path:
        return self._folder / "stamp"

    def _manifests(self) -> list[Path]:
        return sorted((self.layout.root / _MANIFESTS).glob("package*.json"))

    def _key(self) -> str:
        return hash_of(str(self._folder), files=self._manifests())
