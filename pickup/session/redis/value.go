package redis

import (
	"encoding/json"
	"errors"
	"time"

	"securetext/pickup/session"
)

// version is the first byte of every value. A process that meets another one,
// while versions are mixed, takes the session for absent: somebody signs in again.
const version = '1'

var errValue = errors.New("not a session of this version")

// value is how a session is kept: the version byte and this as JSON.
type value struct {
	Org       string `json:"o"`
	Recipient string `json:"r"`
	Epoch     int64  `json:"e"`
	Label     string `json:"l,omitempty"`
	Family    string `json:"f,omitempty"`
	Created   int64  `json:"c"` // Unix milliseconds
	Seen      int64  `json:"s"` // Unix milliseconds
}

func encode(s session.Session) []byte {
	b, _ := json.Marshal(value{s.Org, s.Recipient, s.Epoch, s.Label, s.Family, s.Created.UnixMilli(), s.Seen.UnixMilli()}) // strings and integers always marshal
	return append([]byte{version}, b...)
}

func decode(b []byte) (session.Session, error) {
	if len(b) == 0 || b[0] != version {
		return session.Session{}, errValue
	}
	var v value
	if err := json.Unmarshal(b[1:], &v); err != nil {
		return session.Session{}, errValue
	}
	return session.Session{
		Org:       v.Org,
		Recipient: v.Recipient,
		Epoch:     v.Epoch,
		Label:     v.Label,
		Family:    v.Family,
		Created:   time.UnixMilli(v.Created),
		Seen:      time.UnixMilli(v.Seen),
	}, nil
}
