"""Running the services from the working tree, to see an edit without building an image."""

from pathlib import Path

from components import OverrideArgs

_APP = Path(__file__).resolve().parent.parent / "app"


def override(service: str) -> OverrideArgs:
    """Return what makes a service run the code in ``app/`` and restart when it changes."""
    return {
        "mounts": {str(_APP / folder): f"/app/{folder}" for folder in (service, "service")},
        "command": ["python3", "-m", "service.reload", service],
    }
