"""How a secret looks: by the name that a value is given, or by the value's own format."""

import re
from typing import Final

FORMATS: Final = {
    "a GitLab token": re.compile(r"\bgl(?:pat|rt|dt|ptt|cbt|ft|soat|agent)-[A-Za-z0-9_-]{20,}"),
    "a GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}"),
    "an AWS access key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a Google API key": re.compile(r"\bAIza[A-Za-z0-9_-]{35}"),
    "a Slack token": re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    "a Slack webhook": re.compile(r"hooks\.slack\.com/services/\w+/\w+/\w+"),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----"),
}
"""What tells each kind of secret by its format, and that kind in words."""

# Whole words at the end: MONKEY is none, and TOKEN_FILE says where a secret is, not which.
_NAME = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|TOKEN|SECRET|SECRET_KEY_BASE|KEY|APIKEY|CREDENTIALS?)$"
)
_PUBLIC = re.compile(r"(?:^|_)PUBLIC_KEY$")


def named_like_a_secret(name: str) -> bool:
    """Say whether a variable or a metadata key of this name holds a secret."""
    words = name.upper().replace("-", "_")
    return bool(_NAME.search(words)) and not _PUBLIC.search(words)


def format_of(text: str) -> str:
    """Return what kind of secret a text contains, in words; empty when none is recognised."""
    return next((kind for kind, pattern in FORMATS.items() if pattern.search(text)), "")
