package gateway

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"securetext/gateway/dmarc"
	"securetext/gateway/dmarc/fakedns"
	"securetext/store"
)

// internet is a DNS with the domains that the matrix sends from:
//
//	lakeside.example  SPF of this machine, DKIM, DMARC reject
//	dkim.example      DKIM only, DMARC none
//	elsewhere.example SPF of another machine, DMARC none
//	bare.example      nothing
//	away.example      servers that fail
//	twice.example     two DMARC records
type internet struct {
	*fakedns.Zone
	keys map[string]fakedns.Key
}

func newInternet(t *testing.T) internet {
	t.Helper()
	w := internet{fakedns.New(), map[string]fakedns.Key{}}
	for _, domain := range []string{"lakeside.example", "dkim.example", "mallory.example"} {
		key, err := fakedns.NewKey(domain, "s1")
		must(t, err)
		must(t, w.Publish(key))
		w.keys[domain] = key
	}
	w.TXT("lakeside.example", "v=spf1 ip4:127.0.0.1 -all")
	w.TXT("_dmarc.lakeside.example", "v=DMARC1; p=reject")
	w.TXT("_dmarc.dkim.example", "v=DMARC1; p=none")
	w.TXT("elsewhere.example", "v=spf1 ip4:192.0.2.1 -all")
	w.TXT("_dmarc.elsewhere.example", "v=DMARC1; p=none")
	w.TXT("mallory.example", "v=spf1 ip4:127.0.0.1 -all")
	w.Fail("away.example", "_dmarc.away.example", "s1._domainkey.away.example")
	w.TXT("_dmarc.twice.example", "v=DMARC1; p=none", "v=DMARC1; p=reject")
	return w
}

const registerURL = "https://secure.text/senders"

// relay serves a clinic's relay; other fields by change.
func (c *clinic) relay(tb testing.TB, w internet, change func(*SMTP)) string {
	tb.Helper()
	addr, _ := c.serveSMTP(tb, func(s *SMTP) {
		s.Door, s.DMARC, s.RegisterURL = DoorRelay, &dmarc.Check{Resolver: w.Zone, Timeout: time.Second}, registerURL
		if change != nil {
			change(s)
		}
	})
	return addr
}

const (
	own        = "reyes@lakeside.example"
	proven     = "250"
	unproved   = "550 5.7.26"
	unknown    = "550 5.7.1 The From address is not registered here: see " + registerURL
	ambiguous  = "550 5.7.1 The From and Sender"
	notYours   = "550 5.7.1 You may not send"
	badAddress = "550 5.1.3"
)

// relayMatrix is what comes to port 25: who the envelope and the header name, whose
// key signed, and to whom.
var relayMatrix = []struct{ name, from, header, signed, to, want string }{
	{"SPF passes and aligns", own, "From: " + own, "", patient, proven},
	{"DKIM passes and aligns", "bounce@bare.example", "From: " + own, "lakeside.example", patient, proven},
	{"both", own, "From: " + own, "lakeside.example", patient, proven},
	{"capitals", "Reyes@LAKESIDE.example", "From: Ana <Reyes@Lakeside.Example>", "", patient, proven},
	{"SPF of a subdomain aligns, relaxed", "bounce@mail.lakeside.example", "From: " + own, "", patient, unproved}, // it has no record of its own
	{"DKIM without DMARC enforcement", "x@bare.example", "From: doc@dkim.example", "dkim.example", patient, proven},
	{"no signature, DMARC none", "doc@dkim.example", "From: doc@dkim.example", "", patient, unproved},
	{"signed by another domain", "x@bare.example", "From: " + own, "mallory.example", patient, unproved},
	{"SPF of another domain", "m@mallory.example", "From: " + own, "", patient, unproved},
	{"both of another domain", "m@mallory.example", "From: " + own, "mallory.example", patient, unproved},
	{"SPF of another machine", "nurse@elsewhere.example", "From: nurse@elsewhere.example", "", patient, unproved},
	{"a domain without anything", "a@bare.example", "From: a@bare.example", "", patient, unproved},
	{"DNS fails", "b@away.example", "From: b@away.example", "", patient, "451 4.7.0"},
	{"two DMARC records", "c@twice.example", "From: c@twice.example", "", patient, unproved},
	{"proved and not registered", "m@mallory.example", "From: m@mallory.example", "", patient, unknown},
	{"a colleague who is not registered", "ceo@lakeside.example", "From: ceo@lakeside.example", "", patient, unknown},
	{"a subaddress is another", own, "From: reyes+x@lakeside.example", "", patient, unknown},
	{"no From", own, "X-From: " + own, "", patient, "550 5.7.1 The From field must name the author"},
	{"an empty From", own, "From: ", "", patient, "550 5.7.1 The From field must name the author"},
	{"two authors", own, "From: " + own + ", m@mallory.example", "", patient, ambiguous},
	{"two From fields", own, "From: " + own + "\r\nFrom: m@mallory.example", "", patient, ambiguous},
	{"two From fields, the other way", "m@mallory.example", "From: m@mallory.example\r\nFrom: " + own, "", patient, ambiguous},
	{"a name that is an address", "m@mallory.example", "From: \"" + own + "\" <m@mallory.example>", "", patient, unknown},
	{"a group", own, "From: Staff: " + own + ";", "", patient, ambiguous},
	{"a quoted second at", own, "From: \"" + own + "\"@mallory.example", "", patient, ambiguous},
	{"an own Sender", own, "From: " + own + "\r\nSender: " + own, "", patient, proven},
	{"an allowed Sender", own, "From: " + own + "\r\nSender: desk@lakeside.example", "", patient, proven},
	{"a foreign Sender", own, "From: " + own + "\r\nSender: m@mallory.example", "", patient, notYours},
	{"a foreign From with our Sender", "m@mallory.example", "From: m@mallory.example\r\nSender: " + own, "", patient, unknown},
	{"two Senders", own, "From: " + own + "\r\nSender: " + own + "\r\nSender: m@mallory.example", "", patient, ambiguous},
	{"the null sender", "", "From: " + own, "lakeside.example", patient, "550 5.7.1 Bounces"},
	{"another domain's recipient", own, "From: " + own, "", "2114367789@gmail.example", "550 5.7.1 Only mail to"},
	{"percent hack", own, "From: " + own, "", "2114367789%gmail.example@secure.text", badAddress},
	{"bang path", own, "From: " + own, "", "gmail.example!2114367789@secure.text", badAddress},
	{"source route", own, "From: " + own, "", "@gmail.example:2114367789@secure.text", proven}, // the route is dropped, the number is ours
	{"no number", own, "From: " + own, "", "frontdesk@secure.text", badAddress},
	{"postmaster", own, "From: " + own, "", "postmaster@secure.text", "550 5.1.1"},
	{"international", own, "From: " + own, "", "+442079460958@secure.text", proven},
	{"double zero", own, "From: " + own, "", "00442079460958@clinic.example", proven},
	{"quoted and written out", own, "From: " + own, "", "\"+1 (211) 436-7789\"@secure.text", proven},
	{"with options", own, "From: " + own, "", "2114367789+exp=3d+lang=es@secure.text", proven},
	{"an unknown option", own, "From: " + own, "", "2114367789+flavour=mild@secure.text", badAddress},
	{"an unknown option in the header", own, "From: " + own + "\r\nX-SecureText-Flavour: mild", "", patient, "550 5.1.3 Unknown option"},
}

