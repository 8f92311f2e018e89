#!/usr/bin/env bash
# A service manager for tests, beside whatever runs this machine: `systemd --user` in a mount namespace and a cgroup of its
# own. Needs root. Version 2 of cgroups: version 1 does not tell a user's systemd that a cgroup is empty.
#
#   user_systemd.sh run DIR     until it is ended (SIGRTMIN+24 to this process id, systemd(1)); units in DIR/units, messages on stderr;
#                               exit 77 and a reason when this machine cannot
#   user_systemd.sh ctl DIR ... systemctl for it
#   user_systemd.sh clean DIR   ends what is left in its cgroup
set -euo pipefail

command=$1
folder=$(realpath "$2")
shift 2
group=streamer-test-$(basename "$folder" | tr -c 'a-zA-Z0-9\n' _)
export XDG_RUNTIME_DIR="$folder/run" XDG_CONFIG_HOME="$folder/config" XDG_DATA_HOME="$folder/data" HOME="$folder"
unset DBUS_SESSION_BUS_ADDRESS NOTIFY_SOCKET LISTEN_FDS LISTEN_PID LISTEN_FDNAMES WATCHDOG_USEC WATCHDOG_PID

cannot() {
  echo "no systemd here: $*" >&2
  exit 77
}

# In the namespace: the one cgroup hierarchy, and the sign that systemd was booted.
mount_groups() {
  mount --make-rprivate /
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p /run/systemd/system
  mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
}

case $command in
  run)
    [ "$(id -u)" = 0 ] || cannot "not root"
    [ -x /usr/lib/systemd/systemd ] || cannot "it is not installed"
    unshare -m true 2>/dev/null || cannot "no mount namespace"
    mkdir -p "$folder"/{run,config,data,units}
    chmod 700 "$folder/run"
    exec unshare -m "$0" inside "$folder"
    ;;
  inside)
    mount_groups || cannot "the cgroup hierarchy cannot be mounted"
    mkdir -p "/sys/fs/cgroup/$group"
    echo $$ >"/sys/fs/cgroup/$group/cgroup.procs" || cannot "no cgroup of its own"
    export SYSTEMD_UNIT_PATH="$folder/units" SYSTEMD_LOG_TARGET=console SYSTEMD_LOG_LEVEL=info
    exec /usr/lib/systemd/systemd --user --unit=test.target
    ;;
  ctl)
    exec systemctl --user --no-pager "$@"
    ;;
  clean)
    # shellcheck disable=SC2016  # for the shell inside
    unshare -m bash -c "$(declare -f mount_groups)"'
      mount_groups
      top=/sys/fs/cgroup/$1
      [ -d "$top" ] || exit 0
      for try in 1 2 3 4 5; do
        find "$top" -name cgroup.procs -exec cat {} + | xargs -r kill -KILL 2>/dev/null || true
        sleep 0.1
        find "$top" -depth -type d -exec rmdir {} + 2>/dev/null && exit 0
      done
      exit 1' _ "$group"
    ;;
  *)
    echo "unknown: $command" >&2
    exit 64
    ;;
esac
