"""Settings of the registry that the hosts log in to."""

from components import RegistryArgs
from components.checks import ArgumentError

from .reader import Reader


def load(reader: Reader) -> RegistryArgs | None:
    """Return the registry that wants a login: all three keys of it, or none.

    Raises:
        ArgumentError: one is missing beside another, or the password is not encrypted.
    """
    address, username = reader.text("registryAddress"), reader.text("registryUsername")
    password = reader.secret("registryPassword")
    given = {
        "registryAddress": address,
        "registryUsername": username,
        "registryPassword": password is not None,
    }
    if password is not None and address and username:
        return RegistryArgs(address=address, username=username, password=password)
    if present := [key for key, value in given.items() if value]:
        missing = next(key for key, value in given.items() if not value)
        secret = "--secret " if missing == "registryPassword" else ""
        raise ArgumentError(
            reader.field(missing),
            None,
            f"is missing beside {reader.field(present[0])}; pulumi config set {secret}{missing} …",
        )
    return None
