package session

import "net/http"

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
	patients = Cookie{CookieName, http.SameSiteLaxMode}
	Staff    = Cookie{StaffCookieName, http.SameSiteStrictMode}
)

// FromRequest returns the ID that the browser of a patient sent.
func FromRequest(r *http.Request) (ID, bool) { return patients.FromRequest(r) }

// SetCookie gives the browser of a patient id, which it forgets when it is closed.
func SetCookie(w http.ResponseWriter, id ID) { patients.Set(w, id) }

// SignOut makes the browser of a patient forget its session and every page it kept.
func SignOut(w http.ResponseWriter) { patients.SignOut(w) }

// FromRequest returns the ID that the browser sent. Two session cookies are
// treated as none, since there is no telling which one was meant.
func (k Cookie) FromRequest(r *http.Request) (ID, bool) {
	sent := r.CookiesNamed(k.name)
	if len(sent) != 1 {
		return ID{}, false
	}
	return ParseID(sent[0].Value)
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
