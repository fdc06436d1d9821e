#!/bin/bash
# Makes a GitLab that has just started usable: <this> <URL of the readiness probe> <seconds>
#
# At every start, and once a week, so that the token never expires. Nothing here holds a secret:
# the wanted state goes from a file that only root can read to the standard input of GitLab's own
# console, which runs as another user.
set -euo pipefail

readonly PROBE=$1 SECONDS_TO_WAIT=$2
HERE=$(dirname "$(readlink -f "$0")")
GITLAB=$(dirname "$HERE")/gitlab
readonly HERE GITLAB

give_up() {
  echo "dockyard: $*" >&2
  exit 1
}

is_ready() {
  # The certificate is for the server's name, not for localhost.
  curl --fail --silent --insecure --max-time 10 --output /dev/null "$PROBE"
}

# Supervised, started and stopped as GitLab's own services are; the image forgets at every start.
ln -sf "$GITLAB/embedded/bin/sv" "$GITLAB/init/dockyard-schedule"
ln -sfn "$GITLAB/sv/dockyard-schedule" "$GITLAB/service/dockyard-schedule"

until is_ready; do
  ((SECONDS < SECONDS_TO_WAIT)) ||
    give_up "GitLab was not ready after $SECONDS_TO_WAIT s. \`gitlab-ctl tail\` in the container" \
      "says why; if it only is slow, raise start_timeout_seconds."
  sleep 2
done

left=$((SECONDS_TO_WAIT - SECONDS))
# Its console takes most of a minute to come up.
code=0
timeout "$((left > 120 ? left : 120))" \
  gitlab-rails runner "$HERE/bootstrap.rb" <"$HERE/secrets.json" || code=$?
case $code in
  0) touch "$HERE/bootstrapped" ;;
  124) give_up "root's password and token took too long to set; raise start_timeout_seconds." ;;
  *) give_up "root's password and token could not be set; see the message above." ;;
esac
