package gateway

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"net/http"

	"securetext/store"
	"securetext/store/passcode"
	"securetext/store/seal"
)

const (
	idempotencyHeader = "Idempotency-Key"
	maxIdempotencyKey = 255
)

// idempotency reads the request's key, if there is one, and hashes what it
// asks for: the message as understood, not the bytes that said it.
func idempotency(r *http.Request, index seal.Index, sub Submission) (*store.Idempotency, error) {
	values := r.Header.Values(idempotencyHeader)
	if len(values) == 0 {
		return nil, nil
	}
	if len(values) > 1 || !visible(values[0]) || len(values[0]) > maxIdempotencyKey {
		return nil, invalid{{"", "the header Idempotency-Key must be given once, with 1 to 255 visible ASCII characters"}}
	}
	return idempotent(values[0], index, sub), nil
}

// idempotent is the key with what is asked for: other processes may hash passcodes
// with another key.
func idempotent(key string, index seal.Index, sub Submission) *store.Idempotency {
	i := &store.Idempotency{Key: key, Request: requestHash(index, sub)}
	for _, x := range index.Each() {
		if hash := requestHash(x, sub); hash != i.Request {
			i.Others = append(i.Others, hash)
		}
	}
	return i
}

// visible reports whether s is one or more visible ASCII characters.
func visible(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return s != ""
}

// requestHash needs a key for passcodes alone: they are short enough to be tried
// out by who has the rest.
func requestHash(index seal.Index, sub Submission) [32]byte {
	h := sha256.New()
	for _, t := range sub.To {
		addField(h, "to", t.Number.E164())
		addField(h, "lang", t.Options.Lang)
		addField(h, "reference", t.Options.Reference)
		addField(h, "notify", string(t.Options.Notify))
		addField(h, "reply", string(t.Options.Reply))
		addField(h, "life", t.Options.Life.String())
		addOptional(h, "ack", t.Options.Ack)
		addOptional(h, "read by", t.Options.ReadBy)
		addOptional(h, "remind", t.Options.Remind)
		addOptional(h, "send at", t.Options.SendAt)
		addOptional(h, "time zone", t.Options.TimeZone)
		addOptional(h, "for", t.Options.For.Key())
		if p := t.Options.Passcode; p != (passcode.Passcode{}) {
			sum := index.Sum("passcode of a request", string(sub.Sender.Org), p.Secret())
			addField(h, "passcode", string(sum[:]))
		}
		addOptional(h, "hint", t.Options.Hint)
		addOptional(h, "thread", t.Options.Thread)
	}
	for _, a := range sub.Attachments {
		sum := sha256.Sum256(a.Data)
		addField(h, "attachment", a.Name)
		addField(h, "data", string(sum[:]))
	}
	addField(h, "sender", string(sub.Sender.ID))
	addField(h, "subject", sub.Subject)
	addField(h, "text", sub.Text)
	addField(h, "html", sub.HTML)
	return [32]byte(h.Sum(nil))
}

// addOptional adds a field that is set. Requests without it have the hash that
// they had before there was such a field.
func addOptional[T comparable](h hash.Hash, name string, value T) {
	if value != *new(T) {
		addField(h, name, fmt.Sprint(value))
	}
}

// addField adds a field with its length before it, so that no two requests
// make the same bytes.
func addField(h hash.Hash, name, value string) {
	fmt.Fprintf(h, "%s %d:%s\n", name, len(value), value)
}
