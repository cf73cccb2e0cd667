package twilio

import (
	"context"
	"errors"
	"net/http"
	"regexp"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"securetext/sms"
)

// messageSID is what Twilio's ids of texts look like.
var messageSID = regexp.MustCompile(`^(SM|MM)[0-9a-fA-F]{32}$`)

// Report implements [sms.Reporter]. Twilio does not keep our id of the text.
func (t *Twilio) Report(ctx context.Context, providerID string) (sms.Status, error) {
	if !messageSID.MatchString(providerID) {
		return sms.Status{ProviderID: providerID}, nil // another provider's
	}
	c, cancel := t.ask(ctx, t.base)
	defer cancel()
	p := &openapi.FetchMessageParams{}
	p.SetPathAccountSid(t.config.AccountSID)
	message, err := c.api().FetchMessage(providerID, p)
	if unknown(err) {
		return sms.Status{ProviderID: providerID}, nil
	}
	if err != nil {
		return sms.Status{}, c.failure(err)
	}
	code := 0
	if message.ErrorCode != nil {
		code = *message.ErrorCode
	}
	status := read(text(message.Status), code)
	status.ProviderID = providerID
	return status, nil
}

// unknown reports whether Twilio said that there is no such thing: of an
// account that it does not know it says something else.
func unknown(err error) bool {
	api, ok := errors.AsType[*apiError](err)
	return ok && api.status == http.StatusNotFound && api.code == noSuchThing
}
