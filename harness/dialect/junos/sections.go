package junos

// sections are the statements at the top of a configuration.
var sections = map[string]bool{
	"access": true, "access-profile": true, "accounting-options": true, "applications": true, "apply-flags": true, "apply-macro": true,
	"bridge-domains": true, "chassis": true, "class-of-service": true, "diameter": true, "dynamic-profiles": true,
	"ethernet-switching-options": true, "event-options": true, "fabric": true, "firewall": true, "forwarding-options": true,
	"interfaces": true, "jsrc": true, "jsrc-partition": true, "layer2-control": true, "logical-systems": true, "multi-chassis": true,
	"multicast-snooping-options": true, "policy-options": true, "poe": true, "protocols": true, "rcsid": true, "routing-instances": true,
	"routing-options": true, "schedulers": true, "security": true, "services": true, "session-limit-group": true, "smtp": true, "snmp": true,
	"switch-options": true, "system": true, "tenants": true, "unified-edge": true, "version": true, "virtual-chassis": true, "vlans": true,
	"vmhost": true, "wlan": true,
}
