// Package conf reads Junos configuration text as an ordered list of statements and edits it the
// way Junos does: set, delete, insert, rename, deactivate, replace, groups. It knows the shape of
// configuration text, not what any statement means; dialect/junos does.
package conf
