package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/store"
)

// rights is who may have which address, said once more: what routes.go says must
// be changed here too. "*" is everybody, "staff" whoever is signed in; "!" asks for
// the password again.
var rights = map[string]string{
	"GET /signin": "*", "POST /signin": "*", "GET /setup/:token": "*", "POST /setup/:token": "*",
	"POST /signin/passkey/ask": "*", "POST /signin/passkey": "*", "POST /signin/provider": "*", "GET /signin/back": "*", "POST /signin/back": "*",
	"GET /static/:file": "*", "GET /favicon.ico": "*", "GET /robots.txt": "*",

	"GET /": "staff", "POST /signout": "staff", "GET /again": "staff", "POST /again": "staff",
	"POST /again/passkey/ask": "staff", "POST /again/passkey": "staff", "POST /again/provider": "staff", "GET /account": "staff",
	"POST /account/end": "staff", "GET /account/password": "staff !", "POST /account/password": "staff !",
	"GET /account/app": "staff !", "POST /account/app": "staff !", "POST /account/recovery": "staff !",

	"GET /account/passkey": "staff !", "POST /account/passkey": "staff !", "POST /account/passkey/ask": "staff !", "POST /account/passkey/remove": "staff !",

	"GET /messages": "sender admin", "POST /messages/find": "sender admin", "GET /messages/:id": "sender admin",
	"GET /messages/:id/look": "sender", "GET /messages/:id/look/page": "sender", "GET /messages/:id/look/page/html": "sender",
	"GET /messages/:id/look/page/a/:part": "sender", "GET /messages/:id/look/page/a/:part/view": "sender", "GET /messages/:id/look/page/a/:part/shown": "sender",
	"GET /messages/:id/replies": "sender", "GET /messages/:id/reply/:reply/a/:part": "sender",
	"GET /messages/:id/reply/:reply/a/:part/view": "sender", "GET /messages/:id/reply/:reply/a/:part/shown": "sender",
	"POST /messages/:id/extend": "sender admin",
	"GET /phrases":              "admin", "GET /phrases/new": "admin", "POST /phrases/new": "admin", "GET /phrases/:id": "admin", "POST /phrases/:id": "admin", "POST /phrases/:id/remove": "admin",

	"POST /messages/:id/resend": "sender admin", "POST /messages/:id/take": "sender admin", "POST /messages/:id/release": "sender admin",
	"GET /messages/:id/wipe": "sender admin !", "POST /messages/:id/wipe": "sender admin !",
	"GET /compose": "sender", "POST /compose": "sender",

	"GET /recipients": "admin", "POST /recipients/find": "admin", "GET /recipients/:id": "admin",
	"POST /recipients/:id/revoke": "admin", "POST /recipients/:id/end": "admin", "POST /recipients/:id/unlock": "admin", "POST /recipients/:id/forget": "admin",
	"POST /recipients/:id/reset": "admin", "POST /recipients/:id/block": "admin", "POST /recipients/:id/allow": "admin",

	"GET /messages/:id/hold": "admin !", "POST /messages/:id/hold": "admin !", "GET /recipients/:id/hold": "admin !",
	"POST /recipients/:id/hold": "admin !", "GET /holds": "admin", "POST /holds/:id/lift": "admin !",

	"GET /people": "admin", "GET /people/new": "admin !", "POST /people/new": "admin !", "GET /people/:id": "admin",
	"POST /people/:id/roles": "admin !", "POST /people/:id/suspend": "admin", "POST /people/:id/resume": "admin !",
	"POST /people/:id/invite": "admin !", "POST /people/:id/end": "admin",

	"GET /senders": "admin", "GET /senders/new": "admin !", "POST /senders/new": "admin !", "GET /senders/:id": "admin",
	"POST /senders/:id/suspend": "admin", "POST /senders/:id/resume": "admin !", "POST /senders/:id/password": "admin !",
	"POST /senders/:id/key": "admin !", "POST /senders/:id/revoke": "admin",

	"GET /settings": "admin", "GET /settings/history": "admin", "GET /settings/history/:version": "admin", "POST /settings/history/:version/set": "admin !",
	"GET /settings/logo": "admin !", "GET /settings/logo/picture": "admin", "POST /settings/logo": "admin", "POST /settings/logo/set": "admin !",
	"GET /settings/clinic": "admin !", "POST /settings/clinic": "admin", "POST /settings/clinic/set": "admin !",
	"GET /settings/messages": "admin !", "POST /settings/messages": "admin", "POST /settings/messages/set": "admin !",
	"GET /settings/texts": "admin !", "POST /settings/texts": "admin", "POST /settings/texts/set": "admin !",
	"GET /settings/signin": "admin !", "POST /settings/signin": "admin", "POST /settings/signin/set": "admin !",
	"GET /settings/wording/:lang": "admin !", "POST /settings/wording/:lang": "admin", "POST /settings/wording/:lang/set": "admin !",

	"GET /suppression": "admin", "POST /suppression/find": "admin", "POST /suppression/add": "admin",
	"POST /suppression/export": "admin !", "POST /suppression/import": "admin !",

	"GET /events": "auditor", "POST /events/find": "auditor", "GET /events/export": "auditor !", "POST /events/export": "auditor !",
	"GET /accounting": "auditor !", "POST /accounting": "auditor !",
	"GET /messages/:id/emergency": "admin !", "POST /messages/:id/emergency": "admin !",
	"GET /asks": "admin", "GET /asks/new": "admin !", "POST /asks/new": "admin !", "GET /asks/:id": "admin", "GET /asks/:id/messages": "admin",
	"POST /asks/:id/approve": "admin !", "POST /asks/:id/withdraw": "admin", "POST /asks/:id/open": "admin !",
	"GET /dashboard": "admin", "GET /alerts": "admin auditor", "POST /alerts/:id/seen": "admin auditor",
	"GET /alerts/rules": "admin !", "POST /alerts/rules": "admin !",
}

