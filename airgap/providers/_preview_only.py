"""What stand-ins have in common that foretell changes and make none."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NoReturn

from airgap.providers._checks import Failure, failures
from airgap.providers._errors import ProviderError
from airgap.providers._schema import Field, Kind
from airgap.providers._server import ENGINE_SETTINGS, Provider
from airgap.providers._values import Properties


class PreviewOnlyProvider(Provider):
    """Answers previews, and refuses whatever isn't one."""

    service: ClassVar[str]
    """Where the real plugin's resources live."""
    settings: ClassVar[Mapping[str, Field]]
    """The provider's own settings."""

    def check_settings(self, settings: Properties) -> Iterable[Failure]:
        """Refuse what isn't supported."""
        return failures(self.name, self.settings, self._decoded(settings))

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

    def _decoded(self, settings: Mapping[str, Any]) -> Properties:
        """The provider's settings; the engine hands over what isn't text as JSON texts."""
        return {
            name: self._decode(name, value)
            for name, value in settings.items()
            if name not in ENGINE_SETTINGS
        }

    def _decode(self, name: str, value: Any) -> Any:  # noqa: ANN401 (whatever the program gave)
        is_json = name in self.settings and self.settings[name].kind is not Kind.TEXT
        if not (is_json and isinstance(value, str)):
            return value
        try:
            return json.loads(value)
        except ValueError:
            return value
