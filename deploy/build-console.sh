#!/usr/bin/env bash
# Builds the console: its npm packages at the versions of the lockfile, then one bundle as a table of C++.
# Called by the build (server/console/CMakeLists.txt).
#   deploy/build-console.sh [DIR]   where to write (default: build/console)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
target=${1:-$root/build/console}
lowest_node=18

die() {
  echo "build-console: $*" >&2
  echo "build-console: a program without the console: deploy/build.sh --no-console" >&2
  exit 1
}

command -v node >/dev/null || die "Node.js is needed: deploy/install-packages.sh build"
command -v npm >/dev/null || die "npm is needed: deploy/install-packages.sh build"
version=$(node --version)
major=${version#v}
((${major%%.*} >= lowest_node)) || die "Node.js $lowest_node or later is needed, this is $version"

"$here/npm-packages.sh" "$root/server/console" || die "the console's npm packages could not be installed"
mkdir -p "$target"
node "$root/server/console/build.mjs" "$target"
