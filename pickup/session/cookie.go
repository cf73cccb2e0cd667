package session

import "net/http"

// CookieName has the prefix that makes browsers insist on Secure, Path=/ and no
// Domain (RFC 6265bis, section 4.1.3.2), so that no sibling host can set it.
const CookieName = "__Host-session"

// FromRequest returns the ID that the browser sent. Two session cookies are
// treated as none, since there is no telling which one was meant.
func FromRequest(r *http.Request) (ID, bool) {
	sent := r.CookiesNamed(CookieName)
	if len(sent) != 1 {
		return ID{}, false
	}
	return ParseID(sent[0].Value)
}

// SetCookie gives the browser id, which it forgets when it is closed.
func SetCookie(w http.ResponseWriter, id ID) {
	http.SetCookie(w, cookie(encoding.EncodeToString(id[:]), 0))
}

// ClearCookie makes the browser forget its session.
func ClearCookie(w http.ResponseWriter) { http.SetCookie(w, cookie("", -1)) }

// SignOut makes the browser forget its session and every page it kept. Cookies
// are not on the list, as that would make it an unknown device as well.
func SignOut(w http.ResponseWriter) {
	ClearCookie(w)
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
}

func cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name:     CookieName,
		Value:    value,
		Path:     "/",
		MaxAge:   maxAge,
		Secure:   true,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	}
}
