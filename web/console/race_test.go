package console_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"securetext/pickup"
	"securetext/pickup/session"
)

// race has 32 readers ask over and over while something is taken from them, and
// checks that no answer to what was asked after that shows anything.
func race(t *testing.T, take func(), read func() (shown bool)) {
	t.Helper()
	var taken atomic.Bool
	var before, after atomic.Int32
	var stop atomic.Bool
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for !stop.Load() {
				late := taken.Load() // before the question is asked
				shown := read()
				switch {
				case late && shown:
					after.Add(1)
				case shown:
					before.Add(1)
				}
			}
		})
	}
	for before.Load() < 32 {
		time.Sleep(time.Millisecond)
	}
	take()
	taken.Store(true)
	time.Sleep(300 * time.Millisecond)
	stop.Store(true)
	wg.Wait()
	if n := after.Load(); n != 0 {
		t.Errorf("%d answers showed something though it was taken before they were asked for", n)
	}
}

// patientsSite is the site where the office's patients read.
func (o *office) patientsSite() *httptest.Server {
	o.Helper()
	site, err := pickup.New(pickup.Config{
		Store: o.store, Sessions: o.patients, Keys: o.keys, Passwords: o.passwords, Index: o.index,
		PublicURL: "https://msg.example", Now: o.clock,
	})
	must(o, "pickup.New", err)
	server := httptest.NewUnstartedServer(site.Handler())
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	server.StartTLS()
	o.Cleanup(server.Close)
	return server
}

// reader is a patient's browser, which holds a session and the link.
func (o *office) reader(server *httptest.Server) func() bool {
	id, now := session.NewID(), o.clock()
	must(o, "Save", o.patients.Save(o.Context(), id.Key(), session.Session{
		Org: string(o.own.ID), Recipient: string(o.own.patient.Recipient), Epoch: o.own.patient.Epoch, Created: now, Seen: now,
	}, now))
	w := httptest.NewRecorder()
	session.Patients.Set(w, id)
	cookie, client := w.Result().Cookies()[0], server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return func() bool {
		r, _ := http.NewRequest(http.MethodGet, server.URL+"/m/"+o.own.link.Secret(), nil)
		r.AddCookie(cookie)
		res, err := client.Do(r)
		if err != nil {
			return false
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		return strings.Contains(string(text), "A secret of the patient")
	}
}

func TestS14NothingIsShownOnceSessionsAreRevoked(t *testing.T) {
	o := newOffice(t)
	server := o.patientsSite()
	read, admin := o.reader(server), o.as(o.own.rules)
	if !read() {
		t.Fatal("the patient cannot read the message")
	}
	race(t, func() {
		admin.post(path("/recipients/", o.own.patient.Recipient, "/revoke")).wants(t, http.StatusSeeOther)
	}, read)
}

func TestS22NothingIsShownOnceAMessageIsWiped(t *testing.T) {
	o := newOffice(t)
	server := o.patientsSite()
	read, admin := o.reader(server), o.as(o.own.rules)
	race(t, func() {
		admin.post(path("/messages/", o.own.message.ID, "/wipe")).goesTo(t, path("/messages/", o.own.message.ID, "?done=wipe"))
	}, read)
}

func TestS32NothingIsShownToStaffOnceTheyAreOut(t *testing.T) {
	for name, act := range map[string]string{"suspended": "/suspend", "their sessions ended": "/end", "another set-up link": "/invite", "without roles": "/roles"} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			b, admin := o.as(o.own.sends), o.as(o.own.rules)
			at, _ := url.Parse(o.server.URL)
			cookies := b.client.Jar.Cookies(at)
			race(t, func() {
				if got := admin.post(path("/people/", o.own.sends.ID, act)); got.StatusCode >= 400 {
					t.Errorf("got %d", got.StatusCode)
				}
			}, func() bool {
				r, _ := http.NewRequest(http.MethodGet, o.server.URL+"/messages", nil)
				for _, c := range cookies {
					r.AddCookie(c)
				}
				res, err := b.client.Transport.RoundTrip(r)
				if err != nil {
					return false
				}
				res.Body.Close()
				return res.StatusCode == http.StatusOK
			})
		})
	}
}
