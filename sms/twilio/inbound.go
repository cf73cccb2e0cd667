package twilio

import (
	"io"
	"net/http"
	"strings"

	"securetext/sms"
	"securetext/sms/phone"
)

// optOutTypes are Twilio's words for what a Messaging Service with Advanced
// Opt-Out took a text for, by the keywords and languages set there.
var optOutTypes = map[string]sms.Keyword{"STOP": sms.Stop, "START": sms.Start, "HELP": sms.Help}

// Inbound implements [sms.Listener]. The signature is checked over the
// configured URL alone. What Twilio itself took for a keyword is one, since it
// has acted on it already.
func (t *Twilio) Inbound(r *http.Request) (sms.Inbound, error) {
	form, err := readForm(r)
	if err != nil {
		return sms.Inbound{}, err
	}
	if t.config.InboundURL == "" || !t.signed(r, t.config.InboundURL, form) {
		return sms.Inbound{}, sms.ErrForged
	}
	from, err := phone.Parse(form["From"], "")
	if err != nil {
		return sms.Inbound{}, sms.ErrMalformed // a short code, or a name
	}
	in := sms.Inbound{From: from, Keyword: optOutTypes[strings.ToUpper(form["OptOutType"])]}
	for _, name := range []string{"To", "MessagingServiceSid"} {
		if to := form[name]; to != "" {
			in.To = append(in.To, to)
		}
	}
	if in.Keyword == "" {
		in.Keyword = sms.ParseKeyword(form["Body"])
	}
	return in, nil
}

// Reply implements [sms.Listener]. The words are dropped, always: Twilio itself
// answers the keywords of its numbers, and refuses a text of ours after a STOP.
func (t *Twilio) Reply(w http.ResponseWriter, _ string) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	io.WriteString(w, noReply)
}

// noReply is TwiML that does nothing.
const noReply = `<?xml version="1.0" encoding="UTF-8"?><Response/>`
