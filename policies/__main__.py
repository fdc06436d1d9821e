"""Serve the policy pack to the engine."""

import sys
from pathlib import Path

# Run as a folder, Python looks for modules in it; the pack is a package beside the library.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from pulumi_policy import EnforcementLevel, PolicyPack  # noqa: E402 - see above

from policies import pack  # noqa: E402 - see above

PolicyPack("dockyard", pack.policies(), EnforcementLevel.MANDATORY)
