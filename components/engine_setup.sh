# shellcheck shell=bash
# Makes a Debian or Ubuntu machine a Docker host. Run as root, as often as you like: what is as it
# should be stays untouched, and a run that changes nothing says so.
#
# The lines before this one, written by _engine_setup.py, set shell options and the variables in
# capitals. All of the work is in functions, and the last line starts it: a script that arrives cut
# short, or is read from a pipe that a program below also reads, does nothing by halves.

readonly ENGINE_ROOT=/var/lib/docker MOUNT_OPTIONS=defaults,discard
readonly DAEMON_CONFIG=/etc/docker/daemon.json
readonly KEYS_FILE=/etc/ssh/dockyard/deploy.keys
readonly SSHD_CONFIG=/etc/ssh/sshd_config.d/00-dockyard.conf
readonly UNITS=/etc/systemd/system
readonly METADATA_GUARD=/usr/local/sbin/dockyard-metadata-guard
readonly SCRIPT_RUNNER=/usr/bin/google_metadata_script_runner
readonly SUDOERS=/etc/sudoers.d/dockyard
readonly LOCK=/run/dockyard-engine-setup.lock
readonly DISK_SECONDS=120 LOCK_SECONDS=900 RETRY_SECONDS=300 START_SECONDS=60

export LC_ALL=C DEBIAN_FRONTEND=noninteractive
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022

changes=0
daemon_config_changed=no
previous_daemon_config=

changed() {
  changes=$((changes + 1))
  echo "engine-setup: $*"
}

fail() {
  echo "engine-setup: $*" >&2
  exit 1
}

# holds FILE CONTENT: whether the file has exactly this content.
holds() {
  [[ -f $1 ]] && cmp --silent "$1" <(printf '%s\n' "$2")
}

# replace FILE CONTENT [MODE]: in one piece, a reader sees the old file or the new one.
replace() {
  mkdir -p "${1%/*}"
  local fresh
  fresh=$(mktemp "$1.XXXXXX")
  printf '%s\n' "$2" >"$fresh"
  chmod "${3:-644}" "$fresh"
  mv "$fresh" "$1"
  changed "wrote $1"
}

under_systemd() {
  [[ -d /run/systemd/system ]]
}

reload_units() {
  if under_systemd; then systemctl daemon-reload; fi
}

# patiently COMMAND...: a machine that has just booted is busy with updates of its own and may not
# have found its network yet, and nothing waits for the lock on apt's lists.
patiently() {
  local deadline=$((SECONDS + RETRY_SECONDS))
  until "$@"; do
    ((SECONDS < deadline)) || fail "'$*' failed for $RETRY_SECONDS s; see the messages above"
    sleep 5
  done
}

install_packages() {
  # A configuration file that someone has changed already stays as it is: nobody is there to ask.
  apt-get -qq -o DPkg::Lock::Timeout=$LOCK_SECONDS -o Acquire::Retries=5 -o Dpkg::Use-Pty=0 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
    install --yes --no-install-recommends "$@"
  changed "installed $*"
}

# --- The engine's data disk -------------------------------------------------------------------

prepare_data_disk() {
  local device=/dev/disk/by-id/google-$DATA_DISK mounted content
  wait_for_device "$device"
  mounted=$(findmnt --noheadings --output SOURCE --mountpoint $ENGINE_ROOT || true)
  if [[ -z $mounted ]]; then
    refuse_to_hide_data
  elif [[ ! $mounted -ef $device ]]; then
    fail "$mounted is mounted at $ENGINE_ROOT already; unmount it, or give no data disk"
  fi
  content=$(content_of "$device")
  case $content in
    '')
      mkfs.ext4 -q -m 0 "$device"
      changed "made an ext4 file system on $device"
      ;;
    ext4) ;;
    *) fail "$device holds something else than ext4 (${content//$'\n'/, }) and was left as it is;" \
      "give an empty disk, or empty this one yourself: wipefs --all $device" ;;
  esac
  if [[ -z $mounted ]]; then mount_data_disk "$device"; fi
  grow "$device"
  keep_mount "$device"
}

wait_for_device() {
  local deadline=$((SECONDS + DISK_SECONDS))
  until [[ -b $1 ]]; do
    ((SECONDS < deadline)) ||
      fail "$1 did not appear within $DISK_SECONDS s; attach the disk with the device name $DATA_DISK"
    sleep 1
  done
}

# Everything that wipefs knows a signature of: file systems, partition tables, RAID, LVM, swap.
content_of() {
  wipefs --no-act --noheadings --output TYPE "$1"
}

