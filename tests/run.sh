#!/bin/bash
# All tests: installs what they need, builds, and runs them through ctest.
# usage: run.sh [--quick | --full] [arguments of ctest, such as -R NAME]
#   (nothing)  release: simulation, system, browser, lint; ASan+UBSan: unit and shell
#   --quick    without the slow groups: unit, shell and lint, release only
#   --full     also ThreadSanitizer, fuzzing, clang-tidy, long tests and benchmarks
# Tests that measure short times run alone. Safe to run again; what is built already is kept.
set -euo pipefail
cd "$(dirname "$0")/.."

mode=normal
ctest_arguments=()
for argument in "$@"; do
  case $argument in
    -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
    --quick) mode=quick ;;
    --full) mode=full ;;
    *) ctest_arguments+=("$argument") ;;
  esac
done

needed=(build run tests)
case $mode in
  quick) presets=(release); left_out='system|browser|slow|fuzz|bench|tidy' ;;
  normal) presets=(release asan); left_out='slow|fuzz|bench|tidy' ;;
  full) presets=(release asan tsan fuzz) needed+=(bench); left_out='^$' ;;
esac

start_seconds=$SECONDS
step() { printf '\n==> [%d:%02d] %s\n' $(((SECONDS - start_seconds) / 60)) $(((SECONDS - start_seconds) % 60)) "$*"; }
fail() { printf '\ntests/run.sh: %s\n' "$*" >&2; exit 1; }

step "packages"
./packaging/install_dependencies.sh "${needed[@]}"

# One ctest run over all builds, so that there is one summary.
rm -rf build/all
mkdir -p build/all
for preset in "${presets[@]}"; do
  step "build: $preset"
  once=OFF
  [[ $mode == normal && $preset == release ]] && once=ON
  unity=ON
  [[ $mode == full ]] && unity=OFF # clang-tidy looks at every file by itself
  cmake --preset "$preset" -DSTREAMER_TESTS_ONCE=$once -DSTREAMER_UNITY=$unity >"build/all/$preset.log" 2>&1 || {
    cat "build/all/$preset.log" >&2
    fail "cmake could not configure the $preset build; the reason is above"
  }
  targets=()
  [[ $preset == fuzz ]] && targets=(--target fuzz_targets)
  cmake --build --preset "$preset" "${targets[@]}" || fail "the $preset build failed; the first error is above"
  printf 'subdirs("../%s")\n' "$preset" >>build/all/CTestTestfile.cmake
done

step "tests"
status=0
# Two more than there are cores: a test takes a tenth of one on average, the rest is waiting. What measures time comes last,
# the strictest of it alone (tests/system/CMakeLists.txt).
ctest --test-dir build/all --output-on-failure --no-tests=error --parallel $(($(nproc) + 2)) -LE "$left_out" \
  "${ctest_arguments[@]}" || status=$?

# What measures time and failed beside others is judged by itself; anything else that failed has failed.
only_paced() {
  local failed paced
  failed=$(sed 's/^[0-9]*://' build/all/Testing/Temporary/LastTestsFailed.log | sort)
  paced=$(ctest --test-dir build/all -N -L paced | sed -nE 's/^ *Test +#[0-9]+: //p' | sort)
  [[ $failed && -z $(comm -23 <(printf '%s\n' "$failed") <(printf '%s\n' "$paced")) ]]
}
if [[ $status -ne 0 ]] && only_paced; then
  step "tests that failed beside others, by themselves"
  status=0
  ctest --test-dir build/all --output-on-failure --rerun-failed || status=$?
fi

minutes=$(((SECONDS - start_seconds + 59) / 60))
# In CI the last words are ctest's own summary.
if [[ ${CI:-} ]]; then exit "$status"; fi
if [[ $status -eq 0 ]]; then
  printf '\nEverything passed, in %d minutes.\n' "$minutes"
else
  printf '\nTests failed (listed above); their output is in build/all/Testing/Temporary/LastTest.log. Once more, only those: ctest --test-dir build/all --rerun-failed --output-on-failure\n'
fi
exit "$status"
