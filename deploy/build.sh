#!/usr/bin/env bash
# Builds build/tthcmon on Debian 12.
#   --no-install   do not install packages
#   --tests        also build the tests (and install what they need)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
install=yes
tests=OFF
for option in "$@"; do
  case $option in
    --no-install) install=no ;;
    --tests) tests=ON ;;
    -h | --help)
      sed -n '2,4s/^# \?//p' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    *)
      echo "build: unknown option '$option' (known: --no-install, --tests)" >&2
      exit 2
      ;;
  esac
done

if [[ $install == yes ]]; then
  groups=(build)
  [[ $tests == OFF ]] || groups+=(test)
  "$here/install-packages.sh" "${groups[@]}"
fi

targets=(tthcmon)
[[ $tests == OFF ]] || targets=(all)
cmake -S "$root" -B "$root/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DTTHC_TESTS="$tests"
cmake --build "$root/build" --target "${targets[@]}"
echo "build: $root/build/tthcmon"
