#!/bin/sh
# What client does once its links are there.
set -e
for link in eth1; do
	until [ "$(cat /sys/class/net/$link/carrier 2>&1)" = 1 ]; do sleep 0.1; done
done
ip address replace 203.0.113.1/32 dev lo
ip address replace 100.64.0.3/31 dev eth1
ip address replace fd00:64::3/127 dev eth1 nodad
ip route replace 0.0.0.0/0 src 203.0.113.1 nexthop via 100.64.0.2 dev eth1
ip route replace 198.18.10.2/32 src 203.0.113.1 nexthop via 100.64.0.2 dev eth1
ip -6 route replace 2001:db8:10::2/128 nexthop via fd00:64::2 dev eth1
exec sleep infinity
