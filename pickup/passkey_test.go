package pickup_test

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"securetext/pickup"
	"securetext/pickup/device"
	"securetext/pickup/passkey/passkeytest"
	"securetext/store"
	"securetext/store/seal"
)

// reader is the face or fingerprint reader of a phone.
func (c *clinic) reader() *passkeytest.Phone {
	c.Helper()
	u, err := url.Parse(c.config.PublicURL)
	if err != nil {
		c.Fatal(err)
	}
	return &passkeytest.Phone{TB: c, Origin: c.config.PublicURL, RPID: u.Hostname(), Counter: 1}
}

// ask has the page's script ask what to make or to sign.
func (b *browser) ask(path string) []byte {
	b.Helper()
	p := b.post(path+"/ask", "")
	if p.StatusCode != 200 || p.Header.Get("Content-Type") != "application/json" {
		b.Fatalf("ask: got %d and %s:\n%.300s", p.StatusCode, p.Header.Get("Content-Type"), p.text)
	}
	return []byte(p.text)
}

// send has the page's form send an answer.
func (b *browser) send(path string, answer []byte, header ...string) page {
	b.Helper()
	return b.do("POST", path, url.Values{"passkey": {string(answer)}}, header...)
}

// addPasskey makes a passkey in a browser that is signed in.
func (b *browser) addPasskey(d delivered, r *passkeytest.Phone) {
	b.Helper()
	p := b.send(d.path()+"/passkeys/add", r.Make(b.ask(d.path()+"/passkeys")))
	p.want(b, 303)
	if got := p.Header.Get("Location"); got != d.path()+"/passkeys?passkey=added" {
		b.Fatalf("adding leads to %s", got)
	}
}

// tapPasskey signs in by a passkey, if it is taken.
func (b *browser) tapPasskey(d delivered, r *passkeytest.Phone) page {
	b.Helper()
	return b.send(d.path()+"/passkey", r.Use(b.ask(d.path()+"/passkey")))
}

// wantIn wants a browser to be signed in by what it just sent.
func (b *browser) wantIn(d delivered, p page) {
	b.Helper()
	p.want(b, 303)
	if got := p.Header.Get("Location"); got != d.path() || b.session() == "" {
		b.Errorf("it leads to %s with session %t, want the message", got, b.session() != "")
	}
	b.get(d.path()).want(b, 200, "Hello")
}

// wantOut wants a browser not to be.
func (b *browser) wantOut(d delivered, p page) {
	b.Helper()
	p.want(b, 303)
	if got := p.Header.Get("Location"); got != d.path()+"?passkey=failed" || b.session() != "" {
		b.Errorf("it leads to %s with session %t, want the other ways", got, b.session() != "")
	}
	b.get(d.path()+"?passkey=failed").wantNo(b, "Hello")
}

// withPasskey is a patient with a passkey, who has signed out.
func (c *clinic) withPasskey() (delivered, *browser, *passkeytest.Phone) {
	c.Helper()
	d, r := c.deliver(plain("Hello")), c.reader()
	b := c.enrolled(d)
	b.addPasskey(d, r)
	b.post("/signout", "")
	return d, b, r
}

// everyPasskey visits the pages of those who use a face or a fingerprint. It goes
// on where everyPage is.
func everyPasskey(c *clinic, lang string, visit func(name string, p page)) {
	l := plain("For Mrs. Bell")
	l.Lang, l.To = lang, "+12114367722"
	d := c.deliver(l)
	b := c.enrolled(d)
	get := func(path string) page { return b.get(d.path()+path, "Accept-Language", lang) }
	visit("message-offer", get(""))
	visit("passkeys-failed", get("/passkeys?passkey=failed"))
	b.addPasskey(d, c.reader())
	visit("passkeys-added", get("/passkeys?passkey=added"))
	b.post("/signout", "")
	visit("unlock-passkey", get("?passkey=failed"))
	c.policy(store.Policy{StepUp: store.StepUpAlways})
	visit("code-passkey", get("?passkey=failed"))
	c.policy(store.Policy{})
}

