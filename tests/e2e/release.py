"""A copy of the code in a repository of its own, which releases to a registry and an engine."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import yaml

from tests.e2e.code_copy import copy_code
from tests.e2e.registry import PASSWORD, USERNAME, LocalRegistry
from tests.e2e.stack import REPOSITORY, Run
from tests.repositories import git

_TIMEOUT_SECONDS = 300
DATABASE_PASSWORD = "for-the-database-77"  # noqa: S105 - of a stack that lives as long as a test


@dataclass(frozen=True)
class Release:
    """Code, a registry and a stack, each of them this test's own.

    Args:
        folder: where all of it is.
        registry: where the images go.
        stack: the stack's name.
    """

    folder: Path
    registry: LocalRegistry
    stack: str

    @property
    def code(self) -> Path:
        """The copy of the code."""
        return self.folder / "code"

    @property
    def config(self) -> Path:
        """The stack's configuration file."""
        return self.folder / "config.yaml"

    @property
    def repository(self) -> str:
        """Where the images go."""
        return f"{self.registry.address}/group/app"

    @property
    def environment(self) -> dict[str, str]:
        """What every command runs in."""
        environment = {
            **os.environ,
            "PULUMI_BACKEND_URL": (self.folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "for tests",
            "CI_REGISTRY": self.registry.address,
            "CI_REGISTRY_USER": USERNAME,
            "CI_REGISTRY_PASSWORD": PASSWORD,
        }
        environment.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)
        return environment

    def prepare(self, **config: object) -> None:
        """Copy the code, commit it, and write the stack's configuration."""
        copy_code(self.code)
        # An image of its own, that no engine has; and what is built on the way to it.
        dockerfile = self.code / "app" / "ui" / "Dockerfile"
        stage = "FROM ${BASE_IMAGE} AS build\n"
        text = dockerfile.read_text()
        assert stage in text
        dockerfile.write_text(text.replace(stage, f"{stage}LABEL {self._mark}\n"))
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit("the first")
        self.config.write_text(yaml.safe_dump({"config": self._keys(config)}))
        self._write_secrets(databasePassword=DATABASE_PASSWORD, registryPassword=PASSWORD)
        (self.folder / "state").mkdir()

    def configure(self, **config: object) -> None:
        """Change configuration keys."""
        stored = yaml.safe_load(self.config.read_text())
        stored["config"] |= self._keys(config)
        self.config.write_text(yaml.safe_dump(stored))

    def git(self, *arguments: str) -> str:
        """Run git in the copy."""
        return git(self.code, *arguments).strip()

    def commit(self, message: str) -> None:
        """Commit all of the copy."""
        self.git("add", "--all", ":!.dockyard")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)

    def deliver(self, *arguments: str, check: bool = True, **environment: str) -> Run:
        """Run a command of the pipeline."""
        command = [sys.executable, "-m", "delivery", *arguments]
        return self._run(command, self.code, environment, check=check)

    def pulumi(self, *arguments: str, check: bool = True) -> Run:
        """Run the CLI in the copy."""
        command = ["pulumi", *arguments, "--non-interactive", "--color", "never"]
        return self._run(command, self.code, {}, check=check)

    def build(self, *arguments: str, check: bool = True, **environment: str) -> Run:
        """Build and push; the digests go to a file."""
        base = (REPOSITORY / ".dockyard" / "base-image").read_text().strip()
        images = str(self.folder / "images.json")
        given = ["--base-image", base, "--push", self.repository, "--output", images, *arguments]
        return self.deliver("build", *given, check=check, **environment)

    def plan(self, name: str = "plan", *, check: bool = True) -> Run:
        """Plan the stack with the images that were built."""
        return self.deliver(
            *("plan", "--stack", self.stack, "--config", str(self.config)),
            *("--images", str(self.folder / "images.json"), "--output", str(self.folder / name)),
            check=check,
        )

    def apply(self, name: str = "plan", *, check: bool = True) -> Run:
        """Apply a plan."""
        return self.deliver("apply", "--plan", str(self.folder / name), check=check)

    @property
    def images(self) -> dict[str, str]:
        """Return the references that were built."""
        return dict(json.loads((self.folder / "images.json").read_text()))

    def state(self) -> dict[str, Any]:
        """Return the stack's state."""
        return dict(json.loads(self.pulumi("stack", "export", "--stack", self.stack).output))

    def containers(self, engine: docker.DockerClient) -> dict[str, Any]:
        """Return the stack's containers by service."""
        mine: dict[str, str | list[str] | bool] = {"label": f"org.dockyard.stack={self.stack}"}
        found = engine.containers.list(all=True, ignore_removed=True, filters=mine)
        return {str(each.name).rpartition("-")[2]: each for each in found}

    def remove(self, engine: docker.DockerClient) -> None:
        """Remove the stack, its data, and every image that was made for it."""
        if self.stack in self.pulumi("stack", "ls").output:
            self.pulumi("destroy", "--stack", self.stack, "--yes", "--skip-preview")
        for volume in engine.volumes.list(filters={"label": f"org.dockyard.stack={self.stack}"}):
            volume.remove()
        for image in filter(self._is_mine, engine.images.list()):
            engine.images.remove(str(image.id), force=True)
        for image in engine.images.list(filters={"label": self._mark}):
            engine.images.remove(str(image.id), force=True)
        for image in engine.images.list():
            for name in [*image.tags, *(image.attrs["RepoDigests"] or [])]:
                if name.startswith(self.registry.address):
                    engine.images.remove(name)

    @property
    def _mark(self) -> str:
        return f"org.dockyard.test={self.folder.parent.name}-{self.folder.name}"

    def _is_mine(self, image: Any) -> bool:
        revision = (image.labels or {}).get("org.opencontainers.image.revision")
        return revision in self.git("log", "--all", "--format=%H").split()

    @staticmethod
    def _keys(config: dict[str, object]) -> dict[str, object]:
        return {f"dockyard:{key}": value for key, value in config.items()}

    def set_secret(self, key: str, value: str) -> None:
        """Change a secret of the configuration."""
        self._write_secrets(**{key: value})

    def _write_secrets(self, **secrets: str) -> None:
        # A stack is needed to encrypt anything; this one is another backend's.
        beside = self.folder / "beside"
        if not beside.exists():
            beside.mkdir()
            shutil.copy(self.code / "Pulumi.yaml", beside)
        elsewhere = {"PULUMI_BACKEND_URL": beside.as_uri()}
        pulumi = ["pulumi", "--non-interactive", "--stack", self.stack]
        if not (beside / ".pulumi").exists():
            self._run([*pulumi, "stack", "init"], beside, elsewhere)
            salt = yaml.safe_load((beside / f"Pulumi.{self.stack}.yaml").read_text())
            stored = yaml.safe_load(self.config.read_text())
            self.config.write_text(yaml.safe_dump({**stored, **salt}))
        for key, value in secrets.items():
            command = [*pulumi, "config", "set", "--secret", "--config-file", str(self.config), key]
            self._run(command, beside, elsewhere, given=value)

    def _run(
        self,
        command: list[str],
        folder: Path,
        environment: dict[str, str],
        *,
        check: bool = True,
        given: str = "",
    ) -> Run:
        done = subprocess.run(  # noqa: S603
            command,
            cwd=folder,
            env={**self.environment, **environment},
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
        assert done.returncode == 0 or not check, done.stdout
        return Run(done.returncode, done.stdout)
