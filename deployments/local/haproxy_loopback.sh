#!/bin/sh
# HAProxy as Serve starts it, with what its template has no setting for: metrics and statistics
# pages on sockets of their owner's instead of ports on every interface, the admin socket for its
# owner alone; HTTP/1 only; and, where `deployments.local` wrote them, bounds on connections and on
# how long they may do nothing, rules by which HAProxy repeats refusals that still hold, and errors
# in our shape instead of Serve's.
set -eu
drop=""
if [ -n "${BRAINWAV_ERROR_REPLIES:-}" ]; then
  drop='/^[[:space:]]*errorfile 50[234] /d'
fi
rules="${BRAINWAV_CONNECTIONS:-}"
most=""
timeouts='1,/^frontend/s/^([[:space:]]*)timeout client .*/&\n\1timeout http-request 10s/'
if [ -n "$rules" ]; then
  most=$(cat "$rules/connections_most")
  # Two files a connection and two for every fourth's pipe; HAProxy does not start if it may not
  # open as many.
  files=$(ulimit -Hn)
  if [ "$files" != unlimited ] && [ "$most" -gt $(((files - 256) * 2 / 5)) ]; then
    most=$(((files - 256) * 2 / 5))
  fi
  timeouts='1,/^frontend/{/^[[:space:]]*timeout http-keep-alive /d
/^[[:space:]]*timeout client /{r '"$rules/connections_defaults.cfg"'
d
}
}'
fi
args=""
config=""
take=0
for arg in "$@"; do
  if [ "$take" = 1 ]; then
    folder=$(dirname "$arg")
    # What no application answers is not there, unless none is known.
    other="${rules:-/dev/null}${rules:+/connections_not_yet.cfg}"
    listens='s/^[[:space:]]*bind .*[0-9]$/& proto h1/'
    if [ -e "$folder/stand-in" ]; then
      # Another answers, and knows the application (deployments/haproxy/stand_in.py).
      listens="s#^([[:space:]]*bind ).*[0-9]\$#\\1unix@$folder/waits.sock mode 600 proto h1#"
    fi
    if grep -q '^[[:space:]]*use_backend ' "$arg"; then
      other="${rules:-/dev/null}${rules:+/connections_nowhere.cfg}"
      listens='s/^[[:space:]]*bind .*[0-9]$/& proto h1/'
    fi
    sed -E \
      -e "/^frontend prometheus/,/bind/s#^([[:space:]]*bind ):[0-9]+#\1unix@$folder/metrics-page.sock mode 600#" \
      -e "/^listen stats/,/bind/s#^([[:space:]]*bind )\*:[0-9]+#\1unix@$folder/stats-page.sock mode 600#" \
      -e 's/^([[:space:]]*stats socket .*) mode 666 /\1 mode 600 /' \
      -e "${most:+s/^([[:space:]]*)maxconn [0-9]+\$/\\1maxconn $most/}" \
      -e "${rules:+s/^([[:space:]]*retry-on ).*/\\1conn-failure empty-response/}" \
      -e "$timeouts" \
      -e "/^frontend http_frontend/,/bind/$listens" \
      -e '/^frontend http_frontend/,/bind/{/^[[:space:]]*bind /r '"${rules:-/dev/null}${rules:+/connections_frontend.cfg}" \
      -e '}' \
      -e "/^backend default_backend/r $other" \
      -e "$drop" \
      -e "/# Normalize 502/r ${BRAINWAV_ERROR_REPLIES:-/dev/null}" \
      -e "/# Static routing based on path prefixes/r ${BRAINWAV_REFUSALS_FRONTEND:-/dev/null}" \
      "$arg" > "$arg.loopback"
    cat "${BRAINWAV_REFUSALS_BACKENDS:-/dev/null}" >> "$arg.loopback"
    if [ -n "$rules" ]; then
      cat "$rules/connections_backends.cfg" >> "$arg.loopback"
    fi
    arg="$arg.loopback"
    config="$arg"
    take=0
  elif [ "$arg" = "-f" ]; then
    take=1
  fi
  args="$args $arg"
done
if [ -n "$config" ] && [ -n "${BRAINWAV_STAND_IN:-}" ]; then
  # Before the one that it replaces is told to go.
  (umask 077 && echo $$ > "$(dirname "$config")/serving")
  # Its own parent ends, so that it is nobody's child here: HAProxy would not bury it.
  ("$BRAINWAV_PYTHON" -S -E "$BRAINWAV_STAND_IN" $$ "$config" "$BRAINWAV_HAPROXY" > "$(dirname "$config")/stand-in.log" 2>&1 < /dev/null &)
fi
# Serve's arguments hold no spaces: flags, process ids and paths that we chose.
# shellcheck disable=SC2086
exec "$BRAINWAV_HAPROXY" $args
