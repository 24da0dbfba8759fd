#!/usr/bin/env bash
# Makes build/test-tools, a Python environment of the tools of others that tests hold the program's
# output against (deploy/test-tools.txt), from PyPI. One that is complete is used again. Nothing of it
# is built into the program or needed to run it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$(dirname "$here")/build/test-tools
list=$here/test-tools.txt

# Written last: an environment without it is half made.
if cmp -s "$list" "$tools/complete.txt"; then
  echo "test-tools: all tools are there"
  exit 0
fi
echo "test-tools: installing the packages of deploy/test-tools.txt from PyPI into $tools"
rm -rf "$tools"
mkdir -p "$(dirname "$tools")"
# Debian's own Python, whatever other one stands first in PATH: the acceptance tests run on it.
if ! /usr/bin/python3 -m venv "$tools" ||
  ! "$tools/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    --requirement "$list"; then
  rm -rf "$tools"
  echo "test-tools: could not be installed (see above): acceptance.process_pm4py, acceptance.boards_made and acceptance.kafka are skipped" >&2
  exit 1
fi
cp "$list" "$tools/complete.txt"
