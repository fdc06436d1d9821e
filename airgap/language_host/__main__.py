"""Run the host: ``python -m airgap.language_host EXECUTOR [ENGINE'S OPTIONS] ENGINE_ADDRESS``."""

import sys
from pathlib import Path

from airgap.language_host.server import serve

serve(executor=Path(sys.argv[1]), engine=sys.argv[-1])
