package frr

// ReadCommunity is readCommunity for the tests from outside.
var ReadCommunity = readCommunity
