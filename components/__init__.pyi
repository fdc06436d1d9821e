"""The public face of the library: what can be imported from it, and where that is.

Type checkers read this file, and so does ``__init__.py``, which imports a name from its module when
it is first used. A new public name is added here and nowhere else.
"""

from ._backup_args import BackupArgs as BackupArgs
from ._container_app_args import (
    AppPortArgs as AppPortArgs,
    AppServiceArgs as AppServiceArgs,
    AppVolumeArgs as AppVolumeArgs,
    ContainerAppArgs as ContainerAppArgs,
)
from ._docker_host_args import (
    DockerHostArgs as DockerHostArgs,
    PublishedPortArgs as PublishedPortArgs,
)
from ._engine_args import EngineArgs as EngineArgs
from ._extras import MissingExtraError as MissingExtraError
from ._gce_args import GceHostArgs as GceHostArgs
from ._gateway_args import (
    GatewayArgs as GatewayArgs,
    GatewayRouteArgs as GatewayRouteArgs,
)
from ._gitlab_project_args import (
    GitlabAccess as GitlabAccess,
    GitlabAccessTokenArgs as GitlabAccessTokenArgs,
    GitlabApiScope as GitlabApiScope,
    GitlabEnvironmentArgs as GitlabEnvironmentArgs,
    GitlabProjectArgs as GitlabProjectArgs,
    GitlabRole as GitlabRole,
    GitlabRunnerAccess as GitlabRunnerAccess,
    GitlabRunnerArgs as GitlabRunnerArgs,
    GitlabRunnerScope as GitlabRunnerScope,
    GitlabScheduleArgs as GitlabScheduleArgs,
    GitlabSlackArgs as GitlabSlackArgs,
    GitlabTier as GitlabTier,
    GitlabTokenScope as GitlabTokenScope,
    GitlabVariableArgs as GitlabVariableArgs,
    GitlabVisibility as GitlabVisibility,
    SlackBranches as SlackBranches,
)
from ._gitlab_server_args import (
    GitlabBackupArgs as GitlabBackupArgs,
    GitlabBucketArgs as GitlabBucketArgs,
    GitlabCertificateArgs as GitlabCertificateArgs,
    GitlabLetsEncryptArgs as GitlabLetsEncryptArgs,
    GitlabProfile as GitlabProfile,
    GitlabRegistryArgs as GitlabRegistryArgs,
    GitlabServerArgs as GitlabServerArgs,
)
from ._reddit_args import (
    AliasesArgs as AliasesArgs,
    DatabaseArgs as DatabaseArgs,
    DatabaseKind as DatabaseKind,
    OverrideArgs as OverrideArgs,
    RedditAppArgs as RedditAppArgs,
    RedditSwarmArgs as RedditSwarmArgs,
    ServiceArgs as ServiceArgs,
)
from ._registry_args import RegistryArgs as RegistryArgs
from ._runner_args import (
    PullPolicy as PullPolicy,
    RunnerCacheArgs as RunnerCacheArgs,
    RunnerJobsArgs as RunnerJobsArgs,
    RunnerPoolArgs as RunnerPoolArgs,
    RunnerPurpose as RunnerPurpose,
)
from ._runner_autoscaler import RunnerAutoscalerArgs as RunnerAutoscalerArgs
from ._ssh_args import SshHostArgs as SshHostArgs
from ._swarm_app_args import SwarmAppArgs as SwarmAppArgs
from .bridge_networks import (
    BridgeNetworkArgs as BridgeNetworkArgs,
    BridgeNetworks as BridgeNetworks,
    BridgeNetworksArgs as BridgeNetworksArgs,
)
from .checks import ArgumentError as ArgumentError
from .container_app import ContainerApp as ContainerApp
from .docker_host import DockerHost as DockerHost
from .docker_swarm import DockerSwarm as DockerSwarm, DockerSwarmArgs as DockerSwarmArgs
from .gitlab_project import GitlabProject as GitlabProject
from .gitlab_server import GitlabServer as GitlabServer
from .host_network import HostNetwork as HostNetwork, HostNetworkArgs as HostNetworkArgs
from .overlay_networks import (
    OverlayNetworkArgs as OverlayNetworkArgs,
    OverlayNetworks as OverlayNetworks,
    OverlayNetworksArgs as OverlayNetworksArgs,
)
from .pulled_images import PulledImages as PulledImages, PulledImagesArgs as PulledImagesArgs
from .reddit_app import RedditApp as RedditApp
from .runner_pool import RunnerPool as RunnerPool
from .swarm_app import SwarmApp as SwarmApp

__version__: str
__all__: list[str]