func TestS26RelayMatrix(t *testing.T) {
	c, w := newClinic(t, "desk@lakeside.example"), newInternet(t)
	for _, email := range []string{"doc@dkim.example", "nurse@elsewhere.example", "a@bare.example", "b@away.example", "c@twice.example"} {
		c.addSender(t, email)
	}
	addr := c.relay(t, w, nil)
	passed := 0
	for _, m := range relayMatrix {
		raw := m.header + "\r\nSubject: x\r\nMessage-ID: <" + hex.EncodeToString([]byte(m.name)) + "@x>\r\n\r\nbody\r\n"
		if m.signed != "" {
			signed, err := w.keys[m.signed].Sign([]byte(raw), "From", "Subject")
			must(t, err)
			raw = string(signed)
		}
		got, _ := dialTLS(t, addr).tell(m.from, m.to, strings.TrimSuffix(raw, "\r\n"))
		if !strings.HasPrefix(got, m.want) {
			t.Errorf("%s: got %q, want %q", m.name, got, m.want)
		}
		if m.want == proven {
			passed++
		}
	}
	if got := c.read(t); len(got) != passed {
		t.Errorf("%d messages were stored, want %d", len(got), passed)
	}
}

func TestS26TheRelayWantsTLSAndOffersNoAUTH(t *testing.T) {
	c := newClinic(t)
	addr := c.relay(t, newInternet(t), nil)
	d := dial(t, addr)
	d.say("EHLO test", "250")
	d.say("MAIL FROM:<"+own+">", "530 5.7.0")
	d = dialTLS(t, addr)
	d.send("EHLO test\r\n")
	for line := ""; !strings.HasPrefix(line, "250 "); {
		var err error
		line, err = d.r.ReadString('\n')
		must(t, err)
		if strings.Contains(line, "AUTH") {
			t.Error("AUTH is offered to mail systems")
		}
	}
	d.say("AUTH PLAIN "+plain(c.sender.Email, c.password), "502")
}

func TestS26StrangersLearnNothingOfRecipientsAndSenders(t *testing.T) {
	c, w := newClinic(t), newInternet(t)
	c.refuse(t, "2114367789", store.OptedOut)
	addr := c.relay(t, w, nil)
	got, when := dialTLS(t, addr).tell("m@mallory.example", patient, simpleMail)
	if !strings.HasPrefix(got, unproved) || when != atData {
		t.Errorf("a forged mail: got %q at %d", got, when)
	}
	got, when = dialTLS(t, addr).tell(own, patient, simpleMail)
	if !strings.HasPrefix(got, "550 5.7.1 The patient asked") || when != atData {
		t.Errorf("a proved mail: got %q at %d", got, when)
	}
	must(t, c.db.SuspendSender(t.Context(), c.org.ID, c.sender.ID, true, operator, time.Now()))
	if got, _ := dialTLS(t, addr).tell(own, "2114367780@secure.text", simpleMail); !strings.HasPrefix(got, "550 5.7.1 You may not send") {
		t.Errorf("a suspended sender: got %q", got)
	}
}

