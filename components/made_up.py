"""Values that the first deployment makes up, for good: names and secrets that nobody gave."""

import pulumi
from pulumi.output import UNKNOWN


class MadeUp(pulumi.Stash):
    """A value that is made up once. Later deployments keep it; the first plan can't know it.

    Args:
        name: logical name.
        value: what the value is, if it has none yet.
        secret: whether it is a secret wherever it goes.
        opts: options of the record.
    """

    def __init__(
        self,
        name: str,
        value: str,
        *,
        secret: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        made_up = UNKNOWN if pulumi.runtime.is_dry_run() else value
        once = pulumi.ResourceOptions(ignore_changes=["input"])
        super().__init__(
            name,
            input=pulumi.Output.secret(made_up) if secret else made_up,
            opts=pulumi.ResourceOptions.merge(opts, once),
        )
