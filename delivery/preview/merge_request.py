"""The merge request that a pipeline is for, and the token that may comment on it.

What GitLab asks for at the least: the scope ``api``, and the role Reporter, for who can't read a
merge request can't comment on it. A public project lets any role in. A job's own token is not let
in at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from delivery.errors import MisuseError

TOKEN_VARIABLE: Final = "DOCKYARD_NOTE_TOKEN"  # noqa: S105 - its name
"""The variable with the token that writes the note."""

_API_PATH: Final = "/api/v4"
_PROJECT: Final = "CI_MERGE_REQUEST_PROJECT_ID"
_IID: Final = "CI_MERGE_REQUEST_IID"


@dataclass(frozen=True, kw_only=True)
class MergeRequest:
    """A merge request on a GitLab.

    Args:
        server: where GitLab is, which may be under a path.
        project: the number of the project that it is to be merged into.
        iid: its number there.
        token: the token that the note is written with.
        ca_file: certificates that GitLab's is checked with; empty for the system's.
    """

    server: str
    project: str
    iid: str
    token: str = field(repr=False)
    ca_file: str = ""

    @classmethod
    def of_pipeline(cls, environ: Mapping[str, str]) -> "MergeRequest":
        """Return the merge request that a pipeline is for.

        Raises:
            MisuseError: it is for none, or there is no token.
        """
        server = environ.get("CI_API_V4_URL", "").removesuffix(_API_PATH)
        values = {
            "CI_API_V4_URL or CI_SERVER_URL": server or environ.get("CI_SERVER_URL", ""),
            **{name: environ.get(name, "").strip() for name in (_PROJECT, _IID, TOKEN_VARIABLE)},
        }
        if missing := [name for name, value in values.items() if not value]:
            raise MisuseError(
                f"--note: not set: {', '.join(missing)}; a merge request's pipeline has them, but "
                f"for {TOKEN_VARIABLE}: a project access token, role Reporter, scope api"
            )
        for name in (_PROJECT, _IID):
            if not values[name].isdecimal():
                raise MisuseError(f"--note: {name} is {values[name]!r}, and should be a number")
        server, project, iid, token = values.values()
        if urlsplit(server).scheme not in {"http", "https"} or not urlsplit(server).hostname:
            raise MisuseError("--note: GitLab's address begins with http:// or https:// and a name")
        if not (token.isascii() and token.isprintable()):
            raise MisuseError(f"--note: {TOKEN_VARIABLE} has characters that no token has")
        ca_file = environ.get("CI_SERVER_TLS_CA_FILE", "")
        return cls(server=server, project=project, iid=iid, token=token, ca_file=ca_file)

    def __str__(self) -> str:
        """Return it as GitLab's people write it, and where."""
        return f"!{self.iid} of project {self.project} at {self.address}"

    @property
    def address(self) -> str:
        """Where GitLab is, without a name and a password that an address may have."""
        parts = urlsplit(self.server)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
