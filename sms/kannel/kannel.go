// Package kannel sends texts through Kannel, the gateway that speaks SMPP and
// its like to carriers.
//
// [Kannel.Send] posts a text to smsbox's sendsms interface, with the address of
// our callback for its delivery reports. [Kannel.Callback] reads those, and
// [Kannel.Inbound] what patients text. The password and the words stand in the
// request's headers and body, never in a URL. Smsbox speaks plain HTTP unless
// told otherwise: keep it on the same machine or a private network, or give it a
// certificate and an https URL.
//
// Kannel signs nothing. So each callback's URL carries a signature of the text's
// id, and the URL for inbound texts a key, both made from [Config.Secret].
// Whoever can read one callback's URL can say no more than what became of that
// one text.
//
// Kannel keeps nothing that could be asked for: a [Kannel] is no [sms.Finder]
// and no [sms.Reporter]. A text in doubt stays so until its delivery report
// comes, which says that it went out after all; and no other road may take it
// meanwhile. A report that is lost is lost. So Kannel has to be set up to lose
// none, with a store on disk for texts and for reports, and told to call again
// until it is answered 200, since it takes any other answer for a failure:
//
//	group = core
//	store-type = spool
//	store-location = /var/spool/kannel/store
//	dlr-storage = spool
//	dlr-spool = /var/spool/kannel/dlr
//	unified-prefix = "+,00"
//	log-level = 2
//
//	group = smsbox
//	mo-recode = true
//	http-request-retry = 1000
//	http-queue-delay = 10
//	max-pending-requests = 20
//	reply-couldnotfetch = ""
//	log-level = 2
//
//	group = sendsms-user
//	username = ...
//	password = ...
//	max-messages = 1
//
//	group = sms-service
//	keyword = default
//	catch-all = true
//	get-url = "https://host/sms/kannel/inbound?key=...&from=%p&to=%P&charset=%C&text=%b"
//	accept-x-kannel-headers = true
//	max-messages = 1
//	omit-empty = true
//
// Below log level 2, and in its access log, Kannel writes numbers, words and
// links of texts: raise the one, leave out the other. What a patient's text asks
// for can only be found with its whole number, which unified-prefix makes.
//
// What smsbox could not hand over yet, since we did not answer, is in its memory
// only. If it ends before we are back, those reports and texts are lost.
//
// A Kannel that is killed hands over again, when it is back, the texts that its
// carrier had not answered yet: as many as the carrier's max-pending-submits, 10
// unless it is set. It loses the reports that it was calling us with, which are
// max-pending-requests at most. One that is stopped repeats none, and loses none
// either if it was told to suspend before, and we answered.
package kannel

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"time"
)

// MaxValidity is the longest that Kannel and the carrier may hold a text: more,
// and it may still be delivered after we gave it up.
const MaxValidity = 4 * time.Hour

// Config is a user of Kannel's and how it is used. It never prints.
type Config struct {
	// URL is smsbox's sendsms interface: http://127.0.0.1:13013/cgi-bin/sendsms
	URL string
	// User and Password are those of Kannel's sendsms-user.
	User, Password string
	// From is a number, a short code, or a name of at most 11 letters and digits.
	From string
	// CallbackURL is the public URL of the callback for delivery reports.
	CallbackURL string
	// Secret is what callbacks are known by: at least 16 characters that nobody
	// can guess. Make one with: openssl rand -base64 32
	Secret string
	// Validity is how long a text may be held, in whole minutes; zero is
	// MaxValidity.
	Validity time.Duration
	// Timeout is for one request; zero is 10 s.
	Timeout time.Duration
	// SMSC is the smsc-id of the carrier to take; empty leaves it to Kannel.
	SMSC string
}

// Format implements [fmt.Formatter]: password and secret must not show.
func (c Config) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[kannel config]") }

// Kannel is a [sms.Sender] and a [sms.Listener]. Make one with [New].
type Kannel struct {
	config    Config
	callback  *url.URL
	transport *http.Transport
}

const (
	defaultTimeout = 10 * time.Second
	// idle is how long a connection waits for the next text. Smsbox closes it
	// after 60 s, and a text on its way just then would be in doubt.
	idle = 30 * time.Second
	// minSecret is in characters.
	minSecret = 16
)

// New makes a Kannel. It does not connect yet.
func New(c Config) (*Kannel, error) {
	if c.Validity == 0 {
		c.Validity = MaxValidity
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("kannel: %w", err)
	}
	k := &Kannel{config: c}
	k.callback, _ = url.Parse(c.CallbackURL)
	k.transport = &http.Transport{
		TLSHandshakeTimeout: c.Timeout,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     idle,
	}
	return k, nil
}

// What may stand in a header of a request, where Kannel strips blanks.
var (
	credential = regexp.MustCompile(`^[!-~]{1,100}$`)
	sender     = regexp.MustCompile(`^(\+?[0-9]{3,15}|[A-Za-z0-9]{1,11})$`)
	smscID     = regexp.MustCompile(`^[A-Za-z0-9_.-]{0,64}$`)
)

func (c Config) check() error {
	switch {
	case !isURL(c.URL):
		return errors.New("URL of sendsms is not an http or https URL")
	case !credential.MatchString(c.User) || !credential.MatchString(c.Password):
		return errors.New("user and password must be 1 to 100 signs of ASCII, without blanks")
	case !sender.MatchString(c.From):
		return errors.New("the sender must be a number, a short code, or at most 11 letters and digits")
	case !isURL(c.CallbackURL):
		return errors.New("callback URL is not an http or https URL")
	case len(c.Secret) < minSecret:
		return fmt.Errorf("secret must have at least %d characters", minSecret)
	case c.Validity < time.Minute || c.Validity > MaxValidity:
		return fmt.Errorf("validity must be 1m to %s", MaxValidity)
	case c.Timeout < 0:
		return errors.New("timeout must not be negative")
	case !smscID.MatchString(c.SMSC):
		return errors.New("SMSC must be an smsc-id: letters, digits, dots, dashes and underscores")
	}
	return nil
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil && u.Fragment == ""
}

// Name implements [sms.Sender].
func (k *Kannel) Name() string { return "kannel" }
