#!/bin/bash
# Benchmarks beside their peers, in turn on the same machine in the same run: only the ratio counts.
# usage: run.sh [SCENE|all]... [--rounds N] [--seconds S] [--kills N] [--watch S]     default: all
#   idle typing motion scrolling   processor time of capture and encoder beside ffmpeg and GStreamer
#   quality                        SSIM at equal bitrate beside ffmpeg
#   convert                        BGRA to I420 beside libswscale
#   kill hang display successor    healing beside ffmpeg under supervisord; recovery: beside ffmpeg in a shell loop
#   switch                         ours alone: from the fault of an input to the picture of the next one, as a client sees it
#   latency                        the page in Chromium beside ffmpeg's HLS in the same page; --watch 600 (or 3600) seconds for each run
#   playlist segment               serving beside nginx; playlist_tls segment_tls: the same through TLS
#   fanout                         ours alone: 1000 low-latency viewers
#   start                          from the exec to the first part at a client beside ffmpeg
#   memory memory_tls              the supervisor with one stream and no viewer, in clear and with HTTPS; --watch 3600: for an hour
# Exit status 0: measured, whatever the verdicts. Needs a release build and root for the two-monitor X server; the programs that only
# this needs are built here, the peers are installed by packaging/install_dependencies.sh tests bench.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PYTHONPATH=tests/support STREAMER_BIN=${STREAMER_BIN:-$PWD/build/release/bin}
if [[ ! -x $STREAMER_BIN/streamer-supervisor ]]; then
  echo "run.sh: $STREAMER_BIN/streamer-supervisor is not there: cmake --preset release && cmake --build --preset release" >&2
  exit 1
fi
cmake --build "$STREAMER_BIN/.." --target bench >/dev/null
exec python3 -B tests/bench/bench.py "$@"
