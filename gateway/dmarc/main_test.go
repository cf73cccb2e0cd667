package dmarc

import (
	"testing"

	"go.uber.org/goleak"
)

// The DKIM library starts goroutines for each signature: none may stay.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
