#!/bin/bash
# Backs up GitLab: <this> <folder> [bucket of Google Cloud Storage]
# Counts what there is, as a backup's manifest does: <this> --count
#
# The configuration holds the keys that the data is encrypted by; one is worth nothing without the
# other. GitLab itself copies the data to the bucket, the configuration it forgets.
set -euo pipefail
umask 077

readonly FOLDER=$1 BUCKET=${2:-}
readonly ACCOUNT=http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default
readonly STORAGE=https://storage.googleapis.com/upload/storage/v1

# What a restored copy must have again. Asked before and after, because people go on working.
count() {
  gitlab-psql --tuples-only --no-align --command "SELECT json_build_object(
    'users', (SELECT count(*) FROM users), 'projects', (SELECT count(*) FROM projects),
    'issues', (SELECT count(*) FROM issues), 'notes', (SELECT count(*) FROM notes),
    'merge_requests', (SELECT count(*) FROM merge_requests))"
}

if [[ $FOLDER == --count ]]; then
  count
  exit
fi

# Names begin with the time, in seconds.
newest() {
  printf '%s\n' "$@" | sort -V | tail -n 1
}

described() {
  local hash
  hash=$(sha256sum <"$1")
  printf '{"name": "%s", "sha256": "%s"}' "${1##*/}" "${hash%% *}"
}

before=$(count)
gitlab-ctl backup-etc --backup-path "$FOLDER/config" --delete-old-backups
gitlab-backup create CRON=1
after=$(count)

config=$(newest "$FOLDER"/config/*.tar)
data=$(newest "$FOLDER"/data/*_gitlab_backup.tar)
mkdir -p "$FOLDER/manifests"
for manifest in "$FOLDER"/manifests/*.json; do
  name=${manifest##*/}
  [[ -e $FOLDER/data/${name%.json}_gitlab_backup.tar ]] || rm -f "$manifest"
done
name=${data##*/}
manifest=$FOLDER/manifests/${name%_gitlab_backup.tar}.json
printf '{"data": %s, "config": %s, "before": %s, "after": %s}\n' \
  "$(described "$data")" "$(described "$config")" "$before" "$after" >"$manifest.new"
mv "$manifest.new" "$manifest"

[[ -n $BUCKET ]] || exit 0
token=$(
  curl --fail --silent --show-error --header 'Metadata-Flavor: Google' "$ACCOUNT/token" |
    ruby -rjson -e 'puts JSON.parse(STDIN.read).fetch("access_token")'
)
# From standard input: every process can see another's arguments.
curl --fail --silent --show-error --output /dev/null --config - --data-binary "@$config" \
  "$STORAGE/b/$BUCKET/o?uploadType=media&name=config%2F${config##*/}" \
  <<<"header = \"Authorization: Bearer $token\""
