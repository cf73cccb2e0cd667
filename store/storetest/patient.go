package storetest

import (
	"net/netip"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
)

// grace is how old a link may be to set the first password.
const grace = 24 * time.Hour

// home is where the patient's browser connects from.
var home = netip.MustParseAddr("2001:db8::7")

var (
	visitor = store.Actor{Kind: store.ByVisitor, Addr: home}
	bot     = store.Actor{Kind: store.ByBot, Addr: netip.MustParseAddr("192.0.2.9")}
)

// phc is a stored password hash, as far as a store can tell.
const phc = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"

func enrolment(hash token.Hash) store.Enrolment {
	return store.Enrolment{Link: hash, Password: phc, Grace: grace, Addr: home}
}

// enrolled is a recipient who was texted a link and has set a password.
func (c *Clinic) enrolled(tb testing.TB, number string) (store.Message, token.Hash, store.Viewer) {
	tb.Helper()
	m, hash := c.texted(tb, number)
	return m, hash, c.enrol(tb, hash)
}

func (c *Clinic) enrol(tb testing.TB, hash token.Hash) store.Viewer {
	tb.Helper()
	v, err := c.Enrol(tb.Context(), enrolment(hash), Noon)
	must(tb, "Enrol", err)
	return v
}

// wantViewing checks how a message can be viewed: by loading it and by every
// other way that gives anything of it away.
func (c *Clinic) wantViewing(tb testing.TB, m store.Message, hash token.Hash, v store.Viewer, now time.Time, want error) {
	tb.Helper()
	ctx := tb.Context()
	_, err := c.Message(ctx, hash, v, now)
	wantError(tb, "Message", err, want)
	_, err = c.MessageByID(ctx, m.ID, v, now)
	wantError(tb, "MessageByID", err, want)
	wantError(tb, "Read", c.Read(ctx, m.ID, v, now), want)
	for _, a := range m.Attachments {
		_, err := c.Attachment(ctx, hash, a.Part, v, now)
		wantError(tb, "Attachment", err, want)
		_, err = c.AttachmentByID(ctx, m.ID, a.Part, v, now)
		wantError(tb, "AttachmentByID", err, want)
		wantError(tb, "AttachmentRead", c.AttachmentRead(ctx, m.ID, a.Part, v, now), want)
	}
}
