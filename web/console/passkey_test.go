package console_test

import (
	"database/sql"
	"net/http"
	"strings"
	"testing"
	"time"

	"securetext/pickup/passkey/passkeytest"
	"securetext/store"
)

// open opens the store's file as whoever can write to it does.
func (o *office) open() *sql.DB {
	o.Helper()
	db, err := sql.Open("sqlite", o.file)
	must(o, "open the store's file", err)
	o.Cleanup(func() { db.Close() })
	return db
}

// newKey is something of a person's that holds passkeys for the console.
func (o *office) newKey() *passkeytest.Phone {
	return &passkeytest.Phone{TB: o.TB, Origin: o.server.URL, RPID: "localhost"}
}

// addKey has somebody who is signed in add a passkey.
func (b *browser) addKey(k *passkeytest.Phone, name string) {
	b.Helper()
	asked := b.post("/account/passkey/ask").wants(b, http.StatusOK)
	b.post("/account/passkey", "passkey", string(k.Make([]byte(asked.text))), "label", name).goesTo(b, "/account?done=passkey")
}

// addKeys gives a person two, of which one was used.
func (o *office) addKeys(s store.Staff) {
	o.Helper()
	b, k := o.as(s), o.newKey()
	b.addKey(k, "Key on the ring")
	b.addKey(o.newKey(), "Chrome on Android, of Rosa-Maria Diaz y Gutiérrez")
	o.browser().byKey(k).goesTo(o, "/people")
}

// signed is what a browser's key answers to what it is asked at an address.
func (b *browser) signed(path string, sign func([]byte) []byte) string {
	b.Helper()
	return string(sign([]byte(b.post(path).wants(b, http.StatusOK).text)))
}

// byKey signs in with a key.
func (b *browser) byKey(k *passkeytest.Phone) answer {
	b.Helper()
	return b.post("/signin/passkey", "passkey", b.signed("/signin/passkey/ask", k.UseAny), "to", "/people")
}

// keyed is somebody who has a passkey, and what holds it.
func (o *office) keyed(email string, second bool) (store.Staff, *passkeytest.Phone) {
	o.Helper()
	nina, k := o.member(email, second, store.RoleAdmin), o.newKey()
	o.as(nina).addKey(k, "Key on the ring")
	return nina, k
}

func TestS32SignInByPasskey(t *testing.T) {
	o := newOffice(t)
	nina, k := o.keyed("nina@lakeside.example", true)
	if e := o.wantBy(nina, store.StaffPasskeyAdded); !strings.HasPrefix(e.Detail, string(nina.ID)+" psk_") {
		t.Errorf("event: got %+v", e)
	}
	b := o.browser()
	asked := b.post("/signin/passkey/ask").wants(t, http.StatusOK).text
	if strings.Contains(asked, "allowCredentials") || strings.Contains(asked, "nina") || !strings.Contains(asked, `"userVerification":"required"`) {
		t.Errorf("a stranger is told %s", asked)
	}
	b.get("/signin").wants(t, http.StatusOK, "Use a passkey")
	b.byKey(k).goesTo(t, "/people")
	if e := o.wantBy(nina, store.StaffSignedIn); e.Detail != string(nina.ID)+" passkey" {
		t.Errorf("event: got %+v", e)
	}
	b.get("/account").wants(t, http.StatusOK, "Key on the ring", "Used")
	b.get("/people/new").wants(t, http.StatusOK) // both factors were just given
	o.later(6 * time.Minute)
	b.get("/people/new").goesTo(t, "/again?to=%2Fpeople%2Fnew")
	b.get("/again").wants(t, http.StatusOK, "Use a passkey", "takes your password once more")
	b.post("/again/passkey", "passkey", b.signed("/again/passkey/ask", k.Use), "to", "/people/new").goesTo(t, "/people/new")
	b.get("/people/new").wants(t, http.StatusOK)
}

