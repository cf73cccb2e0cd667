package session

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// CookieName has the prefix that makes browsers insist on Secure, Path=/ and no
// Domain (RFC 6265bis, section 4.1.3.2), so that no sibling host can set it.
const CookieName = "__Host-session"

// StaffCookieName is that of the console, with the same prefix.
const StaffCookieName = "__Host-staff"

// Cookie is how the browsers of one site hold their sessions.
type Cookie struct {
	name     string
	sameSite http.SameSite
}

// The cookies there are (S13). That of patients goes along when they tap a link in
// a text; that of staff only with what their own pages ask for.
var (
	Patients = Cookie{CookieName, http.SameSiteLaxMode}
	Staff    = Cookie{StaffCookieName, http.SameSiteStrictMode}
)

// FromRequest returns the ID that the browser of a patient sent.
func FromRequest(r *http.Request) (ID, bool) { return Patients.FromRequest(r) }

// SignOut makes the browser of a patient forget its session and every page it kept.
func SignOut(w http.ResponseWriter) { Patients.SignOut(w) }

// FromRequest returns the ID that the browser sent. Two session cookies are
// treated as none, since there is no telling which one was meant.
func (k Cookie) FromRequest(r *http.Request) (ID, bool) {
	sent := r.CookiesNamed(k.name)
	if len(sent) != 1 {
		return ID{}, false
	}
	return ParseID(sent[0].Value)
}

// Begin gives the browser a session in place of the one that it may have: its ID is
// new at each change of who it is (S13).
func (k Cookie) Begin(ctx context.Context, w http.ResponseWriter, r *http.Request, in Store, s Session, now time.Time) error {
	if old, ok := k.FromRequest(r); ok {
		if err := in.Delete(ctx, old.Key()); err != nil {
			return fmt.Errorf("end old session: %w", err)
		}
	}
	id := NewID()
	if err := in.Save(ctx, id.Key(), s, now); err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	k.Set(w, id)
	return nil
}

// Set gives the browser id, which it forgets when it is closed.
func (k Cookie) Set(w http.ResponseWriter, id ID) {
	http.SetCookie(w, k.cookie(encoding.EncodeToString(id[:]), 0))
}

// SignOut makes the browser forget its session and every page it kept. Cookies
// are not on the list, as that would make it an unknown device as well.
func (k Cookie) SignOut(w http.ResponseWriter) {
	k.clear(w)
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
}

func (k Cookie) clear(w http.ResponseWriter) { http.SetCookie(w, k.cookie("", -1)) }

func (k Cookie) cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name:     k.name,
		Value:    value,
		Path:     "/",
		MaxAge:   maxAge,
		Secure:   true,
		HttpOnly: true,
		SameSite: k.sameSite,
	}
}
