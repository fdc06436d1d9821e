"""Serve the components to the engine that started this process."""

import sys
from pathlib import Path

# Python has put this folder there, and what is to be served lies beside it.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from plugin.hosting import serve

serve(sys.argv[1:])
