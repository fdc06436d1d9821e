"""Labels: a list of records to Pulumi, a mapping to Docker."""

from collections.abc import Iterable, Mapping


def as_dict(records: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Docker's form."""
    return {record["label"]: record["value"] for record in records}


def as_records(labels: Mapping[str, str] | None) -> list[dict[str, str]]:
    """Pulumi's form."""
    return [{"label": label, "value": value} for label, value in sorted((labels or {}).items())]


def described(labels: Mapping[str, str] | None) -> str:
    """The labels as an error shows them, to tell whose a thing is."""
    shown = ", ".join(f"{label}={value}" for label, value in sorted((labels or {}).items()))
    return f"labels: {shown}" if shown else "no labels"
