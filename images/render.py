"""Prints the set-up script for an image: default settings, no keys, no data disk.

``python -m images.render > images/engine-setup.sh``
"""

import sys

from components._engine_setup import EngineSetup

if __name__ == "__main__":
    sys.stdout.write(EngineSetup({}).script)
