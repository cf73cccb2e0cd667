package configs

import "strings"

// production refuses every part that is meant for a desk.
func (k *checker) production() {
	for _, p := range k.deskParts() {
		if p.found {
			k.refuse(p.key, &refusal{p.reason, p.fix})
		}
	}
	if k.Has(Console) {
		k.console()
	}
	for _, n := range append(k.needed(), namedKey{"AUDIT_KEY", k.AuditKey}) {
		if n.key == nil {
			k.refuse(n.name, &refusal{"not set, and production makes no keys of its own",
				"make it by: " + makeKey + ", and name its file in " + n.name + fileSuffix})
		}
	}
}

// console refuses a console that staff cannot reach, or where the patients' pages
// and its own are one site to a browser.
func (k *checker) console() {
	host := hostOf(k.ConsoleURL)
	switch {
	case strings.HasPrefix(k.ConsoleURL, "http:"):
		k.refuse("CONSOLE_URL", &refusal{"a console over http:// can be read by others", "write https://HOST"})
	case isLoopback(host):
		k.refuse("CONSOLE_URL", &refusal{"staff could not reach the console from elsewhere",
			"write https:// and the host that staff reach, or leave console out of ROLES"})
	case host == hostOf(k.PublicURL):
		k.refuse("CONSOLE_URL", &refusal{"the host of PUBLIC_URL, and browsers give its cookies to all of its ports",
			"name a host of its own, as https://staff.clinic.example"})
	}
}

type deskPart struct {
	found            bool
	key, reason, fix string
}

func (k *checker) deskParts() []deskPart {
	return []deskPart{
		{k.DatabaseURL == "", "DATABASE_URL",
			"not set, and SQLite is not for production",
			"name the file of a Postgres URL in DATABASE_URL_FILE"},
		{k.RedisURL == "", "REDIS_URL",
			"not set, and sessions in memory are not for production",
			"name the file of a Redis URL in REDIS_URL_FILE"},
		{k.RedisURL != "" && !guarded(k.RedisURL), "REDIS_URL",
			"without a password anybody who reaches Redis can make sessions",
			"write redis://USER:PASSWORD@HOST:6379/0"},
		{k.sendsBy("console"), "TEXTS",
			"console texts reach no patient",
			"set TEXTS=twilio, kannel or webhook"},
		{k.TLSCertFile == "" && k.TLSKeyFile == "", "TLS_CERT_FILE",
			"not set, and a self-signed certificate is not for production",
			"set TLS_CERT_FILE and TLS_KEY_FILE to PEM files"},
		{strings.HasPrefix(k.PublicURL, "http:"), "PUBLIC_URL",
			"links over http:// can be read by others",
			"write https://HOST"},
		{isLoopback(hostOf(k.PublicURL)), "PUBLIC_URL",
			"links would point at the patient's own phone",
			"write https:// and the host that patients reach"},
		{strings.HasPrefix(k.TwilioBaseURL, "http:"), "TWILIO_BASE_URL",
			"over http:// the auth token and the texts can be read by others",
			"take the line away, to call Twilio itself"},
	}
}

// guarded reports whether Redis asks who is there: by a password, or by the
// permissions of its socket.
func guarded(redis Secret) bool {
	scheme, rest, _ := strings.Cut(string(redis), "://")
	if scheme == "unix" {
		return true
	}
	authority := rest
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority = rest[:i]
	}
	userinfo := authority[:strings.LastIndex(authority, "@")+1]
	_, password, _ := strings.Cut(strings.TrimSuffix(userinfo, "@"), ":")
	return password != ""
}
