package console_test

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"securetext/store"
	"securetext/web/webtest"
)

// reader is what a machine sees by who sits before it.
type reader struct {
	*desk
	id webauthn.AuthenticatorID
}

func (d *desk) newReader() reader {
	d.Helper()
	_, err := chromedp.Call(d.ctx, webauthn.Enable, webauthn.EnableParams{})
	must(d, "enable passkeys", err)
	made, err := chromedp.Call(d.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, AutomaticPresenceSimulation: true, IsUserVerified: true,
		},
	})
	must(d, "add reader", err)
	return reader{d, made.AuthenticatorID}
}

// knows says whether the reader sees its owner from now on.
func (r reader) knows(owner bool) {
	r.Helper()
	_, err := chromedp.Call(r.ctx, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: r.id, IsUserVerified: owner})
	must(r, "set owner", err)
}

// sees waits until something can be seen.
func (d *desk) sees(css string) {
	d.Helper()
	webtest.Do(d.T, d.ctx, chromedp.WaitVisible(chromedp.CSS(css)))
}

// A passkey is added, signs in without a word typed, confirms, and does nothing for
// who is not its owner.
func TestS32BrowserADayWithAPasskey(t *testing.T) {
	o := newOffice(t)
	nina := o.member("nina@lakeside.example", true, store.RoleAdmin)
	d := newDesk(t, o)
	r := d.newReader()
	d.visit("/signin?to=/account")
	d.fill("email", nina.Email, "password", short, "code", o.code(appSecret))
	d.press("Sign in")
	d.press("Add a passkey")
	d.sees("[data-passkey] button")
	webtest.Eval[chromedp.Void](t, d.ctx, `document.getElementById('label').value = 'This machine'`)
	d.press("Add it")
	d.wants("Your passkey is set up.", "This machine", "Never used")
	o.wantBy(nina, store.StaffPasskeyAdded)
	d.press("Sign out")

	d.visit("/signin?to=/account")
	d.press("Use a passkey")
	d.wants("Nina Park", "This machine")
	if e := o.wantBy(nina, store.StaffSignedIn); e.Detail != string(nina.ID)+" passkey" {
		t.Errorf("event: got %+v", e)
	}
	o.later(6 * time.Minute)
	d.visit("/people/new")
	d.wants("Is it still you?")
	r.knows(false) // somebody else sits down
	webtest.Do(t, d.ctx, chromedp.Click(chromedp.CSS("[data-passkey] button")))
	d.sees("[data-ask] [role=alert]:not(:empty)")
	d.wants("That did not work. Try again")
	r.knows(true)
	d.press("Use a passkey")
	d.wants("Add a person")

	d.press("Nina Park")
	d.press("Remove")
	d.wants("The passkey is removed")
	d.press("Sign out")
	d.visit("/signin")
	d.press("Use a passkey")
	d.wants("That did not work. Try again")
}

// To the org's provider and back: with our script by itself, without any by a button.
func TestS32BrowserADayWithTheOrgsProvider(t *testing.T) {
	o := newOffice(t)
	p := o.withProvider()
	p.Who = grace("senders", "admins")
	d := newDesk(t, o)
	d.visit("/signin?to=/account")
	d.fill("email", "grace@lakeside.example")
	d.press("Use your organisation’s account")
	d.sees("nav a[href='/account']")
	d.wants("Grace Okafor", "You sign in with it")
	d.visit("/people/new")
	d.press("Use your organisation’s account")
	d.sees("#roles, [name=roles]")
	d.wants("Add a person")
	d.press("Sign out")
	d.wants("At your organisation’s own sign-in you may be signed in still")

	webtest.NoScript(t, d.ctx)
	d.visit("/signin?to=/account")
	d.fill("email", "grace@lakeside.example")
	d.press("Use your organisation’s account")
	d.sees("form[data-go] button")
	d.wants("You are back")
	d.press("Go on")
	d.wants("Grace Okafor")
}
