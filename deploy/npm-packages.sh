#!/usr/bin/env bash
# Installs the npm packages of a folder, exactly those of its lockfile. What is complete is used again.
#   deploy/npm-packages.sh server/console
set -euo pipefail

folder=${1:?name the folder}
lock=$folder/package-lock.json
# Written last: a folder without it is half made.
stamp=$folder/node_modules/complete.json

if cmp -s "$lock" "$stamp"; then exit 0; fi
echo "npm-packages: installing the packages of $lock"
if ! npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error; then
  echo "npm-packages: the npm registry did not give the packages of $lock (see above)." >&2
  echo "npm-packages: they are needed once; afterwards no network is." >&2
  exit 1
fi
cp "$lock" "$stamp"
