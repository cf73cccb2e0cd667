package webhook

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"

	"securetext/gateway/outbound"
	"securetext/sms"
	"securetext/sms/phone"
)

// maxCallback is the largest callback that is read.
const maxCallback = 16 << 10

// Callback implements [sms.Listener]. Members that we do not know are passed
// over: they are the gateway's own. A state that we do not know is empty.
func (w *Webhook) Callback(r *http.Request) (sms.Status, error) {
	var n news
	if err := w.read(r, &n); err != nil {
		return sms.Status{}, err
	}
	if !n.wellFormed() {
		return sms.Status{}, sms.ErrMalformed
	}
	return n.status(), nil
}

// Inbound implements [sms.Listener]. One secret signs both ways, and our own
// texts have a from, a to and a body as well: what names a text of ours is none
// of a patient's.
func (w *Webhook) Inbound(r *http.Request) (sms.Inbound, error) {
	var said struct {
		From string          `json:"from"`
		To   string          `json:"to"`
		Body string          `json:"body"`
		Text json.RawMessage `json:"text"`
	}
	if err := w.read(r, &said); err != nil {
		return sms.Inbound{}, err
	}
	from, err := phone.Parse(said.From, "")
	if err != nil || said.Text != nil {
		return sms.Inbound{}, sms.ErrMalformed
	}
	in := sms.Inbound{From: from, Keyword: sms.ParseKeyword(said.Body)}
	if said.To != "" {
		in.To = []string{said.To}
	}
	return in, nil
}

// Reply implements [sms.Listener]: the gateway texts the words, if there are any.
func (w *Webhook) Reply(rw http.ResponseWriter, words string) {
	rw.Header().Set("Content-Type", "application/json")
	json.NewEncoder(rw).Encode(struct {
		Reply string `json:"reply,omitempty"`
	}{words})
}

// read reads posted JSON, once its signature holds.
func (w *Webhook) read(r *http.Request, v any) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method != http.MethodPost || err != nil || kind != "application/json" {
		return sms.ErrMalformed
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxCallback+1))
	if err != nil || len(body) > maxCallback {
		return sms.ErrMalformed
	}
	if !w.secret.Signed(r.Header.Values(outbound.SignatureHeader), string(body), w.now()) {
		return sms.ErrForged
	}
	if json.Unmarshal(body, v) != nil {
		return sms.ErrMalformed
	}
	return nil
}
