"""Talks to a machine's Docker Engine where its command line would show secrets to everybody.

An argument can be read by each user of the machine that runs the command, here and there. So what
must stay secret goes through standard input: ``docker system dial-stdio`` connects it with the
engine, on this machine or over SSH, exactly as Docker's own clients do.
"""

import asyncio
import contextlib
import http.client
import io
import json
from typing import Any
from urllib.parse import urlencode

import pulumi

from ._machine import Machine

_CALL_SECONDS = 120
_ERROR = 400


class EngineError(RuntimeError):
    """An engine refused a call, or can't be reached.

    Args:
        endpoint: where it is.
        words: what it said, or why it said nothing.
    """

    def __init__(self, endpoint: str, words: str) -> None:
        super().__init__(f"{endpoint}: {words}")
        self.words = words


class EngineApi:
    """The engine of one machine.

    Args:
        endpoint: where it is, to be named in errors.
        dial: the command that connects its standard input and output with the engine.
    """

    def __init__(self, endpoint: str, dial: list[str]) -> None:
        self.endpoint = endpoint
        self._dial = dial

    @staticmethod
    def dial_command(machine: Machine) -> pulumi.Output[list[str]]:
        """Return the command that connects with a machine's engine; it holds no secrets."""
        return machine.docker("system", "dial-stdio")

    async def get(self, path: str) -> Any:  # noqa: ANN401 - any JSON document
        """Return what the engine has at a path.

        Raises:
            EngineError: it refuses, or can't be reached.
        """
        return await self._call("GET", path, None)

    async def post(self, path: str, body: object = None, **query: object) -> Any:  # noqa: ANN401
        """Have the engine do something, and return its answer.

        Raises:
            EngineError: it refuses, or can't be reached.
        """
        return await self._call("POST", f"{path}?{urlencode(query)}", body)

    async def delete(self, path: str, **query: object) -> None:
        """Have the engine delete something.

        Raises:
            EngineError: it refuses, or can't be reached.
        """
        await self._call("DELETE", f"{path}?{urlencode(query)}", None)

    async def _call(self, method: str, path: str, body: object) -> Any:  # noqa: ANN401
        content = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        try:
            said, complaints = await asyncio.wait_for(
                self._exchange(head.encode() + content), _CALL_SECONDS
            )
        except TimeoutError:
            raise EngineError(self.endpoint, f"no answer within {_CALL_SECONDS} s") from None
        if not said.startswith(b"HTTP/1."):
            words = complaints.decode(errors="replace").strip().rpartition("\n")[2]
            raise EngineError(self.endpoint, words or "the engine closed the connection")
        status, answer = _answer(said)
        if status >= _ERROR:
            message = answer.get("message", status) if isinstance(answer, dict) else answer
            raise EngineError(self.endpoint, str(message))
        return answer

    async def _exchange(self, request: bytes) -> tuple[bytes, bytes]:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._dial,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise EngineError(
                self.endpoint, f"{self._dial[0]}: no such program on this machine"
            ) from None
        assert process.stdin  # noqa: S101 - for the type checker: all three are pipes
        assert process.stdout  # noqa: S101
        assert process.stderr  # noqa: S101
        try:
            with contextlib.suppress(ConnectionError):
                process.stdin.write(request)
                await process.stdin.drain()
            # Its end stays open until the answer is there: the engine takes a client that closes
            # its end for one that has lost interest, and cancels what it does for it.
            said, complaints = await asyncio.gather(process.stdout.read(), process.stderr.read())
        finally:
            process.stdin.close()
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        return said, complaints


class _Said:
    """What an engine said, in the shape of the socket that http.client reads from."""

    def __init__(self, said: bytes) -> None:
        self._said = said

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._said)


def _answer(said: bytes) -> tuple[int, Any]:
    response = http.client.HTTPResponse(_Said(said))  # type: ignore[arg-type]
    response.begin()
    text = response.read().decode(errors="replace").strip()
    try:
        return response.status, json.loads(text) if text else None
    except ValueError:
        return response.status, text
