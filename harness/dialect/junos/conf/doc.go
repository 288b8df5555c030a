// Package conf reads Junos configuration text and edits it the way Junos does: set, delete, insert,
// rename, deactivate, show | compare, load replace, configuration groups. It knows the shape of
// configuration text and, in shape.go, the little of the schema that reading and editing need; it does
// not know what any statement means. dialect/junos does.
//
// A Config is the text as it stands; Root is what of it is in force. A Patch is a change that ApplyTo
// brings to those configurations that contain what it edits.
package conf
