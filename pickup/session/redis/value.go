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
	Proved    int64  `json:"p,omitempty"`
}

func encode(s session.Session) []byte {
	v := value{Org: s.Org, Recipient: s.Recipient, Epoch: s.Epoch, Label: s.Label, Family: s.Family, Created: s.Created.UnixMilli(), Seen: s.Seen.UnixMilli()}
	if !s.Proved.IsZero() {
		v.Proved = s.Proved.UnixMilli()
	}
	b, _ := json.Marshal(v) // strings and integers always marshal
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
	s := session.Session{
		Org:       v.Org,
		Recipient: v.Recipient,
		Epoch:     v.Epoch,
		Label:     v.Label,
		Family:    v.Family,
		Created:   time.UnixMilli(v.Created),
		Seen:      time.UnixMilli(v.Seen),
	}
	if v.Proved != 0 {
		s.Proved = time.UnixMilli(v.Proved)
	}
	return s, nil
}
