#!/bin/sh
# Closes the running service's ports, but for HTTP, to other machines, and with --users to other
# users of this machine as well. Everything it does is one table of nftables, `inet brainwav_PORT`
# by the port of HTTP, which it prints, puts in place in one step, and can be run again any time.
#
#   deploy/firewall.sh [--state .brainwav] [--peers 10.0.0.0/8,fd00::/8] [--users [NAME,…]]
#   deploy/firewall.sh --check …    the same options: exit status 1 where the rules differ
#   deploy/firewall.sh --print …    print the rules; needs no rights
#   deploy/firewall.sh --remove
#
# --peers  addresses of further nodes, which must reach Ray's ports.
# --users  HTTP too is open to root, to the service's own user and to the users named, alone.
#
# Ports are those in the state folder: run it again after `make up` has chosen others. It needs
# root and nft (package nftables); rules last until the machine restarts.
set -eu

state="" peers="" users="" named="" act=apply
while [ $# -gt 0 ]; do
  case "$1" in
    --state) state=$2; shift ;;
    --peers) peers=$2; shift ;;
    --users)
      users=yes
      case "${2:-}" in "" | --*) ;; *) named=$2; shift ;; esac ;;
    --check) act=check ;;
    --print) act=print ;;
    --remove) act=remove ;;
    *) sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0" | sed '$d' >&2; exit 2 ;;
  esac
  shift
done
[ -n "$state" ] || state="$(dirname "$0")/../.brainwav"

say() { echo "brAInwav: $*"; }

if [ "$act" != print ]; then
  command -v nft >/dev/null || { say "nft is not installed (package nftables)"; exit 2; }
  [ "$(id -u)" = 0 ] || { say "only root may change or read the rules"; exit 2; }
fi
record="$state/cluster.json"
[ -r "$record" ] || { say "no cluster is recorded in $state; \`make up\` starts one"; exit 2; }
# Ports by name, one a line; the ingress replicas' range and further nodes' agents after it.
closed=$(python3 - "$record" <<'PYTHON'
import json, sys
record = json.load(open(sys.argv[1]))
ports = {**record["ports"], **record.get("later_ports", {})}
first = ports.pop("ingress")
single = sorted({port for port in ports.values() if port})
# Ingress replicas and the agents of further nodes; what Ray hands to its workers.
print(", ".join([*map(str, single), f"{first}-{first + 599}", "10002-19999"]))
PYTHON
)
http=$(python3 - "$record" <<'PYTHON'
import json, sys
print(json.load(open(sys.argv[1])).get("http") or 8000)
PYTHON
)
owner=$(stat -c %u "$record")
table="brainwav_$http"

if [ "$act" = remove ]; then
  nft list table inet "$table" >/dev/null 2>&1 || { say "there was nothing to remove"; exit 0; }
  nft delete table inet "$table"
  say "removed the table inet $table: its ports are open again"
  exit 0
fi

rules() {
  echo "table inet $table {"
  echo "  set closed { type inet_service; flags interval; auto-merge; elements = { $closed } }"
  echo "  chain from_other_machines {"
  echo "    type filter hook input priority filter; policy accept;"
  echo "    iifname \"lo\" accept"
  echo "    ct state established,related accept"
  for peer in $(echo "$peers" | tr ',' ' '); do
    case "$peer" in *:*) echo "    ip6 saddr $peer accept" ;; *) echo "    ip saddr $peer accept" ;; esac
  done
  # It may lie in one of the ranges.
  echo "    tcp dport $http accept"
  echo "    tcp dport @closed counter reject with tcp reset"
  echo "  }"
  if [ -n "$users" ]; then
    allowed="0, $owner"
    for name in $(echo "$named" | tr ',' ' '); do allowed="$allowed, $(id -u "$name")"; done
    allowed=$(echo "$allowed" | tr -d ' ' | tr ',' '\n' | sort -nu | paste -sd, -)
    echo "  chain from_other_users {"
    echo "    type filter hook output priority filter; policy accept;"
    echo "    oifname \"lo\" meta skuid != { $allowed } tcp dport @closed counter reject with tcp reset"
    echo "    oifname \"lo\" meta skuid != { $allowed } tcp dport $http counter reject with tcp reset"
    echo "  }"
  fi
  echo "}"
}

# In one transaction: at no moment are the old rules gone and the new ones not there.
anew() { printf 'table inet %s\ndelete table inet %s\n' "$table" "$table"; rules; }

case "$act" in
  print) rules ;;
  check)
    # What nft makes of the rules in a network of its own is how they must read here.
    wanted=$(anew | unshare -n sh -c 'nft -f - && nft -s list table inet $0' "$table")
    found=$(nft -s list table inet "$table" 2>/dev/null || true)
    if [ "$wanted" = "$found" ]; then say "the rules are in place"; exit 0; fi
    [ -n "$found" ] && say "the rules differ from what $state asks for" || say "no rules are in place"
    exit 1 ;;
  apply)
    anew | nft -f -
    say "these rules are in place now, until the machine restarts or --remove:"
    rules ;;
esac
