//go:build !linux

package holder

import "context"

// Hijack does nothing here: labs live on Linux only.
func Hijack() {}

// WithForeground returns ctx.
func WithForeground(ctx context.Context) context.Context { return ctx }
