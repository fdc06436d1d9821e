"""Where the monolith's database is."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from service import settings
from service.database import DatabaseSettings
from service.settings import SettingError

_DATABASE = "user_posts"
_PORT = 27017


def database_settings(environ: Mapping[str, str]) -> DatabaseSettings | None:
    """Read ``DATABASE_URL``: ``HOST:PORT`` or ``mongodb://HOST:PORT/NAME``; None if not set.

    Raises:
        SettingError: the value is something else. It may hold a password, so it is never repeated.
    """
    url = settings.text(environ, "DATABASE_URL", "")
    if not url:
        return None
    parts = urlsplit(url if "://" in url else f"mongodb://{url}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    name = parts.path.removeprefix("/") or _DATABASE
    is_plain = parts.scheme == "mongodb" and "@" not in url and not parts.query
    if not (host and is_plain and settings.is_database_name(name)):
        msg = (
            "DATABASE_URL is neither HOST:PORT nor mongodb://HOST:PORT/NAME: give one of these, "
            "without a user; a database with passwords needs the separate services"
        )
        raise SettingError(msg)
    return DatabaseSettings(host=host, port=port or _PORT, name=name)
