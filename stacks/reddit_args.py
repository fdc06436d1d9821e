"""From a stack's settings to the arguments of the application."""

from collections.abc import Mapping

import pulumi

from components import DatabaseArgs, RedditAppArgs, ServiceArgs

from . import live_source
from .host_settings import STACK_LABEL
from .settings import Settings

ImageIds = Mapping[str, pulumi.Output[str]]


def reddit_args(
    settings: Settings,
    image_ids: ImageIds,
    network_ids: Mapping[str, pulumi.Output[str]],
    password: pulumi.Output[str] | None,
) -> RedditAppArgs:
    """Return what the application needs to know, on a host or on a Swarm.

    Args:
        settings: the stack's.
        image_ids: the images that the hosts have, by role.
        network_ids: the networks ``front`` and ``back``.
        password: the database administrator's, if there is one.
    """
    args: RedditAppArgs = {
        "prefix": settings.prefix,
        "environment_name": settings.environment_name,
        "front_network_id": network_ids["front"],
        "back_network_id": network_ids["back"],
        "health_interval_seconds": settings.health_interval_seconds,
        "start_timeout_seconds": settings.start_timeout_seconds,
        "labels": {STACK_LABEL: settings.stack},
        "port": settings.ui_port,
        "bind_address": settings.ui_bind_address,
        "aliases": {
            "post": settings.post_alias,
            "comment": settings.comment_alias,
            "post_database": settings.post_database_alias,
            "comment_database": settings.comment_database_alias,
        },
        "ui": _service(settings, image_ids, "ui"),
        "post": _service(settings, image_ids, "post"),
        "comment": _service(settings, image_ids, "comment"),
        "database": _database(settings, image_ids, password),
    }
    if "gateway" in settings.images:
        args["gateway_image"] = image_ids["gateway"]
    if settings.backup:
        args["backup"] = {
            "image": image_ids["backup"],
            "every_hours": settings.backup.every_hours,
            "keep": settings.backup.keep,
        }
    return args


def _service(settings: Settings, image_ids: ImageIds, role: str) -> ServiceArgs:
    service = ServiceArgs(image=image_ids[role], memory_mib=settings.service_memory_mib)
    if settings.live_source:
        service["override"] = live_source.override(role)
    return service


def _database(
    settings: Settings, image_ids: ImageIds, password: pulumi.Output[str] | None
) -> DatabaseArgs:
    database = DatabaseArgs(
        image=image_ids["database"],
        kind=settings.database_kind,
        memory_mib=settings.database_memory_mib,
        keep_data=settings.keep_data,
        protect_data=settings.protect_data,
    )
    if password is not None:
        database["username"] = settings.database_username
        database["password"] = password
    return database
