#!/bin/sh
# A real X server with two monitors side by side, for tests and for trying the service without a desktop:
#
#   two_monitors.sh start --dir RUNDIR [--width W] [--height H] [--display :N] [--monitors 1|2] [--cookie FILE]
#                         [--without EXTENSION] [--server Xvfb]
#   two_monitors.sh stop  --dir RUNDIR
#
# start: Xorg with the dummy driver, DUMMY0 (primary, left) and DUMMY1 (right), each W x H (default 1920x1080), on a
# free display or on :N. Returns when the server accepts clients and the monitors are set, prints DISPLAY=:N, and
# leaves RUNDIR/display, RUNDIR/pid and RUNDIR/x.log. Where Xorg cannot start (not root, no dummy driver) it is Xvfb
# with one screen of W x H, and that is said on stderr; RUNDIR/server then reads "Xvfb" instead of "Xorg".
# --cookie: clients need the cookie that is written into FILE (needs xauth). --without: an extension that the server
# shall not have (MIT-SHM). --server Xvfb: that one, wanted. stop may be called twice.
set -u

die() { echo "two_monitors.sh: $*" >&2; exit 1; }

width=1920 height=1080 dir='' display='' monitors=2 cookie='' without='' wanted=Xorg
action=${1:-}
[ $# -gt 0 ] && shift
while [ $# -gt 1 ]; do
  case $1 in
    --dir) dir=$2 ;;
    --width) width=$2 ;;
    --height) height=$2 ;;
    --display) display=$2 ;;
    --monitors) monitors=$2 ;;
    --cookie) cookie=$2 ;;
    --without) without="-extension $2" ;;
    --server) wanted=$2 ;;
    *) die "unknown option $1; see the head of this file" ;;
  esac
  shift 2
done
[ -n "$dir" ] || die "--dir RUNDIR is missing"
case "$width$height" in *[!0-9]*) die "--width and --height are whole numbers of pixels" ;; esac

# A process that has ended but is not reaped yet is not alive.
alive() { [ -r "/proc/$1/stat" ] && ! grep -q ') Z ' "/proc/$1/stat" 2>/dev/null; }

# A mode named WxH: 60 pictures a second, blanking as small as the driver takes.
modeline() {
  h_total=$((width + 160)) v_total=$((height + 40))
  clock=$(awk "BEGIN { printf \"%.3f\", $h_total * $v_total * 60 / 1000000 }")
  echo "\"${width}x${height}\" $clock $width $((width + 48)) $((width + 80)) $h_total" \
    "$height $((height + 3)) $((height + 8)) $v_total"
}

write_config() {
  cat >"$dir/xorg.conf" <<END
Section "ServerFlags"
  Option "AutoAddDevices" "false"
  Option "AutoEnableDevices" "false"
  Option "AllowMouseOpenFail" "true"
  Option "DontVTSwitch" "true"
  Option "BlankTime" "0"
  Option "StandbyTime" "0"
  Option "SuspendTime" "0"
  Option "OffTime" "0"
EndSection
Section "Device"
  Identifier "dummy"
  Driver "dummy"
  VideoRam 256000
EndSection
Section "Monitor"
  Identifier "monitor"
  HorizSync 1-2000
  VertRefresh 1-300
  Modeline $(modeline)
  Option "PreferredMode" "${width}x${height}"
EndSection
Section "Screen"
  Identifier "screen"
  Device "dummy"
  Monitor "monitor"
  DefaultDepth 24
  SubSection "Display"
    Depth 24
    Modes "${width}x${height}"
    Virtual $((width * 2 + 512)) $((height * 2))
  EndSubSection
EndSection
END
}

# Runs "$@" as the X server; true when it has told its display number, within 10 s.
launch() {
  rm -f "$dir/display_number"
  mkfifo "$dir/ready" 2>/dev/null
  exec 4<>"$dir/ready" # what a fast server tells is kept for a slow reader
  setsid "$@" -displayfd 3 3>&4 4>&- </dev/null >>"$dir/x.out" 2>&1 &
  server=$!
  number=$(timeout 10 head -n 1 <&4 & reader=$!
    while kill -0 $reader 2>/dev/null && kill -0 $server 2>/dev/null; do sleep 0.05; done
    kill $reader 2>/dev/null)
  exec 4>&-
  rm -f "$dir/ready"
  [ -n "$number" ] && return 0
  kill -9 $server 2>/dev/null
  return 1
}

