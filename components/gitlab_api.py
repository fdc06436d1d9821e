"""The way to a GitLab's API: a provider that waits until GitLab answers."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pulumi
from pulumi.output import UNKNOWN

from . import _extras, _gitlab_readiness, checks
from ._gitlab_readiness import Api

if TYPE_CHECKING:
    import pulumi_gitlab as gitlab

DEFAULT_TIMEOUT_SECONDS = 1200
"""How long GitLab may take to answer unless told otherwise; its first start takes minutes."""

_API_PATH = "/api/v4/"


def gitlab_provider(
    name: str,
    url: pulumi.Input[str],
    token: pulumi.Input[str],
    after: Sequence[pulumi.Resource] = (),
    *,
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS,
    ca_file: str = "",
) -> "gitlab.Provider":
    """Return a provider for a GitLab that may not exist yet.

    It creates:

    - ``<name>-ready``: a record of a GitLab that answered and took the token. It changes with the
      address, the token and the resources in ``after``; then GitLab is waited for again.
    - ``<name>``: the provider, once GitLab has answered.

    A plan waits for nothing. While GitLab doesn't answer, it goes without what only GitLab knows,
    so that a preview works before GitLab exists and while it is down.

    Args:
        name: logical name of the provider.
        url: GitLab's address, such as ``https://gitlab.example.com``, with its path if it has one.
        token: a token with the scope ``api``; a secret wherever it goes.
        after: what has to be there before, such as GitLab's container. Another container is
            waited for anew.
        timeout_seconds: how long GitLab may take to answer, 1 to 3600.
        ca_file: path of a file with the certificates to trust, PEM. Empty: the system's.

    Raises:
        ArgumentError: the address, the token or the number of seconds is invalid.
        MissingExtraError: the package pulumi_gitlab isn't installed.
    """
    _check(url, token, timeout_seconds)
    # A tenth of a second, which stacks without GitLab never pay.
    import pulumi_gitlab as gitlab

    api = Api(
        url=pulumi.Output.from_input(url).apply(_base_url),
        token=pulumi.Output.secret(token),
        ca_file=ca_file,
    )
    ready = pulumi.Stash(
        f"{name}-ready",
        input={
            "url": api.url,
            "token": api.token.apply(_fingerprint),
            "after": [each.id for each in after if isinstance(each, pulumi.CustomResource)],
        },
        opts=_waiting(name, api, int(timeout_seconds), after),
    )
    return gitlab.Provider(
        name,
        base_url=api.url,
        token=_withheld_from_plans_in_vain(api),
        cacert_file=ca_file or None,
        early_auth_check=False,
        opts=pulumi.ResourceOptions(depends_on=[ready]),
    )


def _waiting(
    name: str, api: Api, timeout_seconds: int, after: Sequence[pulumi.Resource]
) -> pulumi.ResourceOptions:
    async def wait(_: pulumi.ResourceHookArgs) -> None:
        await _gitlab_readiness.wait_until_ready(api, timeout_seconds)

    hook = pulumi.ResourceHook(f"{name}-answers", wait)
    return pulumi.ResourceOptions(
        depends_on=list(after),
        hooks=pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook]),
    )


def _withheld_from_plans_in_vain(api: Api) -> pulumi.Output[str]:
    """Return the token; in a plan only if GitLab takes it.

    The real provider asks GitLab for its edition while it plans a protected branch, and fails
    without an answer. A provider with an unknown setting isn't asked at all: what it manages is
    shown as an update, with a warning that this isn't known.
    """
    if not pulumi.runtime.is_dry_run():
        return api.token

    async def token_if_taken(known: Sequence[str]) -> Any:  # noqa: ANN401 - or unknown
        url, token = known
        return token if await _gitlab_readiness.answers(url, token, api.ca_file) else UNKNOWN

    return pulumi.Output.secret(pulumi.Output.all(api.url, api.token).apply(token_if_taken))


def _base_url(url: str) -> str:
    return url.rstrip("/") + _API_PATH


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _check(url: pulumi.Input[str], token: pulumi.Input[str], timeout_seconds: int) -> None:
    checks.seconds("timeout_seconds", timeout_seconds)
    if isinstance(url, str):
        parts = urlsplit(url)
        plain = parts.hostname and not (parts.username or parts.query or parts.fragment)
        if parts.scheme not in {"http", "https"} or not plain or parts.path.endswith("/api/v4"):
            # A user and a password may stand in it.
            raise checks.ArgumentError(
                "url",
                checks.HIDDEN if parts.username else url,
                "is not GitLab's address; write one like https://gitlab.example.com, without user, "
                "query or /api/v4",
            )
    if isinstance(token, str) and not (token.isascii() and token.isprintable() and token.strip()):
        raise checks.ArgumentError(
            "token", checks.HIDDEN, "is not a token; give printable ASCII characters, at least one"
        )
    _extras.require("gitlab_provider", "gitlab")
