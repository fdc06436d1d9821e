"""The state that a deployment leaves behind, made up from what a program registers.

Resources of a cloud that can't be reached can't be deployed; what a change would do to them can be
seen all the same. Inputs and outputs fit together, since the program saw the outputs.
"""

import uuid
from typing import Any

from pulumi.runtime.mocks import MockResourceArgs

from tests.unit.recorder import Answers, Engine, Registration

_PROJECT = "dockyard"


def of(engine: Engine, stack: str, *, version: str) -> dict[str, Any]:
    """Return a deployment as ``pulumi stack import`` takes it.

    Args:
        engine: what recorded the program.
        stack: name of the stack.
        version: version of the SDK of Google Cloud's resources. All else is left out, but for the
            components that they are part of.
    """
    builder = _Builder(engine, stack, version)
    kept = [each for each in engine.registrations if each.type.startswith(("gcp:", "dockyard:"))]
    root = {"urn": builder.root, "custom": False, "type": "pulumi:pulumi:Stack"}
    return {
        "version": 3,
        "deployment": {
            "manifest": {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""},
            "resources": [root, builder.provider, *map(builder.resource, kept)],
        },
    }


class _Builder:
    def __init__(self, engine: Engine, stack: str, version: str) -> None:
        self._by_name = {(each.type, each.name): each for each in engine.registrations}
        self._stack = stack
        self.root = self._urn("pulumi:pulumi:Stack", f"{_PROJECT}-{stack}")
        settings = {"version": version}
        self.provider = {
            "urn": self._urn(
                "pulumi:providers:gcp", f"default_{version.replace('.', '_').replace('-', '_')}"
            ),
            "custom": True,
            "id": str(uuid.uuid4()),
            "type": "pulumi:providers:gcp",
            "inputs": settings,
            "outputs": settings,
        }

    def resource(self, registration: Registration) -> dict[str, Any]:
        """Return one resource of the state."""
        custom = registration.request.custom
        parent = self._parent(registration)
        found: dict[str, Any] = {
            "urn": self._urn_of(registration),
            "custom": custom,
            "type": registration.type,
            "inputs": registration.inputs,
            "parent": self._urn_of(parent) if parent else self.root,
            "protect": registration.request.protect,
        }
        if custom:
            asked = MockResourceArgs(registration.type, registration.name, registration.inputs)
            found["id"], found["outputs"] = Answers().new_resource(asked)
            found["provider"] = f"{self.provider['urn']}::{self.provider['id']}"
        return found

    def _parent(self, registration: Registration) -> Registration | None:
        kind, _, name = registration.request.parent.rpartition("::")
        return self._by_name.get((kind.rpartition("::")[2].rpartition("$")[2], name))

    def _urn_of(self, registration: Registration) -> str:
        kinds, each = registration.type, self._parent(registration)
        while each:
            kinds, each = f"{each.type}${kinds}", self._parent(each)
        return self._urn(kinds, registration.name)

    def _urn(self, kinds: str, name: str) -> str:
        return f"urn:pulumi:{self._stack}::{_PROJECT}::{kinds}::{name}"