func TestPasskeyIsOfferedAddedAndOneTap(t *testing.T) {
	c := newClinic(t)
	d, r := c.deliver(plain("Hello")), c.reader()
	b := c.enrolled(d)
	b.get(d.path()).want(t, 200, "One tap next time?", `data-offer hidden`, d.path()+"/passkeys/decline")
	b.addPasskey(d, r)
	b.get(d.path()+"/passkeys?passkey=added").want(t, 200, "It is set up.", "Safari, iPhone")
	b.get(d.path()).wantNo(t, "One tap next time?")
	b.post("/signout", "")

	b.get(d.path()).want(t, 200, "Use Face ID or fingerprint", `data-passkey`, ` hidden>`, "Your password")
	b.wantIn(d, b.tapPasskey(d, r))
	b.get(d.path()+"/passkeys").want(t, 200, "Last used")
	b.get(d.path()).wantNo(t, "One tap next time?")
	want := []store.Kind{store.Opened, store.Enrolled, store.Read, store.Read, store.Unlocked, store.Read, store.Read}
	if got := c.kinds(d); !slices.Equal(got, want) {
		t.Errorf("got events %v, want %v", got, want)
	}
	if e := c.events(d)[6]; e.Kind != store.Unlocked || e.Detail != store.ByPasskey || e.By.Kind != store.ByRecipient {
		t.Errorf("got event %+v, want unlocked by passkey", e)
	}
	for _, s := range []string{d.Token.Secret(), b.cookie(device.CookieName), "4367789", "clientDataJSON"} {
		if strings.Contains(c.logged(), s) {
			t.Errorf("the log holds %q", s)
		}
	}
}

func TestTenPasskeysAreAll(t *testing.T) {
	c := newClinic(t)
	d, b, r := c.withPasskey()
	b.wantIn(d, b.tapPasskey(d, r))
	for range store.MostPasskeys - 1 {
		b.get(d.path()+"/passkeys").want(t, 200, "/passkeys/add")
		b.addPasskey(d, c.reader())
	}
	b.get(d.path()+"/passkeys").wantNo(t, "/passkeys/add")
	b.post(d.path()+"/passkeys/ask", "").want(t, 409)
	b.post("/signout", "")
	b.wantIn(d, b.tapPasskey(d, r))
}

func TestPasskeyIsDeclinedForGood(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	b := c.enrolled(d)
	b.post(d.path()+"/passkeys/decline", "").want(t, 303)
	b.get(d.path()).wantNo(t, "One tap next time?")
	b.post("/signout", "")
	b.post(d.path()+"/unlock", secret)
	b.get(d.path()).wantNo(t, "One tap next time?")
	other := c.signedIn(d, otherAgents[0])
	other.get(d.path()).want(t, 200, "One tap next time?")
	b.get(d.path()+"/passkeys").want(t, 200, "data-offer hidden", "You use neither of them")
	b.addPasskey(d, c.reader()) // who changed their mind
}

func TestS10APasskeyNeedsNoCodeOnANewDevice(t *testing.T) {
	for _, policy := range []store.StepUp{store.StepUpNewDevice, store.StepUpAlways, store.StepUpNever} {
		c := newClinic(t)
		c.policy(store.Policy{StepUp: policy})
		d, known, r := c.withPasskey()
		b := c.browser()
		p := b.get(d.path())
		p.want(t, 200, "Use Face ID or fingerprint")
		if policy != store.StepUpNever {
			p.want(t, 200, "Text me a code")
		}
		b.wantIn(d, b.tapPasskey(d, r))
		known.wantIn(d, known.tapPasskey(d, r))
		if n := c.countKind(d, store.CodeAsked); n != 0 {
			t.Errorf("step_up=%s: %d codes were texted", policy, n)
		}
		b.post("/signout", "")
		if policy == store.StepUpNewDevice { // by now it is known
			b.get(d.path()).want(t, 200, "Your password")
		}
	}
}

func TestS08StrangersKeepNoPasskeyOut(t *testing.T) {
	c := newClinic(t, func(cfg *pickup.Config) { cfg.Store = locked{cfg.Store} })
	d, _, r := c.withPasskey()
	b := c.browser()
	b.post(d.path()+"/unlock", secret).want(t, 403, "Too many wrong tries")
	b.wantIn(d, b.tapPasskey(d, r))
}

