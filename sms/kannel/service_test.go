package kannel_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/kannel"
	"securetext/sms/kannel/kanneltest"
)

// service is our side of a real Kannel: it reads what Kannel calls with.
type service struct {
	*testing.T
	url    string
	kannel *kannel.Kannel // set once Kannel's address is known

	mu       sync.Mutex
	statuses map[string][]sms.Status // by text
	inbound  []sms.Inbound
	bad      []error
	reply    string // to the next inbound text
	fail     int    // so many inbound texts are answered 403 first
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{T: t, statuses: map[string][]sms.Status{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/sms/kannel/status", s.takeStatus)
	mux.HandleFunc("/sms/kannel/inbound", s.takeInbound)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// getURL is the line of Kannel's configuration, as the package's comment has it.
func (s *service) getURL() string {
	return s.url + "/sms/kannel/inbound?key=" + kannel.InboundKey(secret) + "&from=%p&to=%P&charset=%C&text=%b"
}

// with makes the Kannel of ours that uses a real one.
func (s *service) with(box *kanneltest.Kannel, change ...func(*kannel.Config)) *kannel.Kannel {
	s.Helper()
	c := kannel.Config{
		URL: box.SendURL, User: box.User, Password: box.Password, From: clinic, SMSC: box.SMSC,
		CallbackURL: s.url + "/sms/kannel/status?road=a%20b/%C3%A9", Secret: secret, Timeout: 5 * time.Second,
	}
	for _, f := range change {
		f(&c)
	}
	k, err := kannel.New(c)
	if err != nil {
		s.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kannel = k
	return k
}

func (s *service) takeStatus(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	status, err := s.kannel.Callback(r)
	if road := r.URL.Query().Get("road"); err == nil && road != "a b/é" {
		err = fmt.Errorf("called back with road=%q", road)
	}
	if err != nil {
		s.bad = append(s.bad, err)
		return
	}
	s.statuses[status.Text] = append(s.statuses[status.Text], status)
}

func (s *service) takeInbound(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail > 0 {
		s.fail--
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	in, err := s.kannel.Inbound(r)
	if err != nil {
		s.bad = append(s.bad, err)
		return
	}
	s.inbound = append(s.inbound, in)
	s.kannel.Reply(w, s.reply)
}

// states are what was said of a text, in that order.
func (s *service) states(id string) []sms.State {
	s.mu.Lock()
	defer s.mu.Unlock()
	var said []sms.State
	for _, status := range s.statuses[id] {
		said = append(said, status.State)
	}
	return said
}

// was reports whether a text was said to be in a state. Kannel has several
// reports fetched at once: they overtake each other.
func (s *service) was(id string, state sms.State) bool {
	return slices.Contains(s.states(id), state)
}

func (s *service) received() []sms.Inbound {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.inbound)
}

func (s *service) until(what string, done func() bool) {
	s.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			s.Fatalf("waited in vain until %s", what)
		}
	}
}

// calledRight holds that Kannel called us with nothing that we cannot read.
func (s *service) calledRight() {
	s.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.bad) > 0 {
		s.Errorf("%d calls were refused, the first: %v", len(s.bad), s.bad[0])
	}
}
