"""A Docker Engine on another machine, reached with the local ``ssh``."""

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from pathlib import Path
from urllib.parse import urlsplit

from airgap.providers._errors import ProviderError
from airgap.providers.docker.host import Host


class SshTunnel:
    """A local socket whose every connection is one ``ssh HOST docker system dial-stdio``.

    docker-py can start ssh itself, but neither pass it options nor tell why it failed.

    Attributes:
        address: What docker-py connects to.
        failure: The last words of the last ssh that failed.
    """

    def __init__(self, host: Host) -> None:
        self._command = _ssh_command(host)
        self.failure = ""
        self._listener = socket.socket(socket.AF_UNIX)
        with tempfile.TemporaryDirectory(prefix="docker-ssh-") as folder:
            path = Path(folder, "docker.sock")
            self._listener.bind(str(path))
            self._listener.listen()
            # Leads to the socket once its name is gone, so that nothing is left of it however this
            # process ends.
            handle = os.open(path, os.O_PATH)
        self.address = f"unix:///proc/self/fd/{handle}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        # Held open until it is known why ssh ended: docker-py's error must find that out.
        with connection:
            process = subprocess.Popen(  # noqa: S603 (the user's own host and options)
                self._command,
                stdin=connection.fileno(),
                stdout=connection.fileno(),
                stderr=subprocess.PIPE,
                # A session of its own has no terminal: ssh fails rather than asks for a password.
                start_new_session=True,
            )
            _, said = process.communicate()
            words = said.decode(errors="replace").strip().rpartition("\n")[2]
            self.failure = words if process.returncode else ""


def _ssh_command(host: Host) -> list[str]:
    ssh = shutil.which("ssh")
    if ssh is None:
        message = f"host is '{host.address}', but no ssh is on PATH; install the OpenSSH client"
        raise ProviderError(message)
    address = urlsplit(host.address)
    command = [ssh, *host.ssh_options]
    if address.username:
        command += ["-l", address.username]
    if address.port:
        command += ["-p", str(address.port)]
    return [*command, "--", address.hostname or "", "docker", "system", "dial-stdio"]