func TestS10APasskeysAnswerIsGoodOnce(t *testing.T) {
	c := newClinic(t)
	d, b, r := c.withPasskey()
	path := d.path() + "/passkey"
	answer := r.Use(b.ask(path))
	b.wantIn(d, b.send(path, answer))
	b.post("/signout", "")
	b.wantOut(d, b.send(path, answer))
	asked := b.ask(path)
	b.wantOut(d, b.send(path, answer)) // which uses up what was asked last
	b.wantOut(d, b.send(path, r.Use(asked)))

	answer = r.Use(b.ask(path))
	c.pass(store.ChallengeLife)
	b.wantOut(d, b.send(path, answer))

	stranger := c.browser() // who saw what passed in the patient's browser
	answer = r.Use(b.ask(path))
	stranger.wantOut(d, stranger.send(path, answer))
	stranger.ask(path)
	stranger.wantOut(d, stranger.send(path, answer))
	b.wantIn(d, b.send(path, answer))
}

func TestS10OfManyAnswersAtOnceOneSignsIn(t *testing.T) {
	c := newClinic(t)
	d, b, r := c.withPasskey()
	answer := r.Use(b.ask(d.path() + "/passkey"))
	var wg sync.WaitGroup
	var in atomic.Int32
	for range 20 {
		wg.Go(func() {
			if b.send(d.path()+"/passkey", answer).Header.Get("Location") == d.path() {
				in.Add(1)
			}
		})
	}
	wg.Wait()
	if n := in.Load(); n != 1 || c.countKind(d, store.Unlocked) != 1 {
		t.Errorf("%d of 20 answers signed in, with %d events, want 1", n, c.countKind(d, store.Unlocked))
	}
}

func TestS10NoOtherPasskeySignsIn(t *testing.T) {
	c := newClinic(t)
	d, b, r := c.withPasskey()
	l := plain("For somebody else")
	l.To = "+12114367700"
	theirs, other := c.deliver(l), c.reader()
	c.enrolled(theirs).addPasskey(theirs, other)
	path := d.path() + "/passkey"
	b.wantOut(d, b.send(path, other.UseAny(b.ask(path))))
	for name, wrong := range map[string]func(r *passkeytest.Phone){
		"origin": func(r *passkeytest.Phone) { r.Origin = "https://pickup.example.evil.test" },
		"site":   func(r *passkeytest.Phone) { r.RPID = "evil.test" },
		"unseen": func(r *passkeytest.Phone) { r.Unseen = true },
	} {
		bad := *r
		wrong(&bad)
		t.Log(name)
		b.wantOut(d, b.send(path, bad.Use(b.ask(path))))
	}
	for _, nonsense := range []string{"", "{}", "heron", strings.Repeat("[", 4000)} {
		b.ask(path)
		b.wantOut(d, b.send(path, []byte(nonsense)))
	}
	b.ask(path)
	b.send(path, make([]byte, 20_000)).want(t, 400)
	b.get(d.path()+"?passkey=failed").want(t, 200, "That did not work.", "Your password")
	b.post(d.path()+"/unlock", secret).want(t, 303)
	if strings.Contains(c.logged(), "heron") || strings.Contains(c.logged(), "evil.test") {
		t.Error("the log quotes an answer")
	}
}

func TestS10ACopiedPasskeyIsRefused(t *testing.T) {
	c := newClinic(t)
	d, b, r := c.withPasskey()
	copied := *r
	b.wantIn(d, b.tapPasskey(d, r))
	b.post("/signout", "")
	b.wantOut(d, b.tapPasskey(d, &copied))
	if e := c.events(d); e[len(e)-1].Kind != store.PasskeyRefused || !strings.HasPrefix(e[len(e)-1].Detail, "psk_") {
		t.Errorf("the last event is %+v, want it refused", e[len(e)-1])
	}
	b.wantIn(d, b.tapPasskey(d, r))
}

var removable = regexp.MustCompile(`name="id" value="([^"]*)"`)

func (b *browser) removePasskey(d delivered, id string) page {
	b.Helper()
	return b.do("POST", d.path()+"/passkeys/remove", url.Values{"id": {id}})
}

