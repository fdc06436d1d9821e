"""Run the host: ``python -m airgap.language_host EXECUTOR [ENGINE'S OPTIONS] ENGINE_ADDRESS``."""

import sys
from pathlib import Path

from airgap import wire_format

wire_format.without_sdk()

from airgap.language_host.server import serve  # noqa: E402 - it imports what that prepared

serve(executor=Path(sys.argv[1]), engine=sys.argv[-1])
