"""The services of the feed reader: what each runs, whom it sees, when it is healthy."""

from collections.abc import Mapping

import pulumi
from dockyard import AppServiceArgs


def services(
    images: Mapping[str, pulumi.Output[str]], password: pulumi.Output[str], port: int
) -> dict[str, AppServiceArgs]:
    """Return both services; the reader starts when the database is healthy."""
    database: AppServiceArgs = {
        "image": images["database"],
        "networks": {"back": ["db"]},
        "health_command": ["pg_isready", "-U", "reader"],
        "environment": {"POSTGRES_USER": "reader", "POSTGRES_PASSWORD": password},
        "user": "70:70",
        "tmpfs": ["/tmp", "/var/run/postgresql"],  # noqa: S108 - inside the container
        "volumes": {"data": "/var/lib/postgresql/data"},
        "memory_mib": 256,
    }
    address = pulumi.Output.concat("postgres://reader:", password, "@db/reader?sslmode=disable")
    reader: AppServiceArgs = {
        "image": images["reader"],
        "networks": {"front": [], "back": []},
        "health_command": ["/usr/bin/miniflux", "-healthcheck", "auto"],
        "after": ["database"],
        "environment": {"DATABASE_URL": address, "RUN_MIGRATIONS": "1"},
        "ports": [{"internal": 8080, "external": port}],
    }
    return {"database": database, "reader": reader}
