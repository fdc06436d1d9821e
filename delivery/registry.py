"""A registry of images: which digest a tag has, and one more tag for a digest."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from delivery.errors import DeliveryError, MisuseError
from delivery.registry_login import Login

_SECONDS: Final = 30
_MANIFESTS: Final = ", ".join(
    (
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    )
)
_REPOSITORY = re.compile(
    r"(?P<registry>localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9-]+(?=:))(?P<port>:[0-9]+)?"
    r"/(?P<path>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
)
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')
_TAG = re.compile(r"\w[\w.-]{0,127}", flags=re.ASCII)
# Where Docker Hub's own interface is.
_INTERFACES: Final = {"docker.io": "registry-1.docker.io"}


@dataclass(frozen=True)
class Repository:
    """A folder of images in a registry.

    Args:
        registry: the registry's address.
        path: the folder's path there.
    """

    registry: str
    path: str

    @classmethod
    def parse(cls, text: str) -> "Repository":
        """Return the repository that a text names.

        Raises:
            MisuseError: it names none, or no registry.
        """
        match = _REPOSITORY.fullmatch(text)
        if match is None:
            raise MisuseError(
                f"{text!r} is no repository to push to; write registry and path, such as "
                "registry.example.com/group/app, without a tag"
            )
        return cls(match["registry"] + (match["port"] or ""), match["path"])

    def __str__(self) -> str:
        """Return what references of its images begin with."""
        return f"{self.registry}/{self.path}"


def checked_tag(tag: str) -> str:
    """Return a tag that can name an image for good.

    Raises:
        MisuseError: it is no tag, or ``latest``.
    """
    if not _TAG.fullmatch(tag):
        raise MisuseError(
            f"{tag!r} is no tag; take letters, digits, '_', '.' and '-', at most 128 of them"
        )
    if tag == "latest":
        raise MisuseError("'latest' means another image tomorrow; give a version or a commit")
    return tag


class Registry:
    """The HTTP interface of a registry.

    Args:
        address: the registry's address, as references begin with it.
        login: who asks; None for anybody.
    """

    def __init__(self, address: str, login: Login | None) -> None:
        self._address = address
        self._login = login
        scheme = "http" if _is_this_machine(address) else "https"
        self._url = f"{scheme}://{_INTERFACES.get(address, address)}"
        self._session = requests.Session()
        # Who asks is given; without this, requests would take another login from ~/.netrc.
        self._session.auth = lambda request: request
        retry = Retry(
            total=3,
            backoff_factor=0.5,
            status_forcelist=(429, 502, 503, 504),
            allowed_methods=None,
            respect_retry_after_header=False,
            raise_on_status=False,
        )
        for each in ("http://", "https://"):
            self._session.mount(each, HTTPAdapter(max_retries=retry))

    def __enter__(self) -> "Registry":
        """Return this registry, whose connections end with the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the connections."""
        self._session.close()

    def digest(self, path: str, tag: str) -> str | None:
        """Return the digest that a tag names, or None if there is no such tag.

        Raises:
            DeliveryError: the registry doesn't answer or refuses.
        """
        answer = self._ask("HEAD", path, tag)
        if answer.status_code == requests.codes.not_found:
            return None
        self._check(answer, f"read {path}:{tag}")
        return answer.headers.get("Docker-Content-Digest")

    def name(self, path: str, digest: str, tag: str) -> None:
        """Give a digest one more tag; nothing is downloaded.

        Raises:
            DeliveryError: the registry doesn't answer or refuses.
        """
        found = self._ask("GET", path, digest)
        self._check(found, f"read {path}@{digest}")
        kind = found.headers["Content-Type"]
        named = self._ask("PUT", path, tag, found.content, kind)
        self._check(named, f"write {path}:{tag}")

    def _ask(
        self, method: str, path: str, reference: str, body: bytes = b"", kind: str = ""
    ) -> requests.Response:
        url = f"{self._url}/v2/{path}/manifests/{reference}"
        headers = {"Accept": _MANIFESTS} | ({"Content-Type": kind} if kind else {})
        answer = self._send(method, url, headers, body)
        if answer.status_code != requests.codes.unauthorized:
            return answer
        authorization = self._authorization(answer.headers.get("WWW-Authenticate", ""), path)
        return self._send(method, url, headers | authorization, body) if authorization else answer

    def _authorization(self, challenge: str, path: str) -> dict[str, str]:
        """Return the header that a registry's challenge asks for; none if it can't be had."""
        scheme, _, rest = challenge.partition(" ")
        basic = requests.Request("GET", self._url)
        if self._login:
            basic.auth = (self._login.username, self._login.password)
        own = dict(basic.prepare().headers)
        if scheme.lower() != "bearer":
            return own
        parameters = dict(_PARAMETER.findall(rest))
        realm = parameters.get("realm", "")
        # A password goes no way that others can read.
        if urlsplit(realm).scheme != "https" and not self._url.startswith("http:"):
            return {}
        asked = {"service": parameters.get("service", ""), "scope": f"repository:{path}:pull,push"}
        url = requests.Request("GET", realm, params=asked).prepare().url or ""
        answer = self._send("GET", url, own, b"")
        if answer.status_code != requests.codes.ok:
            return {}
        token = answer.json().get("token") or answer.json().get("access_token")
        return {"Authorization": f"Bearer {token}"}

    def _send(
        self, method: str, url: str, headers: dict[str, str], body: bytes
    ) -> requests.Response:
        try:
            return self._session.request(
                method, url, headers=headers, data=body or None, timeout=_SECONDS
            )
        except requests.RequestException as error:
            raise DeliveryError(
                f"the registry {self._address} can't be reached ({type(error).__name__}); check "
                "its address and the way to it"
            ) from None

    def _check(self, answer: requests.Response, doing: str) -> None:
        if answer.ok:
            return
        who = repr(self._login.username) if self._login else "anybody"
        if answer.status_code in {requests.codes.unauthorized, requests.codes.forbidden}:
            raise DeliveryError(
                f"the registry {self._address} doesn't let {who} {doing} ({answer.status_code}); "
                "'docker login' with who may, or in a job check CI_REGISTRY_USER"
            )
        raise DeliveryError(
            f"the registry {self._address} could not {doing}: it answered {answer.status_code}"
        )


def _is_this_machine(address: str) -> bool:
    """Return whether an address is one that engines talk to without TLS, too."""
    host = address.partition(":")[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
