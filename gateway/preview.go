package gateway

import (
	"github.com/emersion/go-smtp"

	"securetext/gateway/mail"
	"securetext/store"
)

// Preview reads a mail as DATA does, and returns what the patient would get of
// it, or the reply by which it would be refused whoever sent it. The types of
// the attachments are those that the patient's browser is told.
func Preview(raw []byte) (*mail.Content, *smtp.SMTPError) {
	content, err := mail.Parse(raw, mail.DefaultLimits)
	if err == nil && (content.FromAmbiguous || content.SenderAmbiguous) {
		err = errAmbiguous
	}
	if err == nil {
		_, _, err = targets(nil, content, store.Org{}) // which reads the header's options
	}
	if err != nil {
		reply, _, _ := replyTo(err)
		return nil, reply
	}
	for i, a := range content.Attachments {
		content.Attachments[i].Type = typeOf(a.Data)
	}
	return content, nil
}
