#!/usr/bin/env bash
# Installs the Debian packages of the named groups (deploy/packages.txt) that are not there yet.
#   deploy/install-packages.sh build [test] [bench]
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

die() {
  echo "install-packages: $*" >&2
  exit 1
}

(($# > 0)) || die "name at least one group: build, test, bench"
for group in "$@"; do
  grep -q "^${group}[[:space:]]" "$here/packages.txt" || die "no group '$group' in packages.txt"
done

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  die "this is not a Debian system (no apt-get). Install the packages of deploy/packages.txt by" \
    "other means, then run deploy/build.sh --no-install"
fi

# Packages of others than Debian may bring what Debian has in two: their nodejs brings npm.
provided=$(dpkg-query -W -f '${db:Status-Status} ${Provides}\n' 2>/dev/null | sed -n 's/^installed //p' |
  tr ',' '\n' | sed 's/(.*//; s/ //g' | sort -u)

missing=()
while read -r group package _; do
  for wanted in "$@"; do
    [[ $group == "$wanted" ]] || continue
    # "install ok installed" also when a version is held; virtual packages are not listed here.
    state=$(dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | sort -u || true)
    [[ $state == *"ok installed"* ]] || grep -qxF "$package" <<<"$provided" || missing+=("$package")
  done
done < <(grep -v -e '^#' -e '^[[:space:]]*$' "$here/packages.txt")

if ((${#missing[@]} == 0)); then
  echo "install-packages: all packages are there"
  exit 0
fi
echo "install-packages: installing ${missing[*]}"

as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null ||
    die "not root and no sudo: as root run: apt-get install --no-install-recommends ${missing[*]}"
  as_root=(sudo)
  if [[ ! -t 0 ]] && ! sudo -n true 2>/dev/null; then
    die "sudo asks for a password and there is no terminal: as root run:" \
      "apt-get install --no-install-recommends ${missing[*]}"
  fi
fi
apt_get() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}
apt_get update ||
  echo "install-packages: no new package lists (see above), trying with those that are here" >&2
apt_get install --no-install-recommends "${missing[@]}" ||
  die "apt-get could not install: ${missing[*]} (see its message above; Debian 12 'main' is enough)"
