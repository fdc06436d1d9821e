"""A certificate that nobody trusts who isn't told to."""

import subprocess
from pathlib import Path


def self_signed(folder: Path) -> Path:
    """Make a certificate for this machine, and return a file with it and its key."""
    subprocess.run(  # noqa: S603 - names what it runs
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", "key.pem", "-out", "cert.pem"),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    both = folder / "both.pem"
    both.write_bytes((folder / "key.pem").read_bytes() + (folder / "cert.pem").read_bytes())
    return both
