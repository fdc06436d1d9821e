"""GitlabServer: the container, what it keeps, who may read what, and what is refused."""

import json
from copy import deepcopy
from typing import Any

import pulumi
import pulumi_docker as docker
import pytest

from components import DockerHost
from components._gitlab_server_args import DEFAULT_IMAGE, GitlabProfile, GitlabServerArgs
from components._gitlab_server_files import uploads
from components._ownership import LABEL
from components.checks import ArgumentError
from components.gitlab_server import GitlabServer
from tests.unit.recorder import CONTAINER, STASH, VOLUME, Deploy, Engine, Value

ARGS: GitlabServerArgs = {
    "prefix": "ci",
    "external_url": "http://gitlab.example.org",
    "network_id": "ci-net",
}
PASSWORD = "correct horse"  # noqa: S105 - nobody's
TOKEN = "glpat-0123456789abcdefghij"  # noqa: S105 - nobody's
KEY = "-----BEGIN PRIVATE KEY-----"
OWN = {"certificate": "-----BEGIN CERTIFICATE-----", "key": KEY}
# What Pulumi's SDK marks a secret with.
SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105


def _with(**changes: Any) -> Any:
    return {**deepcopy(ARGS), **changes}


def _uploads(engine: Engine) -> dict[str, Any]:
    found = engine["gitlab-server"].inputs["uploads"]
    files = found["value"] if isinstance(found, dict) else found
    return {each["file"]: each for each in files}


def _configuration(engine: Engine) -> list[str]:
    return str(_uploads(engine)["/omnibus_config.rb"]["content"]).splitlines()


def _secrets(engine: Engine) -> Any:
    return json.loads(_uploads(engine)["/opt/dockyard/secrets.json"]["content"])


def _ports(engine: Engine) -> set[tuple[int, int]]:
    return {
        (each["internal"], each["external"]) for each in engine["gitlab-server"].inputs["ports"]
    }


