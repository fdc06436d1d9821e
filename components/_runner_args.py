"""What a pool of GitLab runners needs to know."""

from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi

from ._runner_autoscaler import RunnerAutoscalerArgs


class RunnerPurpose(StrEnum):
    """What the jobs of a pool do, which decides how they are confined."""

    JOBS = "jobs"
    """Build, test, deploy. No process gains privileges that its parent lacks."""

    IMAGE_BUILDS = "image-builds"
    """Build images with rootless BuildKit. It makes user namespaces, so that seccomp's and
    AppArmor's profiles are off; still not privileged. Give such a pool tags of its own."""


class PullPolicy(StrEnum):
    """When the image of a job is pulled."""

    ALWAYS = "always"
    """Before every job: who may not pull it can't run it either."""

    IF_NOT_PRESENT = "if-not-present"
    """When it is missing. Any job runs what another one has pulled."""

    NEVER = "never"
    """Not at all: the host's images alone."""


class RunnerJobsArgs(TypedDict):
    """The containers that jobs and their services run in."""

    image: NotRequired[str]
    """Image of jobs that name none, pinned. Default: ``alpine:3.22``."""

    purpose: NotRequired[RunnerPurpose]
    """What the jobs do. Default: ``jobs``."""

    allowed_images: NotRequired[list[str]]
    """Patterns of the images that jobs may name, such as ``ruby:*``. Default: all."""

    allowed_services: NotRequired[list[str]]
    """Patterns of the images that jobs may name as services. Default: all."""

    pull_policies: NotRequired[list[PullPolicy]]
    """When images are pulled; the next is tried where one fails. Default: ``always``."""

    privileged: NotRequired[bool]
    """Whether jobs are privileged, which makes each of them root on the host. Default: false."""

    setuid_programs: NotRequired[bool]
    """Whether ``sudo`` and the like work in jobs. They do in image builds. Default: false."""

    dropped_capabilities: NotRequired[list[str]]
    """Kernel capabilities that jobs lack, without ``CAP_``. Default: ``NET_RAW``."""

    memory_mib: NotRequired[int]
    """Memory limit of a job's container in MiB. Default: 2048."""

    cpus: NotRequired[float]
    """CPU limit of a job's container in CPUs. Default: 1.0."""

    service_memory_mib: NotRequired[int]
    """Memory limit of each of a job's services in MiB. Default: 1024."""

    service_cpus: NotRequired[float]
    """CPU limit of each of a job's services in CPUs. Default: 1.0."""

    network_id: NotRequired[pulumi.Input[str]]
    """Network that all jobs share, where GitLab is reached through it alone. Default: each job has
    a network of its own."""

    network_mtu_bytes: NotRequired[int]
    """Largest packet on the jobs' own networks in bytes. Default: the engine's."""

    helper_image: NotRequired[pulumi.Input[str]]
    """Image that clones, caches and uploads, pinned. Default: the runner's."""

    volumes: NotRequired[list[str]]
    """Volumes of jobs: a path inside (it outlives the job), or ``source:path`` with a volume's name
    or a folder of the host. None may reach the engine's socket. Default: ``/cache``."""


class RunnerCacheArgs(TypedDict):
    """A bucket of Google Cloud Storage that the managers share as the jobs' cache.

    What gets old is removed by the bucket itself, by a rule of its lifecycle.
    """

    bucket: pulumi.Input[str]
    """Name of the bucket."""

    credentials: pulumi.Input[str]
    """Key of a service account that may read and write the bucket, JSON, a secret wherever it
    goes. Containers can't ask the metadata server, so there is no way without."""


class RunnerPoolArgs(TypedDict):
    """Equal managers of one GitLab runner, on one Docker host."""

    prefix: str
    """Beginning of every container's name, unique on the host."""

    gitlab_url: pulumi.Input[str]
    """Address of GitLab as the managers reach it."""

    token: pulumi.Input[str]
    """The runner's authentication token (``glrt-…``), a secret wherever it goes. All managers share
    it; GitLab tells them apart by their system ids."""

    network_id: pulumi.Input[str]
    """Network of the managers, from which they reach GitLab."""

    count: NotRequired[int]
    """How many managers, 1 to 999. A smaller count lets the last ones finish their jobs.
    Default: 1."""

    image: NotRequired[pulumi.Input[str]]
    """Image of the managers: a pinned reference, or an id from ``PulledImages``.
    Default: ``gitlab/gitlab-runner:alpine-v19.3.0``."""

    jobs: NotRequired[RunnerJobsArgs]
    """The containers of jobs. Default: all of its defaults."""

    concurrent: NotRequired[int]
    """How many jobs a manager runs at once. Default: 2, or as many as the autoscaler's VMs."""

    limit: NotRequired[int]
    """How many of them may be this runner's; 0 is all of them. Default: 0."""

    request_concurrency: NotRequired[int]
    """How many requests for new jobs a manager may have open at once. Default: 2."""

    check_interval_seconds: NotRequired[int]
    """Seconds between two requests for new jobs. Default: 3."""

    output_limit_kib: NotRequired[int]
    """Longest log of a job in KiB. Default: 4096."""

    grace_seconds: NotRequired[int]
    """Seconds that a manager which is stopped gives its jobs to finish, up to 86400. It takes no
    new ones meanwhile. Default: 3600, GitLab's own limit for a job."""

    shutdown_timeout_seconds: NotRequired[int]
    """Seconds that a manager may take to abort jobs once it is told to. Default: 30."""

    clone_url: NotRequired[pulumi.Input[str]]
    """Address of GitLab as jobs reach it, where it is another one. Default: ``gitlab_url``."""

    ca_certificate: NotRequired[pulumi.Input[str]]
    """Certificates that GitLab's own is verified with, PEM. Default: the image's."""

    cache: NotRequired[RunnerCacheArgs]
    """A cache that all managers share. Default: each host keeps caches in volumes."""

    autoscaler: NotRequired[RunnerAutoscalerArgs]
    """VMs that jobs run on, instead of this host. One manager's: ``count`` must be 1.
    Default: jobs run on this host."""

    feature_flags: NotRequired[dict[str, bool]]
    """Feature flags of the runner, over the ones set here."""

    metrics_port: NotRequired[int]
    """Port of a manager's metrics, on its network alone. Default: 9252."""

    engine_socket: NotRequired[str]
    """Where the host's engine listens, ``unix://`` and a path on the host.
    Default: ``unix:///var/run/docker.sock``."""

    memory_mib: NotRequired[int]
    """Memory limit of a manager in MiB. Default: 256."""

    cpus: NotRequired[float]
    """CPU limit of a manager in CPUs. Default: 1.0."""

    health_command: NotRequired[list[str]]
    """Command that exits 0 when a manager is healthy. Default: ``wget`` of its metrics."""

    health_interval_seconds: NotRequired[int]
    """Seconds between two health checks of a manager. Default: 5."""

    start_timeout_seconds: NotRequired[int]
    """Seconds that a manager may take to get healthy. Default: 120."""

    labels: NotRequired[dict[str, str]]
    """Labels of every manager."""
