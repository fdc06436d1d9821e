"""State, passphrase, and the shell file that points Pulumi at them."""

import secrets
import shlex

from airgap.commands import write_atomically
from airgap.layout import Layout
from airgap.parts import Kind, Part
from airgap.session import Session

_PASSPHRASE_BYTES = 32


def pending(session: Session) -> str:
    """Say what is to be done; empty when nothing is."""
    layout = session.layout
    file = layout.environment
    done = (
        layout.state.is_dir()
        and layout.passphrase.exists()
        and file.exists()
        and file.read_text(encoding="utf-8") == _text(session)
    )
    return "" if done else "state folder, passphrase, and the shell file that points to them"


def ensure(session: Session) -> str:
    """Provide all three; return what to do with the last."""
    layout = session.layout
    layout.state.mkdir(parents=True, exist_ok=True)
    # Only ever made once: without it, what is encrypted in the state can't be read any more.
    if not layout.passphrase.exists():
        write_atomically(layout.passphrase, secrets.token_hex(_PASSPHRASE_BYTES) + "\n", mode=0o600)
    write_atomically(layout.environment, _text(session))
    return f"by hand: . {shlex.quote(str(layout.environment))}"


def _text(session: Session) -> str:
    layout = session.layout
    lines = [
        "# Written by 'python3 -m airgap setup'. Source it, then call pulumi by hand.",
        *(_prepend(folder) for folder in _folders(layout)),
        "export PATH",
        f'export PULUMI_BACKEND_URL="${{PULUMI_BACKEND_URL:-{layout.state.as_uri()}}}"',
        "# An empty passphrase is a choice, too.",
        'if [ -z "${PULUMI_CONFIG_PASSPHRASE+x}${PULUMI_CONFIG_PASSPHRASE_FILE+x}" ]; then',
        f"  export PULUMI_CONFIG_PASSPHRASE_FILE={shlex.quote(str(layout.passphrase))}",
        "fi",
        "export PULUMI_SKIP_UPDATE_CHECK=true",
    ]
    providers = (Part.DOCKER_PROVIDER, Part.COMMAND_PROVIDER)
    if any(session.record(part).kind is Kind.STAND_IN for part in providers):
        lines += [
            "# A plugin that can't be had is then missed at once, not after five tries.",
            "export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
        ]
    return "\n".join(lines) + "\n"


def _folders(layout: Layout) -> tuple[str, str]:
    """Return the folders to find programs in, the most important one last."""
    return str(layout.venv / "bin"), str(layout.bin)


def _prepend(folder: str) -> str:
    quoted = shlex.quote(folder)
    return f'case ":$PATH:" in *:{quoted}:*) ;; *) PATH={quoted}:$PATH ;; esac'