func TestS32TheListOfRoutesIsTheOneAgreedOn(t *testing.T) {
	o := newOffice(t)
	seen := map[string]bool{}
	for _, r := range o.site.Routes() {
		name := r.Method + " " + r.Path
		var says []string
		for _, role := range r.Roles {
			says = append(says, string(role))
		}
		switch {
		case r.Open:
			says = []string{"*"}
		case len(says) == 0:
			says = []string{"staff"}
		}
		if r.Fresh {
			says = append(says, "!")
		}
		if got := strings.Join(says, " "); got != rights[name] || seen[name] {
			t.Errorf("%s: the list says %q, want %q, once", name, got, rights[name])
		}
		seen[name] = true
	}
	for name := range rights {
		if !seen[name] {
			t.Errorf("%s is not in the list", name)
		}
	}
}

// at is a route's address, with what is an org's in it.
func at(route string, g org) (method, path string) {
	method, path, _ = strings.Cut(route, " ")
	id := map[string]string{
		"messages": string(g.message.ID), "recipients": string(g.patient.Recipient), "people": string(g.another.ID), "senders": string(g.spare.ID),
		"alerts": string(g.alert), "asks": string(g.ask), "phrases": string(g.phrase), "holds": string(g.hold),
	}[strings.Split(path, "/")[1]]
	return method, strings.NewReplacer(":id", id, ":reply", string(g.reply), ":part", "1", ":token", strings.Repeat("x", 26), ":file", "none", ":version", "0", ":lang", "es").Replace(path)
}

// filled is a form with something in every field that any route reads.
func filled() url.Values {
	return url.Values{
		"number": {"(201) 555-0147"}, "to": {"+12015550147"}, "subject": {"x"}, "text": {"x"}, "session": {"0123456789abcdef"},
		"roles": {"sender"}, "email": {"x"}, "name": {"x"}, "label": {"x"}, "scopes": {"messages:send"}, "format": {"csv"},
		"expires_in": {"999h"}, "credential": {"x"}, "verified": {"in_person"}, "password": {"x"}, "secret": {"x"}, "code": {"x"}, "matter": {"26-CV-1"}, "passkey": {"{}"}, "state": {"x"}, "reason": {"incident"}, "ticket": {"T-17"},
	}
}

// caller is somebody who asks, and what they are told.
type caller struct {
	name  string
	as    func(*office) *browser
	roles []store.Role // in the org; nil: nobody is signed in
}

