"""Where the monolith's database is."""

from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import parse_qsl, unquote, urlsplit

from service import settings
from service.database_settings import DatabaseSettings
from service.settings import SettingError

_DATABASE = "user_posts"
_PORT = 27017


def database_settings(environ: Mapping[str, str]) -> DatabaseSettings | None:
    """Read ``DATABASE_URL``: ``HOST:PORT`` or a MongoDB URI of one server; None if not set.

    The URI may name a user with a password, the database, and ``?authSource=``, which is the named
    database itself if left out and ``admin`` if neither is there, as MongoDB's drivers have it.

    Raises:
        SettingError: the value is something else. It may hold a password, so it is never repeated.
    """
    url = settings.text(environ, "DATABASE_URL", "")
    if not url:
        return None
    # Not even as the cause of ours: a parser's error holds what it couldn't parse.
    with suppress(ValueError):
        return _parsed(url if "://" in url else f"mongodb://{url}")
    msg = (
        "DATABASE_URL is neither HOST:PORT nor mongodb://USER:PASSWORD@HOST:PORT/NAME?authSource="
        "NAME: give one of these; percent-encode what is special in the user's name and password"
    )
    raise SettingError(msg)


def _parsed(url: str) -> DatabaseSettings:
    parts = urlsplit(url)
    name = parts.path.removeprefix("/")
    options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    auth_source = options.pop("authSource", name or "admin")
    has_user = "@" in parts.netloc
    is_understood = (
        parts.scheme == "mongodb"
        and bool(parts.hostname)
        and not options
        and not parts.fragment
        and (not has_user or bool(parts.username and parts.password))
        and all(map(settings.is_database_name, (name or _DATABASE, auth_source)))
    )
    if not is_understood:
        raise ValueError
    return DatabaseSettings(
        host=str(parts.hostname),
        port=parts.port or _PORT,
        name=name or _DATABASE,
        username=unquote(str(parts.username)) if has_user else None,
        password=unquote(str(parts.password)) if has_user else None,
        auth_source=auth_source,
    )
