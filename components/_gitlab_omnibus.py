"""The configuration of an omnibus GitLab, ``gitlab.rb``, from typed values.

GitLab evaluates the file as Ruby, with every right that there is in the container. So nothing is
ever pasted into it: each value is written as a literal of its own kind, and each name is checked.
"""

import math
import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from . import checks

Settings = Mapping[str, Mapping[str, Any]]
"""Values by section and key: ``gitlab_rails['time_zone'] = 'UTC'`` is
``{"gitlab_rails": {"time_zone": "UTC"}}``."""

SECTIONS = frozenset({
    "alertmanager", "consul", "crond", "gitaly", "gitlab_exporter", "gitlab_kas", "gitlab_pages",
    "gitlab_rails", "gitlab_shell", "gitlab_sshd", "gitlab_workhorse", "letsencrypt", "logging",
    "logrotate", "mailroom", "nginx", "node_exporter", "omnibus_gitconfig", "package",
    "pages_nginx", "pgbouncer", "postgres_exporter", "postgresql", "praefect", "prometheus",
    "prometheus_monitoring", "puma", "redis", "redis_exporter", "registry", "registry_nginx",
    "sidekiq", "spamcheck", "storage_check", "user", "web_server",
})  # fmt: skip
"""Sections that a caller may set. Any other name would be a call of a Ruby method."""

# What Ruby takes as it stands between single quotes, once quote and backslash are escaped.
_PLAIN = re.compile(r"[ -~]")
_URL_SETTING = re.compile(r"[a-z_]+_url")


def check_settings(field: str, settings: Settings) -> None:
    """Check settings as far as they are known.

    Raises:
        ArgumentError: there is no such section, or a value has no form in Ruby.
    """
    for section, values in settings.items():
        if section not in SECTIONS:
            raise checks.ArgumentError(
                field,
                section,
                f"is no section of gitlab.rb that can be set here; take one of "
                f"{', '.join(sorted(SECTIONS))}",
            )
        if not isinstance(values, Mapping):
            raise checks.ArgumentError(
                f"{field}.{section}", values, "is not a mapping; give the section's keys and values"
            )
        for key, value in values.items():
            _check_value(f"{field}.{section}.{key}", value)


def merged(*settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return all settings as one, mappings in one another; otherwise the last value counts."""
    result: dict[str, Any] = {}
    for each in settings:
        for key, value in each.items():
            before = result.get(key)
            if isinstance(before, Mapping) and isinstance(value, Mapping):
                result[key] = merged(before, value)
            else:
                result[key] = value
    return result


def render(urls: Mapping[str, str], settings: Settings) -> str:
    """Return the file, in ASCII whatever the values hold, one line for each setting.

    Args:
        urls: values of the settings that are called, not assigned: ``external_url``, ….
        settings: values of all others, known by now.
    """
    lines = [f"{_url_setting(name)} {literal(url)}\n" for name, url in urls.items()]
    lines += [
        f"{section}[{literal(key)}] = {literal(value)}\n"
        for section, values in settings.items()
        for key, value in values.items()
    ]
    return "".join(lines)


def literal(value: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    """Return a value as a Ruby literal, in ASCII and on one line.

    Raises:
        TypeError: the value is of a kind that Ruby has no literal for.
    """
    match value:
        case None | bool():
            return {None: "nil", True: "true", False: "false"}[value]
        case str():
            return _string(value)
        # A hosted component receives every number as a float.
        case float() if value.is_integer():
            return str(int(value))
        case int() | float() if math.isfinite(value):
            return repr(value)
        case Mapping():
            pairs = (f"{literal(str(key))} => {literal(each)}" for key, each in value.items())
            return f"{{{', '.join(pairs)}}}"
        case Sequence():
            return f"[{', '.join(map(literal, value))}]"
    raise TypeError(f"{value!r} has no literal in Ruby")


def _string(value: str) -> str:
    """Return literals side by side, which Ruby joins to one.

    Between single quotes nothing is ever evaluated. Yet Ruby takes a line break for another one
    there, and how it reads what is beyond ASCII depends on the locale; such characters go into
    double quotes, by number.
    """
    parts = []
    for plain, run in groupby(value, lambda each: bool(_PLAIN.fullmatch(each))):
        text = "".join(run)
        if plain:
            escaped = text.replace("\\", r"\\").replace("'", r"\'")
            parts.append(f"'{escaped}'")
        else:
            numbers = " ".join(f"{ord(each):x}" for each in text)
            parts.append(f'"\\u{{{numbers}}}"')
    return " ".join(parts) or "''"


def _url_setting(name: str) -> str:
    if not _URL_SETTING.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a URL's setting")
    return name


def _check_value(field: str, value: Any) -> None:  # noqa: ANN401 - whatever a caller gives
    match value:
        case float() if not math.isfinite(value):
            raise checks.ArgumentError(field, value, "is no number that Ruby can read; give one")
        case Mapping():
            for key, each in value.items():
                _check_value(f"{field}.{key}", each)
        case str():
            pass
        case Sequence():
            for index, each in enumerate(value):
                _check_value(f"{field}[{index}]", each)