// smarthost registers one, bound to lakeside.example.
func (c *clinic) smarthost(t *testing.T, change func(*store.Smarthost)) {
	t.Helper()
	h := store.Smarthost{ID: store.NewKeyID(time.Now()), Org: c.org.ID, Label: "Workspace", Domains: []string{"lakeside.example"}}
	change(&h)
	must(t, c.db.AddSmarthost(t.Context(), h, operator, time.Now()))
}

func TestS26ASmarthostByItsNetwork(t *testing.T) {
	c, w := newClinic(t, "desk@lakeside.example"), newInternet(t)
	c.smarthost(t, func(h *store.Smarthost) { h.Networks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	other := joinClinic(t, c.db, c.Keys, "other@lakeside.example") // of another org, by mistake
	c.refuse(t, "2114367780", store.OptedOut)
	addr := c.relay(t, w, nil)
	for _, m := range []struct{ from, header, to, want string }{
		{"bounce@bare.example", "From: " + own, patient, "250"}, // no proof is asked for
		{"bounce@bare.example", "From: ceo@lakeside.example", patient, unknown},
		{"bounce@bare.example", "From: " + other.sender.Email, patient, unknown},
		{"bounce@bare.example", "From: a@bare.example", patient, unproved}, // it is a stranger then
		{"bounce@bare.example", "From: " + own + "\r\nSender: m@mallory.example", patient, notYours},
		{"bounce@bare.example", "From: " + own, "2114367780@secure.text", "550 5.7.1 The patient asked"},
		{"", "From: " + own, patient, "550 5.7.1 Bounces"},
	} {
		if got, _ := dialTLS(t, addr).tell(m.from, m.to, m.header+"\r\nSubject: x\r\n\r\nbody"); !strings.HasPrefix(got, m.want) {
			t.Errorf("%s to %s: got %q, want %q", m.header, m.to, got, m.want)
		}
	}
	if got := c.read(t); len(got) != 1 {
		t.Errorf("%d messages, want 1", len(got))
	}
}

func TestS26ASmarthostByItsCertificate(t *testing.T) {
	c, w := newClinic(t), newInternet(t)
	host, stranger := clientCertificate(t), clientCertificate(t)
	sum := sha256.Sum256(host.Certificate[0])
	c.smarthost(t, func(h *store.Smarthost) { h.Certs = []string{hex.EncodeToString(sum[:])} })
	addr := c.relay(t, w, nil)
	for name, v := range map[string]struct {
		certs []tls.Certificate
		want  string
	}{
		"pinned":                         {[]tls.Certificate{host}, "250"},
		"another":                        {[]tls.Certificate{stranger}, unproved},
		"none":                           {nil, unproved},
		"one that it has not the key of": {[]tls.Certificate{{Certificate: host.Certificate, PrivateKey: stranger.PrivateKey}}, ""},
	} {
		d := dial(t, addr)
		d.say("EHLO test", "250")
		d.say("STARTTLS", "220")
		client := tls.Client(d.Conn, &tls.Config{InsecureSkipVerify: true, Certificates: v.certs})
		if err := client.Handshake(); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		d.Conn = client
		d.r.Reset(client)
		if v.want == "" {
			if _, err := d.r.ReadByte(); err == nil {
				t.Errorf("%s: the connection goes on", name)
			}
			continue
		}
		d.say("EHLO test", "250")
		if got, _ := d.tell("bounce@bare.example", patient, simpleMail); !strings.HasPrefix(got, v.want) {
			t.Errorf("%s: got %q, want %q", name, got, v.want)
		}
	}
}

func clientCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "mail.lakeside.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestNationalNumbersAreReadAsTheOrgDoesOnceItIsKnown(t *testing.T) {
	c, w := newClinic(t), newInternet(t)
	c.setRegion(t, "CH")
	addr := c.relay(t, w, func(s *SMTP) { s.DefaultRegion = "DE" })
	if got, _ := dialTLS(t, addr).tell(own, "0793123456@secure.text", simpleMail); !strings.HasPrefix(got, "250") {
		t.Fatalf("got %q", got)
	}
	if got := c.read(t); len(got) != 1 || got[0].number != "+41793123456" {
		t.Errorf("%d messages, or the number is read as another country's", len(got))
	}
}

// setRegion has the intake believe that the clinic is elsewhere.
func (c *clinic) setRegion(t *testing.T, region string) {
	t.Helper()
	org := c.org
	org.Region = region
	c.Intake.orgs.Forget()
	_, err := c.Intake.orgs.Find(t.Context(), believed{org}, org.ID, time.Now().Add(time.Hour))
	must(t, err)
}

// believed is a directory of one org.
type believed struct{ org store.Org }

func (b believed) Org(context.Context, store.OrgID) (store.Org, error) { return b.org, nil }
