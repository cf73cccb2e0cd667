package configs

import (
	"bytes"
	"net"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// checker judges the values that were understood, and those of one another.
// A key that is wrong already is not judged again.
type checker struct {
	*Config
	known Problems
	bad   Problems
}

func (c *Config) check(known Problems) Problems {
	k := &checker{Config: c, known: known}
	k.shapes()
	k.urls()
	k.listeners()
	k.twilio()
	k.gateways()
	k.mailOut()
	k.audit()
	k.rates()
	k.keys()
	k.vault()
	k.kms()
	if c.Mode == Production {
		k.production()
	}
	return k.bad
}

func (k *checker) refuse(key string, no *refusal) {
	if no == nil || k.known.about(key) || k.bad.about(key) {
		return
	}
	k.bad = append(k.bad, k.problem(key, no.reason, no.fix))
}

func (k *checker) shapes() {
	for _, f := range fields {
		rule, ok := shapes[f.check]
		if !ok {
			continue
		}
		switch v := reflect.ValueOf(k.Config).Elem().FieldByIndex(f.index); v.Kind() {
		case reflect.String:
			if text := v.String(); text != "" {
				k.refuse(f.key, rule(text))
			}
		case reflect.Slice:
			for i := range v.Len() {
				k.refuse(f.key, rule(v.Index(i).String()))
			}
		}
	}
}

func (k *checker) urls() {
	for _, u := range []struct {
		key   string
		value *string
	}{{"PUBLIC_URL", &k.PublicURL}, {"TWILIO_BASE_URL", &k.TwilioBaseURL}, {"CONSOLE_URL", &k.ConsoleURL}} {
		base, no := baseURL(*u.value)
		if no != nil {
			k.refuse(u.key, no)
			continue
		}
		*u.value = base
	}
	if k.SMTPHostname == "" {
		k.SMTPHostname = hostOf(k.PublicURL)
	}
	if k.RegisterURL == "" {
		k.RegisterURL = k.PublicURL + "/senders"
	}
}

func hostOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func (k *checker) listeners() {
	if k.TLSCertFile == "" && k.TLSKeyFile != "" {
		k.refuse("TLS_CERT_FILE", &refusal{"not set, but TLS_KEY_FILE is", "name the certificate's PEM file too"})
	}
	if k.TLSCertFile != "" && k.TLSKeyFile == "" {
		k.refuse("TLS_KEY_FILE", &refusal{"not set, but TLS_CERT_FILE is", "name the private key's PEM file too"})
	}
}

func (k *checker) twilio() {
	if !k.sendsBy("twilio") {
		return
	}
	if k.TwilioAccountSID == "" {
		k.refuse("TWILIO_ACCOUNT_SID", &refusal{"not set, but TEXTS names twilio", "copy it from the Twilio console"})
	}
	if k.TwilioAuthToken == "" {
		k.refuse("TWILIO_AUTH_TOKEN", &refusal{"not set, but TEXTS names twilio", "name a file that holds it in TWILIO_AUTH_TOKEN_FILE"})
	}
	if (k.TwilioFrom == "") == (k.TwilioMessagingServiceSID == "") && !k.known.about("TWILIO_MESSAGING_SERVICE_SID") {
		k.refuse("TWILIO_FROM", &refusal{
			"twilio needs one sender of texts",
			"set either TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID, not both",
		})
	}
}

// gateways are those of the operator's own: of each all is set, or nothing.
func (k *checker) gateways() {
	for _, g := range []struct {
		provider string
		keys     []string
		values   []string
	}{
		{"kannel", []string{"KANNEL_URL", "KANNEL_USER", "KANNEL_PASSWORD", "KANNEL_FROM", "KANNEL_SECRET"},
			[]string{k.KannelURL, k.KannelUser, string(k.KannelPassword), k.KannelFrom, string(k.KannelSecret)}},
		{"webhook", []string{"WEBHOOK_URL", "WEBHOOK_SECRET", "WEBHOOK_FROM"},
			[]string{k.WebhookURL, string(k.WebhookSecret), k.WebhookFrom}},
	} {
		given := slices.ContainsFunc(g.values, func(v string) bool { return v != "" })
		for i, v := range g.values {
			if v == "" && (given || k.sendsBy(g.provider)) {
				k.refuse(g.keys[i], &refusal{"not set, but " + g.provider + " is in use", "set it too; production.env says what it is"})
			}
		}
	}
}

// rates must let one mail to a hundred numbers through.
func (k *checker) rates() {
	for _, r := range []struct {
		key string
		n   uint32
	}{{"SENDER_RATE", k.SenderRate}, {"BLOCK_RATE", k.BlockRate}} {
		if 0 < r.n && r.n < 100 {
			k.refuse(r.key, &refusal{"too few for one mail to a hundred numbers", "write 100 or more, or 0 for any number"})
		}
	}
}

// mailOut is about the mails to senders.
func (k *checker) mailOut() {
	if k.MailServer != "" && k.MailFrom == "" {
		k.refuse("MAIL_FROM", &refusal{"not set, but MAIL_SERVER is", "write an address whose bounces somebody reads"})
	}
	if (k.MailUser == "") != (k.MailPassword == "") {
		k.refuse("MAIL_PASSWORD", &refusal{"MAIL_USER and MAIL_PASSWORD go together", "set both, or neither"})
	}
	host, _, _ := net.SplitHostPort(k.MailServer)
	if k.MailTLS == "off" && !isLoopback(host) {
		k.refuse("MAIL_TLS", &refusal{"off is for a MAIL_SERVER on this machine", "take the line away"})
	}
}

// audit is about where checkpoints go.
func (k *checker) audit() {
	if k.AuditMail != "" && k.MailServer == "" {
		k.refuse("AUDIT_MAIL", &refusal{"set, but MAIL_SERVER is not", "say in MAIL_SERVER where mails are handed in"})
	}
	if strings.HasPrefix(k.AuditBucket, "http:") && !isLoopback(hostOf(k.AuditBucket)) {
		k.refuse("AUDIT_BUCKET", &refusal{"http:// can be changed by others on its way", "write https://HOST/BUCKET/NAME"})
	}
	if k.AuditBucket == "" {
		return
	}
	if k.AuditBucketKeyID == "" {
		k.refuse("AUDIT_BUCKET_KEY_ID", &refusal{"not set, but AUDIT_BUCKET is", "copy the id of an access key that may put objects"})
	}
	if k.AuditBucketSecret == "" {
		k.refuse("AUDIT_BUCKET_SECRET", &refusal{"not set, but AUDIT_BUCKET is", "name a file that holds it in AUDIT_BUCKET_SECRET_FILE"})
	}
}

// keys holds that each secret key is used for one purpose only, so that a
// leak of one is no leak of another (S23).
func (k *checker) keys() {
	named := k.namedKeys()
	for i, a := range named {
		for _, b := range named[:i] {
			if a.key != nil && bytes.Equal(a.key, b.key) {
				k.refuse(a.name, &refusal{"the same key as " + b.name, "make one of its own by: " + makeKey})
			}
		}
	}
	given := slices.ContainsFunc(named, func(n namedKey) bool { return n.key != nil && !strings.HasPrefix(n.name, "AUDIT_") })
	for _, n := range k.needed() {
		if given && n.key == nil {
			k.refuse(n.name, &refusal{"not set, but another key is", "make it by: " + makeKey})
		}
	}
}

type namedKey struct {
	name string
	key  Key
}

// needed are the keys that nothing goes without.
func (c *Config) needed() []namedKey {
	named := []namedKey{{"ROOT_KEY", c.RootKey}, {"PHONE_KEY", c.PhoneKey}, {"PEPPER", c.Pepper}}
	if c.RootProvider != "key" {
		return named[1:]
	}
	return named
}

// namedKeys are all that there may be.
func (c *Config) namedKeys() []namedKey {
	named := []namedKey{
		{"ROOT_KEY", c.RootKey}, {"PHONE_KEY", c.PhoneKey}, {"PEPPER", c.Pepper}, {"AUDIT_KEY", c.AuditKey}, {"PHONE_KEY_NEXT", c.PhoneKeyNext},
	}
	for _, others := range []struct {
		name string
		keys []Key
	}{{"ROOT_KEY_OLD", c.RootKeyOld}, {"PHONE_KEY_OLD", c.PhoneKeyOld}, {"PEPPER_OLD", c.PepperOld}, {"AUDIT_KEY_OLD", c.AuditKeyOld}} {
		for _, key := range others.keys {
			named = append(named, namedKey{others.name, key})
		}
	}
	return named
}
