package console_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
	"securetext/web/console"
)

// invited is the path of a new person's set-up link.
func (o *office) invited(email string) string {
	o.Helper()
	s := store.Staff{ID: store.NewStaffID(noon), Org: o.own.ID, Email: email, Name: "Nina Park", Roles: store.AllRoles, Created: noon}
	link := token.New()
	must(o, "AddStaff", o.store.AddStaff(o.Context(), s, store.Invite{Hash: link.Hash(), Until: noon.Add(store.InviteLife)}, operator, noon))
	return console.SetUpURL("", link)
}

func TestS32SetUpWithALongPassword(t *testing.T) {
	o := newOffice(t)
	link, b := o.invited("nina@lakeside.example"), o.browser()
	p := b.get(link).wants(t, http.StatusOK, "Hello Nina Park", "nina@lakeside.example", "Lakeside Family Clinic")
	b.post(link, "secret", p.field("secret"), "password", "fourteen chars").wants(t, http.StatusUnprocessableEntity, "15 characters or more, or set up the app")
	b.post(link, "secret", p.field("secret"), "password", longWords).wants(t, http.StatusOK, "All set")
	b.get("/messages").wants(t, http.StatusOK)
	b.get(link).wants(t, http.StatusNotFound)
	o.browser().post(link, "secret", p.field("secret"), "password", longWords).wants(t, http.StatusNotFound)
	o.browser().signIn("nina@lakeside.example", longWords, "").goesTo(t, "/")
	if e := o.last(o.own, store.StaffSetUp); e.By.Kind != store.ByStaff || !strings.HasPrefix(e.By.ID, "stf_") {
		t.Errorf("event: got %+v", e)
	}
}

func TestS32SetUpWithAnApp(t *testing.T) {
	o := newOffice(t)
	link, b := o.invited("nina@lakeside.example"), o.browser()
	p := b.get(link)
	secret := p.field("secret")
	if !strings.Contains(p.text, "otpauth://totp/Lakeside%20Family%20Clinic:nina@lakeside.example?issuer=Lakeside%20Family%20Clinic&amp;secret="+secret) {
		t.Error("the page has no link that an app takes")
	}
	if strings.ReplaceAll(regexp.MustCompile(`<code class="key">([^<]*)`).FindStringSubmatch(p.text)[1], " ", "") != secret {
		t.Error("the key is not there to type")
	}
	p = b.post(link, "secret", secret, "password", short, "code", "000000").wants(t, http.StatusUnprocessableEntity, "not the code the app shows now")
	if p.field("secret") != secret {
		t.Error("the secret changed, which the app has already")
	}
	p = b.post(link, "secret", secret, "password", short, "code", o.code(secret)).wants(t, http.StatusOK, "Keep these codes")
	codes := regexp.MustCompile(`<li><code>([0-9a-z]{4}(?:-[0-9a-z]{4}){3})</code>`).FindAllStringSubmatch(p.text, -1)
	if len(codes) != 8 {
		t.Fatalf("got %d recovery codes, want 8", len(codes))
	}
	o.browser().signIn("nina@lakeside.example", short, o.code(secret)).wants(t, http.StatusUnprocessableEntity) // used at set-up
	o.later(time.Minute)
	o.browser().signIn("nina@lakeside.example", short, o.code(secret)).goesTo(t, "/")
	o.browser().signIn("nina@lakeside.example", short, codes[3][1]).goesTo(t, "/")
}

func TestS32SetUpRefuses(t *testing.T) {
	o := newOffice(t)
	link, b := o.invited("nina.park@lakeside.example"), o.browser()
	secret := b.get(link).field("secret")
	for typed, want := range map[string]string{
		"short": "8 characters or more", "passwordpassword": "easy to guess",
		"lakesidefamilyclinic": "your own name", strings.Repeat("long ", 30): "128 characters or fewer",
	} {
		b.post(link, "secret", secret, "password", typed).wants(t, http.StatusUnprocessableEntity, want)
	}
	for _, bad := range []string{"", "AAAA", "not base32!", strings.Repeat("A", 64)} {
		b.post(link, "secret", bad, "password", longWords).wants(t, http.StatusBadRequest)
	}
	b.get("/setup/"+strings.Repeat("x", 26)).wants(t, http.StatusNotFound)
	b.get("/setup/short").wants(t, http.StatusNotFound)
	o.later(store.InviteLife)
	b.get(link).wants(t, http.StatusGone, "24 hours")
	b.post(link, "secret", secret, "password", longWords).wants(t, http.StatusGone)
}

func TestS32OnesOwnProofs(t *testing.T) {
	o := newOffice(t)
	nina := o.member("nina@lakeside.example", false, store.RoleAdmin)
	b, elsewhere := o.as(nina), o.as(nina)
	b.get("/account").wants(t, http.StatusOK, "Nina Park", "None", "Firefox on Linux")

	b.post("/account/password", "password", "fourteen chars").wants(t, http.StatusUnprocessableEntity, "15 characters or more")
	b.post("/account/password", "password", "seven herons by the lake").goesTo(t, "/account?done=password")
	b.get("/account?done=password").wants(t, http.StatusOK, "Your password is changed")
	elsewhere.get("/account").goesTo(t, "/signin?to=%2Faccount")
	o.wantBy(nina, store.StaffProofsSet)
	o.browser().signIn(nina.Email, longWords, "").wants(t, http.StatusUnprocessableEntity)
	o.browser().signIn(nina.Email, "seven herons by the lake", "").goesTo(t, "/")

	secret := b.get("/account/app").wants(t, http.StatusOK).field("secret")
	b.post("/account/app", "secret", secret, "code", "000000").wants(t, http.StatusUnprocessableEntity)
	b.post("/account/app", "secret", secret, "code", o.code(secret)).wants(t, http.StatusOK, "Keep these codes")
	if e := o.wantBy(nina, store.StaffProofsSet); e.Detail != string(nina.ID)+" app recovery" {
		t.Errorf("event: got %+v", e)
	}
	o.browser().signIn(nina.Email, "seven herons by the lake", "").wants(t, http.StatusUnprocessableEntity)
	b.post("/account/password", "password", short).goesTo(t, "/account?done=password")
	b.post("/account/recovery").wants(t, http.StatusOK, "Keep these codes")

	b.post("/account/end").wants(t, http.StatusOK, "You are signed out")
	b.get("/account").goesTo(t, "/signin?to=%2Faccount")
	o.wantBy(nina, store.StaffRevoked)
}

func TestNoRecoveryCodesWithoutAnApp(t *testing.T) {
	o := newOffice(t)
	o.as(o.own.rules).post("/account/recovery").wants(t, http.StatusConflict)
}
