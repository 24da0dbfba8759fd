#!/usr/bin/env bash
# Installs what is missing, builds everything and runs all tests. Exit code: that of CTest.
#   --no-install   do not install packages, neither Debian's nor those of deploy/*-tools.txt nor npm's
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")

"$here/build.sh" --tests "$@"
if [[ " $* " != *" --no-install "* ]]; then
  "$here/test-tools.sh" || true
  "$here/kafka-tools.sh" || true
  "$here/npm-packages.sh" "$root/tests/console" || true
fi
cd "$root/build"
exec ctest -j2 --output-on-failure
