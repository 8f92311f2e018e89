#!/bin/bash
# Installs what the project needs from the distribution (Debian 12, Ubuntu 24.04) and nothing else.
# usage: install_dependencies.sh GROUP...     groups: build run tests bench
# Safe to run again: with everything in place it changes nothing and needs no rights. Otherwise root or sudo.
set -euo pipefail

# "a|b" is satisfied by either; when neither is installed, the first one the distribution has is taken.
build_packages=(
  g++ cmake ninja-build ccache pkg-config python3 git
  "libboost1.81-dev|libboost1.83-dev|libboost-dev" nlohmann-json3-dev libspdlog-dev libcli11-dev libssl-dev zlib1g-dev libcurl4-openssl-dev
  libavformat-dev libavcodec-dev libavdevice-dev libswscale-dev libavutil-dev libx264-dev libyuv-dev
  libseccomp-dev libxcb1-dev libxau-dev libxcb-shm0-dev libxcb-xfixes0-dev libxcb-damage0-dev
  libxcb-randr0-dev libxcb-dpms0-dev libxcb-screensaver0-dev libgtest-dev libgmock-dev)
run_packages=(ca-certificates xserver-xorg-core xserver-xorg-video-dummy xvfb x11-xserver-utils x11-apps x11-utils xterm xauth)
tests_packages=(
  libbenchmark-dev ffmpeg "chromium|google-chrome-stable" vlc-bin vlc-plugin-base "prometheus" nginx-light wrk psmisc
  procps util-linux supervisor xcompmgr fuse3 libfuse3-dev clang-format-14 clang-tidy-14 curl python3-jsonschema systemd mandoc fonts-dejavu-core
  openssl python3-aiosmtpd clang llvm)  # and the runtime of that clang
bench_packages=(gstreamer1.0-tools gstreamer1.0-x gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly)  # a peer
# Tests continue without these, and say what they left out.
optional_packages=" chromium google-chrome-stable clang-format-14 clang-tidy-14 "
# Programs of the tests that would start as services, now or at the next boot.
service_units=(nginx.service prometheus.service supervisor.service)

say() { printf '%s\n' "$*"; }
fail() { printf 'install_dependencies: %s\n' "$*" >&2; exit 1; }

# How to run a command as root, in this order: as we are, sudo.
if [[ $EUID -eq 0 ]]; then as_root=(); else as_root=(sudo); fi
scratch=$(mktemp -d)
made_policy=false
cleanup() {
  if $made_policy; then "${as_root[@]}" rm -f /usr/sbin/policy-rc.d; fi
  rm -rf "$scratch"
}
trap cleanup EXIT

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }
has_candidate() {
  local policy
  policy=$(LC_ALL=C apt-cache policy "$1" 2>/dev/null)
  [[ $policy == *"Candidate: "* && $policy != *"Candidate: (none)"* ]]
}

updated=false
update_once() {
  $updated && return
  updated=true
  say "  reading the package lists"
  "${as_root[@]}" apt-get update -qq || fail "apt-get update failed: is there a network, and is /etc/apt/sources.list right?"
}

# The alternative to install for "a|b"; nothing when one of them is there already.
missing_one() {
  local alternatives alternative
  IFS='|' read -ra alternatives <<<"$1"
  for alternative in "${alternatives[@]}"; do
    if is_installed "$alternative"; then return; fi
  done
  for alternative in "${alternatives[@]}"; do
    if has_candidate "$alternative"; then
      printf '%s\n' "$alternative"
      return
    fi
  done
  printf '?%s\n' "$1"
}

list_missing() {
  local spec
  for spec in "$@"; do missing_one "$spec"; done
}

# Node.js 18 or newer with npm, from wherever the machine has it: a foreign node is never replaced.
node_major() { command -v node >/dev/null && node --version 2>/dev/null | sed -E 's/^v([0-9]+).*/\1/'; }
list_missing_node() {
  local major
  major=$(node_major || true)
  if [[ -n $major ]]; then
    ((major >= 18)) || fail "Node.js $major ($(command -v node)) is too old for the dashboard: 18 or newer is needed. Upgrade or remove it."
    command -v npm >/dev/null && return
    is_installed npm || printf 'npm\n'
    return
  fi
  printf 'nodejs\nnpm\n'
}