mount_data_disk() {
  # An engine from an image is running by now; it comes back on the disk, see ensure_running.
  if command -v dockerd >/dev/null; then service docker stop; fi
  mkdir -p $ENGINE_ROOT
  mount -t ext4 -o $MOUNT_OPTIONS "$1" $ENGINE_ROOT
  changed "mounted $1 at $ENGINE_ROOT"
}

# Images can be pulled again; containers and volumes can't.
refuse_to_hide_data() {
  local found
  found=$(find $ENGINE_ROOT/containers $ENGINE_ROOT/volumes -mindepth 1 -maxdepth 1 -type d \
    -print -quit 2>/dev/null || true)
  if [[ -n $found ]]; then
    fail "$ENGINE_ROOT holds containers or volumes ($found) that the data disk would hide;" \
      "move them away first, or give no data disk"
  fi
}

grow() {
  local said
  said=$(resize2fs "$1" 2>&1) || fail "can't grow the file system on $1: $said"
  if [[ $said != *"Nothing to do"* ]]; then changed "grew the file system on $1"; fi
}

# keep_mount DEVICE: at every boot, and no engine without it. The machine boots without it, too, so
# that somebody can have a look.
keep_mount() {
  local uuid line listed unit=$UNITS/docker.service.d/dockyard-data-disk.conf
  uuid=$(blkid --probe --match-tag UUID --output value "$1")
  line="UUID=$uuid $ENGINE_ROOT ext4 $MOUNT_OPTIONS,nofail 0 2"
  listed=$(awk -v folder=$ENGINE_ROOT '$1 !~ /^#/ && $2 == folder' /etc/fstab)
  if [[ -z $listed ]]; then
    replace /etc/fstab "$(cat /etc/fstab; echo "$line")"
  elif [[ $listed != "$line" ]]; then
    fail "/etc/fstab has another line for $ENGINE_ROOT; take it out: $listed"
  fi
  local content="[Unit]
RequiresMountsFor=$ENGINE_ROOT"
  if ! holds "$unit" "$content"; then
    replace "$unit" "$content"
    reload_units
  fi
}

# --- The engine -------------------------------------------------------------------------------

install_engine() {
  local packages=(docker.io iptables ca-certificates apparmor)
  # What an earlier run was interrupted in.
  patiently dpkg --force-confdef --force-confold --configure --pending
  patiently apt-get -qq update
  # A package of its own from Debian 13 on.
  if [[ -n $(apt-cache madison docker-cli) ]]; then packages+=(docker-cli); fi
  # The first start must find the configuration: docker0 keeps the range that it gets first.
  configure_engine "$(apt-cache policy docker.io | awk '$1 == "Candidate:" {print $2}')"
  daemon_config_changed=no
  install_packages "${packages[@]}"
}

# An upgrade restarts the engine; when is the operator's decision.
hold_engine() {
  local package
  for package in docker.io docker-cli; do
    # "install ok installed"; a package that is held begins with "hold".
    if [[ $(dpkg-query --show --showformat '${Status}' "$package" 2>/dev/null || true) == install\ * ]]
    then
      apt-mark -qq hold "$package"
      changed "held $package at its version"
    fi
  done
}

