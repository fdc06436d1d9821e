"""Forms as browsers send them, checked field by field."""

import re
import time
from collections.abc import Mapping
from typing import NoReturn
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

MAX_BODY_BYTES = 256 * 1024

_MOST_FIELDS = 20
_SHOWN_CHARACTERS = 60
_UNIX_SECONDS = re.compile(r"[0-9]{1,12}")
_TYPE = "application/x-www-form-urlencoded"


async def read(request: Request) -> dict[str, str]:
    """Return the fields of a form; of a repeated one, the last.

    Raises:
        HTTPException: the body is no such form.
    """
    content_type = request.headers.get("content-type", _TYPE).split(";")[0].strip().lower()
    if content_type != _TYPE:
        raise HTTPException(415, f"Content-Type is {content_type[:60]!r}: send {_TYPE}")
    body = await request.body()
    try:
        return dict(
            parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        )
    except ValueError:
        message = f"The body is no form: send at most {_MOST_FIELDS} fields, in UTF-8"
        raise HTTPException(400, message) from None


def required(form: Mapping[str, str], field: str, longest: int) -> str:
    """Return a field that must say something.

    Raises:
        HTTPException: it is missing, blank or too long.
    """
    value = optional(form, field, longest)
    if not value:
        refuse(field, form.get(field, ""), f"must have 1 to {longest} characters")
    return value


def optional(form: Mapping[str, str], field: str, longest: int) -> str:
    """Return a field, or an empty text where it is missing.

    Raises:
        HTTPException: it is too long.
    """
    # A database may keep text as C strings or JSON; a zero character survives neither everywhere.
    value = form.get(field, "").replace("\0", "").strip()
    if len(value) > longest:
        refuse(field, value, f"must have at most {longest} characters")
    return value


def created_at(form: Mapping[str, str]) -> str:
    """Return the field ``created_at``, Unix time in seconds as text; now where it is missing.

    Raises:
        HTTPException: it is not a time.
    """
    value = optional(form, "created_at", 12) or str(int(time.time()))
    if not _UNIX_SECONDS.fullmatch(value):
        refuse("created_at", value, "must be Unix time in whole seconds")
    return value


def refuse(field: str, value: str, rule: str) -> NoReturn:
    """Answer 400, naming the field, the value given and the rule.

    Raises:
        HTTPException: always.
    """
    raise HTTPException(400, f"{field} is {value[:_SHOWN_CHARACTERS]!r}: it {rule}")
