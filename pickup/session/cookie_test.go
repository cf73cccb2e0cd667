package session_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
	"time"

	"securetext/pickup/session"
	"securetext/pickup/session/memory"
)

func TestS13Cookie(t *testing.T) {
	w := httptest.NewRecorder()
	session.Patients.Set(w, session.NewID())
	want := regexp.MustCompile(`^__Host-session=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; Secure; SameSite=Lax$`)
	if got := w.Header().Values("Set-Cookie"); len(got) != 1 || !want.MatchString(got[0]) {
		t.Errorf("Set-Cookie is %q, want one like %s", got, want)
	}
}

func TestS13StaffHaveACookieOfTheirOwn(t *testing.T) {
	w, id := httptest.NewRecorder(), session.NewID()
	session.Staff.Set(w, id)
	want := regexp.MustCompile(`^__Host-staff=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; Secure; SameSite=Strict$`)
	if got := w.Header().Values("Set-Cookie"); len(got) != 1 || !want.MatchString(got[0]) {
		t.Errorf("Set-Cookie is %q, want one like %s", got, want)
	}
	r := request(w.Result().Cookies()[0])
	if got, ok := session.Staff.FromRequest(r); !ok || got != id {
		t.Errorf("FromRequest: other ID or none (%t)", ok)
	}
	if _, ok := session.FromRequest(r); ok {
		t.Error("it is taken for a patient's")
	}
	if _, ok := session.Staff.FromRequest(request(setCookie(id))); ok {
		t.Error("a patient's is taken for it")
	}
}

func TestS13EachBeginningHasAnIDOfItsOwn(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	in := memory.New(session.StaffLimits)
	one := session.Session{Org: "org1", Recipient: "stf1", Created: now, Seen: now}
	begin := func(r *http.Request) (*http.Request, session.ID) {
		t.Helper()
		w := httptest.NewRecorder()
		if err := session.Staff.Begin(t.Context(), w, r, in, one, now); err != nil {
			t.Fatalf("Begin: %v", err)
		}
		back := request(w.Result().Cookies()...)
		id, ok := session.Staff.FromRequest(back)
		if !ok {
			t.Fatal("the browser has no session")
		}
		return back, id
	}
	first, old := begin(request())
	_, id := begin(first)
	if id == old {
		t.Error("the ID is the same")
	}
	if _, err := in.Find(t.Context(), old.Key(), now); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("Find by the old ID: got %v, want ErrNotFound", err)
	}
	if got, err := in.Find(t.Context(), id.Key(), now); err != nil || got != one {
		t.Errorf("Find: got %+v, %v", got, err)
	}
}

func TestCookieComesBack(t *testing.T) {
	id := session.NewID()
	r := request(setCookie(id))
	if got, ok := session.FromRequest(r); !ok || got != id {
		t.Errorf("FromRequest: other ID or none (%t)", ok)
	}
}

func TestFromRequestRefuses(t *testing.T) {
	good := setCookie(session.NewID())
	for name, cookies := range map[string][]*http.Cookie{
		"no cookie":   nil,
		"other name":  {{Name: "session", Value: good.Value}},
		"empty":       {{Name: session.CookieName}},
		"cut short":   {{Name: session.CookieName, Value: good.Value[1:]}},
		"too long":    {{Name: session.CookieName, Value: good.Value + "A"}},
		"two of them": {good, setCookie(session.NewID())},
	} {
		if _, ok := session.FromRequest(request(cookies...)); ok {
			t.Errorf("%s: taken for a session", name)
		}
	}
}

func TestS13SignOutForgets(t *testing.T) {
	w := httptest.NewRecorder()
	session.SignOut(w)
	const want = "__Host-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"
	if got := w.Header().Get("Set-Cookie"); got != want {
		t.Errorf("Set-Cookie is %q, want %q", got, want)
	}
	if got, want := w.Header().Get("Clear-Site-Data"), `"cache", "storage"`; got != want {
		t.Errorf("Clear-Site-Data is %q, want %q", got, want)
	}
}

// setCookie is the cookie that Set sets.
func setCookie(id session.ID) *http.Cookie {
	w := httptest.NewRecorder()
	session.Patients.Set(w, id)
	return w.Result().Cookies()[0]
}

func request(cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return r
}
