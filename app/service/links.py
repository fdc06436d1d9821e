"""Which links may be shown to people: ``javascript:`` and its like run code when clicked."""

import re
from urllib.parse import urlsplit

from service import limits

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\<>\"{}|^`]")


def is_web_link(link: str) -> bool:
    """Tell whether a text is an absolute http or https address with a host."""
    if len(link) > limits.LINK or _FORBIDDEN.search(link):
        return False
    try:
        parts = urlsplit(link)
        # Reading the port is what makes an impossible one raise.
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