var callers = []caller{
	{"nobody", (*office).browser, nil},
	{"a sender", func(o *office) *browser { return o.as(o.own.sends) }, []store.Role{store.RoleSender}},
	{"an admin", func(o *office) *browser { return o.as(o.own.rules) }, []store.Role{store.RoleAdmin}},
	{"an auditor", func(o *office) *browser { return o.as(o.own.audits) }, []store.Role{store.RoleAuditor}},
	{"somebody without roles", func(o *office) *browser {
		return o.as(o.hire(o.own, "none@lakeside.example", "None"))
	}, []store.Role{}},
	{"somebody suspended", func(o *office) *browser {
		s := o.hire(o.own, "gone@lakeside.example", "Gone", store.AllRoles...)
		b := o.as(s)
		must(o, "SuspendStaff", o.store.SuspendStaff(o.Context(), s.Org, s.ID, true, operator, noon))
		return b
	}, nil},
	{"somebody whose sessions were ended", func(o *office) *browser {
		s := o.hire(o.own, "out@lakeside.example", "Out", store.AllRoles...)
		b := o.as(s)
		must(o, "RevokeStaff", o.store.RevokeStaff(o.Context(), s.Org, s.ID, operator, noon))
		return b
	}, nil},
	{"a session that ended", func(o *office) *browser {
		b := o.as(o.own.rules)
		o.later(15 * time.Minute)
		return b
	}, nil},
	{"a patient's session", func(o *office) *browser {
		b := o.browser()
		at, _ := url.Parse(o.server.URL)
		b.client.Jar.SetCookies(at, []*http.Cookie{{Name: "__Host-staff", Value: strings.Repeat("A", 43), Path: "/", Secure: true}})
		return b
	}, nil},
}

// Every route is tried by everybody. Who may not have it changes nothing.
func TestS32EveryRouteByEverybody(t *testing.T) {
	for _, who := range callers {
		t.Run(who.name, func(t *testing.T) {
			o := newOffice(t)
			b := who.as(o)
			for route, right := range rights {
				before := o.count()
				method, path := at(route, o.own)
				if right != "*" && who.roles != nil && mayHave(right, who.roles) {
					continue // TestS32EveryRouteForWhoMayHaveIt
				}
				got := b.do(method, path, filled())
				if problem := wrongFor(right, who.roles, got); problem != "" {
					t.Errorf("%s: %s", route, problem)
				}
				if after := o.count(); after != before && right != "*" {
					t.Errorf("%s: it was refused, and %d events were written", route, after-before)
				}
			}
		})
	}
}

// wrongFor says what is wrong with an answer to who may not have a route.
func wrongFor(right string, roles []store.Role, got answer) string {
	switch {
	case right == "*":
		if got.StatusCode == http.StatusForbidden || got.StatusCode >= 500 || strings.HasPrefix(got.Header.Get("Location"), "/signin") {
			return fmt.Sprintf("it is for everybody: got %d", got.StatusCode)
		}
	case roles == nil:
		if got.StatusCode != http.StatusSeeOther || !strings.HasPrefix(got.Header.Get("Location"), "/signin?to=") {
			return fmt.Sprintf("got %d to %q, want to be asked to sign in", got.StatusCode, got.Header.Get("Location"))
		}
	case got.StatusCode != http.StatusForbidden:
		return fmt.Sprintf("got %d, want 403", got.StatusCode)
	}
	return ""
}

func mayHave(right string, roles []store.Role) bool {
	words := strings.Fields(right)
	return slices.Contains(words, "staff") || slices.ContainsFunc(roles, func(r store.Role) bool { return slices.Contains(words, string(r)) })
}

func (o *office) count() int {
	o.Helper()
	list, err := o.store.Events(o.Context(), store.EventFilter{Limit: 100_000})
	must(o, "Events", err)
	return len(list)
}

