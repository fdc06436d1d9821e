"""What runs inside a GitLab server's container: when it is usable, who gets in, what is saved."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

COMPONENTS = Path(__file__).parents[2] / "components"
TOKEN = "glpat-0123456789abcdefghij"  # noqa: S105 - nobody's
PASSWORD = "correct horse"  # noqa: S105 - nobody's

# As much of GitLab's models as the script uses. It ends by saying what has become of them.
_GITLAB = r"""
require "date"
require "json"

STATE = JSON.parse(ENV.fetch("STATE"), symbolize_names: true)

Errors = Struct.new(:full_messages)
class Record
  def initialize(values) = values.each { |key, value| instance_variable_set("@#{key}", value) }
  def errors = Errors.new(["is not to our taste"])
  def save = !STATE[:refuses]
end
class ApplicationSetting < Record
  attr_accessor :signup_enabled
  CURRENT = new(signup_enabled: STATE[:signup_enabled])
  def self.current_without_cache = CURRENT
end
class PersonalAccessToken < Record
  attr_accessor :id, :user_id, :name, :scopes, :expires_at, :revoked, :value
  ALL = []
  def self.find_by_token(value) = ALL.find { |each| each.value == value }
  def set_token(value) = @value = value
  def revoke! = @revoked = true
end
class Tokens
  def where(name:, revoked:)
    PersonalAccessToken::ALL.select { |each| each.name == name && each.revoked == revoked }
  end
  def build(name:)
    token = PersonalAccessToken.new(id: 99, user_id: 1, name: name, revoked: false)
    PersonalAccessToken::ALL << token
    token
  end
end
class User < Record
  attr_accessor :id, :password, :password_confirmation, :password_automatically_set
  ROOT = new(id: 1, password: STATE[:current])
  def self.find_by_username(name) = (ROOT if name == "root" && !STATE[:no_root])
  def valid_password?(given) = given == @password
  def personal_access_tokens = Tokens.new
end
STATE.fetch(:tokens, []).each do |each|
  values = { revoked: false, **each, expires_at: Date.today + each.fetch(:days) }
  PersonalAccessToken::ALL << PersonalAccessToken.new(values)
end
at_exit do
  tokens = PersonalAccessToken::ALL.map do |each|
    { value: each.value, name: each.name, scopes: each.scopes, revoked: each.revoked,
      days: (each.expires_at - Date.today).to_i }
  end
  state = { tokens: tokens, password: User::ROOT.password,
            signup_enabled: ApplicationSetting::CURRENT.signup_enabled }
  File.write(ENV.fetch("AFTER"), JSON.generate(state))