func TestPasskeysAreListedAndRemoved(t *testing.T) {
	c := newClinic(t)
	d, b, r := c.withPasskey()
	laptop := c.signedIn(d, otherAgents[0])
	second := c.reader()
	laptop.addPasskey(d, second)
	laptop.get(d.path()+"/sessions").want(t, 200, `href="`+d.path()+`/passkeys"`)
	p := laptop.get(d.path() + "/passkeys")
	p.want(t, 200, "Safari, iPhone", "Firefox, Windows", "November 23, 2026 at 12:00 PM (UTC)")
	ids := removable.FindAllStringSubmatch(p.text, -1)
	if len(ids) != 2 {
		t.Fatalf("%d passkeys can be removed, want 2", len(ids))
	}
	asked := b.ask(d.path() + "/passkey")
	for range 2 { // the second tap changes nothing
		laptop.removePasskey(d, ids[0][1]).want(t, 303)
	}
	laptop.get(d.path()+"/passkeys").wantNo(t, "Safari, iPhone")
	b.wantOut(d, b.send(d.path()+"/passkey", r.Use(asked)))
	b.wantIn(d, b.tapPasskey(d, second))

	stranger := c.browser()
	for _, p := range []page{
		stranger.get(d.path() + "/passkeys"), stranger.removePasskey(d, ids[1][1]), stranger.post(d.path()+"/passkeys/ask", ""),
		stranger.send(d.path()+"/passkeys/add", nil), stranger.post(d.path()+"/passkeys/decline", ""),
	} {
		p.want(t, 303)
		p.wantNo(t, "Firefox")
	}
	l := plain("For somebody else")
	l.To = "+12114367700"
	theirs := c.deliver(l)
	c.enrolled(theirs).removePasskey(theirs, ids[1][1]).want(t, 303)
	laptop.get(d.path()+"/passkeys").want(t, 200, "Firefox, Windows")
}

func TestS15PasskeysChangeBySameOriginPostsAlone(t *testing.T) {
	c := newClinic(t)
	d, b, r := c.withPasskey()
	b.wantIn(d, b.tapPasskey(d, r))
	answer := r.Use(b.ask(d.path() + "/passkey"))
	for _, path := range []string{"/passkey", "/passkey/ask", "/passkeys/ask", "/passkeys/add", "/passkeys/remove", "/passkeys/decline"} {
		b.send(d.path()+path, answer, "Sec-Fetch-Site", "cross-site").want(t, 403)
	}
	for _, path := range []string{"/passkey", "/passkeys/add", "/passkeys/remove", "/passkeys/decline"} {
		b.get(d.path()+path).want(t, 303)
	}
	stranger := c.browser()
	for _, path := range []string{"", "?passkey=failed", "/passkey", "/passkeys"} {
		if p := stranger.get(d.path() + path); len(p.Cookies()) != 0 {
			t.Errorf("GET %s sets cookies (S03)", path)
		}
	}
	b.get(d.path()+"/passkeys").want(t, 200, "Safari, iPhone")
}

func TestS14ARevokedSessionAddsNoPasskey(t *testing.T) {
	c := newClinic(t)
	d, r := c.deliver(plain("Hello")), c.reader()
	b := c.enrolled(d)
	answer := r.Make(b.ask(d.path() + "/passkeys"))
	if err := c.store.RevokeSessions(t.Context(), c.org.ID, d.Recipient, ana, c.clock()); err != nil {
		t.Fatal(err)
	}
	for _, p := range []page{b.send(d.path()+"/passkeys/add", answer), b.post(d.path()+"/passkeys/ask", ""), b.get(d.path() + "/passkeys")} {
		if got := p.Header.Get("Location"); p.StatusCode != 303 || got != d.path() {
			t.Errorf("got %d to %s, want to be asked for the password", p.StatusCode, got)
		}
	}
	b.post(d.path()+"/passkey/ask", "").want(t, 404) // none was added
}

