#!/bin/sh
# HAProxy as Serve starts it, with its metrics and statistics pages on loopback, and ten seconds
# for a request's head: Serve's template binds the two to every interface, leaves an hour for the
# head, and offers no setting for either.
set -eu
args=""
take=0
for arg in "$@"; do
  if [ "$take" = 1 ]; then
    sed -E \
      -e 's/^([[:space:]]*bind )(\*)?:([0-9]+)/\1127.0.0.1:\3/' \
      -e '1,/^frontend/s/^([[:space:]]*)timeout client .*/&\n\1timeout http-request 10s/' \
      "$arg" > "$arg.loopback"
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