end
load ARGV[0]
"""

Bootstrap = Callable[..., tuple[subprocess.CompletedProcess[str], Any]]


@pytest.fixture
def bootstrap(tmp_path: Path) -> Bootstrap:
    """Run the Ruby part on a GitLab in some state; return how it ended and the state after it."""
    ruby = shutil.which("ruby")
    assert ruby, "this test needs Ruby: apt-get install ruby"

    def run(password: str | None = PASSWORD, **state: Any) -> Any:
        wanted = {
            "root_password": password,
            "api_token": TOKEN,
            "token_name": "dockyard",
            "token_scopes": ["api"],
        }
        after = tmp_path / "after"
        script = str(COMPONENTS / "gitlab_server_bootstrap.rb")
        done = subprocess.run(  # noqa: S603
            [ruby, "-e", _GITLAB, script],
            input=json.dumps(wanted),
            capture_output=True,
            text=True,
            env={"STATE": json.dumps(state), "AFTER": str(after), "PATH": "/usr/bin:/bin"},
            timeout=60,
            check=False,
        )
        said = done.stdout + done.stderr
        assert TOKEN not in said
        assert PASSWORD not in said
        return done, json.loads(after.read_text())

    return run


def _token(**values: Any) -> dict[str, Any]:
    base = {"id": 7, "user_id": 1, "name": "dockyard", "value": TOKEN, "scopes": ["api"]}
    return {**base, "days": 300, **values}


def test_a_new_server_gets_its_password_and_token_and_no_sign_up(bootstrap: Bootstrap) -> None:
    done, after = bootstrap(signup_enabled=True, current="random")
    assert done.returncode == 0, done.stderr
    assert after["signup_enabled"] is False
    assert after["password"] == PASSWORD
    (token,) = after["tokens"]
    assert token == {
        "value": TOKEN,
        "name": "dockyard",
        "scopes": ["api"],
        "revoked": False,
        "days": 364,
    }


def test_a_second_run_changes_nothing_and_says_nothing(bootstrap: Bootstrap) -> None:
    done, after = bootstrap(signup_enabled=False, tokens=[_token()], current=PASSWORD)
    assert done.stdout == ""
    assert [each["days"] for each in after["tokens"]] == [300]
    assert after["password"] == PASSWORD


def test_a_token_is_renewed_long_before_it_expires_and_after(bootstrap: Bootstrap) -> None:
    for days in (179, 0, -30):
        _, after = bootstrap(tokens=[_token(days=days)])
        assert [each["days"] for each in after["tokens"]] == [364]


def test_a_token_with_too_many_rights_loses_them(bootstrap: Bootstrap) -> None:
    _, after = bootstrap(tokens=[_token(scopes=["api", "sudo"])])
    assert [each["scopes"] for each in after["tokens"]] == [["api"]]


def test_the_predecessor_is_revoked_and_nobody_elses_token(bootstrap: Bootstrap) -> None:
    old = _token(id=5, value="glpat-old")
    _, after = bootstrap(tokens=[old, _token(id=6, value="glpat-x", name="a person's")])
    revoked = {each["value"]: each["revoked"] for each in after["tokens"]}
    assert revoked == {"glpat-old": True, "glpat-x": False, TOKEN: False}


def test_a_password_that_is_not_ours_to_set_stays(bootstrap: Bootstrap) -> None:
    done, after = bootstrap(password=None)
    assert done.returncode == 0
    assert after["password"] is None


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"no_root": True}, "dockyard: there is no user root"),
        ({"tokens": [_token(revoked=True)]}, "dockyard: the API token was revoked in GitLab"),
        ({"tokens": [_token(user_id=2)]}, "dockyard: the API token is another user's"),
        ({"refuses": True}, "dockyard: GitLab refuses root's password: is not to our taste"),
    ],
)
def test_what_can_not_be_done_is_one_clear_line(
    bootstrap: Bootstrap, state: dict[str, Any], reason: str
) -> None:
    done, _ = bootstrap(**state)
    assert done.returncode == 1
    assert done.stderr.startswith(reason)
    assert len(done.stderr.splitlines()) == 1


class Container:
    """The container's file system, and the programs in it as shell scripts of our own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.programs = root / "bin"
        self.dockyard = root / "opt" / "dockyard"
        for folder in ("bin", "opt/dockyard", "opt/gitlab/init", "opt/gitlab/service"):
            (root / folder).mkdir(parents=True)

    def program(self, name: str, script: str) -> None:
        """Put a program there."""
        program = self.programs / name
        program.write_text(f"#!/bin/bash\n{script}\n")
        program.chmod(0o755)

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the library's scripts from where it is in the container."""
        place = self.dockyard / script
        shutil.copy(COMPONENTS / f"gitlab_server_{script}.sh", place)
        place.chmod(0o555)
        return subprocess.run(  # noqa: S603
            [str(place), *arguments],
            capture_output=True,
            text=True,
            cwd=self.root,
            env={"PATH": f"{self.programs}:/usr/bin:/bin"},
            timeout=60,
            check=False,
        )


@pytest.fixture
def container(tmp_path: Path) -> Container:
    made = Container(tmp_path)
    (made.dockyard / "secrets.json").write_text(json.dumps({"api_token": TOKEN}))
    made.program("gitlab-rails", 'echo "$*" >rails; cat >stdin')
    return made


def test_the_console_is_asked_once_gitlab_is_ready(container: Container) -> None:
    # Slow at first, then answering badly: 502 is an error to --fail.
    container.program("curl", 'echo x >>asked; (($(wc -l <asked) >= 2)) || exit 22; echo "$*" >url')
    done = container.run("bootstrap", "http://localhost:80/-/readiness?all=1", "30")
    assert done.returncode == 0, done.stderr
    assert len((container.root / "asked").read_text().splitlines()) == 2
    assert "--fail" in (container.root / "url").read_text()
    assert (container.root / "stdin").read_text() == json.dumps({"api_token": TOKEN})
    assert (container.root / "rails").read_text() == f"runner {container.dockyard}/bootstrap.rb\n"
    assert (container.dockyard / "bootstrapped").exists()
    for place in ("init", "service"):
        assert (container.root / f"opt/gitlab/{place}/dockyard-schedule").is_symlink()


