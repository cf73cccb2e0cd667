package kannel

import (
	"encoding/binary"
	"io"
	"net/http"
	"strings"
	"unicode/utf16"

	"securetext/sms"
	"securetext/sms/phone"
)

// InboundKey is the key that stands in Kannel's get-url for a [Config.Secret].
// On a command line it is made by
//
//	printf inbound | openssl dgst -sha256 -hmac "$SECRET"
func InboundKey(secret string) string { return sign(secret, signsInbound, "") }

// Inbound implements [sms.Listener]. It reads the get-url of the package's
// comment. The patient's number must be an international one, with its plus or
// two zeros: Kannel's unified-prefix sees to that.
func (k *Kannel) Inbound(r *http.Request) (sms.Inbound, error) {
	query, err := readQuery(r)
	if err != nil {
		return sms.Inbound{}, err
	}
	if !equal(query.Get("key"), InboundKey(k.config.Secret)) {
		return sms.Inbound{}, sms.ErrForged
	}
	from, err := phone.Parse(query.Get("from"), "")
	if err != nil || query.Get("to") == "" {
		return sms.Inbound{}, sms.ErrMalformed
	}
	words := decode(query.Get("text"), query.Get("charset"))
	return sms.Inbound{From: from, To: names(query.Get("to")), Keyword: sms.ParseKeyword(words)}, nil
}

// names are how a number of ours may be written: carriers drop the plus or add
// it as they please.
func names(to string) []string {
	if bare, ok := strings.CutPrefix(to, "+"); ok {
		return []string{to, bare}
	}
	if strings.Trim(to, "0123456789") == "" {
		return []string{to, "+" + to}
	}
	return []string{to}
}

// decode reads words in UTF-8, or in UTF-16 from a Kannel without mo-recode.
func decode(words, charset string) string {
	if !strings.EqualFold(charset, "UTF-16BE") || len(words)%2 != 0 {
		return words
	}
	units := make([]uint16, len(words)/2)
	for i := range units {
		units[i] = binary.BigEndian.Uint16([]byte(words[2*i:]))
	}
	return string(utf16.Decode(units))
}

// Reply implements [sms.Listener]. Kannel texts the body to the patient; with
// omit-empty an empty one makes no text.
func (k *Kannel) Reply(w http.ResponseWriter, words string) {
	_, encoding := sms.Measure(words)
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.Header().Set("X-Kannel-Coding", coding(encoding))
	io.WriteString(w, words)
}