def test_it_is_a_container_four_volumes_and_two_records_of_one_parent(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(lambda: GitlabServer("gitlab", ARGS))
    assert set(engine.of_type(CONTAINER)) == {"gitlab-server"}
    assert set(engine.of_type(VOLUME)) == {
        "gitlab-config",
        "gitlab-logs",
        "gitlab-data",
        "gitlab-backups",
    }
    assert set(engine.of_type(STASH)) == {"gitlab-release", "gitlab-token"}
    children = [each for each in engine.registrations if each.name != "gitlab"]
    assert {each.parent for each in children} == {"gitlab"}


def test_the_defaults_are_the_ones_in_the_documentation(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: GitlabServer("gitlab", ARGS))
    inputs = engine["gitlab-server"].inputs
    assert inputs["image"] == DEFAULT_IMAGE
    assert inputs["name"] == "ci-gitlab"
    assert _ports(engine) == {(80, 80), (22, 2222)}
    assert {each["ip"] for each in inputs["ports"]} == {"127.0.0.1"}
    assert (inputs["memory"], inputs["memorySwap"], inputs["cpus"]) == (8192, 16384, "4.0")
    assert inputs["shmSize"] == 256
    assert inputs["networksAdvanced"] == [{"name": "ci-net", "aliases": ["gitlab.example.org"]}]
    assert _configuration(engine) == [
        "external_url 'http://gitlab.example.org'",
        "gitlab_rails['gitlab_shell_ssh_port'] = 2222",
        "gitlab_rails['monitoring_whitelist'] = ['127.0.0.0/8', '::1/128']",
        "gitlab_rails['nginx'] = {'hide_server_tokens' => 'on'}",
        "gitlab_rails['registry_enabled'] = false",
        "gitlab_rails['backup_path'] = '/backups/data'",
        "gitlab_rails['backup_keep_time'] = 604800",
        "letsencrypt['enable'] = false",
        "registry['enable'] = false",
    ]


def test_the_container_is_held_and_comes_back_and_has_time_to_stop(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(lambda: GitlabServer("gitlab", ARGS))
    inputs = engine["gitlab-server"].inputs
    assert "privileged" not in inputs
    assert "capabilities" not in inputs
    assert "docker.sock" not in str(inputs)
    assert inputs["restart"] == "always"
    assert inputs["stopTimeout"] == inputs["destroyGraceSeconds"] == 120
    assert inputs["logOpts"] == {"max-size": "10m", "max-file": "5"}
    assert "healthcheck" in engine["gitlab-server"].request.replaceOnChanges


def test_it_is_healthy_when_it_is_ready_and_has_its_token(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: GitlabServer("gitlab", _with(external_url="http://gitlab.example.org:8929")))
    inputs = engine["gitlab-server"].inputs
    kind, command = inputs["healthcheck"]["tests"]
    assert kind == "CMD-SHELL"
    assert command == (
        "test -e /opt/dockyard/bootstrapped && curl --fail --silent --insecure --max-time 10 "
        "--output /dev/null 'http://localhost:8929/-/readiness?all=1'"
    )
    assert inputs["healthcheck"]["interval"] == "15s"
    assert inputs["healthcheck"]["startPeriod"] == "15m0s"
    assert inputs["wait"] is True
    assert inputs["waitTimeout"] == 900


def test_the_environment_holds_nothing_but_what_to_run(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: GitlabServer("gitlab", _with(start_timeout_seconds=600)))
    assert engine["gitlab-server"].inputs["envs"] == [
        "GITLAB_OMNIBUS_CONFIG=from_file('/omnibus_config.rb')",
        "GITLAB_POST_RECONFIGURE_SCRIPT="
        "/opt/dockyard/bootstrap 'http://localhost:80/-/readiness?all=1' 600 &",
    ]


@pytest.mark.parametrize("given_as", [str, pulumi.Output.from_input])
def test_secrets_are_in_files_for_root_alone_and_nowhere_else(
    deploy: Deploy, engine: Engine, value: Value, given_as: Any
) -> None:
    def program() -> GitlabServer:
        own = {"certificate": OWN["certificate"], "key": given_as(KEY)}
        extra = {"gitlab_rails": {"smtp_password": given_as("mail-secret")}}
        args = _with(external_url="https://git.example.org", certificate=own, settings=extra)
        args |= {"root_password": given_as(PASSWORD), "api_token": given_as(TOKEN)}
        return GitlabServer("gitlab", args)

    server = deploy(program)
    files = _uploads(engine)
    assert _secrets(engine) == {
        "root_password": PASSWORD,
        "api_token": TOKEN,
        "token_name": "dockyard",
        "token_scopes": ["api"],
    }
    assert files["/opt/dockyard/tls.key"]["content"] == KEY
    assert "gitlab_rails['smtp_password'] = 'mail-secret'" in _configuration(engine)
    for path in ("/omnibus_config.rb", "/opt/dockyard/secrets.json", "/opt/dockyard/tls.key"):
        assert files[path]["permissions"] == "0400"
    assert "gitlab-token" not in engine.of_type(STASH)
    assert value(pulumi.Output.from_input(server.api_token.is_secret())) is True
    assert value(server.api_token) == TOKEN
    uploads = engine["gitlab-server"].request.object.fields.pop("uploads")
    assert SECRET_MARK in str(uploads)
    for secret in (PASSWORD, TOKEN, KEY, "mail-secret"):
        assert not [each.name for each in engine.registrations if secret in str(each.request)]


@pytest.mark.usefixtures("engine")
def test_each_file_with_secrets_is_a_secret_by_itself(value: Value) -> None:
    args = _with(
        external_url="https://git.example.org",
        certificate=OWN,
        root_password=PASSWORD,
        settings={"gitlab_rails": {"smtp_password": "mail-secret"}},
    )
    files = {each.file: each for each in uploads(args, pulumi.Output.from_input(TOKEN))}
    for path in ("/omnibus_config.rb", "/opt/dockyard/secrets.json", "/opt/dockyard/tls.key"):
        content = pulumi.Output.from_input(files[path].content)
        assert value(pulumi.Output.from_input(content.is_secret())) is True


def test_a_token_is_made_up_once_and_is_a_secret(
    deploy: Deploy, engine: Engine, value: Value
) -> None:
    server = deploy(lambda: GitlabServer("gitlab", ARGS))
    stash = engine["gitlab-token"]
    assert list(stash.request.ignoreChanges) == ["input"]
    assert SECRET_MARK in str(stash.request.object.fields["input"])
    token = value(server.api_token)
    assert token.startswith("glpat-")
    assert len(token) > 30
    assert _secrets(engine)["api_token"] == token
    assert _secrets(engine)["root_password"] is None


def test_scripts_and_schedule_can_be_run_by_whom_they_are_for(
    deploy: Deploy, engine: Engine
) -> None:
    backup = {"schedule": "5 */6 * * 1-5", "bucket": {"name": "my-bucket", "project": "project-1"}}
    deploy(lambda: GitlabServer("gitlab", _with(backup=backup)))
    files = _uploads(engine)
    assert files["/opt/dockyard/cron.d/dockyard"]["content"].splitlines() == [
        "5 */6 * * 1-5 root /opt/dockyard/backup /backups my-bucket >/proc/1/fd/1 2>&1",
        "17 4 * * 0 root /opt/dockyard/bootstrap 'http://localhost:80/-/readiness?all=1' 900 "
        ">/proc/1/fd/1 2>&1",
    ]
    assert {path for path, each in files.items() if each["permissions"] == "0555"} == {
        "/opt/dockyard/bootstrap",
        "/opt/dockyard/backup",
        "/opt/gitlab/sv/dockyard-schedule/run",
    }
    # GitLab's console runs as another user.
    assert files["/opt/dockyard/bootstrap.rb"]["permissions"] == "0444"
    assert (
        "--include=/opt/dockyard/cron.d" in files["/opt/gitlab/sv/dockyard-schedule/run"]["content"]
    )


def test_a_bucket_gets_the_data_with_the_hosts_own_account(deploy: Deploy, engine: Engine) -> None:
    backup = {"keep_days": 30, "bucket": {"name": "my-bucket", "project": "project-1"}}
    deploy(lambda: GitlabServer("gitlab", _with(backup=backup)))
    lines = _configuration(engine)
    assert "gitlab_rails['backup_keep_time'] = 2592000" in lines
    assert "gitlab_rails['backup_upload_remote_directory'] = 'my-bucket'" in lines
    assert (
        "gitlab_rails['backup_upload_connection'] = {'provider' => 'Google', "
        "'google_project' => 'project-1', 'google_application_default' => true}" in lines
    )


def test_lets_encrypt_needs_both_ports(deploy: Deploy, engine: Engine, value: Value) -> None:
    encrypted = {"contact_emails": ["me@example.org"]}
    args = _with(external_url="https://git.example.org/", lets_encrypt=encrypted)
    server = deploy(lambda: GitlabServer("gitlab", args))
    assert _ports(engine) == {(443, 443), (80, 80), (22, 2222)}
    lines = _configuration(engine)
    assert "external_url 'https://git.example.org'" in lines
    assert "letsencrypt['enable'] = true" in lines
    assert "letsencrypt['contact_emails'] = ['me@example.org']" in lines
    assert "'redirect_http_to_https' => true" in str(lines)
    assert value(server.url) == "https://git.example.org"


@pytest.mark.parametrize(
    ("version", "web", "registry"),
    [
        ("19.2.0", "gitlab_rails['nginx'] = ", "registry['nginx'] = {'ssl_certificate' => "),
        ("19.1.9", "nginx['ssl_certificate'] = ", "registry_nginx['ssl_certificate'] = "),
    ],
)
def test_a_certificate_of_ones_own_is_where_the_version_looks_for_it(
    deploy: Deploy, engine: Engine, version: str, web: str, registry: str
) -> None:
    args = _with(
        image=f"gitlab/gitlab-ce:{version}-ce.0",
        external_url="https://git.example.org:8443",
        certificate=OWN,
        registry={"port": 5555},
    )
    deploy(lambda: GitlabServer("gitlab", args))
    lines = _configuration(engine)
    assert [each for each in lines if each.startswith(web) and "/opt/dockyard/tls.crt" in each]
    assert [each for each in lines if each.startswith(registry) and "/opt/dockyard/tls.crt" in each]
    assert "registry_external_url 'https://git.example.org:5555'" in lines
    assert "redirect_http_to_https" not in str(lines)
    assert _ports(engine) == {(8443, 8443), (5555, 5555), (22, 2222)}
    assert _uploads(engine)["/opt/dockyard/tls.crt"]["content"] == OWN["certificate"]
    assert "'https://localhost:8443/" in engine["gitlab-server"].inputs["healthcheck"]["tests"][1]


def test_the_small_profile_is_small(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: GitlabServer("gitlab", _with(profile=GitlabProfile.MEMORY_CONSTRAINED)))
    inputs = engine["gitlab-server"].inputs
    assert (inputs["memory"], inputs["cpus"]) == (4096, "2.0")
    lines = _configuration(engine)
    assert "puma['worker_processes'] = 0" in lines
    assert "sidekiq['concurrency'] = 10" in lines
    assert "prometheus_monitoring['enable'] = false" in lines
    assert [each for each in lines if each.startswith("gitaly['configuration'] = {'concurrency'")]


def test_limits_ports_and_settings_are_the_callers(deploy: Deploy, engine: Engine) -> None:
    args = _with(
        bind_address="0.0.0.0",  # noqa: S104 - a recording engine binds nothing
        ssh_port=2022,
        memory_mib=6000.0,  # as a hosted component receives numbers
        cpus=3,
        shm_mib=512,
        health_interval_seconds=60,
        image_id="sha256:" + "1" * 64,
        profile=GitlabProfile.MEMORY_CONSTRAINED,
        settings={"puma": {"worker_processes": 1}, "gitlab_rails": {"nginx": {"x": 2.0}}},
    )
    deploy(lambda: GitlabServer("gitlab", args))
    inputs = engine["gitlab-server"].inputs
    assert (inputs["memory"], inputs["memorySwap"], inputs["cpus"]) == (6000, 12000, "3.0")
    assert inputs["shmSize"] == 512
    assert inputs["healthcheck"]["interval"] == "1m0s"
    assert inputs["image"] == "sha256:" + "1" * 64
    assert {each["ip"] for each in inputs["ports"]} == {"0.0.0.0"}  # noqa: S104
    lines = _configuration(engine)
    assert "gitlab_rails['gitlab_shell_ssh_port'] = 2022" in lines
    assert "puma['worker_processes'] = 1" in lines
    assert "gitlab_rails['nginx'] = {'hide_server_tokens' => 'on', 'x' => 2}" in lines


def test_everything_is_kept_in_volumes_of_its_own(
    deploy: Deploy, engine: Engine, value: Value
) -> None:
    server = deploy(lambda: GitlabServer("gitlab", ARGS))
    assert engine["gitlab-server"].inputs["volumes"] == [
        {"volumeName": "ci-config", "containerPath": "/etc/gitlab"},
        {"volumeName": "ci-logs", "containerPath": "/var/log/gitlab"},
        {"volumeName": "ci-data", "containerPath": "/var/opt/gitlab"},
        {"volumeName": "ci-backups", "containerPath": "/backups"},
    ]
    assert value(pulumi.Output.all(**server.volume_names)) == {
        role: f"ci-{role}" for role in ("config", "logs", "data", "backups")
    }


def test_everything_can_be_below_folders_of_the_host(deploy: Deploy, engine: Engine) -> None:
    args = _with(directory="/srv/gitlab", backup={"directory": "/mnt/backups"})
    server = deploy(lambda: GitlabServer("gitlab", args))
    assert engine.of_type(VOLUME) == {}
    assert server.volume_names == {}
    assert engine["gitlab-server"].inputs["volumes"] == [
        {"hostPath": "/srv/gitlab/config", "containerPath": "/etc/gitlab"},
        {"hostPath": "/srv/gitlab/logs", "containerPath": "/var/log/gitlab"},
        {"hostPath": "/srv/gitlab/data", "containerPath": "/var/opt/gitlab"},
        {"hostPath": "/mnt/backups", "containerPath": "/backups"},
    ]


def test_the_data_outlives_a_destroy_and_is_protected_if_asked(
    deploy: Deploy, engine: Engine
) -> None:
    def program() -> None:
        GitlabServer("kept", ARGS)
        GitlabServer("dropped", _with(prefix="other", keep_data=False, protect_data=True))

    deploy(program)
    for role in ("config", "logs", "data", "backups"):
        assert engine[f"kept-{role}"].request.retainOnDelete
        assert not engine[f"kept-{role}"].request.protect
        assert list(engine[f"kept-{role}"].request.ignoreChanges) == ["labels"]
        assert not engine[f"dropped-{role}"].request.retainOnDelete
        assert engine[f"dropped-{role}"].request.protect
    assert not engine["dropped-server"].request.protect


def test_nothing_touches_the_server_before_its_guard_has_agreed(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(lambda: GitlabServer("gitlab", ARGS))
    guard = engine["gitlab-release"]
    assert guard.inputs["input"] == "19.3.0-ce"
    assert list(guard.request.hooks.before_update) == ["gitlab-release-allowed"]
    assert not guard.request.hooks.before_create
    assert "gitlab-release" in engine["gitlab-server"].depends_on
    assert engine["gitlab-server"].request.deleteBeforeReplace


def test_the_version_is_read_from_the_image(deploy: Deploy, engine: Engine, value: Value) -> None:
    args = _with(image="registry.example/gitlab/gitlab-ee:18.11.2-ee.0")
    server = deploy(lambda: GitlabServer("gitlab", args))
    assert value(server.version) == "18.11.2"
    assert value(server.container_name) == "ci-gitlab"
    assert engine["gitlab-release"].inputs["input"] == "18.11.2-ee"


def test_it_lives_and_moves_with_its_host_and_waits_for_what_it_depends_on(
    deploy: Deploy, engine: Engine
) -> None:
    def program() -> None:
        host = DockerHost("host", {})
        first = docker.Volume("first", opts=pulumi.ResourceOptions(provider=host.provider))
        opts = pulumi.ResourceOptions(provider=host.provider, depends_on=[first])
        GitlabServer("gitlab", _with(labels={"team": "ci"}), opts)

    deploy(program)
    server = engine["gitlab-server"]
    assert server.provider.startswith("host-")
    assert server.replacement_trigger == "unix:///var/run/docker.sock"
    labels = {each["label"]: each["value"] for each in server.inputs["labels"]}
    assert labels["team"] == "ci"
    assert LABEL in labels
    assert list(server.request.hooks.before_create) == ["gitlab-leftovers"]
    for name in ("server", "data", "release", "token"):
        assert "first" in engine[f"gitlab-{name}"].depends_on


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"prefix": ""}, "prefix: '' is not a Docker name"),
        ({"image": "gitlab/gitlab-ce:latest"}, "image: 'gitlab/gitlab-ce:latest' means another"),
        ({"image": "gitlab/gitlab-ce:19"}, "image: 'gitlab/gitlab-ce:19' doesn't name version and"),
        ({"image": "gitlab/gitlab-ce:16.11.10-ce.0"}, "is older than 17.0.0"),
        ({"image_id": "gitlab:latest"}, "image_id: 'gitlab:latest' means another image tomorrow"),
        ({"external_url": "gitlab.example.org"}, "is not a server's URL"),
        ({"external_url": "ftp://gitlab.example.org"}, "is not a server's URL"),
        ({"external_url": "http://git'lab"}, "is not a server's URL"),
        ({"external_url": "http://gitlab:99999"}, "is not a server's URL"),
        ({"external_url": "http://gitlab/path"}, "has more than a name and a port"),
        ({"external_url": "http://me@gitlab"}, "has more than a name and a port"),
        ({"external_url": "http://gitlab:8080"}, "external_url: 8080 is a port that a part of"),
        ({"external_url": "https://git.example.org"}, "needs exactly one of lets_encrypt and"),
        (
            {"external_url": "https://a.example", "lets_encrypt": {}, "certificate": OWN},
            "needs exactly one of lets_encrypt and",
        ),
        ({"certificate": OWN}, "certificate: '(hidden)' is of no use without https://"),
        ({"lets_encrypt": {}}, "is of no use without https://"),
        (
            {"external_url": "https://10.0.0.1", "lets_encrypt": {}},
            "can't have a certificate from Let's Encrypt",
        ),
        (
            {"external_url": "https://a.example:8443", "lets_encrypt": {}},
            "can't have a certificate from Let's Encrypt",
        ),
        ({"ssh_port": 0}, "ssh_port: 0 is not a whole number"),
        ({"ssh_port": 80}, "ssh_port: 80 is also the port of external_url"),
        ({"registry": {"port": 70000}}, "registry.port: 70000 is not a whole number"),
        ({"registry": {"port": 5000}}, "registry.port: 5000 is a port that a part of GitLab"),
        ({"registry": {"port": 2222}}, "ssh_port: 2222 is also the port of registry.port"),
        ({"bind_address": "::1"}, "bind_address: '::1' is not an IPv4 address"),
        ({"memory_mib": 1024}, "memory_mib: 1024 is too little for GitLab to start"),
        ({"cpus": 0}, "cpus: 0 is not a number of CPUs"),
        ({"shm_mib": 64}, "shm_mib: 64 is not a whole number from 256"),
        ({"root_password": "short"}, "root_password: '(hidden)' is not 8 to 128 characters"),
        ({"api_token": "glpat-short"}, "api_token: '(hidden)' is not a token"),
        ({"api_token": "glpat-with a space in it"}, "api_token: '(hidden)' is not a token"),
        (
            {"backup": {"schedule": "daily"}},
            "backup.schedule: 'daily' is not a time in five fields",
        ),
        ({"backup": {"schedule": "1 2 * * *\n* * * * * root x"}}, "is not a time in five fields"),
        ({"backup": {"keep_days": 0}}, "backup.keep_days: 0 is not a whole number"),
        ({"backup": {"timeout_seconds": 0}}, "backup.timeout_seconds: 0 is not a whole number"),
        ({"backup": {"directory": "backups"}}, "backup.directory: 'backups' is not an absolute"),
        (
            {"backup": {"bucket": {"name": "a b", "project": "project-1"}}},
            "backup.bucket.name: 'a b' is not the name of a bucket",
        ),
        (
            {"backup": {"bucket": {"name": "my-bucket", "project": "P"}}},
            "backup.bucket.project: 'P' is not the id of a project",
        ),
        ({"directory": "srv"}, "directory: 'srv' is not an absolute path"),
        ({"directory": "/a:/b"}, "directory: '/a:/b' is not an absolute path"),
        ({"settings": {"system": {"x": 1}}}, "settings: 'system' is no section of gitlab.rb"),
        ({"health_interval_seconds": 0}, "health_interval_seconds: 0 is not a whole number"),
        ({"start_timeout_seconds": 1.5}, "start_timeout_seconds: 1.5 is not a whole number"),
    ],
)
def test_a_bad_argument_is_refused_before_anything_is_registered(
    deploy: Deploy, engine: Engine, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        deploy(lambda: GitlabServer("gitlab", _with(**changes)))
    assert message in str(refusal.value)
    assert KEY not in str(refusal.value)
    assert engine.registrations == []
