package gateway

import (
	"slices"

	"github.com/emersion/go-smtp"

	"securetext/store"
)

// maxEnvID is how long an ENVID may be (RFC 3461, section 4.4).
const maxEnvID = 100

// notifyOf is the steps that a recipient's NOTIFY asks for; nil: it is not
// given, and others have their say. DELAY asks for nothing that we do.
func notifyOf(opts *smtp.RcptOptions) *store.Notify {
	if opts == nil || len(opts.Notify) == 0 {
		return nil
	}
	var n store.Notify
	if slices.Contains(opts.Notify, smtp.DSNNotifySuccess) {
		n |= store.NotifyDelivered
	}
	if slices.Contains(opts.Notify, smtp.DSNNotifyFailure) {
		n |= store.NotifyFailed
	}
	return &n
}