// Whoever has one of the roles gets there, at once or after the password; somebody
// of another org finds nothing of this one's there.
func TestS32EveryRouteForWhoMayHaveIt(t *testing.T) {
	for route, right := range rights {
		if right == "*" {
			continue
		}
		t.Run(route, func(t *testing.T) {
			o := newOffice(t)
			for _, s := range []store.Staff{o.own.sends, o.own.rules, o.own.audits} {
				if !mayHave(right, s.Roles) {
					continue
				}
				b := o.as(s)
				method, path := at(route, o.own)
				if got := b.do(method, path, filled()); got.StatusCode == http.StatusForbidden || got.StatusCode == http.StatusNotFound && !strings.Contains(path, "find") ||
					got.StatusCode >= 500 || strings.HasPrefix(got.Header.Get("Location"), "/signin") || strings.HasPrefix(got.Header.Get("Location"), "/again") {
					t.Errorf("%s: got %d to %q", s.Name, got.StatusCode, got.Header.Get("Location"))
				}
			}
			if !strings.Contains(route, ":id") {
				return
			}
			stranger := o.as(o.hire(o.other, "all@hillside.example", "Somebody Else", store.AllRoles...))
			method, path := at(route, o.own)
			before := o.count()
			stranger.do(method, path, filled()).wants(t, http.StatusNotFound)
			if after := o.count(); after != before {
				t.Errorf("somebody of another org wrote %d events", after-before)
			}
		})
	}
}

// What asks for the password again does so once five minutes are over (S32).
func TestS32RoutesThatAskAgain(t *testing.T) {
	o := newOffice(t)
	all := o.hire(o.own, "all@lakeside.example", "Everything", store.AllRoles...)
	b := o.as(all)
	o.later(5*time.Minute + time.Second)
	for route, right := range rights {
		if !strings.Contains(right, "!") {
			continue
		}
		before := o.count()
		method, path := at(route, o.own)
		got := b.do(method, path, filled())
		if to := got.Header.Get("Location"); got.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/again?to=%2F") {
			t.Errorf("%s: got %d to %q, want to be asked again", route, got.StatusCode, to)
		}
		if o.count() != before {
			t.Errorf("%s: it was done all the same", route)
		}
	}
}

// Every POST that another site has a browser send is refused, whoever is signed in.
func TestS15PostsOfOtherSitesAreRefused(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.hire(o.own, "all@lakeside.example", "Everything", store.AllRoles...))
	before := o.count()
	for route := range rights {
		method, path := at(route, o.own)
		if method != http.MethodPost {
			continue
		}
		for name, from := range map[string]func(*http.Request){
			"another site":   func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
			"a sibling":      func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
			"another origin": func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "https://evil.example") },
			"no origin":      func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "null") },
		} {
			if got := b.do(method, path, filled(), from); got.StatusCode != http.StatusForbidden {
				t.Errorf("%s from %s: got %d, want 403", route, name, got.StatusCode)
			}
		}
	}
	if after := o.count(); after != before {
		t.Errorf("%d events were written", after-before)
	}
}

// reads are the events of what is read: those that GET writes.
var reads = []store.Kind{store.ReplyRead, store.ShownToSender}

// GET changes nothing, and writes that something was read off, to who may read it.
func TestS03GetChangesNothing(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.hire(o.own, "all@lakeside.example", "Everything", store.AllRoles...))
	before := o.count()
	for route := range rights {
		if method, path := at(route, o.own); method == http.MethodGet {
			b.do(method, path, nil)
			o.as(o.own.sends).do(method, path, nil)
		}
	}
	read := 0
	for _, kind := range reads {
		read += len(o.events(o.own, kind))
	}
	if after := o.count(); after-read != before || read == 0 {
		t.Errorf("%d events were written, %d of them of what was read", after-before, read)
	}
}

func TestS16PagesArePrivate(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.hire(o.own, "all@lakeside.example", "Everything", store.AllRoles...))
	for route := range rights {
		method, path := at(route, o.own)
		if method != http.MethodGet || strings.HasPrefix(path, "/static") || path == "/favicon.ico" {
			continue
		}
		got := b.get(path)
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Strict-Transport-Security": "max-age=63072000",
		} {
			if h := got.Header.Get(name); h != want {
				t.Errorf("%s: %s is %q, want %q", route, name, h, want)
			}
		}
		csp := got.Header.Get("Content-Security-Policy")
		if _, below, _ := strings.Cut(path, "/look/page"); below != "" || strings.HasSuffix(path, "/look/page") || strings.HasSuffix(path, "/shown") {
			csp = strings.Replace(csp, "frame-ancestors 'self'", "frame-ancestors 'none'", 1) // within a page of ours
		}
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: Content-Security-Policy is %q", route, csp)
		}
		if strings.Contains(got.text, "style=") || strings.Contains(got.text, "<style") || strings.Contains(got.text, "onclick") {
			t.Errorf("%s: the page has styles or scripts in it, which its policy refuses", route)
		}
	}
}
