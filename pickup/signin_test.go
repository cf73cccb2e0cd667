package pickup_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"securetext/pickup"
	"securetext/pickup/session"
	"securetext/store"
)

func TestS06RefusedPasswordsSayWhy(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	b := c.browser()
	for typed, want := range map[string]string{
		"":                       "8 or more characters",
		"seven77":                "That is too short",
		strings.Repeat("x", 129): "That is too long",
		"password1":              "easy to guess",
		"(211) 436-7789":         "do not use your phone number",
		"2114367789":             "do not use your phone number",
		"LakesideClinic":         "the clinic’s name",
	} {
		p := b.post(d.path()+"/enrol", typed)
		p.want(t, 422, want, `aria-invalid="true"`)
		if typed != "" {
			p.wantNo(t, typed)
		}
		if b.session() != "" {
			t.Fatalf("%q signed in", typed)
		}
	}
	b.post(d.path()+"/enrol", "ünï cödé 🐢🐢").want(t, 303)
}

func TestS06PasswordsAreNeverCut(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	long := strings.Repeat("ñandú 🐢 ", 16)
	b := c.browser()
	b.post(d.path()+"/enrol", long).want(t, 303)
	c.browser().post(d.path()+"/unlock", long[:len(long)-1]).want(t, 422)
	c.browser().post(d.path()+"/unlock", long).want(t, 303)
}

func TestS07TriesAreCountedBeforeAnythingIsHashed(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	c.enrolled(d)
	b := c.browser()
	for range store.FreeTries {
		b.post(d.path()+"/unlock", "not the password").want(t, 422, "not the right password")
	}
	for range 3 {
		p := b.post(d.path()+"/unlock", secret) // even the right one
		p.want(t, 429, "wait 1 minute", `href="`+d.path()+`"`)
		if got := p.Header.Get("Retry-After"); got != "1" {
			t.Errorf("Retry-After is %q, want the first delay", got)
		}
	}
	b.get(d.path()).want(t, 200, "Your password")
	c.pass(store.MaxDelay)
	b.post(d.path()+"/unlock", secret).want(t, 303)
}

func TestS09OnePasswordOfManyIsSet(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	const many = 50
	answers := make([]page, many)
	browsers := make([]*browser, many)
	var wg sync.WaitGroup
	for i := range many {
		browsers[i] = c.browser()
		wg.Go(func() { answers[i] = browsers[i].post(d.path()+"/enrol", secret) })
	}
	wg.Wait()
	won := 0
	for i, p := range answers {
		if p.StatusCode != 303 && (p.StatusCode != 503 || p.Header.Get("Retry-After") == "") {
			t.Errorf("got %d with Retry-After %q", p.StatusCode, p.Header.Get("Retry-After"))
		}
		if browsers[i].session() != "" {
			won++
		}
	}
	if won != 1 {
		t.Errorf("%d browsers were signed in, want 1", won)
	}
}

func TestEnrolAndUnlockGoToEachOther(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	b := c.browser()
	b.post(d.path()+"/unlock", secret).want(t, 303)
	c.enrolled(d)
	p := b.post(d.path()+"/enrol", "another password")
	p.want(t, 303)
	if b.session() != "" || p.Header.Get("Location") != d.path() {
		t.Error("a second first password was taken")
	}
	b.post(d.path()+"/unlock", "another password").want(t, 422)
}

func TestS15OtherSitesChangeNothing(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	before := c.events(d)
	b := c.browser()
	for _, header := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
		{"Sec-Fetch-Site", "", "Origin", "null"},
	} {
		for _, path := range []string{d.path() + "/enrol", d.path() + "/unlock", d.path() + "/opened", d.path() + "/code", d.path() + "/code/check",
			d.path() + "/forgot", d.path() + "/forgot/check", d.path() + "/reset", d.path() + "/notmine", d.path() + "/ask", "/signout"} {
			b.post(path, secret, header...).want(t, 403, "open the link in your text message again")
		}
	}
	if after := c.events(d); len(after) != len(before) || b.session() != "" {
		t.Errorf("something changed: events %v", after)
	}
	b.post(d.path()+"/enrol", secret, "Sec-Fetch-Site", "", "Origin", "https://pickup.example").want(t, 303)
	b.post("/signout", "", "Sec-Fetch-Site", "cross-site")
	if b.session() == "" {
		t.Error("another site signed the patient out")
	}
}

// down is a session store that cannot be reached when broken says so.
type down struct {
	session.Store
	mu     sync.Mutex
	broken bool
}

func (d *down) set(broken bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.broken = broken
}

func (d *down) err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken {
		return errors.Join(session.ErrUnavailable, errors.New("dial tcp 192.0.2.1:6379: refused"))
	}
	return nil
}

func (d *down) Find(ctx context.Context, k session.Key, now time.Time) (session.Session, error) {
	if err := d.err(); err != nil {
		return session.Session{}, err
	}
	return d.Store.Find(ctx, k, now)
}

func (d *down) Save(ctx context.Context, k session.Key, s session.Session, now time.Time) error {
	if err := d.err(); err != nil {
		return err
	}
	return d.Store.Save(ctx, k, s, now)
}

func (d *down) Delete(ctx context.Context, k session.Key) error {
	if err := d.err(); err != nil {
		return err
	}
	return d.Store.Delete(ctx, k)
}

func TestS14NoSessionIsHonouredOrMadeWhileTheirStoreIsDown(t *testing.T) {
	broken := &down{}
	c := newClinic(t, func(cfg *pickup.Config) {
		broken.Store = cfg.Sessions
		cfg.Sessions = broken
	})
	d := c.deliver(plain("Hello"))
	signedIn := c.enrolled(d)
	broken.set(true)
	calm := func(p page) {
		t.Helper()
		p.want(t, 503, "One moment, please")
		p.wantNo(t, "Hello", "refused")
		if p.Header.Get("Retry-After") == "" {
			t.Error("there is no Retry-After")
		}
	}
	calm(signedIn.get(d.path()))
	calm(signedIn.post("/signout", ""))
	if signedIn.session() != "" {
		t.Error("the browser keeps a session that it wanted to end")
	}
	other := c.browser()
	other.get(d.path()).want(t, 200, "Your password")
	calm(other.post(d.path()+"/unlock", secret))
	if other.session() != "" {
		t.Error("a session was made")
	}
	if !strings.Contains(c.logged(), "session store unavailable") {
		t.Error("the log says nothing of it")
	}
	broken.set(false)
	other.post(d.path()+"/unlock", secret).want(t, 303)
}

func TestFormsAreSmall(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	b := c.browser()
	b.post(d.path()+"/enrol", strings.Repeat("x", 20<<10)).want(t, 400)
	b.do("POST", d.path()+"/enrol", url.Values{}, "Content-Type", "application/x-www-form-urlencoded; =").want(t, 400)
}