# Nothing that is installed for a test may start as a service meanwhile.
forbid_service_starts() {
  [[ -e /usr/sbin/policy-rc.d ]] && return
  printf '#!/bin/sh\nexit 101\n' >"$scratch/policy-rc.d"
  "${as_root[@]}" install -m 755 "$scratch/policy-rc.d" /usr/sbin/policy-rc.d
  made_policy=true
}
forbid_boot_starts() {
  local unit
  command -v systemctl >/dev/null || return 0
  for unit in "${service_units[@]}"; do
    [[ " $* " == *" ${unit%.service}"* ]] && "${as_root[@]}" systemctl disable --quiet "$unit" 2>/dev/null
  done
  return 0
}

apt_install() {
  local command=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends
    -o Dpkg::Use-Pty=0 "$@")
  if [[ -t 1 ]]; then
    "${command[@]}" -q
  else
    "${command[@]}" -qq >"$scratch/apt.log" 2>&1 || { tail -n 30 "$scratch/apt.log" >&2; return 1; }
  fi
}

clang_major() {
  local major
  major=$(apt-cache depends clang 2>/dev/null | grep -oE 'clang-[0-9]+' | head -n 1 | tr -dc 0-9)
  printf '%s' "${major:-14}"
}

wanted=()
with_node=false
for group in "$@"; do
  case $group in
    build) wanted+=("${build_packages[@]}"); with_node=true ;;
    run) wanted+=("${run_packages[@]}") ;;
    tests) wanted+=("${tests_packages[@]}" "libclang-rt-$(clang_major)-dev") ;;
    bench) wanted+=("${bench_packages[@]}") ;;
    *) fail "unknown group \"$group\": one or more of build run tests bench" ;;
  esac
done
[[ ${#wanted[@]} -gt 0 ]] || fail "say what for: one or more of build run tests bench"

if ! command -v apt-get >/dev/null; then
  say "  this is not Debian or Ubuntu: nothing is installed; the packages needed are: ${wanted[*]}"
  exit 0
fi

find_missing() {
  mapfile -t missing < <(list_missing "${wanted[@]}"; if $with_node; then list_missing_node; fi)
}
if $with_node; then list_missing_node >/dev/null; fi  # a node that is too old ends the script here
find_missing
if [[ ${#missing[@]} -eq 0 ]]; then
  say "  all packages are installed ($*)"
  exit 0
fi

if [[ $EUID -ne 0 ]]; then
  command -v sudo >/dev/null || fail "these packages are missing and this needs root: apt-get install --no-install-recommends ${missing[*]#\?}"
  [[ -t 0 ]] || sudo -n true 2>/dev/null || fail "these packages are missing and sudo asks for a password, but there is no terminal: ${missing[*]#\?}"
fi

# Names the lists do not know yet.
if [[ " ${missing[*]}" == *" ?"* || ! -d /var/lib/apt/lists ]]; then
  update_once
  find_missing
fi
install=()
for package in "${missing[@]}"; do
  if [[ $package != \?* ]]; then
    install+=("$package")
  elif [[ $optional_packages == *" ${package#\?} "* || $package == \?chromium* ]]; then
    say "  not available here, the tests that use it are skipped: ${package#\?}"
  else
    fail "this distribution has no package ${package#\?}; Debian 12 and Ubuntu 24.04 do (universe enabled?)"
  fi
done
[[ ${#install[@]} -gt 0 ]] || exit 0

say "  installing ${#install[@]} packages and what they depend on: ${install[*]}"
say "  (a few minutes on a fresh machine)"
[[ " $* " == *" tests "* ]] && forbid_service_starts
if ! apt_install "${install[@]}"; then
  $updated && fail "apt-get could not install the packages above"
  update_once
  apt_install "${install[@]}" || fail "apt-get could not install the packages above"
fi
forbid_boot_starts "${install[@]}"
if $with_node; then
  major=$(node_major || true)
  [[ -n $major && $major -ge 18 ]] || fail "Node.js 18 or newer is needed for the dashboard; found: ${major:-none}"
  command -v npm >/dev/null || fail "npm is missing beside $(command -v node): install the npm that belongs to that Node.js"
fi
say "  installed"
