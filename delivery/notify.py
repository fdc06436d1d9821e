"""Tells a channel in Slack that a deployment failed."""

import re
import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import requests

from delivery.errors import DeliveryError

WEBHOOK_VARIABLE: Final = "SLACK_WEBHOOK_URL"
"""Environment variable with the address of an incoming webhook, which is a secret."""

_SECONDS: Final = 10.0
_TRIES: Final = 4
_LONGEST_PAUSE_SECONDS: Final = 20.0
_LONGEST_NAME: Final = 200
_TRANSIENT: Final = 500
_SLACKS_WORD = re.compile(r"[a-z_]{1,40}")


def message(environment: str, variables: Mapping[str, str]) -> str:
    """Return what to say, in Slack's markup, where no name can be more than a name.

    Args:
        environment: what was deployed to.
        variables: what GitLab tells a job.
    """
    project = _name(variables.get("CI_PROJECT_PATH", ""))
    ref = _name(variables.get("CI_COMMIT_TAG") or variables.get("CI_COMMIT_REF_NAME", ""))
    commit = _name(variables.get("CI_COMMIT_SHORT_SHA", ""))
    who = _name(variables.get("GITLAB_USER_LOGIN", ""))
    job = _name(variables.get("CI_JOB_NAME", "")) or "the job"
    link = variables.get("CI_JOB_URL", "")
    parts = [f"*The deployment to {_name(environment)} failed.*"]
    parts += [f"Project: {project}"] if project else []
    parts += [f"Ref: {ref} ({commit})" if commit else f"Ref: {ref}"] if ref else []
    parts += [f"Started by: {who}"] if who else []
    parts += [f"Log: <{_link(link)}|{job}>"] if urlsplit(link).scheme in {"http", "https"} else []
    return "\n".join(parts)


def post(webhook: str, text: str, *, pause_seconds: float = 1.0) -> None:
    """Post a text, with a few more tries where that may help.

    Args:
        webhook: the webhook's address, a secret.
        text: what to say.
        pause_seconds: how long to wait before the second try; then twice as long, and so on.

    Raises:
        DeliveryError: the address is none, or Slack can't be reached or refuses.
    """
    _check(webhook)
    problem = ""
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(min(pause_seconds * 2 ** (attempt - 1), _LONGEST_PAUSE_SECONDS))
        try:
            answer = requests.post(
                webhook, json={"text": text}, timeout=_SECONDS, allow_redirects=False
            )
        # Its text has the address in it.
        except requests.RequestException as error:
            problem = f"can't be reached ({type(error).__name__})"
            continue
        if answer.status_code == requests.codes.ok:
            return
        word = answer.text if _SLACKS_WORD.fullmatch(answer.text) else ""
        problem = f"refused the message: {answer.status_code} {word}".rstrip()
        limited = answer.status_code == requests.codes.too_many_requests
        if not limited and answer.status_code < _TRANSIENT:
            break
    raise DeliveryError(f"Slack {problem}; check {WEBHOOK_VARIABLE}, which is not shown here")


def _check(webhook: str) -> None:
    try:
        address = urlsplit(webhook)
        good = bool(address.hostname) and (
            address.scheme == "https"
            or (address.scheme == "http" and address.hostname == "127.0.0.1")
        )
    except ValueError:
        good = False
    if not good:
        raise DeliveryError(
            f"{WEBHOOK_VARIABLE} is no address that begins with https://; copy it anew from "
            "Slack's page on incoming webhooks"
        )


def _name(text: str) -> str:
    """Return a name on one line, not too long, that Slack shows as it is."""
    shown = " ".join(text.split())
    if len(shown) > _LONGEST_NAME:
        shown = f"{shown[: _LONGEST_NAME - 1]}…"
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _link(address: str) -> str:
    escaped = address.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E")
    return re.sub(r"[|\s]", "", escaped)
