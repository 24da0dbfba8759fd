#!/usr/bin/env bash
# Builds build/tthcmon on Debian 12.
#   --no-install   do not install packages
#   --tests        also build the tests (and install what they need)
#   --no-console   build without the web console (which needs Node.js and, once, the npm registry)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
install=yes
tests=OFF
console=ON
for option in "$@"; do
  case $option in
    --no-install) install=no ;;
    --tests) tests=ON ;;
    --no-console) console=OFF ;;
    -h | --help)
      sed -n '2,5s/^# \?//p' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    *)
      echo "build: unknown option '$option' (known: --no-install, --tests, --no-console)" >&2
      exit 2
      ;;
  esac
done

if [[ $install == yes ]]; then
  groups=(build)
  [[ $tests == OFF ]] || groups+=(test)
  "$here/install-packages.sh" "${groups[@]}"
fi

# A monitor without its console is better than none.
if [[ $console == ON ]] && ! "$here/npm-packages.sh" "$root/server/console"; then
  echo "build: WITHOUT the console: its npm packages could not be had (see above)" >&2
  console=OFF
fi
targets=(tthcmon)
[[ $tests == OFF ]] || targets=(all)
cmake -S "$root" -B "$root/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DTTHC_TESTS="$tests" \
  -DTTHC_CONSOLE="$console"
cmake --build "$root/build" --target "${targets[@]}"
echo "build: $root/build/tthcmon"
