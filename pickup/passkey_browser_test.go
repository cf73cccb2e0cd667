package pickup_test

import (
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	devtools "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"securetext/pickup"
	"securetext/store"
)

// atHome moves the site to a URL that a browser here finds and makes passkeys for.
func (c *clinic) atHome() string {
	c.Helper()
	_, port, err := net.SplitHostPort(c.server.Listener.Addr().String())
	if err != nil {
		c.Fatal(err)
	}
	c.config.PublicURL, c.config.Metrics = "https://localhost:"+port, nil
	site, err := pickup.New(c.config)
	if err != nil {
		c.Fatalf("pickup.New: %v", err)
	}
	c.server.Config.Handler = site.Handler()
	return c.config.PublicURL
}

// face is the reader of a phone: it knows its owner, or somebody else.
type face struct {
	*phone
	id webauthn.AuthenticatorID
}

// newFace gives a phone a reader whose passkeys are on the owner's other phones too.
func (p *phone) newFace() face {
	p.Helper()
	if _, err := chromedp.Call(p.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		p.Fatalf("enable passkeys: %v", err)
	}
	made, err := chromedp.Call(p.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, AutomaticPresenceSimulation: true, IsUserVerified: true,
			DefaultBackupEligibility: true, DefaultBackupState: true,
		},
	})
	if err != nil {
		p.Fatalf("add reader: %v", err)
	}
	return face{p, made.AuthenticatorID}
}

// knows says whether the reader sees its owner from now on.
func (f face) knows(owner bool) {
	f.Helper()
	_, err := chromedp.Call(f.ctx, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: f.id, IsUserVerified: owner})
	if err != nil {
		f.Fatalf("set owner: %v", err)
	}
}

func (f face) passkeys() []*webauthn.Credential {
	f.Helper()
	list, err := chromedp.Call(f.ctx, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: f.id})
	if err != nil {
		f.Fatalf("list passkeys: %v", err)
	}
	return list.Credentials
}

// addCredential is that of webauthn, less what readers here refuse to be told.
var addCredential = cdp.Command[map[string]any, cdp.Empty]{Method: webauthn.CommandAddCredential}

// sync brings the passkeys of another phone of the owner's.
func (f face) sync(other face) {
	f.Helper()
	for _, k := range other.passkeys() {
		_, err := chromedp.Call(f.ctx, addCredential, map[string]any{"authenticatorId": f.id, "credential": map[string]any{
			"credentialId": k.CredentialID, "isResidentCredential": k.IsResidentCredential, "rpId": k.RpID, "privateKey": k.PrivateKey,
			"userHandle": k.UserHandle, "signCount": k.SignCount, "backupEligibility": true, "backupState": true,
		}})
		if err != nil {
			f.Fatalf("bring passkey: %v", err)
		}
	}
}

// appears waits until something can be seen.
func (p *phone) appears(css string) {
	p.Helper()
	p.do(chromedp.WaitVisible(chromedp.CSS(css)))
}

const (
	useButton   = "[data-passkey] button"
	offerButton = "[data-offer] [data-ask] button"
	said        = "[data-ask] [role=alert]:not(:empty)"
)

// enrol sets the password, and makes a passkey as the message's page offers.
func (f face) enrol(url string, d delivered) {
	f.Helper()
	f.visit(url + d.path())
	f.submit(secret)
	f.wantText("Hello")
	f.appears(offerButton)
	f.calm()
	f.shoot("passkey-1-offer")
	f.tap(offerButton)
	f.wantText("It is set up.")
	f.calm()
	f.shoot("passkey-2-added")
}

func (p *phone) signOut() {
	p.Helper()
	p.tap("header button")
	p.wantText("You are signed out")
}

func TestBrowserOneTapWithAPasskey(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	at, f := c.atHome(), p.newFace()
	d := c.deliver(plain("Hello"))
	f.enrol(at, d)
	if list := f.passkeys(); len(list) != 1 || list[0].RpID != "localhost" || list[0].UserName != "Lakeside Family Clinic, phone ending 89" {
		t.Errorf("the phone holds %d passkeys, want one for the clinic's patient", len(list))
	}
	f.tap("main a.button")
	f.wantText("Hello")
	if eval[bool](p, `document.querySelector("[data-offer]") !== null`) {
		t.Error("it is offered again")
	}
	f.signOut()
	f.visit(at + d.path())
	f.appears(useButton)
	f.calm()
	f.shoot("passkey-3-unlock")
	f.tap(useButton)
	f.wantText("Hello")
	f.signOut()

	f.visit(at + d.path()) // another who looks into the phone
	f.knows(false)
	f.do(chromedp.Click(chromedp.CSS(useButton)))
	f.appears(said)
	f.wantText("That did not work.")
	f.calm()
	f.shoot("passkey-4-failed")
	f.submitPassword(secret)
	f.wantText("Hello")
	if n := c.countKind(d, store.Unlocked); n != 2 {
		t.Errorf("%d sign-ins are on record, want 2", n)
	}
}

// submitPassword types the password where a passkey would do as well.
func (p *phone) submitPassword(password string) {
	p.Helper()
	p.do(chromedp.SendKeys(chromedp.ID("password"), password))
	p.tap("form[action$=unlock] button")
}

