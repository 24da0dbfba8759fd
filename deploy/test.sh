#!/usr/bin/env bash
# Installs what is missing, builds everything and runs all tests. Exit code: that of CTest.
#   --no-install   do not install packages, neither Debian's nor those of deploy/test-tools.txt
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")

"$here/build.sh" --tests "$@"
[[ " $* " == *" --no-install "* ]] || "$here/test-tools.sh" || true
cd "$root/build"
exec ctest -j2 --output-on-failure
