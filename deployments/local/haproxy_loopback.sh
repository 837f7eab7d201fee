#!/bin/sh
# HAProxy as Serve starts it, with what its template has no setting for: metrics and statistics
# pages on sockets of their owner's instead of ports on every interface, the admin socket for its
# owner alone; ten seconds instead of an hour for a request's
# head; where `deployments.local` wrote them, rules by which it repeats refusals that still hold,
# and errors in our shape instead of Serve's.
set -eu
drop=""
if [ -n "${BRAINWAV_ERROR_REPLIES:-}" ]; then
  drop='/^[[:space:]]*errorfile 50[234] /d'
fi
args=""
take=0
for arg in "$@"; do
  if [ "$take" = 1 ]; then
    folder=$(dirname "$arg")
    sed -E \
      -e "/^frontend prometheus/,/bind/s#^([[:space:]]*bind ):[0-9]+#\1unix@$folder/metrics-page.sock mode 600#" \
      -e "/^listen stats/,/bind/s#^([[:space:]]*bind )\*:[0-9]+#\1unix@$folder/stats-page.sock mode 600#" \
      -e 's/^([[:space:]]*stats socket .*) mode 666 /\1 mode 600 /' \
      -e '1,/^frontend/s/^([[:space:]]*)timeout client .*/&\n\1timeout http-request 10s/' \
      -e "$drop" \
      -e "/# Normalize 502/r ${BRAINWAV_ERROR_REPLIES:-/dev/null}" \
      -e "/# Static routing based on path prefixes/r ${BRAINWAV_REFUSALS_FRONTEND:-/dev/null}" \
      "$arg" > "$arg.loopback"
    cat "${BRAINWAV_REFUSALS_BACKENDS:-/dev/null}" >> "$arg.loopback"
    arg="$arg.loopback"
    take=0
  elif [ "$arg" = "-f" ]; then
    take=1
  fi
  args="$args $arg"
done
# Serve's arguments hold no spaces: flags, process ids and paths that we chose.
# shellcheck disable=SC2086
exec "$BRAINWAV_HAPROXY" $args
