#!/bin/bash
# Try it: installs what is missing, builds, and serves a monitor as a live stream on http://127.0.0.1:8080.
# usage: run.sh [--build-only] [arguments of streamer-supervisor, such as --listen 127.0.0.1:8081 or --config FILE]
# With a usable DISPLAY it streams the second monitor (or the only one), otherwise a virtual desktop with two monitors
# and moving content. Ctrl-C ends everything it started. Safe to run again.
set -euo pipefail
cd "$(dirname "$0")/.."

listen=127.0.0.1:8080
build_only=false
own_config=false
listen_option=()
arguments=()
while [[ $# -gt 0 ]]; do
  case $1 in
    -h | --help) sed -n '2,5s/^# //p' "$0"; exit 0 ;;
    --build-only) build_only=true ;;
    --listen) listen=${2:?--listen needs ADDRESS:PORT}; listen_option=(--listen "$listen"); shift ;;
    --listen=*) listen=${1#*=}; listen_option=(--listen "$listen") ;;
    -c | --config | --config=*) own_config=true; arguments+=("$1") ;;
    *) arguments+=("$1") ;;
  esac
  shift
done

step() { printf '\n==> %s\n' "$*"; }
say() { printf '    %s\n' "$*"; }
fail() { printf '\nrun.sh: %s\n' "$*" >&2; exit 1; }

port_is_taken() { (exec 3<>"/dev/tcp/${listen%:*}/${listen##*:}") 2>/dev/null; }
check_port() {
  $own_config && return
  port_is_taken && fail "something already listens on $listen (this service, started before?). End it, or choose another: ./packaging/run.sh --listen 127.0.0.1:8081"
  return 0
}
$build_only || check_port

step "1 of 3: packages"
if $build_only; then groups=(build); else groups=(build run); fi
./packaging/install_dependencies.sh "${groups[@]}"

step "2 of 3: build (the first time about 5 minutes on two cores)"
mkdir -p build/release 2>/dev/null || true
[[ -w build/release ]] || fail "$PWD/build/release cannot be written by $(id -un): copy the project to a folder of yours, or remove what another user built there"
cmake --preset release -DSTREAMER_UNITY=ON >build/configure.log 2>&1 || {
  cat build/configure.log >&2
  fail "cmake could not configure the build; the reason is above"
}
cmake --build --preset release --target streamer-supervisor streamer-worker streamer-demo-card ||
  fail "the build failed; the first error is above"
if $build_only; then
  printf '\nBuilt: build/release/bin/streamer-supervisor and build/release/bin/streamer-worker.\n'
  exit 0
fi

step "3 of 3: start"
check_port
run_dir=$(mktemp -d "${TMPDIR:-/tmp}/desktop-streamer-XXXXXX")
started=() # clients of the virtual desktop
virtual_desktop=false
supervisor=''

# shellcheck disable=SC2317 # called by the trap
# Ends one process of ours and waits until it is gone.
end_process() {
  local pid=$1 tries=0
  kill "$pid" 2>/dev/null || return 0
  while kill -0 "$pid" 2>/dev/null && ((tries++ < 80)); do sleep 0.1; done
  kill -9 "$pid" 2>/dev/null || true
}
# shellcheck disable=SC2317
cleanup() {
  trap - EXIT
  trap '' INT TERM HUP
  [[ -n $supervisor ]] && end_process "$supervisor"
  for pid in "${started[@]}"; do end_process "$pid"; done
  $virtual_desktop && ./tests/support/two_monitors.sh stop --dir "$run_dir/x"
  rm -rf "$run_dir"
  printf '\nStopped; nothing is left running. Start again with ./packaging/run.sh\n'
}
trap cleanup EXIT
trap 'exit 0' INT TERM HUP

# Under sudo the cookie is the one of the user who called.
if [[ -n ${DISPLAY:-} && -z ${XAUTHORITY:-} && -n ${SUDO_USER:-} ]]; then
  cookie=$(getent passwd "$SUDO_USER" | cut -d: -f6)/.Xauthority
  if [[ -r $cookie ]]; then export XAUTHORITY=$cookie; fi
fi
display_is_usable() {
  local about
  if [[ -z ${DISPLAY:-} ]]; then return 1; fi
  if ! about=$(timeout 5 xdpyinfo -queryExtensions 2>/dev/null); then
    say "the display $DISPLAY does not let us in (or does not answer)"
    return 1
  fi
  if [[ $about == *XWAYLAND* ]]; then
    say "the display $DISPLAY is Xwayland: it shows only some windows, never the desktop. Log in to an X11 session to stream it"
    return 1
  fi
}

start_client() {
  setsid "$@" >/dev/null 2>&1 </dev/null &
  started+=("$!")
}
# A clock and a scrolling terminal on the first monitor, a moving test card on the second.
start_virtual_desktop() {
  ./tests/support/two_monitors.sh start --dir "$run_dir/x" >/dev/null || fail "no virtual desktop either; the reason is above"
  virtual_desktop=true
  DISPLAY=$(cat "$run_dir/x/display")
  export DISPLAY
  unset XAUTHORITY
  local card_x=1920
  [[ $(cat "$run_dir/x/server") == Xvfb ]] && card_x=0
  start_client xclock -update 1 -geometry 400x400+40+40
  start_client xterm -geometry 120x40+500+40 -e sh -c 'while :; do date; ps aux | head -n 30; sleep 1; done'
  start_client build/release/bin/streamer-demo-card --geometry "1920x1080+$card_x+0"
}

if ! $own_config; then
  if display_is_usable; then
    content="the second monitor of display $DISPLAY (or its only one)"
  else
    say "starting a virtual desktop with two monitors"
    start_virtual_desktop
    content="the second monitor of a virtual desktop (display $DISPLAY): a moving test card"
  fi
  cat >"$run_dir/config.json" <<END
{
  // Written by packaging/run.sh for this run only; every key: docs/configuration.md
  "server": { "listen": ["$listen"] },
  "streams": [ { "name": "desktop", "inputs": [ { "type": "x11", "display": "$DISPLAY", "monitor": "second" } ] } ]
}
END
  arguments=(--config "$run_dir/config.json" "${arguments[@]}")
else
  content="what your configuration says"
  arguments+=("${listen_option[@]}")
fi

# In sessions of their own: Ctrl-C reaches this script only, which then ends them one after the other.
setsid build/release/bin/streamer-supervisor run "${arguments[@]}" &
supervisor=$!

# Up when it answers; a supervisor that ended has said why.
if ! $own_config; then
  for ((tries = 0; tries < 100; tries++)); do
    kill -0 "$supervisor" 2>/dev/null || break
    if port_is_taken; then break; fi
    sleep 0.1
  done
fi
if kill -0 "$supervisor" 2>/dev/null; then
  printf '\nStreaming %s.\n' "$content"
  if ! $own_config; then
    printf 'Watch it:   http://%s/   in a browser\n' "$listen"
    printf '            vlc http://%s/hls/desktop/playlist.m3u8\n' "$listen"
  fi
  printf 'Press Ctrl-C to stop.\n\n'
fi
status=0
wait "$supervisor" || status=$?
supervisor=''
[[ $status -eq 0 ]] || printf '\nrun.sh: streamer-supervisor ended with status %s; the reason is above\n' "$status" >&2
exit "$status"
