#!/bin/bash
# Benchmarks beside ffmpeg, in turn on the same machine in the same run: only the ratio counts.
# usage: run.sh [cpu_quiet|cpu_moving|recovery|kill|hang|display|successor|playlist|segment|fanout|switch|all]... [--rounds N] [--seconds S] [--kills N]     default: all
# playlist, segment and fanout are serving, beside nginx; kill, hang, display and successor are the healing, beside ffmpeg under supervisord;
# switch is ours alone: from the death, the silence or the unplugging of an input to the picture of the next one, as a client sees it.
# Needs a release build (cmake --preset release && cmake --build --preset release) and root for the two-monitor X server.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PYTHONPATH=tests/support STREAMER_BIN=${STREAMER_BIN:-$PWD/build/release/bin}
exec python3 -B tests/bench/bench.py "$@"