# The server's own binary: the wrapper of the distribution would hide its process id.
xorg_binary() {
  for path in /usr/lib/xorg/Xorg /usr/libexec/Xorg /usr/lib/Xorg; do
    [ -x $path ] && { echo $path; return; }
  done
  command -v Xorg
}

start() {
  mkdir -p "$dir" || die "cannot make the directory $dir"
  [ -e "$dir/pid" ] && alive "$(cat "$dir/pid")" && die "already running in $dir; stop it first"
  : >"$dir/x.out"
  auth=''
  [ -n "$cookie" ] && auth="-auth $dir/server_cookie"
  [ -n "$cookie" ] && make_cookie
  write_config
  xorg=$(xorg_binary)
  # shellcheck disable=SC2086
  if [ "$wanted" = Xorg ] && [ "$(id -u)" = 0 ] && [ -n "$xorg" ] &&
    launch "$xorg" $display -config "$dir/xorg.conf" -configdir "$dir" -logfile "$dir/x.log" -noreset -nolisten tcp \
      -novtswitch -sharevts -s 0 $auth $without; then
    kind=Xorg
  elif command -v Xvfb >/dev/null &&
    launch Xvfb $display -screen 0 "${width}x${height}x24" -noreset -nolisten tcp $auth $without; then
    kind=Xvfb
    [ "$wanted" = Xvfb ] || echo "two_monitors.sh: Xorg with the dummy driver does not start here (root and xserver-xorg-video-dummy are" \
      "needed); this is Xvfb with ONE screen" >&2
  else
    cat "$dir/x.out" >&2
    die "no X server starts; the reasons are above and in $dir/x.log"
  fi
  echo "$server" >"$dir/pid"
  echo "$kind" >"$dir/server"
  echo ":$number" >"$dir/display"
  [ $kind = Xorg ] && set_monitors
  echo "DISPLAY=:$number"
}

make_cookie() {
  command -v xauth >/dev/null || die "--cookie needs xauth (package xauth)"
  [ -n "$display" ] || die "--cookie needs --display :N, because the cookie names the display"
  secret=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  rm -f "$cookie" "$dir/server_cookie"
  xauth -q -f "$dir/server_cookie" add "$display" . "$secret" 2>/dev/null
  xauth -q -f "$cookie" add "$display" . "$secret" 2>/dev/null
}

set_monitors() {
  [ -n "$cookie" ] && export XAUTHORITY="$cookie"
  mode="${width}x${height}"
  export DISPLAY=":$number"
  # The driver refuses odd sizes from its configuration, not from xrandr.
  # shellcheck disable=SC2046
  if ! xrandr | grep -q "^ *$mode "; then
    xrandr --newmode "$mode" $(modeline | cut -d ' ' -f 2-)
    xrandr --addmode DUMMY0 "$mode"
  fi
  xrandr --output DUMMY0 --mode "$mode" --pos 0x0 --primary || die "xrandr cannot set $mode on DUMMY0"
  [ "$monitors" = 1 ] && return
  xrandr --addmode DUMMY1 "$mode"
  xrandr --output DUMMY1 --mode "$mode" --pos "${width}x0" || die "xrandr cannot set $mode on DUMMY1"
}

stop() {
  [ -e "$dir/pid" ] || exit 0
  pid=$(cat "$dir/pid")
  kill -CONT "$pid" 2>/dev/null
  kill "$pid" 2>/dev/null
  tries=0
  while alive "$pid" && [ $tries -lt 40 ]; do
    sleep 0.05
    tries=$((tries + 1))
  done
  kill -9 "$pid" 2>/dev/null
  rm -f "$dir/pid" "$dir/display" "$dir/server"
}

case $action in
  start) start ;;
  stop) stop ;;
  *) die "first word: start or stop; see the head of this file" ;;
esac
