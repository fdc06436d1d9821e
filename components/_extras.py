"""Packages that only some components need, and that are installed as extras of Dockyard."""

from importlib.util import find_spec

_PACKAGES = {
    "command": "pulumi_command",
    "gcp": "pulumi_gcp",
    "gitlab": "pulumi_gitlab",
    "runners": "tomli_w",
}


class MissingExtraError(ImportError):
    """A component needs a package that isn't installed. Nothing was created.

    Args:
        user: what needs it.
        extra: the extra of Dockyard that brings it.
    """

    def __init__(self, user: str, extra: str) -> None:
        package = _PACKAGES[extra]
        super().__init__(
            f"{user} needs the package {package}, which is not installed; install it with "
            f"pip install 'dockyard[{extra}]'",
            name=package,
        )


def require(user: str, extra: str) -> None:
    """Check that an extra is installed, without importing it.

    Args:
        user: what needs it, such as ``DockerHost with gce``.
        extra: one of ``command``, ``gcp``, ``gitlab`` and ``runners``.

    Raises:
        MissingExtraError: it isn't.
    """
    if find_spec(_PACKAGES[extra]) is None:
        raise MissingExtraError(user, extra)
