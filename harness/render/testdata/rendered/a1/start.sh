#!/bin/sh
# What a1 does once its links are there.
set -e
for link in eth1; do
	until [ "$(cat /sys/class/net/$link/carrier 2>&1)" = 1 ]; do sleep 0.1; done
done
ip address replace 198.18.10.11/32 dev lo
ip address replace 2001:db8:10::11/128 dev lo nodad
ip address replace 192.0.2.1/32 dev lo
ip address replace 100.64.0.1/31 dev eth1
ip address replace fd00:64::1/127 dev eth1 nodad
ip route replace 0.0.0.0/0 src 198.18.10.11 nexthop via 100.64.0.0 dev eth1
ip -6 route replace ::/0 src 2001:db8:10::11 nexthop via fd00:64:: dev eth1
ip route replace 198.18.10.1/32 src 198.18.10.11 nexthop via 100.64.0.0 dev eth1
ip -6 route replace 2001:db8:10::1/128 src 2001:db8:10::11 nexthop via fd00:64:: dev eth1
exec sleep infinity
