"""What stands in where Pulumi's downloads or an image registry can't be reached.

``python3 -m airgap setup`` makes everything a run needs in ``.dockyard/``: the real thing where it
is on the machine or can be downloaded, a stand-in otherwise, decided part by part and said aloud.
"""

import sys

# Here, because the modules below use syntax and names that an older Python doesn't know.
if sys.version_info < (3, 11):  # noqa: UP036 - it runs on whatever python3 the machine has
    raise SystemExit(
        f"airgap: {sys.executable} is Python {sys.version_info[0]}.{sys.version_info[1]}; Dockyard"
        " needs 3.11 or newer: call set-up with one"
    )