# configure_engine VERSION: write the configuration that an engine of this version understands.
configure_engine() {
  local content fresh said
  content=$(engine_configuration "$1")
  if holds $DAEMON_CONFIG "$content"; then return; fi
  if [[ -e $DAEMON_CONFIG && ! -d ${VERSION_FILE%/*} ]]; then
    fail "$DAEMON_CONFIG was written by someone else and was left as it is;" \
      "give what you need of it as engine arguments, move it away, run this again"
  fi
  mkdir -p "${VERSION_FILE%/*}" "${DAEMON_CONFIG%/*}"
  if command -v dockerd >/dev/null; then
    fresh=$(mktemp)
    printf '%s\n' "$content" >"$fresh"
    said=$(dockerd --validate --config-file "$fresh" 2>&1) ||
      fail "the engine refuses the configuration in $fresh; $DAEMON_CONFIG was left as it is: $said"
    rm "$fresh"
  fi
  if [[ -e $DAEMON_CONFIG ]]; then previous_daemon_config=$(cat $DAEMON_CONFIG); fi
  replace $DAEMON_CONFIG "$content"
  daemon_config_changed=yes
}

# - json-file: other programs read it, such as Google's Ops Agent.
# - The MTU is the network's (1460 on GCE); larger packets of containers would vanish.
# - icc concerns the default bridge alone: containers on it don't know each other.
# - userland-proxy stays on: without it Engine 27 and older answer the neighbours on the wire at
#   ports that are published on 127.0.0.1 alone.
engine_configuration() {
  local release=${1#*:} mtu lines
  lines=(
    '"log-driver": "json-file"'
    "\"log-opts\": {\"max-size\": \"${LOG_MAX_SIZE_MIB}m\", \"max-file\": \"$LOG_MAX_FILES\"}"
    "\"live-restore\": $LIVE_RESTORE"
    "\"no-new-privileges\": $NO_NEW_PRIVILEGES"
    '"icc": false'
    "\"default-address-pools\": [{\"base\": \"$ADDRESS_POOL\", \"size\": $ADDRESS_POOL_PREFIX}]"
  )
  mtu=$(default_mtu)
  if [[ -n $mtu ]]; then
    lines+=("\"mtu\": $mtu")
    if ((${release%%.*} >= 24)); then
      lines+=("\"default-network-opts\": {\"bridge\": {\"com.docker.network.driver.mtu\": \"$mtu\"}}")
    fi
  fi
  printf '{'
  printf '\n  %s,' "${lines[@]:0:${#lines[@]}-1}"
  printf '\n  %s\n}' "${lines[-1]}"
}

default_mtu() {
  local interface
  interface=$(ip -4 route show default |
    awk '{for (i = 1; i < NF; i++) if ($i == "dev") {print $(i + 1); exit}}')
  if [[ -n $interface ]]; then cat "/sys/class/net/$interface/mtu"; fi
}

ensure_running() {
  if [[ $daemon_config_changed == yes ]]; then
    start_engine || take_back_configuration
    changed "restarted the engine"
  elif ! answers; then
    start_engine || cant_start
    changed "started the engine"
  fi
}

# start_engine: afresh if it runs already; whether it answers then.
start_engine() {
  local deadline=$((SECONDS + START_SECONDS)) action=start
  # Not restarted in any case: sysvinit's script can't restart what doesn't run.
  if service docker status >/dev/null 2>&1; then action=restart; fi
  service docker $action || return
  until answers; do
    sleep 0.2
    # Ended already: no use in waiting.
    service docker status >/dev/null 2>&1 || return
    ((SECONDS < deadline)) || return
  done
}

# The engine validates no more than the form. What ran before is better than nothing.
take_back_configuration() {
  [[ -n $previous_daemon_config ]] || cant_start
  local refused=$DAEMON_CONFIG.refused
  mv $DAEMON_CONFIG $refused
  replace $DAEMON_CONFIG "$previous_daemon_config"
  start_engine || cant_start
  fail "the engine doesn't start with the configuration now in $refused; it runs with the one before"
}

answers() {
  docker --host unix:///var/run/docker.sock version >/dev/null 2>&1
}

cant_start() {
  fail "the engine doesn't start; see journalctl -u docker, or /var/log/docker.log where systemd" \
    "isn't running. Without an init system start 'dockerd' yourself, then run this again"
}

# --- The account that deploys ------------------------------------------------------------------

# Whoever may use the engine is as good as root. The account has no password and next to no sudo all
# the same, and its keys are not its own to change.
ensure_deploy_user() {
  command -v sshd >/dev/null || fail "public keys are given and there is no sshd; install it"
  if ! id "$DEPLOY_USER" >/dev/null 2>&1; then
    # '*' matches no password. A locked account ('!') is shut out by an sshd without PAM.
    useradd --system --user-group --groups docker --no-create-home --home-dir / --shell /bin/sh \
      --password '*' "$DEPLOY_USER"
    changed "added the user $DEPLOY_USER"
  elif [[ " $(id --name --groups "$DEPLOY_USER") " != *" docker "* ]]; then
    usermod --append --groups docker "$DEPLOY_USER"
    changed "added the user $DEPLOY_USER to the group docker"
  fi
  if ! holds $KEYS_FILE "$PUBLIC_KEYS"; then replace $KEYS_FILE "$PUBLIC_KEYS"; fi
  configure_sshd
  allow_another_run
}

# A changed script is in the metadata at once, and would run with the next boot. To have it run right
# away is all that the account may ask of root.
allow_another_run() {
  if [[ ! -x $SCRIPT_RUNNER || ! -d ${SUDOERS%/*} ]]; then return; fi
  local content="$DEPLOY_USER ALL=(root) NOPASSWD: $SCRIPT_RUNNER startup"
  if ! holds $SUDOERS "$content"; then replace $SUDOERS "$content" 440; fi
}

# Nothing here touches how people log in: OS Login writes to sshd_config itself and asks for its
# users alone, and an AuthorizedKeysCommand of its own is not asked for this one.
# A client opens one connection for each parallel call of Docker's, ten and more at once.
configure_sshd() {
  local content="MaxStartups 64:30:128
MaxSessions 64
Match User $DEPLOY_USER
    AuthenticationMethods publickey
    AuthorizedKeysFile $KEYS_FILE
    AuthorizedKeysCommand none
    DisableForwarding yes
    PermitTunnel no
    PermitTTY no
    PermitUserRC no
Match all"
  # sshd wants it for a test, too, and its service may never have run.
  mkdir -p /run/sshd
  if ! holds $SSHD_CONFIG "$content"; then
    replace $SSHD_CONFIG "$content"
    local said
    # Tested with the file in place: what matters is the whole.
    if ! said=$(sshd -t 2>&1); then
      rm $SSHD_CONFIG
      fail "sshd refuses $SSHD_CONFIG, which was taken back: $said"
    fi
    reload_sshd
  fi
  refuse_to_be_shut_out
}

# Not running is fine: it will read the file when it starts.
reload_sshd() {
  if service ssh status >/dev/null 2>&1; then service ssh reload; fi
}

refuse_to_be_shut_out() {
  local effective
  effective=$(sshd -T -C "user=$DEPLOY_USER,host=localhost,addr=127.0.0.1")
  if ! grep -qixF "AuthorizedKeysFile $KEYS_FILE" <<<"$effective"; then
    fail "sshd doesn't read $SSHD_CONFIG; begin /etc/ssh/sshd_config with" \
      "'Include /etc/ssh/sshd_config.d/*.conf'"
  fi
  let_in AllowUsers "$DEPLOY_USER" "$effective"
  let_in AllowGroups "$DEPLOY_USER|docker" "$effective"
}

# let_in KEYWORD NAMES EFFECTIVE: fail where such a list exists, names none of ours and has no
# pattern that might.
let_in() {
  if grep -qi "^$1 " <<<"$3" && ! grep -qiE "^$1 (($2)(@|\$)|[^@]*[*?])" <<<"$3"; then
    fail "sshd's $1 shuts $DEPLOY_USER out; add it there"
  fi
}

# --- The cloud's metadata server ---------------------------------------------------------------

# It hands out the machine's credentials to whoever asks, a container as well; except for one on
# the host's own network, this keeps them from it. On GCE it is the name server too, hence port 53.
guard_metadata() {
  local program="#!/bin/sh
set -eu
for protocol in tcp udp; do
  rule=\"-d 169.254.169.254/32 -p \$protocol ! --dport 53 -j REJECT\"
  # shellcheck disable=SC2086 # words, not a file name
  iptables --wait -C DOCKER-USER \$rule 2>/dev/null || iptables --wait -I DOCKER-USER \$rule
done"
  local unit="[Unit]
Description=Keeps containers from the cloud's metadata server
After=docker.service
PartOf=docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=$METADATA_GUARD

[Install]
WantedBy=docker.service"
  if ! holds $METADATA_GUARD "$program"; then replace $METADATA_GUARD "$program" 755; fi
  if ! holds "$UNITS/${METADATA_GUARD##*/}.service" "$unit"; then
    replace "$UNITS/${METADATA_GUARD##*/}.service" "$unit"
    if under_systemd; then
      systemctl daemon-reload
      systemctl enable "${METADATA_GUARD##*/}"
    fi
  fi
  $METADATA_GUARD
}

open_metadata() {
  [[ -e $METADATA_GUARD ]] || return 0
  if under_systemd; then systemctl disable --now "${METADATA_GUARD##*/}"; fi
  local protocol
  for protocol in tcp udp; do
    iptables --wait -D DOCKER-USER -d 169.254.169.254/32 -p $protocol ! --dport 53 -j REJECT \
      2>/dev/null || true
  done
  rm -f "$UNITS/${METADATA_GUARD##*/}.service" $METADATA_GUARD
  reload_units
  changed "let containers reach the metadata server"
}

# ----------------------------------------------------------------------------------------------

main() {
  [[ $(id --user) == 0 ]] || fail "this needs root; run it with 'sudo -n bash -s'"
  command -v apt-get >/dev/null || fail "this needs Debian's or Ubuntu's apt-get"
  if [[ -n $DATA_DISK ]]; then prepare_data_disk; fi
  if ! command -v dockerd >/dev/null || ! command -v docker >/dev/null; then
    install_engine
  fi
  hold_engine
  configure_engine "$(dockerd --version | awk '{print $3}')"
  ensure_running
  if [[ -n $PUBLIC_KEYS ]]; then ensure_deploy_user; fi
  if [[ $CONTAINERS_REACH_METADATA == true ]]; then open_metadata; else guard_metadata; fi
  if ! holds "$VERSION_FILE" "$VERSION"; then replace "$VERSION_FILE" "$VERSION"; fi
  if ((changes == 0)); then echo "engine-setup: nothing changed (version $VERSION)"; fi
}

exec 9>"$LOCK"
flock --timeout $LOCK_SECONDS 9 || fail "another run of this has been going on for $LOCK_SECONDS s"
# Not for programs started from here to keep: an engine would hold the lock as long as it runs.
main </dev/null 9>&-
