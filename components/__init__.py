"""Docker hosts, networks and the reddit system as Pulumi components."""

from ._container_app_args import (
    AppPortArgs,
    AppServiceArgs,
    AppVolumeArgs,
    ContainerAppArgs,
)
from ._docker_host_args import DockerHostArgs, PublishedPortArgs
from ._engine_args import EngineArgs
from ._gce_args import GceHostArgs
from ._gitlab_project_args import (
    GitlabAccess,
    GitlabAccessTokenArgs,
    GitlabApiScope,
    GitlabEnvironmentArgs,
    GitlabProjectArgs,
    GitlabRole,
    GitlabRunnerAccess,
    GitlabRunnerArgs,
    GitlabRunnerScope,
    GitlabScheduleArgs,
    GitlabSlackArgs,
    GitlabTier,
    GitlabTokenScope,
    GitlabVariableArgs,
    GitlabVisibility,
    SlackBranches,
)
from ._gitlab_server_args import (
    GitlabBackupArgs,
    GitlabBucketArgs,
    GitlabCertificateArgs,
    GitlabLetsEncryptArgs,
    GitlabProfile,
    GitlabRegistryArgs,
    GitlabServerArgs,
)
from ._reddit_args import (
    AliasesArgs,
    DatabaseArgs,
    DatabaseKind,
    OverrideArgs,
    RedditAppArgs,
    ServiceArgs,
)
from ._registry_args import RegistryArgs
from ._runner_args import (
    PullPolicy,
    RunnerCacheArgs,
    RunnerJobsArgs,
    RunnerPoolArgs,
    RunnerPurpose,
)
from ._runner_autoscaler import RunnerAutoscalerArgs
from ._ssh import SshHostArgs
from .bridge_networks import BridgeNetworkArgs, BridgeNetworks, BridgeNetworksArgs
from .container_app import ContainerApp
from .docker_host import DockerHost
from .gitlab_project import GitlabProject
from .gitlab_server import GitlabServer
from .host_network import HostNetwork, HostNetworkArgs
from .pulled_images import PulledImages, PulledImagesArgs
from .reddit_app import RedditApp
from .runner_pool import RunnerPool

__all__ = [
    "AliasesArgs",
    "AppPortArgs",
    "AppServiceArgs",
    "AppVolumeArgs",
    "BridgeNetworkArgs",
    "BridgeNetworks",
    "BridgeNetworksArgs",
    "ContainerApp",
    "ContainerAppArgs",
    "DatabaseArgs",
    "DatabaseKind",
    "DockerHost",
    "DockerHostArgs",
    "EngineArgs",
    "GceHostArgs",
    "GitlabAccess",
    "GitlabAccessTokenArgs",
    "GitlabApiScope",
    "GitlabBackupArgs",
    "GitlabBucketArgs",
    "GitlabCertificateArgs",
    "GitlabEnvironmentArgs",
    "GitlabLetsEncryptArgs",
    "GitlabProfile",
    "GitlabProject",
    "GitlabProjectArgs",
    "GitlabRegistryArgs",
    "GitlabRole",
    "GitlabRunnerAccess",
    "GitlabRunnerArgs",
    "GitlabRunnerScope",
    "GitlabScheduleArgs",
    "GitlabServer",
    "GitlabServerArgs",
    "GitlabSlackArgs",
    "GitlabTier",
    "GitlabTokenScope",
    "GitlabVariableArgs",
    "GitlabVisibility",
    "HostNetwork",
    "HostNetworkArgs",
    "OverrideArgs",
    "PublishedPortArgs",
    "PullPolicy",
    "PulledImages",
    "PulledImagesArgs",
    "RedditApp",
    "RedditAppArgs",
    "RegistryArgs",
    "RunnerAutoscalerArgs",
    "RunnerCacheArgs",
    "RunnerJobsArgs",
    "RunnerPool",
    "RunnerPoolArgs",
    "RunnerPurpose",
    "ServiceArgs",
    "SlackBranches",
    "SshHostArgs",
]
