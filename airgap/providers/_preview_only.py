"""What stand-ins have in common that foretell changes and make none."""

from collections.abc import Iterable, Mapping
from typing import ClassVar, NoReturn

from airgap.providers._checks import Failure, failures
from airgap.providers._errors import ProviderError
from airgap.providers._schema import Field
from airgap.providers._server import Provider
from airgap.providers._settings import decoded
from airgap.providers._values import Properties


class PreviewOnlyProvider(Provider):
    """Answers previews, and refuses whatever isn't one."""

    service: ClassVar[str]
    """Where the real plugin's resources live."""
    settings: ClassVar[Mapping[str, Field]]
    """The provider's own settings."""

    def check_settings(self, settings: Properties) -> Iterable[Failure]:
        """Refuse what isn't supported."""
        return failures(self.name, self.settings, decoded(self.settings, settings))

    def configure(self, settings: Properties) -> str:
        """Refuse what isn't supported; nothing is reached, so there is nothing to take."""
        if refused := list(self.check_settings(settings)):
            raise ProviderError(refused[0].reason)
        return (
            f"{self.name}: a stand-in for the plugin only previews; "
            f"nothing in {self.service} is touched"
        )

    def resource(self, token: str) -> NoReturn:
        """Refuse to create, read, change or delete anything."""
        message = (
            f"the stand-in {self.name} provider only previews, it can't create, read, change or "
            f"delete {token}; install the real plugin (`pulumi plugin install resource "
            f"{self.name} {self.version}`) and run `python3 -m airgap setup` for that"
        )
        raise ProviderError(message)
