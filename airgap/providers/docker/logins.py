"""Who the engine pulls images as."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

# Where the real plugin looks for the login of a reference without a registry.
_DOCKER_HUB: Final = "registry-1.docker.io"


@dataclass(frozen=True, slots=True)
class Login:
    """What is known about logging in to one registry.

    Attributes:
        registry: Its address.
        username: Who logs in; empty for nobody.
        password: Their password.
    """

    registry: str
    username: str = ""
    password: str = ""

    @property
    def for_engine(self) -> dict[str, str]:
        """What goes along with a pull; as with the real plugin, nothing else is looked up."""
        if not self.username:
            return {}
        return {
            "username": self.username,
            "password": self.password,
            "serveraddress": self.registry,
        }

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What no message may show."""
        return [(self.password, "[password]")] if self.password else []

    @property
    def described(self) -> str:
        """Which registry was asked as whom, to follow its refusal."""
        who = f"as '{self.username}'" if self.username else "without a login"
        return f"{self.registry} was asked {who}"


class Logins:
    """The logins that the provider was given, by registry."""

    def __init__(self, given: Iterable[Mapping[str, str]]) -> None:
        logins = (
            Login(_host(each["address"]), each["username"], each["password"]) for each in given
        )
        self._by_registry = {login.registry: login for login in logins}

    def of(self, image: str) -> Login:
        """The login for an image's registry."""
        registry = _registry(image)
        return self._by_registry.get(registry, Login(registry))


def _host(address: str) -> str:
    return address.partition("://")[2].partition("/")[0] or address.partition("/")[0]


def _registry(image: str) -> str:
    """The registry in a reference, found as the real plugin does."""
    first, slash, rest = image.partition("/")
    is_host = "." in first or ":" in first or first == "localhost"
    return first if slash and (is_host or "/" in rest) else _DOCKER_HUB
