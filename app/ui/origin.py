"""Where a request comes from: what may change data, and where to send the visitor back to."""

from urllib.parse import quote, urlsplit

from starlette.requests import Request

_SAFE_IN_PATH = "/:@!$&'()*+,;=-._~%"
_SAFE_IN_QUERY = _SAFE_IN_PATH + "?"


def is_foreign(request: Request) -> bool:
    """Tell whether another site made the visitor's browser send this request.

    Browsers always say; a request that says nothing comes from a program, which has no visitor's
    rights to misuse.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is not None and _authority(origin) != request.headers.get("host", "").lower()


def path_back(request: Request, default: str) -> str:
    """Return the path and query of the page that the visitor came from, if it is one of ours."""
    referer = request.headers.get("referer", "")
    if not referer or _authority(referer) != request.headers.get("host", "").lower():
        return default
    parts = urlsplit(referer)
    # Browsers read "//host" and "/\\host" as another site.
    if not parts.path.startswith("/") or parts.path[1:2] in {"/", "\\"}:
        return default
    path = quote(parts.path, safe=_SAFE_IN_PATH)
    return f"{path}?{quote(parts.query, safe=_SAFE_IN_QUERY)}" if parts.query else path


def _authority(url: str) -> str | None:
    """Return the host and port of an http or https address, or None."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.netloc.lower() if parts.scheme in {"http", "https"} else None
