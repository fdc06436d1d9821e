"""One bounded try at what lies on the internet."""

import hashlib
import shutil
import threading
import urllib.error
import urllib.request
from pathlib import Path

from airgap.commands import SetupError

_CONNECT_SECONDS = 5
_READ_SECONDS = 60


def obstacle(url: str) -> str:
    """Say why an https address can't be reached; empty when it can.

    A server that answers at all is reachable, except when it says that this isn't there.
    """
    answers: list[str] = []
    # In a thread, because nothing else bounds the time that looking up a name takes.
    attempt = threading.Thread(target=lambda: answers.append(_try(url)), daemon=True)
    attempt.start()
    attempt.join(_CONNECT_SECONDS)
    return answers[0] if answers else f"{url}: no answer within {_CONNECT_SECONDS} s"


def _try(url: str) -> str:
    request = urllib.request.Request(url, method="HEAD")  # noqa: S310 - callers pass https only
    try:
        with urllib.request.urlopen(request, timeout=_CONNECT_SECONDS):  # noqa: S310
            return ""
    except urllib.error.HTTPError as error:
        # A registry answers 401 to those who haven't logged in.
        return "" if error.code == 401 else f"{url}: HTTP {error.code}"  # noqa: PLR2004
    except (OSError, ValueError) as error:
        return f"{url}: {getattr(error, 'reason', error)}"


def fetch(url: str, target: Path, *, sha256: str) -> None:
    """Download a file and check it.

    Raises:
        SetupError: the download fails or its content isn't what the checksum says.
    """
    try:
        with (
            urllib.request.urlopen(url, timeout=_READ_SECONDS) as answer,  # noqa: S310
            target.open("wb") as file,
        ):
            shutil.copyfileobj(answer, file)
    except OSError as error:
        raise SetupError(f"the download of {url} failed: {error}") from None
    with target.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        target.unlink()
        raise SetupError(
            f"{url} has the SHA-256 {found}, and its publisher says {sha256}; nothing was"
            " installed. Try again, and if it stays so, don't use that network"
        )


def text(url: str) -> str:
    """Return the content of a small text file.

    Raises:
        SetupError: the download fails.
    """
    try:
        with urllib.request.urlopen(url, timeout=_READ_SECONDS) as answer:  # noqa: S310
            content: bytes = answer.read()
    except OSError as error:
        raise SetupError(f"the download of {url} failed: {error}") from None
    return content.decode()
