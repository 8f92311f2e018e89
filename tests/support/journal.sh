#!/usr/bin/env bash
# A journal for tests, beside whatever runs this machine: systemd-journald in a mount namespace of its own. Needs root.
#
#   journal.sh FILE COMMAND...   runs COMMAND with its standard error in that journal, as systemd would; after its end, or after SIGTERM
#                                (which COMMAND gets too), FILE has the journal as JSON lines. Exit 77 and a reason when this machine cannot.
set -euo pipefail

cannot() {
  echo "no journal here: $*" >&2
  exit 77
}

if [ "$1" != inside ]; then
  [ "$(id -u)" = 0 ] || cannot "not root"
  [ -x /usr/lib/systemd/systemd-journald ] || cannot "systemd-journald is not installed"
  unshare -m true 2>/dev/null || cannot "no mount namespace"
  exec unshare -m "$0" inside "$@"
fi
file=$2
shift 2

mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run || cannot "no tmpfs"
mkdir -p /run/systemd/journal /run/systemd/journald.conf.d /run/log/journal
printf '[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\nRateLimitBurst=0\nForwardToWall=no\n' >/run/systemd/journald.conf.d/test.conf
env -u RUNTIME_DIRECTORY -u STATE_DIRECTORY -u LOGS_DIRECTORY /usr/lib/systemd/systemd-journald &
journal=$!
for ((try = 0; try < 100; ++try)); do
  if [ -S /run/systemd/journal/stdout ] && [ -S /run/systemd/journal/socket ]; then break; fi
  kill -0 "$journal" 2>/dev/null || cannot "systemd-journald ended"
  sleep 0.05
done
# shellcheck disable=SC2016  # for the shell inside
systemd-cat sh -c 'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/$$/fd/2); export JOURNAL_STREAM; exec "$@"' sh "$@" &
command=$!
trap 'kill -TERM "$command" 2>/dev/null || true' TERM
status=0
while kill -0 "$command" 2>/dev/null; do wait "$command" || status=$?; done
journalctl --sync
journalctl -D /run/log/journal -o json --no-pager >"$file"
kill "$journal"
wait "$journal" || true
exit "$status"
