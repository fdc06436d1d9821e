"""What the stand-in command provider supports, and what a change of each input does.

To be read beside the docs of pulumi-command 1.2. An input that is missing here is refused.
"""

from typing import Final

from airgap.providers._schema import Field, Kind, OnChange, Schema

LOCAL_COMMAND: Final = Schema(
    inputs={
        "create": Field(kind=Kind.TEXT, on_change=OnChange.UPDATE),
        # Runs on every update; without it, create runs again.
        "update": Field(kind=Kind.TEXT, on_change=OnChange.UPDATE),
        "delete": Field(kind=Kind.TEXT, on_change=OnChange.UPDATE),
        "triggers": Field(kind=Kind.ANY),
        "environment": Field(kind=Kind.TEXT_MAP, on_change=OnChange.UPDATE),
        "stdin": Field(kind=Kind.TEXT, on_change=OnChange.UPDATE),
        "dir": Field(kind=Kind.TEXT, on_change=OnChange.UPDATE),
        "interpreter": Field(kind=Kind.TEXTS, on_change=OnChange.UPDATE),
        "logging": Field(
            kind=Kind.TEXT,
            on_change=OnChange.UPDATE,
            pattern=(
                "stdout|stderr|stdoutAndStderr|none",
                "'stdout', 'stderr', 'stdoutAndStderr' or 'none'",
            ),
        ),
        "addPreviousOutputInEnv": Field(kind=Kind.FLAG, default=True, on_change=OnChange.UPDATE),
    },
    outputs=["stdout", "stderr"],
    auto_named=False,
)