func TestS11AResetForgetsPasskeys(t *testing.T) {
	c := newClinic(t)
	d, b, r := c.withPasskey()
	asked := b.ask(d.path() + "/passkey")
	b.prove(d, "/forgot")
	b.post(d.path()+"/reset", chosenLater).want(t, 200)
	b.post("/signout", "")
	later := c.deliver(plain("Hello"))
	b.send(later.path()+"/passkey", r.Use(asked)).want(t, 303)
	if b.session() != "" {
		t.Fatal("a passkey from before the reset signed in")
	}
	p := b.get(later.path())
	p.want(t, 200, "Your password")
	p.wantNo(t, "Face ID")
	b.post(later.path()+"/passkey/ask", "").want(t, 404)
	b.post(later.path()+"/unlock", chosenLater).want(t, 303)
	b.get(later.path()).want(t, 200, "One tap next time?")
}

func TestPasskeysOpenNothingThatIsClosed(t *testing.T) {
	c := newClinic(t)
	d, b, r := c.withPasskey()
	answer := r.Use(b.ask(d.path() + "/passkey"))
	if err := c.store.Wipe(t.Context(), c.org.ID, d.ID, ana, c.clock()); err != nil {
		t.Fatal(err)
	}
	b.send(d.path()+"/passkey", answer).want(t, 410)
	b.post(d.path()+"/passkey/ask", "").want(t, 410)
	held := c.deliver(plain("Hello"))
	c.browser().post(held.path()+"/notmine", "")
	b.post(held.path()+"/passkey/ask", "").want(t, 403)
	b.send(held.path()+"/passkey", answer).want(t, 403)
	if b.session() != "" {
		t.Error("a passkey signed in where there is nothing to read")
	}
}

func TestWithoutADomainThereAreNoPasskeys(t *testing.T) {
	c := newClinic(t, func(cfg *pickup.Config) { cfg.PublicURL = "https://192.0.2.7:8443" })
	d := c.deliver(plain("Hello"))
	b := c.enrolled(d)
	b.get(d.path()).wantNo(t, "One tap next time?")
	b.get(d.path()+"/sessions").wantNo(t, "passkeys")
	for _, path := range []string{"/passkey/ask", "/passkeys/ask"} {
		b.post(d.path()+path, "").want(t, 404)
	}
	b.send(d.path()+"/passkeys/add", nil).want(t, 404)
	b.get(d.path()+"/passkeys").want(t, 404)
}

// forged is a store in which somebody put the record of a passkey of their own, as
// it was sealed for them, in place of each of the patient's.
type forged struct {
	store.Reader
	by *store.RecipientID // whose record it is; from then on it is in all places
	of *seal.Ciphertext
}

func (f forged) AddPasskey(ctx context.Context, p store.Passkey, d store.DeviceHash, v store.Viewer, now time.Time) error {
	if v.Recipient == *f.by {
		*f.of = p.Record
	}
	return f.Reader.AddPasskey(ctx, p, d, v, now)
}

func (f forged) KeepChallenge(ctx context.Context, ch store.Challenge, now time.Time) ([]store.Passkey, error) {
	list, err := f.Reader.KeepChallenge(ctx, ch, now)
	for i := range list {
		if *f.of != nil {
			list[i].Record = *f.of
		}
	}
	return list, err
}

func TestS21APasskeyOfAnothersMakingSignsNobodyIn(t *testing.T) {
	f := forged{by: new(store.RecipientID), of: new(seal.Ciphertext)}
	c := newClinic(t, func(cfg *pickup.Config) {
		f.Reader = cfg.Store
		cfg.Store = f
	})
	d, b, r := c.withPasskey()
	l := plain("For somebody else")
	l.To = "+12114367700"
	theirs := c.deliver(l)
	*f.by = theirs.Recipient
	c.enrolled(theirs).addPasskey(theirs, r)
	b.post(d.path()+"/passkey/ask", "").want(t, 500, "Something went wrong on our side")
	b.post(d.path()+"/unlock", secret).want(t, 303)
	b.get(d.path()).want(t, 200, "Hello")
}

func TestS10StrangersWhoAskWithoutEndAreForgotten(t *testing.T) {
	c := newClinic(t)
	d, b, r := c.withPasskey()
	asked := b.ask(d.path() + "/passkey")
	for range 2 * store.MostChallenges {
		c.pass(time.Millisecond)
		c.browser().ask(d.path() + "/passkey")
	}
	b.wantIn(d, b.send(d.path()+"/passkey", r.Use(asked)))
}
