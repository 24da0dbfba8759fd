#!/usr/bin/env bash
# From nothing to a running demonstration: installs, builds, writes the demonstration quarter of
# Kon Tum (Q1/2025) and its registers into a store and serves it, the clock an hour before its end.
# Ctrl-C stops.
#   --live [SPEED]  goes on after the quarter: the next weeks' messages arrive as the clock runs SPEED
#                  times as fast (600: a day in 2.4 minutes). Nothing of it is kept.
#   DIR=var/demo   where the store is kept; one that is complete is used again
#   PORT=8766      port on 127.0.0.1
#   --no-install   do not install packages
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
dir=${DIR:-$root/var/demo}
port=${PORT:-8766}
# The last evening of the quarter, so that the live figures are the quarter's own for an hour.
clock=2025-03-31T23:00:00+07:00
# When the registers became known: before that hour begins, so that its figures know them.
registers_known=2025-03-31T22:30:00+07:00
address=127.0.0.1:$port
# Numbered by what is in it: 2 has the registers too.
store=$dir/store-2

live=
if [[ ${1-} == --live ]]; then
  shift
  live=600
  if [[ ${1-} =~ ^[0-9]+$ ]]; then
    live=$1
    shift
  fi
  if ((live < 1 || live > 20000)); then
    echo "run: SPEED must be a number from 1 to 20000" >&2
    exit 2
  fi
  # The morning after the quarter: a day begins, alerts are told.
  clock=2025-04-01T07:00:00+07:00
fi
case ${1-} in
  -h | --help)
    sed -n '2,9s/^# \?//p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
esac
if [[ ! $port =~ ^[0-9]{1,5}$ ]] || ((10#$port < 1 || 10#$port > 65535)); then
  echo "run: PORT must be a number from 1 to 65535, not '$port'" >&2
  exit 2
fi
# Before the long build, not after it. A connection that is accepted means a listener.
if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
  echo "run: port $port on 127.0.0.1 is taken; choose another: PORT=8767 $0" >&2
  exit 1
fi

"$here/build.sh" "$@"
tthcmon=$root/build/tthcmon

# The store gets its name only once the whole quarter is in it.
if [[ ! -e $store ]]; then
  mkdir -p "$dir"
  rm -rf "$store.partial"
  echo "run: writing the demonstration quarter (50,533 dossiers) to $dir"
  "$tthcmon" demo kontum-2025q1 --out "$dir/messages.jsonl" --registers "$dir/registers"
  "$tthcmon" replay --data "$store.partial" "$dir/messages.jsonl"
  for rows in "$dir"/registers/*.jsonl; do
    "$tthcmon" register "$(basename "$rows" .jsonl)" "$rows" --data "$store.partial" \
      --recorded-at "$registers_known"
  done
  rm -rf "$dir/messages.jsonl" "$dir/registers"
  mv "$store.partial" "$store"
else
  echo "run: using the demonstration store in $dir"
fi

cat <<TEXT

  The console                  http://$address/

  The figures of the quarter   http://$address/api/v1/units/H34/summary?period=2025-Q1&rule=form06
  The units                    http://$address/api/v1/units
  The late cases               http://$address/api/v1/cases?unit=H34&period=2025-Q1&rule=form06&state=resolved_late
  The score of QĐ 766          http://$address/api/v1/units/H34/indicators?period=2025-Q1&children=true
  What would raise it          http://$address/api/v1/units/H34/improvements?period=2025-Q1
  The targets of the year      http://$address/api/v1/units/H34/targets?period=2025-Q1
  Biểu 06/VPCP/KSTT (XLSX)     http://$address/api/v1/reports/form06?unit=H34&period=2025-Q1&format=xlsx
  The quarterly report (CCHC)  http://$address/api/v1/reports/cchc?unit=H34&period=2025-Q1
  The score sheet (XLSX)       http://$address/api/v1/reports/qd766?unit=H34&period=2025-Q1&format=xlsx
  Metrics for Prometheus       http://$address/metrics
  Every path                   http://$address/openapi.json
  Alerts (WebSocket)           ws://$address/ws/alerts

  Ctrl-C stops the program; the store stays in $dir.

TEXT
if [[ -z $live ]]; then
  exec "$tthcmon" serve --data "$store" --listen "$address" --clock "$clock" --auth off
fi

echo "run: the weeks after the quarter, $live times as fast"
lived=$dir/live
rm -rf "$lived"
cp -r "$store" "$lived"
started=()
stop() {
  trap - EXIT INT TERM
  kill "${started[@]}" 2>/dev/null || true
  wait
  rm -rf "$lived"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
"$tthcmon" serve --data "$lived" --listen "$address" --clock "$clock" --clock-speed "$live" \
  --auth off &
daemon=$!
started+=("$daemon")
until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
  kill -0 "$daemon" 2>/dev/null || exit 1
  sleep 0.1
done
"$tthcmon" demo kontum-2025q1 --after 12 --send "http://$address" &
started+=($!)
wait -n
