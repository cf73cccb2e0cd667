package twiliofake

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// pair is a patient's number, and ours or a Messaging Service.
type pair struct{ patient, ours string }

// optOuts are the words by which patients opt out and in, in Twilio's own list,
// and what Twilio calls them.
var optOuts = map[string]string{
	"STOP": "STOP", "STOPALL": "STOP", "UNSUBSCRIBE": "STOP", "END": "STOP", "QUIT": "STOP", "CANCEL": "STOP",
	"REVOKE": "STOP", "OPTOUT": "STOP",
	"START": "START", "YES": "START", "UNSTOP": "START",
	"HELP": "HELP", "INFO": "HELP",
}

// serviceNumber is what patients see of every Messaging Service.
const serviceNumber = "+15005550009"

// Text is a text from a patient to a number of ours, or to a Messaging Service
// with Advanced Opt-Out. After a STOP texts from there to the patient are
// refused, until a START. It is posted to a URL with its signature; an empty URL
// is a number without one. The error says what is wrong with the answer: it must
// be a success, and empty or TwiML.
func (f *Fake) Text(from, to, body, inboundURL string) error {
	kind := optOuts[strings.ToUpper(strings.TrimSpace(body))]
	f.opt(pair{from, to}, kind)
	if inboundURL == "" {
		return nil
	}
	sid := newSID()
	form := url.Values{
		"MessageSid": {sid}, "SmsMessageSid": {sid}, "SmsSid": {sid}, "SmsStatus": {"received"},
		"From": {from}, "To": {to}, "Body": {body}, "NumSegments": {"1"}, "NumMedia": {"0"},
		"AccountSid": {f.account.SID}, "ApiVersion": {"2010-04-01"},
	}
	if strings.HasPrefix(to, "MG") {
		form.Set("To", serviceNumber)
		form.Set("MessagingServiceSid", to)
		if kind != "" {
			form.Set("OptOutType", kind)
		}
	}
	resp, err := f.post(inboundURL, form, f.account.AuthToken)
	if err != nil {
		return fmt.Errorf("post the text: %w", err)
	}
	defer resp.Body.Close()
	return checkReply(resp)
}

// opt opts a patient out or in.
func (f *Fake) opt(p pair, kind string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch kind {
	case "STOP":
		f.stopped[p] = true
	case "START":
		delete(f.stopped, p)
	}
}

func (f *Fake) hasStopped(p pair) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stopped[p]
}

// checkReply reads the answer to a text as Twilio does.
func checkReply(resp *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("the answer is status %d", resp.StatusCode)
	}
	if len(body) == 0 {
		return nil
	}
	if kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";"); kind != "text/xml" && kind != "application/xml" {
		return errors.New("the answer is not said to be XML")
	}
	var twiml struct {
		XMLName xml.Name `xml:"Response"`
	}
	if err := xml.Unmarshal(body, &twiml); err != nil {
		return fmt.Errorf("the answer is no TwiML: %w", err)
	}
	return nil
}
