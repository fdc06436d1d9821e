#!/bin/bash
# Backs up GitLab: <this> <folder> [bucket of Google Cloud Storage]
#
# The configuration holds the keys that the data is encrypted by; one is worth nothing without the
# other. GitLab itself copies the data to the bucket, the configuration it forgets.
set -euo pipefail
umask 077

readonly FOLDER=$1 BUCKET=${2:-}
readonly ACCOUNT=http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default
readonly STORAGE=https://storage.googleapis.com/upload/storage/v1

gitlab-ctl backup-etc --backup-path "$FOLDER/config" --delete-old-backups
gitlab-backup create CRON=1

[[ -n $BUCKET ]] || exit 0
# Their names begin with the time, in seconds.
newest=$(printf '%s\n' "$FOLDER"/config/*.tar | sort --version-sort | tail -n 1)
token=$(
  curl --fail --silent --show-error --header 'Metadata-Flavor: Google' "$ACCOUNT/token" |
    ruby -rjson -e 'puts JSON.parse(STDIN.read).fetch("access_token")'
)
# From standard input: every process can see another's arguments.
curl --fail --silent --show-error --output /dev/null --config - --data-binary "@$newest" \
  "$STORAGE/b/$BUCKET/o?uploadType=media&name=config%2F${newest##*/}" \
  <<<"header = \"Authorization: Bearer $token\""
