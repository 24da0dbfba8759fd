#!/bin/sh
# Builds the benchmarks and the daemon, measures, prints one table and keeps the figures as JSON.
#   tests/bench/run.sh [--quick|--full] [--json FILE] [--only NAME,NAME]
# Needs root (or nothing but the build, with --only and without "ingest"): PostgreSQL runs as its
# own user in a directory of its own. What is measured and how: docs/performance.md.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${TTHC_BENCH_BUILD:-$root/build-bench}
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DTTHC_BENCH=ON >/dev/null
cmake --build "$build" --target tthcmon ingest_bench get_bench listeners_bench pieces_bench pipeline_bench >&2
exec /usr/bin/python3 "$root/tests/bench/measure.py" --build "$build" "$@"
