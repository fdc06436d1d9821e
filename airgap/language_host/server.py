"""The process: from the port it prints to the end of its standard input."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc  # type: ignore[import-untyped]
from pulumi.runtime.proto import language_pb2_grpc

from airgap.language_host.servicer import LanguageHost

# What the engine itself allows for one message.
_MESSAGE_BYTES = 400 * 1024 * 1024


def serve(executor: Path, engine: str) -> None:
    """Serve one engine until it closes standard input or interrupts, then leave nothing behind.

    Args:
        executor: Path of ``pulumi-language-python-exec``.
        engine: Address of the engine's gRPC service.
    """
    host = LanguageHost(engine, executor)
    server = grpc.server(
        ThreadPoolExecutor(max_workers=16),
        options=[
            ("grpc.max_receive_message_length", _MESSAGE_BYTES),
            ("grpc.max_send_message_length", _MESSAGE_BYTES),
        ],
    )
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        print(port, flush=True)
        # A killed engine closes the pipe; nothing is ever written to it.
        while os.read(0, 1):
            pass
    except KeyboardInterrupt:
        pass
    finally:
        host.stop()
    # At once: unwinding gRPC's threads takes longer than all of the above, and every run waits.
    os._exit(0)