// Each is refused, signs nobody in, and says no more than any other.
func TestS32NoOtherSignatureSignsStaffIn(t *testing.T) {
	o := newOffice(t)
	nina, k := o.keyed("nina@lakeside.example", false)
	k.Counter = 5
	o.browser().byKey(k).goesTo(t, "/people")
	other := o.newKey()
	o.as(o.own.rules).addKey(other, "")
	for name, post := range map[string]func(b *browser) answer{
		"a signature sent twice": func(b *browser) answer {
			signature := b.signed("/signin/passkey/ask", k.UseAny)
			b.post("/signin/passkey", "passkey", signature).goesTo(t, "/")
			b.post("/signout").wants(t, http.StatusOK)
			return b.post("/signin/passkey", "passkey", signature)
		},
		"another browser's": func(b *browser) answer {
			signature := o.browser().signed("/signin/passkey/ask", k.UseAny)
			b.post("/signin/passkey/ask").wants(t, http.StatusOK)
			return b.post("/signin/passkey", "passkey", signature)
		},
		"another origin's": func(b *browser) answer {
			evil := *k
			evil.Origin = "https://localhost.evil.example"
			return b.byKey(&evil)
		},
		"another site's": func(b *browser) answer {
			evil := *k
			evil.RPID = "evil.example"
			return b.byKey(&evil)
		},
		"nobody was looked at": func(b *browser) answer {
			blind := *k
			blind.Unseen = true
			return b.byKey(&blind)
		},
		"a copy, whose counter stands": func(b *browser) answer {
			old := *k
			old.Counter = 2
			return b.byKey(&old)
		},
		"made for confirming": func(b *browser) answer {
			at := o.as(nina)
			signature := at.signed("/again/passkey/ask", k.Use)
			at.post("/signout").wants(t, http.StatusOK)
			return at.post("/signin/passkey", "passkey", signature)
		},
		"too late": func(b *browser) answer {
			signature := b.signed("/signin/passkey/ask", k.UseAny)
			o.later(store.ChallengeLife)
			return b.post("/signin/passkey", "passkey", signature)
		},
		"nobody's": func(b *browser) answer {
			stray := o.newKey()
			stray.Make([]byte(o.as(nina).post("/account/passkey/ask").wants(t, http.StatusOK).text)) // and never added
			return b.byKey(stray)
		},
		"nothing": func(b *browser) answer {
			b.post("/signin/passkey/ask").wants(t, http.StatusOK)
			return b.post("/signin/passkey", "passkey", "{}")
		},
	} {
		before := len(o.events(o.own, store.StaffSignedIn))
		b := o.browser()
		got := post(b)
		if got.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(got.plain(), "That did not work. Try again") {
			t.Errorf("%s: got %d\n%s", name, got.StatusCode, got.plain())
		}
		if after := len(o.events(o.own, store.StaffSignedIn)); name != "a signature sent twice" && after != before {
			t.Errorf("%s: somebody was signed in", name)
		}
		b.get("/people").goesTo(t, "/signin?to=%2Fpeople")
	}
	if e := o.last(o.own, store.StaffPasskeyRefused); !strings.HasPrefix(e.Detail, string(nina.ID)+" psk_") {
		t.Errorf("event of the copy: got %+v", e)
	}
	if strings.Contains(o.logged(), "panicked") {
		t.Error(o.logged())
	}
}

func TestS32APasskeyConfirmsItsOwnerAlone(t *testing.T) {
	o := newOffice(t)
	_, hers := o.keyed("nina@lakeside.example", false)
	his := o.newKey()
	b := o.as(o.own.rules)
	b.addKey(his, "")
	o.later(6 * time.Minute)
	b.post("/again/passkey", "passkey", b.signed("/again/passkey/ask", hers.UseAny)).wants(t, http.StatusUnprocessableEntity, "That did not work")
	b.get("/people/new").goesTo(t, "/again?to=%2Fpeople%2Fnew")
	signature := b.signed("/again/passkey/ask", his.Use)
	b.post("/again/passkey", "passkey", signature, "to", "https://evil.example").goesTo(t, "/")
	b.post("/again/passkey", "passkey", signature).wants(t, http.StatusUnprocessableEntity)
	o.as(o.own.audits).post("/again/passkey/ask").wants(t, http.StatusConflict) // who has none
}

