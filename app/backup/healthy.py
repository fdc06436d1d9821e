"""Health check of the schedule: ``python3 -m backup.healthy``; 0 unless backups are overdue."""

import os
import sys
import time
from pathlib import Path

DEFAULT_FILE = "/tmp/healthy-until"  # noqa: S108 - the container's own


def main() -> int:
    """Return 0 while the last good backup is new enough."""
    file = Path(os.environ.get("BACKUP_HEALTH_FILE") or DEFAULT_FILE)
    try:
        until = float(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        print("the database has not answered yet")
        return 1
    if time.time() <= until:
        return 0
    print("no good backup for too long; the log says why")
    return 1


if __name__ == "__main__":
    sys.exit(main())