def test_waiting_for_gitlab_has_an_end_and_a_reason(container: Container) -> None:
    container.program("curl", "exit 7")
    done = container.run("bootstrap", "http://localhost:80/", "1")
    assert done.returncode == 1
    assert done.stderr.startswith("dockyard: GitLab was not ready after 1 s. `gitlab-ctl tail`")
    assert not (container.root / "rails").exists()
    assert not (container.dockyard / "bootstrapped").exists()


def test_a_token_that_could_not_be_set_leaves_the_server_unhealthy(container: Container) -> None:
    container.program("curl", "true")
    container.program("gitlab-rails", "echo 'dockyard: revoked' >&2; exit 1")
    done = container.run("bootstrap", "http://localhost:80/", "30")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "dockyard: revoked",
        "dockyard: root's password and token could not be set; see the message above.",
    ]
    assert not (container.dockyard / "bootstrapped").exists()


@pytest.fixture
def saving(container: Container) -> Container:
    (container.root / "backups/config").mkdir(parents=True)
    for seconds in (999, 1000):
        archive = container.root / f"backups/config/gitlab_config_{seconds}_2026_11_24.tar"
        archive.write_text("etc")
    container.program("gitlab-ctl", 'echo "gitlab-ctl $*" >>done')
    (container.root / "backups/data").mkdir()
    container.program(
        "gitlab-backup",
        'echo "gitlab-backup $*" >>done; echo data >backups/data/1000_now_gitlab_backup.tar',
    )
    container.program("gitlab-psql", """echo '{"users": 3}'""")
    container.program(
        "curl",
        'echo "curl $*" >>done; case "$*" in '
        '*metadata*) echo \'{"access_token": "ya29.secret"}\' ;; *) cat >stdin ;; esac',
    )
    return container


def test_a_backup_is_of_the_configuration_and_of_the_data(saving: Container) -> None:
    done = saving.run("backup", "backups")
    assert done.returncode == 0, done.stderr
    assert (saving.root / "done").read_text().splitlines() == [
        "gitlab-ctl backup-etc --backup-path backups/config --delete-old-backups",
        "gitlab-backup create CRON=1",
    ]


def test_a_manifest_says_what_a_backup_holds_and_goes_with_it(saving: Container) -> None:
    manifests = saving.root / "backups/manifests"
    manifests.mkdir()
    (manifests / "1_gone.json").write_text("{}")
    done = saving.run("backup", "backups")
    assert done.returncode == 0, done.stderr
    (manifest,) = manifests.iterdir()
    assert manifest.name == "1000_now.json"
    assert json.loads(manifest.read_text()) == {
        "data": {
            "name": "1000_now_gitlab_backup.tar",
            "sha256": hashlib.sha256(b"data\n").hexdigest(),
        },
        "config": {
            "name": "gitlab_config_1000_2026_11_24.tar",
            "sha256": hashlib.sha256(b"etc").hexdigest(),
        },
        "before": {"users": 3},
        "after": {"users": 3},
    }


def test_the_newest_configuration_follows_the_data_to_the_bucket(saving: Container) -> None:
    done = saving.run("backup", "backups", "my-bucket")
    assert done.returncode == 0, done.stderr
    upload = (saving.root / "done").read_text().splitlines()[-1]
    assert "@backups/config/gitlab_config_1000_2026_11_24.tar" in upload
    assert "/b/my-bucket/o?uploadType=media&name=config%2Fgitlab_config_1000_2026" in upload
    assert "ya29.secret" not in (saving.root / "done").read_text()
    assert (saving.root / "stdin").read_text() == 'header = "Authorization: Bearer ya29.secret"\n'


@pytest.mark.parametrize("failing", ["gitlab-psql", "gitlab-ctl", "gitlab-backup", "curl"])
def test_a_backup_that_is_not_whole_is_a_failure(saving: Container, failing: str) -> None:
    saving.program(failing, "exit 3")
    assert saving.run("backup", "backups", "my-bucket").returncode != 0
