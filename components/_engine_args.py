"""What can be chosen about a Docker Engine that Dockyard sets up."""

from typing import NotRequired, TypedDict

DEFAULT_ADDRESS_POOL = "172.28.0.0/14"
DEFAULT_ADDRESS_POOL_PREFIX = 24
DEFAULT_LOG_MAX_SIZE_MIB = 10
DEFAULT_LOG_MAX_FILES = 3
DEFAULT_LIVE_RESTORE = True
DEFAULT_NO_NEW_PRIVILEGES = True
DEFAULT_CONTAINERS_REACH_METADATA = False


class EngineArgs(TypedDict):
    """Settings of a Docker Engine, for all its containers and networks."""

    address_pool: NotRequired[str]
    """IPv4 range that networks without a range of their own are taken from, in CIDR form. Default:
    ``172.28.0.0/14``."""

    address_pool_prefix: NotRequired[int]
    """Prefix length of each network from the pool, from the pool's own to 28. Default: 24."""

    log_max_size_mib: NotRequired[int]
    """Size in MiB at which a container's log file is rotated. Default: 10."""

    log_max_files: NotRequired[int]
    """Log files kept per container, the current one included. Default: 3."""

    live_restore: NotRequired[bool]
    """Whether containers go on while the engine restarts. Swarm mode needs it off. Default:
    true."""

    no_new_privileges: NotRequired[bool]
    """Whether processes in containers are kept from gaining privileges, as with ``sudo`` or any
    other setuid program. Default: true."""

    containers_reach_metadata: NotRequired[bool]
    """Whether containers reach the cloud's metadata server, and with it the machine's credentials.
    Name resolution works in either case. Default: false."""
