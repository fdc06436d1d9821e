"""Settings of machines that are there already, reached over SSH."""

from typing import cast

from components import EngineArgs, SshHostArgs
from components.checks import ArgumentError

from .reader import Reader

_KEYS = {
    "address": "address",
    "hostKeys": "host_keys",
    "identityFile": "identity_file",
    "name": "name",
}
"""Keys of an entry of ``sshHosts``, and the argument that each becomes."""


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


_TEXT = "a text", _is_text
_LIST_OF_TEXTS = "a list of texts", _are_texts


def load(reader: Reader, engine: EngineArgs) -> list[SshHostArgs]:
    """Return the machines, with their engines' set-up if there is to be one.

    Raises:
        ArgumentError: an entry has another shape than it should.
    """
    hosts = []
    entries = reader.objects("sshHosts", known=set(_KEYS), required={"address", "hostKeys"})
    for index, entry in enumerate(entries):
        field = f"{reader.field('sshHosts')}[{index}]"
        for key, value in entry.items():
            shape, fits = _LIST_OF_TEXTS if key == "hostKeys" else _TEXT
            if not fits(value):
                raise ArgumentError(f"{field}.{key}", value, f"is not {shape}")
        hosts.append(cast("SshHostArgs", {_KEYS[key]: entry[key] for key in entry}))
    if reader.boolean("sshSetUpEngine"):
        for host in hosts:
            host["engine"] = engine
    return hosts


def with_keys(rest: str) -> str:
    """Return the end of a component's field as the configuration spells it."""
    for key, argument in _KEYS.items():
        rest = rest.replace(f".{argument}", f".{key}")
    return rest
