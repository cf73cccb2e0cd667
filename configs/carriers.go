package configs

import "time"

// Carriers are the roads that texts go, and those who carry them.
type Carriers struct {
	// Texts are the roads that texts go, comma separated, in the order in which
	// they are tried: twilio, kannel or webhook, with :NUMBER behind it where
	// another than the provider's own FROM is meant, and @RATE where it may carry
	// only so many texts a second, as in twilio:+15551230000@1,kannel. console
	// (the default) prints texts and keeps them for the outbox page of OpsAddr.
	// An org may have roads of its own: securetext org set --texts.
	Texts string `key:"TEXTS" def:"console" check:"roads"`

	// TwilioAccountSID is the account: AC and 32 hexadecimal digits.
	TwilioAccountSID string `key:"TWILIO_ACCOUNT_SID" check:"accountsid"`

	// TwilioAuthToken is the account's token; it also signs callbacks.
	TwilioAuthToken Secret `key:"TWILIO_AUTH_TOKEN"`

	// TwilioFrom is the number that texts come from, as +15551230000. Give
	// either this or TwilioMessagingServiceSID.
	TwilioFrom string `key:"TWILIO_FROM" check:"textsfrom"`

	// TwilioMessagingServiceSID is the Messaging Service that picks the
	// number: MG and 32 hexadecimal digits.
	TwilioMessagingServiceSID string `key:"TWILIO_MESSAGING_SERVICE_SID" check:"servicesid"`

	// TwilioBaseURL is where the API is called. Default: Twilio's own.
	TwilioBaseURL string `key:"TWILIO_BASE_URL" def:"https://api.twilio.com"`

	// TwilioContentRetention is whether Twilio keeps the body of a text once
	// it is sent: discard (the default) or retain. Discard needs the account's
	// Message Redaction, which a BAA account has.
	TwilioContentRetention string `key:"TWILIO_CONTENT_RETENTION" def:"discard" oneof:"discard,retain"`

	// TwilioAddressRetention is whether Twilio keeps the patient's number:
	// retain (the default) or obfuscate. With obfuscate a text whose sending
	// timed out cannot be looked up, and may go out twice.
	TwilioAddressRetention string `key:"TWILIO_ADDRESS_RETENTION" def:"retain" oneof:"retain,obfuscate"`

	// TwilioValidity is how long Twilio may hold a text it cannot hand over
	// yet. 1m to 4h, default 4h.
	TwilioValidity time.Duration `key:"TWILIO_VALIDITY" def:"4h" min:"1m" max:"4h"`

	// TwilioLookup is whether Twilio is asked, for money, what sort of line a
	// number is before the first text goes there: off (the default) or on.
	TwilioLookup string `key:"TWILIO_LOOKUP" def:"off" oneof:"off,on"`

	// KannelURL is where Kannel's smsbox takes texts, as
	// http://127.0.0.1:13013/cgi-bin/sendsms
	KannelURL string `key:"KANNEL_URL" check:"sendurl"`

	// KannelUser is the sendsms-user.
	KannelUser string `key:"KANNEL_USER"`

	// KannelPassword is KannelUser's.
	KannelPassword Secret `key:"KANNEL_PASSWORD"`

	// KannelFrom is the number, short code or name that texts come from.
	KannelFrom string `key:"KANNEL_FROM" check:"sendername"`

	// KannelSecret proves that a delivery report or an inbound text is
	// Kannel's, which signs nothing. A key made from it stands in kannel.conf, as
	// securetext kannel prints. 16 characters or more, by openssl rand -hex 16
	KannelSecret Secret `key:"KANNEL_SECRET" check:"secret16"`

	// WebhookURL is where a gateway of your own takes texts, over https.
	WebhookURL string `key:"WEBHOOK_URL" check:"sendurl"`

	// WebhookSecret signs what passes between it and us: 32 characters or more,
	// by openssl rand -hex 32
	WebhookSecret Secret `key:"WEBHOOK_SECRET" check:"secret32"`

	// WebhookFrom is the number or name that texts come from there.
	WebhookFrom string `key:"WEBHOOK_FROM" check:"sendername"`
}
