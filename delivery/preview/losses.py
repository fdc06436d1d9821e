"""What changes do to data, in words."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from delivery.preview.model import Change, Operation, StackPreview

_HOLDERS: Final = {
    "docker:index/volume:Volume": "volume",
    "gcp:compute/disk:Disk": "disk",
    "gcp:compute/regionDisk:RegionDisk": "disk",
    "gcp:compute/snapshot:Snapshot": "snapshot",
    # Its boot disk goes with it.
    "gcp:compute/instance:Instance": "VM",
    "gcp:storage/bucket:Bucket": "bucket",
    "gcp:sql/databaseInstance:DatabaseInstance": "database server",
    "gcp:sql/database:Database": "database",
    "gcp:firestore/database:Database": "database",
    "gcp:bigquery/dataset:Dataset": "dataset",
    "gcp:bigquery/table:Table": "table",
    "gcp:filestore/instance:Instance": "file share",
    # What is encrypted with it is as good as gone.
    "gcp:kms/cryptoKey:CryptoKey": "encryption key",
    "aws:ebs/volume:Volume": "disk",
    "aws:ebs/snapshot:Snapshot": "snapshot",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:s3/bucketV2:BucketV2": "bucket",
    "aws:rds/instance:Instance": "database server",
    "aws:rds/cluster:Cluster": "database server",
    "aws:dynamodb/table:Table": "table",
    "aws:efs/fileSystem:FileSystem": "file share",
    "gitlab:index/group:Group": "GitLab group",
    "gitlab:index/project:Project": "GitLab project",
}
"""What holds data that nobody else has, and what people call it."""


class Fate(StrEnum):
    """What becomes of data, the worst first."""

    LOST = "lost"
    REFUSED = "refused"
    """Pulumi stops rather than delete it."""
    KEPT = "kept"
    """It stays where it is, and Pulumi no longer looks after it."""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What a change does to data.

    Args:
        fate: what becomes of it.
        stack: the stack's name.
        noun: what holds it, such as ``volume``.
        name: the name that it has where it is.
        replaced: whether a new one takes its place.
    """

    fate: Fate
    stack: str
    noun: str
    name: str
    replaced: bool

    @property
    def is_grave(self) -> bool:
        """Whether data is gone, or a deployment stops over it."""
        return self.fate is not Fate.KEPT

    def sentence(self, quote: Callable[[str], str]) -> str:
        """Return it in words; names are put as ``quote`` returns them."""
        it = f"The {self.noun} {quote(self.name)} of the stack {quote(self.stack)}"
        if self.fate is Fate.REFUSED:
            done = "replace" if self.replaced else "delete"
            return f"{it} is protected: Pulumi refuses to {done} it, and the deployment stops."
        if self.fate is Fate.KEPT:
            kept = "stays where it is, no longer looked after"
            return (
                f"{it} {kept}; a new, empty one takes its place."
                if self.replaced
                else (f"{it} {kept}.")
            )
        done = "deleted and made anew" if self.replaced else "deleted"
        return f"{it} will be {done}: what it holds is lost."


def losses(preview: StackPreview) -> list[Loss]:
    """Return what a preview's changes do to data, the worst first."""
    found = [
        Loss(
            fate=_fate(change),
            stack=preview.stack,
            noun=_HOLDERS.get(change.type) or _noun(change.type),
            name=change.physical_name or change.id or change.name,
            replaced=change.operation is Operation.REPLACE,
        )
        for change in preview.changes
        if change.operation in {Operation.DELETE, Operation.REPLACE, Operation.FORGET}
        and (change.protected or change.type in _HOLDERS)
    ]
    return sorted(found, key=lambda loss: (list(Fate).index(loss.fate), loss.name))


def _fate(change: Change) -> Fate:
    if change.protected:
        return Fate.REFUSED
    return Fate.KEPT if change.retained else Fate.LOST


def _noun(token: str) -> str:
    """Return what a type token ends with as words: remote image, for ...:RemoteImage."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", token.rpartition(":")[2])
    return " ".join(words).lower()[:40] or "resource"
