package notice

import (
	"strings"

	"securetext/sms/reason"
	"securetext/store"
)

// wording is what mails say in one language.
type wording struct {
	lang    string
	steps   map[store.Kind]step
	reasons map[reason.Reason]explanation // English has none here: see explain
	labels  labels
	closing string // {org}
}

// step is what is said of one step of a message.
type step struct {
	subject string // {end}: the last digits of the number
	lead    string
	when    string // before the time of the step; empty: it is not shown
}

// explanation is why a message could not be delivered, and what to do next.
type explanation struct{ why, next string }

type labels struct{ why, next, phone, accepted, message, reference, console string }

// fallback is for languages that have no row.
const fallback = "en"

// wordings has a row a language, by its ISO 639 code. Adding a language is
// adding a row: a test holds every row to all steps and reasons.
var wordings = map[string]wording{
	"en": {
		lang: "en",
		steps: map[store.Kind]step{
			store.Accepted: {
				subject: "Message to the phone ending {end}: accepted",
				lead:    "Your message was accepted and stored. The phone gets a text with a link to it.",
			},
			store.Delivered: {
				subject: "Message to the phone ending {end}: text delivered",
				lead:    "The text with the link to your message has reached the phone.",
				when:    "Delivered",
			},
			store.Failed: {
				subject: "Message to the phone ending {end}: could not be delivered",
				lead:    "Your message could not be delivered. No text with a link to it will reach the phone.",
				when:    "Given up",
			},
			store.Read: {
				subject: "Message to the phone ending {end}: read",
				lead:    "Your message was opened and read.",
				when:    "Read",
			},
		},
		labels: labels{
			why: "Why", next: "What to do", phone: "Phone", accepted: "Accepted",
			message: "Message", reference: "Your reference", console: "Look it up",
		},
		closing: "This mail was sent automatically for {org}. Nobody reads answers to it.",
	},
	"es": {
		lang: "es",
		steps: map[store.Kind]step{
			store.Accepted: {
				subject: "Mensaje al teléfono que termina en {end}: aceptado",
				lead:    "Su mensaje ha sido aceptado y guardado. El teléfono recibirá un SMS con un enlace.",
			},
			store.Delivered: {
				subject: "Mensaje al teléfono que termina en {end}: SMS entregado",
				lead:    "El SMS con el enlace a su mensaje ha llegado al teléfono.",
				when:    "Entregado",
			},
			store.Failed: {
				subject: "Mensaje al teléfono que termina en {end}: no se pudo entregar",
				lead:    "Su mensaje no se pudo entregar. Al teléfono no llegará ningún SMS con el enlace.",
				when:    "Abandonado",
			},
			store.Read: {
				subject: "Mensaje al teléfono que termina en {end}: leído",
				lead:    "Su mensaje ha sido abierto y leído.",
				when:    "Leído",
			},
		},
		reasons: map[reason.Reason]explanation{
			reason.OptedOut:    {"El dueño de este teléfono pidió no recibir más SMS.", "Póngase en contacto por otro medio. Si cambia de opinión, envía START desde ese teléfono y su administrador vuelve a permitirlos."},
			reason.Blocked:     {"Su organización ha bloqueado los SMS a este número.", "Si es un error, consulte a su administrador."},
			reason.Landline:    {"Este número no recibe SMS: es un teléfono fijo, o no se llega a su compañía.", "Pida un número de móvil y envíe el mensaje de nuevo."},
			reason.Dead:        {"La compañía telefónica no conoce a nadie con este número.", "Compruebe el número y envíe el mensaje de nuevo."},
			reason.NotNumber:   {"Según la compañía telefónica, esto no es un número de teléfono.", "Compruebe el número y envíe el mensaje de nuevo."},
			reason.Unreachable: {"El teléfono estaba apagado o sin cobertura.", "Envíe el mensaje de nuevo más tarde, o póngase en contacto por otro medio."},
			reason.Expired:     {"La vida del mensaje terminó antes de que se pudiera entregar un SMS.", "Envíe el mensaje de nuevo, o póngase en contacto por otro medio."},
			reason.Wiped:       {"El mensaje fue retirado antes de que se pudiera entregar un SMS.", "Nada, si así se quiso. Si no, envíelo de nuevo."},
			reason.Barred:      {"Las compañías telefónicas rechazan por ahora los SMS de este servicio.", "Avise a su administrador y, mientras tanto, póngase en contacto por otro medio."},
			reason.Unknown:     {"La compañía telefónica no lo entregó.", "Compruebe el número y envíe el mensaje de nuevo, o póngase en contacto por otro medio."},
		},
		labels: labels{
			why: "Motivo", next: "Qué hacer", phone: "Teléfono", accepted: "Aceptado",
			message: "Mensaje", reference: "Su referencia", console: "Consultar",
		},
		closing: "Este correo se envió automáticamente en nombre de {org}. Nadie lee las respuestas.",
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