func TestS32AddingAPasskey(t *testing.T) {
	o := newOffice(t)
	nina, k := o.keyed("nina@lakeside.example", false)
	b := o.as(nina)
	b.get("/account/passkey").wants(t, http.StatusOK, "Add a passkey")
	made := b.signed("/account/passkey/ask", k.Make)
	o.as(nina).post("/account/passkey", "passkey", made).wants(t, http.StatusUnprocessableEntity, "nothing was changed") // another browser
	b.post("/account/passkey", "passkey", made).goesTo(t, "/account?done=passkey")
	b.post("/account/passkey", "passkey", made).wants(t, http.StatusUnprocessableEntity) // a second time
	evil := o.newKey()
	evil.Origin = "https://evil.example"
	b.post("/account/passkey", "passkey", b.signed("/account/passkey/ask", evil.Make)).wants(t, http.StatusUnprocessableEntity)
	theirs := b.signed("/account/passkey/ask", k.Make)
	b.as(o.own.audits).post("/account/passkey", "passkey", theirs).wants(t, http.StatusUnprocessableEntity) // begun by another person
	if n := len(o.events(o.own, store.StaffPasskeyAdded)); n != 2 {
		t.Errorf("%d passkeys were added, want 2", n)
	}
	for range store.MostPasskeys - 2 {
		b.addKey(k, strings.Repeat("x", 200))
	}
	b.get("/account/passkey").wants(t, http.StatusOK, "as many passkeys as there may be")
	b.post("/account/passkey/ask").wants(t, http.StatusConflict)
}

// as has another person sign in in the same browser.
func (b *browser) as(s store.Staff) *browser {
	b.Helper()
	proof := b.client.Jar
	other := b.o.as(s)
	at := b.o.server.URL + "/"
	r, _ := http.NewRequest(http.MethodGet, at, nil)
	for _, c := range proof.Cookies(r.URL) {
		if c.Name == "__Host-staff-proof" {
			c.Path, c.Secure = "/", true
			other.client.Jar.SetCookies(r.URL, []*http.Cookie{c})
		}
	}
	return other
}

func TestS32RemovingAPasskey(t *testing.T) {
	o := newOffice(t)
	nina, k := o.keyed("nina@lakeside.example", false)
	b, elsewhere := o.as(nina), o.browser()
	elsewhere.byKey(k).goesTo(t, "/people")
	id := b.get("/account").field("id")
	o.as(o.own.rules).post("/account/passkey/remove", "id", id).goesTo(t, "/account") // not theirs
	b.post("/account/passkey/remove", "id", id).goesTo(t, "/account?done=nopasskey")
	o.wantBy(nina, store.StaffPasskeyRemoved)
	b.get("/account").wants(t, http.StatusOK)
	elsewhere.get("/account").goesTo(t, "/signin?to=%2Faccount")
	o.browser().byKey(k).wants(t, http.StatusUnprocessableEntity)
	b.post("/account/passkey/remove", "id", id).goesTo(t, "/account")
}

func TestS32ASuspendedPersonsPasskeyAndAResetOne(t *testing.T) {
	o := newOffice(t)
	nina, k := o.keyed("nina@lakeside.example", false)
	admin := o.as(o.own.rules)
	admin.get(path("/people/", nina.ID)).wants(t, http.StatusOK, "Passkeys 1")
	admin.post(path("/people/", nina.ID, "/suspend")).wants(t, http.StatusSeeOther)
	o.browser().byKey(k).wants(t, http.StatusUnprocessableEntity)
	admin.post(path("/people/", nina.ID, "/resume")).wants(t, http.StatusSeeOther)
	o.browser().byKey(k).goesTo(t, "/people")
	admin.post(path("/people/", nina.ID, "/invite")).wants(t, http.StatusOK)
	o.browser().byKey(k).wants(t, http.StatusUnprocessableEntity)
	admin.get(path("/people/", nina.ID)).wants(t, http.StatusOK, "Passkeys None")
}

// Whoever cannot open what is sealed cannot put a passkey of their own into another's
// row, nor make theirs another's.
func TestS21APasskeyIsItsOwnersAlone(t *testing.T) {
	o := newOffice(t)
	_, k := o.keyed("nina@lakeside.example", false)
	_, err := o.open().Exec(`UPDATE staff_passkeys SET staff_id = ?`, o.own.audits.ID)
	must(t, "move", err)
	o.browser().byKey(k).wants(t, http.StatusInternalServerError)
	if len(o.events(o.own, store.StaffSignedIn)) != 0 {
		t.Error("somebody signed in by a passkey that was moved")
	}
}

func TestS32CeremoniesFromOneAddressAreBounded(t *testing.T) {
	o := newOffice(t)
	b := o.browser()
	for range 300 {
		b.post("/signin/passkey/ask").wants(t, http.StatusOK)
	}
	b.post("/signin/passkey/ask").wants(t, http.StatusTooManyRequests)
	o.later(10 * time.Minute)
	b.post("/signin/passkey/ask").wants(t, http.StatusOK)
}
