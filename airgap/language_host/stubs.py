"""Pulumi's generated gRPC modules, without the SDK around them.

``import pulumi.runtime.proto`` runs the whole SDK first, 0.14 s that the host would pay twice in
every preview. The generated modules import only each other, relatively, and so load as well from a
package that consists of their folder alone.
"""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

_PACKAGE = "dockyard_pulumi_proto"


def load(name: str) -> Any:  # noqa: ANN401 - generated modules have no importable type here
    """Return one of the modules of ``pulumi/runtime/proto``, such as ``language_pb2``.

    Raises:
        ModuleNotFoundError: this interpreter has no pulumi package.
    """
    if _PACKAGE not in sys.modules:
        package = ModuleType(_PACKAGE)
        package.__path__ = [str(_folder())]
        sys.modules[_PACKAGE] = package
    return importlib.import_module(f"{_PACKAGE}.{name}")


def _folder() -> Path:
    spec = importlib.util.find_spec("pulumi")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            f"{sys.executable} has no package pulumi; run 'python3 -m airgap setup' again"
        )
    return Path(spec.origin).parent / "runtime" / "proto"
