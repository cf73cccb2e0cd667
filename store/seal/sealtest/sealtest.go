// Package sealtest makes what tests of sealed things begin with.
package sealtest

import (
	"testing"

	"securetext/store/seal"
)

// OrgKey is a version of an org's key, ready to store.
func OrgKey[Org ~string](tb testing.TB, k *seal.Keyring, org Org, version int) seal.OrgKey {
	tb.Helper()
	key, err := k.NewOrgKey(tb.Context(), string(org), version)
	if err != nil {
		tb.Fatalf("NewOrgKey: %v", err)
	}
	return key
}
