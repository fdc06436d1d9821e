"""A runner's manager that runs no jobs: it says what it was given, and how it was stopped.

It reads its configuration as the runner does, answers on the metrics' address, and drains on
SIGQUIT: while /tmp/job is there, a job is running.
"""

import hashlib
import json
import os
import signal
import sys
import threading
import time
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from typing import Any

FOLDER = Path("/etc/gitlab-runner")
JOB = Path("/tmp/job")  # noqa: S108 - the container's own


def say(event: str, **details: Any) -> None:
    """Write one line of the container's log."""
    print(json.dumps({"event": event, **details}), flush=True)


def _files() -> dict[str, Any]:
    return {
        str(path): {
            "mode": f"{path.stat().st_mode & 0o7777:04o}",
            "user": path.stat().st_uid,
            # Not the content: what is logged must hold no secret.
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in sorted(FOLDER.rglob("*"))
        if path.is_file()
    }


class _Metrics(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/metrics" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep health checks out of the log."""


def _drain(_number: int, _frame: FrameType | None) -> None:
    say("draining")
    while JOB.exists():
        time.sleep(0.05)
    say("drained")
    sys.exit(0)


def _abort(_number: int, _frame: FrameType | None) -> None:
    say("aborted")
    sys.exit(1)


def main() -> None:
    """Serve until a signal comes."""
    signal.signal(signal.SIGQUIT, _drain)
    signal.signal(signal.SIGTERM, _abort)
    config = tomllib.loads((FOLDER / "config.toml").read_text())
    (runner,) = config["runners"]
    host, _, port = config["listen_address"].rpartition(":")
    server = ThreadingHTTPServer((host, int(port)), _Metrics)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    say(
        "started",
        arguments=sys.argv[1:],
        environment=dict(os.environ),
        files=_files(),
        name=runner["name"],
        engine=Path("/var/run/docker.sock").is_socket(),
    )
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
