package twilio

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"securetext/sms"
	"securetext/sms/phone"
)

// landline is the one type of line that never takes a text. Voice over IP may.
const landline = "landline"

// Look implements [sms.Looker], if the config says so; otherwise it asks nobody. The request is made by hand, since the SDK's package for it
// would be linked for this one.
func (t *Twilio) Look(ctx context.Context, n phone.Number) error {
	if !t.config.Lookup {
		return sms.ErrNotAsked
	}
	c, cancel := t.ask(ctx, t.lookups)
	defer cancel()
	line, err := c.lookUp(n)
	switch {
	case unknown(err): // of the wrong URL too, so it says nothing of the number
		return &sms.Error{Code: short(noSuchThing), Err: errUntold}
	case err != nil:
		return c.failure(err)
	case line.Valid == nil:
		return &sms.Error{Code: "twilio_lookup_empty", Err: errUntold}
	case !*line.Valid:
		return &sms.Error{Code: "twilio_lookup_invalid", Err: sms.ErrDead}
	case line.Intelligence.Type == landline:
		return &sms.Error{Code: "twilio_lookup_landline", Err: sms.ErrLandline}
	}
	return nil
}

var errUntold = errors.New("line type could not be told")

// line is what Twilio knows of a number. The type is empty where it knows none.
type line struct {
	Valid        *bool
	Intelligence struct{ Type string } `json:"line_type_intelligence"`
}

func (c *call) lookUp(n phone.Number) (line, error) {
	to := url.URL{Path: "/v2/PhoneNumbers/" + n.E164(), RawQuery: "Fields=line_type_intelligence"}
	req := &http.Request{Method: http.MethodGet, URL: &to, Header: http.Header{"Accept": {"application/json"}}}
	req.SetBasicAuth(c.config.AccountSID, c.config.AuthToken)
	resp, err := c.RoundTrip(req)
	if err != nil {
		return line{}, err
	}
	var l line
	return l, json.NewDecoder(resp.Body).Decode(&l)
}
