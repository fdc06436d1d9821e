"""``command:local:Command``."""

import json
import os
import secrets
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final

from airgap.providers._errors import ProviderError
from airgap.providers._states import updated
from airgap.providers._values import Properties
from airgap.providers.command.table import LOCAL_COMMAND

_DEFAULT_INTERPRETER: Final = ("/bin/sh", "-c")
_CANCEL_SECONDS: Final = 0.2
_LOGGED: Final = {
    "stdout": {"stdout"},
    "stderr": {"stderr"},
    "stdoutAndStderr": {"stdout", "stderr"},
    "none": set[str](),
}


@dataclass(frozen=True, slots=True)
class _Output:
    """What a command wrote, each stream without its last line break."""

    stdout: str
    stderr: str


class LocalCommand:
    """Commands that run where Pulumi runs."""

    def __init__(self, log: Callable[[str], None], cancelled: threading.Event) -> None:
        self._log = log
        self._cancelled = cancelled

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        """Run ``create``."""
        output = self._run(inputs.get("create"), inputs, previous=None)
        # The real plugin's ids look like this: the word and ten random characters.
        return f"command{secrets.token_hex(5)}", _state(inputs, output)

    def read(self, resource_id: str, state: Properties) -> tuple[str, Properties] | None:
        """Nothing to read: a command leaves only its output behind."""
        return resource_id, state

    def update(self, resource_id: str, state: Properties, inputs: Properties) -> Properties:
        """Run ``update``, or ``create`` again without one."""
        command = inputs.get("update") or inputs.get("create")
        return _state(updated(LOCAL_COMMAND, state, inputs), self._run(command, inputs, state))

    def delete(self, resource_id: str, state: Properties) -> None:
        """Run ``delete``."""
        self._run(state.get("delete"), state, state)

    def _run(
        self, command: str | None, inputs: Mapping[str, Any], previous: Mapping[str, Any] | None
    ) -> _Output | None:
        if not command:
            return None
        interpreter: Sequence[str] = inputs.get("interpreter") or _DEFAULT_INTERPRETER
        try:
            process = subprocess.Popen(  # noqa: S603 (running the program's command is the point)
                [*interpreter, command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=inputs.get("dir"),
                env=_environment(inputs, previous),
                text=True,
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            message = f"{error.strerror}: {error.filename!r}: running {_quoted(command)}"
            raise ProviderError(message) from None
        return self._await(process, command, inputs)

    def _await(
        self, process: subprocess.Popen[str], command: str, inputs: Mapping[str, Any]
    ) -> _Output:
        logged = _LOGGED[inputs.get("logging", "stdoutAndStderr")]
        streams: dict[str, list[str]] = {"stdout": [], "stderr": []}
        everything: list[str] = []

        def collect(name: str, stream: IO[str]) -> None:
            for line in stream:
                streams[name].append(line)
                everything.append(line)
                if name in logged:
                    self._log(line.rstrip("\n"))

        def feed(stream: IO[str]) -> None:
            # A command need not read what it is given.
            try:
                with stream:
                    stream.write(inputs.get("stdin", ""))
            except BrokenPipeError:
                return

        pipes = (process.stdin, process.stdout, process.stderr)
        stdin, stdout, stderr = (pipe for pipe in pipes if pipe)
        threads = [
            threading.Thread(target=feed, args=(stdin,)),
            threading.Thread(target=collect, args=("stdout", stdout)),
            threading.Thread(target=collect, args=("stderr", stderr)),
        ]
        for thread in threads:
            thread.start()
        code = self._exit_code(process)
        for thread in threads:
            thread.join()
        stdout.close()
        stderr.close()
        if code:
            how = f"exit status {code}" if code > 0 else f"signal {-code}"
            message = f"{how}: running {_quoted(command)}:\n{''.join(everything)}"
            raise ProviderError(message)
        return _Output(*("".join(streams[name]).removesuffix("\n") for name in streams))

    def _exit_code(self, process: subprocess.Popen[str]) -> int:
        while True:
            try:
                return process.wait(_CANCEL_SECONDS)
            except subprocess.TimeoutExpired:
                if self._cancelled.is_set():
                    os.killpg(process.pid, 15)
                    return process.wait()


def _quoted(command: str) -> str:
    return json.dumps(command, ensure_ascii=False)


def _environment(inputs: Mapping[str, Any], previous: Mapping[str, Any] | None) -> dict[str, str]:
    environment: dict[str, str] = dict(os.environ) | inputs.get("environment", {})
    if previous is not None and inputs.get("addPreviousOutputInEnv", True):
        environment["PULUMI_COMMAND_STDOUT"] = previous.get("stdout", "")
        environment["PULUMI_COMMAND_STDERR"] = previous.get("stderr", "")
    return environment


def _state(state: Mapping[str, Any], output: _Output | None) -> Properties:
    if output is None:
        return {"stdout": "", "stderr": "", **state}
    return {**state, "stdout": output.stdout, "stderr": output.stderr}
