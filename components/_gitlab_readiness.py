"""Waits until a GitLab's API can be used, before anything is made in it."""

import asyncio
import contextlib
import http.client
import json
import ssl
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http import HTTPStatus
from typing import NoReturn

import pulumi

_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 10.0
_SHORTEST_TRY_SECONDS = 1.0
# A GitLab that is starting holds a request until a worker is there.
_TRY_SECONDS = 20.0
# A plan must not take longer because of a GitLab that isn't there.
_PLAN_SECONDS = 2.0
# The server answers before the script that makes the token has run.
_REFUSED_TOKEN_SECONDS = 300.0
_LARGEST_ANSWER_BYTES = 65_536
_REFUSALS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
# What GitLab says of a token, and what that means. Its own words aren't repeated: no answer of a
# server that may be anybody's gets into a log beside a token.
_REASONS = {
    "expired": "it has expired",
    "revoked": "it was revoked",
    "insufficient_scope": "it lacks the scope api",
}
_ADVICE = "Look at GitLab's container and its log; then deploy again."


@dataclass(frozen=True, kw_only=True)
class Api:
    """A GitLab's API and who asks it.

    Args:
        url: its base, with a slash at the end.
        token: what is shown to get in.
        ca_file: path of the certificates to trust; empty for the system's.
    """

    url: pulumi.Output[str]
    token: pulumi.Output[str]
    ca_file: str = ""


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What came of a request.

    Args:
        obstacle: what is missing; empty if GitLab answered as it should.
        refused: whether GitLab answered and didn't take the token.
        final: whether waiting won't mend it.
    """

    obstacle: str = ""
    refused: bool = False
    final: bool = False


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: the token is for the address that was given."""

    def redirect_request(self, *_: object) -> None:
        """Leave a redirection as the answer it is."""


async def wait_until_ready(api: Api, timeout_seconds: int) -> None:
    """Return when GitLab answers and takes the token.

    Raises:
        RuntimeError: it never does, or waiting won't mend it.
    """
    url = await api.url.future() or ""
    token = await api.token.future() or ""
    deadline = time.monotonic() + timeout_seconds
    refused_since: float | None = None
    pause = _FIRST_PAUSE_SECONDS
    announced = False
    while True:
        left = max(deadline - time.monotonic(), _SHORTEST_TRY_SECONDS)
        answer = await _ask(url, token, api.ca_file, min(left, _TRY_SECONDS))
        if not answer.obstacle:
            return
        now = time.monotonic()
        if not answer.refused:
            refused_since = None
        elif refused_since is None:
            refused_since = now
        if answer.final:
            _give_up(url, f"{answer.obstacle}.")
        over = now + pause >= deadline
        if refused_since is not None and (over or now - refused_since >= _REFUSED_TOKEN_SECONDS):
            _give_up(
                url,
                f"GitLab answers and refuses the token ({answer.obstacle}), "
                f"{now - refused_since:.0f} s after it first did. Give a token that is valid and "
                "has the scope api.",
            )
        if over:
            _give_up(
                url, f"waited {timeout_seconds} s for GitLab in vain: {answer.obstacle}. {_ADVICE}"
            )
        if not announced:
            announced = True
            pulumi.log.info(
                f"{url}: waiting up to {timeout_seconds} s for GitLab ({answer.obstacle})"
            )
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


async def answers(url: str, token: str, ca_file: str) -> bool:
    """Say whether GitLab answers at once and takes the token."""
    return not (await _ask(url, token, ca_file, _PLAN_SECONDS)).obstacle


def _give_up(url: str, why: str) -> NoReturn:
    raise RuntimeError(f"{url}: {why} Nothing was made in GitLab.")


async def _ask(url: str, token: str, ca_file: str, seconds: float) -> _Answer:
    """Ask without holding up the rest of the deployment."""
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[_Answer] = loop.create_future()

    def settle(answer: _Answer) -> None:
        if not answered.done():
            answered.set_result(answer)

    def ask() -> None:
        answer = _request(f"{url}version", token, ca_file, seconds)
        # Too late for a deployment that is over.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, answer)

    # A daemon: looking up a name takes as long as it takes, and must not hold up the end.
    threading.Thread(target=ask, name="gitlab-api", daemon=True).start()
    try:
        return await asyncio.wait_for(answered, seconds)
    except TimeoutError:
        return _Answer(obstacle=f"no answer in {seconds:.0f} s")


def _request(url: str, token: str, ca_file: str, seconds: float) -> _Answer:
    try:
        trusted = ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        return _Answer(obstacle=f"{ca_file} holds no certificates ({error.strerror})", final=True)
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.HTTPSHandler(context=trusted))
    try:
        # Not as a parameter: addresses get into logs.
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - a checked address
        with opener.open(request, timeout=seconds) as response:
            return _understood(response.read(_LARGEST_ANSWER_BYTES))
    except urllib.error.HTTPError as error:
        with error:
            return _refusal(error)
    except urllib.error.URLError as error:
        return _Answer(obstacle=str(error.reason))
    except (OSError, http.client.HTTPException) as error:
        return _Answer(obstacle=str(error) or type(error).__name__)
    except ValueError:
        # Its words would show the token.
        return _Answer(obstacle="the token has characters that no header can hold", final=True)


def _understood(body: bytes) -> _Answer:
    try:
        version = json.loads(body)["version"]
    except (ValueError, TypeError, KeyError):
        version = None
    return _Answer() if version else _Answer(obstacle="what answers is not GitLab's API")


def _refusal(error: urllib.error.HTTPError) -> _Answer:
    if error.code in _REFUSALS:
        words = error.read(_LARGEST_ANSWER_BYTES).decode(errors="replace")
        found = next((said for sign, said in _REASONS.items() if sign in words), "")
        return _Answer(obstacle=f"{error.code}{found and ', ' + found}", refused=True)
    if HTTPStatus.MULTIPLE_CHOICES <= error.code < HTTPStatus.BAD_REQUEST:
        return _Answer(
            obstacle=f"it sends us to another address ({error.code}); give that one, such as "
            "https:// in place of http://",
            final=True,
        )
    return _Answer(obstacle=f"HTTP {error.code}")
