//go:build !linux

package speaker

// Hijack does nothing here: routers run on Linux only.
func Hijack() {}
