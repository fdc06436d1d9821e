"""The process of a plugin: from the port that it prints until the engine is done with it."""

import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import grpc  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2_grpc

from airgap.providers._server import Provider

# More than the engine ever has under way: each call may wait for a container to become healthy.
_WORKERS: Final = 64
_UNLIMITED: Final = -1
_PARENT_POLL_SECONDS: Final = 1.0


def serve(provider: Provider) -> None:
    """Answer the engine that started this process, until it says so or is gone."""
    over = threading.Event()
    # The engine asks with SIGINT, in a process group of its own: a terminal's never comes here.
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, lambda *_: over.set())
    parent = os.getppid()
    for address in sys.argv[1:2]:
        provider.report_to(address)
    server = grpc.server(
        ThreadPoolExecutor(max_workers=_WORKERS),
        options=[
            ("grpc.max_receive_message_length", _UNLIMITED),
            ("grpc.max_send_message_length", _UNLIMITED),
        ],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    while not over.wait(_PARENT_POLL_SECONDS) and os.getppid() == parent:
        pass
    provider.cancel()
    server.stop(grace=None)
    # The engine waits for the end of the process, and nothing is left to be tidied up.
    os._exit(0)
