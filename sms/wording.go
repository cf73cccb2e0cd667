package sms

import "strings"

// wording is what texts say in one language, in GSM-7.
type wording struct {
	link       string // {org}; the link follows
	enrolled   string // {org} and {phone}
	unanswered string // the same for an org whose phone number does not fit
}

// fallback is for languages that have no row.
const fallback = "en"

// wordings has a row a language, by its ISO 639 code. Adding a language is
// adding a row: a test holds every row to one segment. Health-care texts in
// the US name the provider and say how to end them (47 CFR 64.1200(a)(9)).
var wordings = map[string]wording{
	"en": {
		link:       "{org}: you have a secure message. Text STOP to opt out. Read: ",
		enrolled:   "{org}: a password was set to read your secure messages. Was it not you? Call {phone}",
		unanswered: "{org}: a password was set to read your secure messages. Was it not you? Call us.",
	},
	"es": {
		link:       "{org}: tiene un mensaje seguro. STOP para cancelar. Leer: ",
		enrolled:   "{org}: se ha creado una contraseña para leer sus mensajes. ¿No ha sido usted? Llame al {phone}",
		unanswered: "{org}: se ha creado una contraseña para leer sus mensajes. ¿No ha sido usted? Avise por teléfono.",
	},
}

// wordingFor finds the row of a BCP 47 tag such as "es-MX".
func wordingFor(lang string) wording {
	primary, _, _ := strings.Cut(strings.ToLower(lang), "-")
	if w, ok := wordings[primary]; ok {
		return w
	}
	return wordings[fallback]
}
