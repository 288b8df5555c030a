#!/bin/sh
# What spine1 does once its links are there.
set -e
for link in eth1 eth2; do
	until [ "$(cat /sys/class/net/$link/carrier 2>&1)" = 1 ]; do sleep 0.1; done
done
ip address replace 198.18.10.2/32 dev lo
ip address replace 2001:db8:10::2/128 dev lo nodad
ip address replace 100.64.0.2/31 dev eth1
ip address replace fd00:64::2/127 dev eth1 nodad
ip address replace 100.64.0.5/31 dev eth2
ip address replace fd00:64::5/127 dev eth2 nodad
exec /usr/lib/frr/docker-start