func TestS10BrowserASyncedPasskeyNeedsNoCode(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	c.policy(store.Policy{StepUp: store.StepUpNewDevice})
	at, f := c.atHome(), p.newFace()
	d := c.deliver(plain("Hello"))
	f.enrol(at, d)

	second := newPhone(t)
	g := second.newFace()
	g.sync(f)
	g.visit(at + d.path())
	g.wantText("We do not know this phone yet")
	g.appears(useButton)
	g.calm()
	g.shoot("passkey-5-code")
	g.tap(useButton)
	g.wantText("Hello")
	if n := c.countKind(d, store.CodeAsked); n != 0 {
		t.Errorf("%d codes were texted", n)
	}
	g.visit(at + d.path() + "/passkeys") // and that phone is not asked for another
	g.appears(offerButton)
	g.do(chromedp.Click(chromedp.CSS(offerButton)))
	g.appears(said)
	g.wantText("This phone is set up already.")

	third := newPhone(t) // a phone without the passkey goes on with a code
	h := third.newFace()
	h.visit(at + d.path())
	h.appears(useButton)
	h.do(chromedp.Click(chromedp.CSS(useButton)))
	h.appears(said)
	h.tap("form[action$=code] button")
	h.wantText("Type the code from our text")
}

func TestBrowserARemovedPasskeyIsRefused(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	at, f := c.atHome(), p.newFace()
	d := c.deliver(plain("Hello"))
	f.enrol(at, d)
	b := c.signedIn(d, otherAgents[0])
	b.addPasskey(d, c.reader()) // so that there is one to ask for
	f.visit(at + d.path())
	f.tap("footer a[href$=sessions]")
	f.tap("main a[href$=passkeys]")
	f.wantText("Firefox, Windows")
	f.calm()
	f.shoot("passkey-6-list")
	f.tap("form[action$=remove] button")
	f.wantText("Firefox, Windows")
	if text := f.text(); len(f.passkeys()) != 1 || eval[int](p, `document.querySelectorAll("form[action$=remove]").length`) != 1 {
		t.Errorf("want one removed here, and still on the phone:\n%s", text)
	}
	f.signOut()
	f.visit(at + d.path())
	f.appears(useButton)
	f.do(chromedp.Click(chromedp.CSS(useButton)))
	f.appears(said)
	f.submitPassword(secret)
	f.wantText("Hello")

	// The phone would sign, were it asked; what it signed when it still was one is
	// of no use either.
	u := url.Values{"passkey": {`{"id":"AA","rawId":"AA","type":"public-key","response":{}}`}}
	if p := c.browser().do("POST", d.path()+"/passkey", u); p.Header.Get("Location") != d.path()+"?passkey=failed" {
		t.Errorf("an answer to nothing leads to %s", p.Header.Get("Location"))
	}
}

func TestBrowserPasskeyIsDeclined(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	at, f := c.atHome(), p.newFace()
	d := c.deliver(plain("Hello"))
	f.visit(at + d.path())
	f.submit(secret)
	f.appears(offerButton)
	f.knows(false)
	f.do(chromedp.Click(chromedp.CSS(offerButton)))
	f.appears(said)
	f.wantText("or leave it as it is")
	f.calm()
	f.tap("form[action$=decline] button")
	f.wantText("Hello")
	if eval[bool](p, `document.querySelector("[data-offer]") !== null`) {
		t.Error("it is offered again")
	}
}

// lacks takes something away from every page before its own scripts run.
func (p *phone) lacks(name string) {
	p.Helper()
	_, err := chromedp.Call(p.ctx, devtools.AddScriptToEvaluateOnNewDocument, devtools.AddScriptToEvaluateOnNewDocumentParams{Source: "delete window." + name})
	if err != nil {
		p.Fatalf("take %s away: %v", name, err)
	}
}

// Without script, or without passkeys in the browser, none is spoken of.
func TestBrowserWithoutPasskeys(t *testing.T) {
	c := newClinic(t)
	at := c.atHome()
	d := c.deliver(plain("Hello"))
	first := newPhone(t)
	first.newFace().enrol(at, d)
	look := func(p *phone) {
		t.Helper()
		p.visit(at + d.path())
		p.wantText("Your password")
		if n := eval[int](p, `[...document.querySelectorAll("[data-passkey], [data-offer]")].filter(el => el.getClientRects().length > 0).length`); n != 0 {
			t.Errorf("%d things about passkeys can be seen:\n%s", n, p.text())
		}
	}
	p := newPhone(t)
	p.noScript()
	look(p)
	p.submitPassword(secret)
	p.wantText("Hello")
	p.do(chromedp.Sleep(300 * time.Millisecond))
	if eval[bool](p, `document.querySelector("[data-offer]").getClientRects().length > 0`) {
		t.Error("a passkey is offered without script")
	}

	old := newPhone(t)
	old.lacks("PublicKeyCredential")
	look(old)

	bare := newPhone(t) // no reader: passkeys of other phones may serve, none is made here
	bare.visit(at + d.path())
	bare.appears(useButton)
	bare.submitPassword(secret)
	bare.wantText("Hello")
	bare.do(chromedp.Sleep(300 * time.Millisecond))
	if eval[bool](bare, `document.querySelector("[data-offer]").getClientRects().length > 0`) {
		t.Error("a passkey is offered to a browser that can make none")
	}
}
