package configs

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// shapes are the rules that a check tag names. Each gets one text of its field
// and gives nil, or why it does not fit. None repeats a secret.
var shapes = map[string]func(text string) *refusal{
	"postgres":   postgresURL,
	"redis":      redisURL,
	"hostport":   hostPort,
	"loopback":   loopback,
	"domains":    domain,
	"page":       pageURL,
	"scanner":    scannerURL,
	"address":    matching(`^[^@\s<>"]+@[^@\s<>"]+$`, "an email address", "write it as messages@clinic.example"),
	"region":     matching(`^[A-Z]{2}$`, "a country code", "write its two letters, as in US"),
	"accountsid": matching(`^AC[0-9a-fA-F]{32}$`, "an account SID", "copy it from the Twilio console: AC and 32 hexadecimal digits"),
	"servicesid": matching(`^MG[0-9a-fA-F]{32}$`, "a Messaging Service SID", "copy it from the Twilio console: MG and 32 hexadecimal digits"),
	"roads":      matching(`^`+road+`(\s*,\s*`+road+`){0,4}$`, "a list of roads for texts", "write it as twilio, or as twilio:+15551230000@1,kannel"),
	"sendurl":    sendURL,
	"sendername": matching(`^[+A-Za-z0-9]{1,15}$`, "a number or a name to send from", "write it as +15551230000, 12345 or Clinic"),
	"secret16":   matching(`^[!-~]{16,}$`, "a secret of 16 characters or more", "make it by: openssl rand -hex 16"),
	"secret32":   matching(`^[!-~]{32,}$`, "a secret of 32 characters or more", "make it by: openssl rand -hex 32"),
	"vaultpath":  matching(`^[a-z0-9_-]+(/[a-z0-9_-]+)*$`, "a path of Vault", "write it as transit, without slashes at its ends"),
	"vaultname":  matching(`^[a-z0-9_-]+$`, "the name of a key", "write it in lower case, as securetext"),
	"kmskey":     matching(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-z0-9-]+$`, "the ARN of a key", "write it as arn:aws:kms:eu-central-1:111122223333:key/…, not an alias"),
	"textsfrom":  matching(`^(\+[1-9][0-9]{6,14}|[0-9]{5,6})$`, "a number to send from", "write it with its country code, as +15551230000, or as a short code"),
}

// road is one way for texts, as package sms reads it.
const road = `(console|kannel|twilio|webhook)(:[+A-Za-z0-9]{1,34})?(@[0-9]{1,4}(\.[0-9]{1,3})?)?`

func sendURL(text string) *refusal {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return &refusal{"not the address of a gateway", "write it as https://sms.clinic.example/send"}
	}
	return nil
}

func matching(pattern, what, fix string) func(string) *refusal {
	re := regexp.MustCompile(pattern)
	return func(text string) *refusal {
		if re.MatchString(text) {
			return nil
		}
		return &refusal{"not " + what, fix} // the text may be a token in the wrong place
	}
}

func postgresURL(text string) *refusal {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || len(u.Path) < 2 {
		return &refusal{"not the URL of a Postgres database", "write postgres://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full"}
	}
	return nil
}

// redisURL looks at the scheme only; the session store reads the rest.
func redisURL(text string) *refusal {
	scheme, rest, ok := strings.Cut(text, "://")
	known := slices.Contains([]string{
		"redis", "redis+cluster", "redis+sentinel", "rediss", "rediss+cluster", "rediss+sentinel", "unix",
	}, scheme)
	if !ok || !known || rest == "" {
		return &refusal{"not the URL of a Redis server", "write redis://USER:PASSWORD@HOST:6379/0, or rediss:// for TLS"}
	}
	return nil
}

func pageURL(text string) *refusal {
	if u, err := url.Parse(text); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return &refusal{"not the address of a page", "write it as https://www.clinic.example/secure-text"}
	}
	return nil
}

// scannerURL looks at the scheme only; the scanner reads the rest.
func scannerURL(text string) *refusal {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || rest == "" || !slices.Contains([]string{"clamd", "unix", "icap"}, scheme) {
		return &refusal{"not the URL of a virus scanner", "write clamd://HOST:3310, unix:///PATH or icap://HOST:1344/SERVICE"}
	}
	return nil
}

func hostPort(text string) *refusal {
	_, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return &refusal{fmt.Sprintf("%q is not an address with a port", text), "write HOST:PORT, as in 127.0.0.1:8443"}
	}
	return nil
}

// loopback holds what is served without a sign-in on this machine.
func loopback(text string) *refusal {
	if no := hostPort(text); no != nil {
		return no
	}
	host, _, _ := net.SplitHostPort(text)
	if !isLoopback(host) {
		return &refusal{fmt.Sprintf("%q can be reached from other machines", text), "write a loopback address, as in 127.0.0.1:9090"}
	}
	return nil
}

func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

var domainName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

func domain(text string) *refusal {
	if len(text) > 253 || !domainName.MatchString(text) {
		return &refusal{fmt.Sprintf("%q is not a domain name", text), "write it as secure.example.com; an international name in its xn-- form"}
	}
	return nil
}

// baseURL takes a URL that is only scheme, host and port, and gives it without
// a slash at its end. Without TLS it may only point at this machine.
func baseURL(text string) (string, *refusal) {
	const fix = "write https://HOST, with :PORT if it is not 443"
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", &refusal{"not an https URL", fix}
	}
	if u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "", &refusal{"it holds more than scheme, host and port", fix}
	}
	if port := u.Port(); port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", &refusal{fmt.Sprintf("%q is not a port", port), fix}
		}
	}
	if no := urlHost(u.Hostname()); no != nil {
		return "", no
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return "", &refusal{"http:// can be read by others on its way", fix}
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), nil
}

func urlHost(host string) *refusal {
	if _, err := netip.ParseAddr(host); err == nil {
		return nil
	}
	return domain(strings.ToLower(host))
}
