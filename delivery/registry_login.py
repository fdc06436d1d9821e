"""Who pushes: what ``docker login`` left, or what GitLab gives a job."""

import base64
import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from delivery.errors import DeliveryError

_HELPER_SECONDS: Final = 30
_DOCKER_HUB: Final = "docker.io"
_DOCKER_HUB_KEY: Final = "https://index.docker.io/v1/"


@dataclass(frozen=True)
class Login:
    """A registry's user.

    Args:
        username: who.
        password: their password or token.
    """

    username: str
    password: str = field(repr=False)


def find(registry: str, environment: Mapping[str, str]) -> Login | None:
    """Return the login for a registry, or None if nobody has logged in.

    Args:
        registry: its address, as references begin with it.
        environment: what says where logins are.

    Raises:
        DeliveryError: what ``docker login`` left can't be read.
    """
    if job := _of_job(environment).get(registry):
        return job
    config = _stored(environment)
    key = _DOCKER_HUB_KEY if registry == _DOCKER_HUB else registry
    helper = (config.get("credHelpers") or {}).get(key) or config.get("credsStore")
    if helper:
        return _from_helper(str(helper), key)
    entry = (config.get("auths") or {}).get(key) or {}
    if not entry.get("auth"):
        return None
    try:
        username, password = base64.b64decode(entry["auth"], validate=True).decode().split(":", 1)
    except ValueError:
        raise DeliveryError(f"the login for {registry} is garbled; 'docker login' again") from None
    return Login(username, password)


@contextlib.contextmanager
def for_builders(environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield what a builder's environment needs to log in.

    A job's login is in a file that only this user reads, and that is gone afterwards. Otherwise
    nothing is needed: builders find by themselves what ``docker login`` left.
    """
    logins = _of_job(environment)
    if not logins:
        yield {}
        return
    auths = dict(_stored(environment).get("auths") or {})
    for registry, login in logins.items():
        pair = f"{login.username}:{login.password}".encode()
        auths[registry] = {"auth": base64.b64encode(pair).decode()}
    with tempfile.TemporaryDirectory(prefix="dockyard-login-") as folder:
        file = Path(folder, "config.json")
        file.touch(mode=0o600)
        file.write_text(json.dumps({"auths": auths}), encoding="utf-8")
        # Buildah reads the same file under another name.
        yield {"DOCKER_CONFIG": folder, "REGISTRY_AUTH_FILE": str(file)}


def _of_job(environment: Mapping[str, str]) -> dict[str, Login]:
    registry = environment.get("CI_REGISTRY", "")
    username = environment.get("CI_REGISTRY_USER", "")
    password = environment.get("CI_REGISTRY_PASSWORD", "")
    return {registry: Login(username, password)} if registry and username and password else {}


def _stored(environment: Mapping[str, str]) -> dict[str, Any]:
    folder = environment.get("DOCKER_CONFIG") or str(Path("~/.docker").expanduser())
    file = Path(folder, "config.json")
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise DeliveryError(f"{file} can't be read; 'docker login' writes it anew") from None
    return found if isinstance(found, dict) else {}


def _from_helper(helper: str, key: str) -> Login | None:
    """Ask a credential helper, which reads the registry from its standard input."""
    try:
        done = subprocess.run(  # noqa: S603 - the helper that the user's Docker is set up with
            [f"docker-credential-{helper}", "get"],
            input=key,
            env=os.environ,
            capture_output=True,
            text=True,
            timeout=_HELPER_SECONDS,
            check=False,
        )
        found = json.loads(done.stdout) if not done.returncode else {}
        return Login(found["Username"], found["Secret"]) if found else None
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired):
        raise DeliveryError(
            f"docker-credential-{helper} has no answer for {key}; 'docker login' again"
        ) from None
