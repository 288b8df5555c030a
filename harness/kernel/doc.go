// Package kernel is the one door to Linux: network namespaces, links between them, addresses, sysctls, neighbours,
// the routes of a namespace and the events of their changes.
//
// It knows no fabric and no daemon. It changes nothing outside the namespaces it is given, and it works as root on Linux
// only: elsewhere Supported says so and nothing else is there.
package kernel
