package kannel

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"securetext/sms"
)

// maxQuery is the longest query that is read. Of a delivery report it has about
// 400 bytes; of a text that a patient sent in ten parts, nine times 1530.
const maxQuery = 16 << 10

// What Kannel calls us with: our own words of the text, and what stands for them
// in the URL that it fills in.
const (
	textKey      = "text"
	signatureKey = "sig"
	typeKey      = "type"
	answerKey    = "answer"
	placeholders = "&" + typeKey + "=%d&" + answerKey + "=%A"
)

// callbackFor is the URL for a text's delivery reports. Kannel reads each "%" in
// it as the start of a placeholder, and "%%" as a "%".
func (k *Kannel) callbackFor(id string) string {
	u := *k.callback
	query := u.Query()
	query.Del(typeKey)
	query.Del(answerKey)
	query.Set(textKey, id)
	query.Set(signatureKey, sign(k.config.Secret, signsText, id))
	u.RawQuery = query.Encode()
	return strings.ReplaceAll(u.String(), "%", "%%") + placeholders
}

// What a signature is for: one for a text is no key for inbound texts.
const (
	signsText    = "text:"
	signsInbound = "inbound"
)

func sign(secret, what, id string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(what + id))
	return hex.EncodeToString(mac.Sum(nil))
}

// Callback implements [sms.Listener]. All that it reads stands in the query. The
// signature is over the text's id, so that it does not matter as whom we were
// called; what Kannel says of a text can be said again at will, and changes
// nothing then.
func (k *Kannel) Callback(r *http.Request) (sms.Status, error) {
	query, err := readQuery(r)
	if err != nil {
		return sms.Status{}, err
	}
	id := query.Get(textKey)
	if id == "" || !equal(query.Get(signatureKey), sign(k.config.Secret, signsText, id)) {
		return sms.Status{}, sms.ErrForged
	}
	kind, err := strconv.Atoi(query.Get(typeKey))
	if err != nil {
		return sms.Status{}, sms.ErrMalformed
	}
	status := read(kind, query.Get(answerKey))
	status.Text, status.ProviderID = id, providerID(id)
	return status, nil
}

func equal(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }

// readQuery reads the query of a GET, which is what Kannel does, or of a POST. A
// name that comes twice is refused: the signature is over one of them.
func readQuery(r *http.Request) (url.Values, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost || len(r.URL.RawQuery) > maxQuery {
		return nil, sms.ErrMalformed
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, sms.ErrMalformed
	}
	for _, values := range query {
		if len(values) != 1 {
			return nil, sms.ErrMalformed
		}
	}
	return query, nil
}
