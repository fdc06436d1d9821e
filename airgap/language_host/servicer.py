"""The LanguageRuntime service, as far as running programs and plugins needs it."""
# ruff: noqa: N802, ANN401 - the protocol names the methods; its generated messages have no types.

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from airgap.language_host import interpreter, sdk
from airgap.language_host.children import Children, end, output
from airgap.language_host.interpreter import Interpreter, UnsupportedProjectError

_ANNOUNCEMENT = "The stand-in language host runs this program (python3 -m airgap status)."

# The executor ends with this code when it has already shown what is wrong.
_ALREADY_REPORTED = 32

_LIST_DISTRIBUTIONS = """
import importlib.metadata, json
print(json.dumps(sorted([d.name, d.version] for d in importlib.metadata.distributions())))
"""


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Runs Python programs for one engine.

    Args:
        engine: Address of the engine's own service, which the program logs to.
        executor: Path of ``pulumi-language-python-exec``.
    """

    def __init__(self, engine: str, executor: Path) -> None:
        self._engine = engine
        self._executor = executor
        self._children = Children()

    def stop(self) -> None:
        """End whatever runs, and run no more."""
        self._children.stop()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Give no version: the engine accepts any."""
        return plugin_pb2.PluginInfo()

    def GetRequiredPackages(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Name none: the engine learns of each provider when a resource of it is registered."""
        return language_pb2.GetRequiredPackagesResponse()

    def About(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Describe the project's Python."""
        python = _interpreter(request.info, context)
        return language_pb2.AboutResponse(executable=str(python.executable), version=python.version)

    def GetProgramDependencies(self, request: Any, context: grpc.ServicerContext) -> Any:
        """List what is installed for the project."""
        python = _interpreter(request.info, context)
        listing = subprocess.run(  # noqa: S603 - the project's own interpreter
            [python.executable, "-c", _LIST_DISTRIBUTIONS],
            env=python.environment(os.environ),
            capture_output=True,
            check=True,
        )
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[
                language_pb2.DependencyInfo(name=name, version=version)
                for name, version in json.loads(listing.stdout)
            ]
        )

    def Run(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Run the program to its end."""
        if request.attach_debugger:
            context.abort(
                grpc.StatusCode.UNIMPLEMENTED,
                "the stand-in language host attaches no debugger; run without --attach-debugger, or"
                " install Pulumi's own pulumi-language-python",
            )
        python = _interpreter(request.info, context)
        environment = python.environment(os.environ) | {
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        command = [str(python.executable), "-u", str(self._executor), *self._arguments(request)]
        print(_ANNOUNCEMENT, flush=True)
        folder = Path(request.info.program_directory)
        with self._children.start(command, folder=folder, environment=environment) as child:
            return _outcome(child.wait())

    def InstallDependencies(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        """Make the project's virtualenv and install its requirements into it."""
        folder = Path(request.info.program_directory or request.directory)
        given = _options(request.info).get("virtualenv")
        virtualenv = Path(request.info.root_directory or folder, str(given)) if given else None
        python = str(virtualenv / "bin" / "python") if virtualenv else "python3"
        commands = []
        if virtualenv and not virtualenv.joinpath("pyvenv.cfg").exists():
            commands.append(["python3", "-m", "venv", str(virtualenv)])
        if folder.joinpath("requirements.txt").exists():
            commands.append([python, "-m", "pip", "install", "-r", "requirements.txt"])
        for command in commands:
            for stream, data in self._capture(command, folder, os.environ, context):
                if isinstance(data, int):
                    _require_success(data, f"'{' '.join(command)}' in {folder}", context)
                else:
                    yield language_pb2.InstallDependenciesResponse(**{stream: data})

    def RunPlugin(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        """Serve a plugin written in Python, such as a component library or a policy pack."""
        python = _interpreter(request.info, context, interpreter.find_for_plugin)
        environment = python.environment(os.environ)
        environment.update(entry.partition("=")[::2] for entry in request.env)
        folder = Path(request.info.program_directory)
        named = [str(folder)]
        if not folder.joinpath("__main__.py").exists():
            named = ["-m", "pulumi.run.plugin", request.name or folder.name]
        command = [str(python.executable), "-u", *named, *request.args]
        for stream, data in self._capture(command, Path(request.pwd), environment, context):
            yield language_pb2.RunPluginResponse(**{stream: data})  # type: ignore[arg-type] # by stream

    def GeneratePackage(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Write the SDK of a package, for `pulumi package add` and `gen-sdk`."""
        if request.extra_files:
            context.abort(
                grpc.StatusCode.UNIMPLEMENTED,
                "the stand-in language host adds no files to an SDK; leave --overlays out",
            )
        try:
            sdk.generate(self._executor.parent, request.schema, Path(request.directory))
        except sdk.GenerationError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        return language_pb2.GeneratePackageResponse()

    def Link(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Make generated SDKs requirements of the program."""
        sdk.require(Path(request.info.program_directory), [each.path for each in request.packages])
        return language_pb2.LinkResponse()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        """End whatever runs: the engine has given it up."""
        self.stop()
        return Empty()

    def _arguments(self, request: Any) -> list[str]:
        options = {
            "--monitor": request.monitor_address,
            "--engine": self._engine,
            "--project": request.project,
            "--root_directory": request.info.root_directory,
            "--stack": request.stack,
            "--organization": request.organization,
            "--pwd": request.pwd,
            "--parallel": str(request.parallel),
            "--dry_run": "true" if request.dryRun else "",
        }
        # In one word each, so that a value that begins with a dash stays a value.
        named = [f"{name}={value}" for name, value in options.items() if value]
        return [*named, "--", request.info.entry_point or ".", *request.args]

    def _capture(
        self,
        command: list[str],
        folder: Path,
        environment: Mapping[str, str],
        context: grpc.ServicerContext,
    ) -> Iterator[tuple[str, bytes | int]]:
        """Yield a command's output as it comes, then ("exitcode", its code)."""
        with self._children.start(
            command, folder=folder, environment=environment, captured=True
        ) as child:
            # A caller that hangs up is noticed here; the loop below may be waiting for output.
            context.add_callback(lambda: end(child))
            yield from output(child)
            yield "exitcode", child.wait()


def _require_success(code: int, what: str, context: grpc.ServicerContext) -> None:
    if code != 0:
        context.abort(
            grpc.StatusCode.UNKNOWN, f"{what} ended with exit code {code}; its output is above"
        )


def _interpreter(
    info: Any,
    context: grpc.ServicerContext,
    find: Callable[[Path, Mapping[str, object]], Interpreter] = interpreter.find,
) -> Interpreter:
    try:
        return find(Path(info.root_directory), _options(info))
    except UnsupportedProjectError as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        raise


def _options(info: Any) -> dict[str, object]:
    return dict(info.options.items())


def _outcome(code: int) -> Any:
    if code == _ALREADY_REPORTED:
        return language_pb2.RunResponse(bail=True)
    if code < 0:
        return language_pb2.RunResponse(error=f"Program was ended by {signal.Signals(-code).name}")
    if code > 0:
        return language_pb2.RunResponse(error=f"Program exited with non-zero exit code: {code}")
    return language_pb2.RunResponse()
