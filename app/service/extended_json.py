"""MongoDB's extended JSON, such as ``{"_id": {"$oid": "…"}}``: what the services speak."""

from collections.abc import Mapping

from bson import json_util
from starlette.responses import Response


def respond(content: object, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with documents as the database keeps them."""
    text = json_util.dumps(content, json_options=json_util.RELAXED_JSON_OPTIONS)
    return Response(text, media_type="application/json", headers=headers)
