package sms

// Kind is what a text is for.
type Kind string

// The kinds of texts. The first two carry a link.
const (
	NewMessage Kind = "link"     // there is a message
	Reminder   Kind = "reminder" // it is still unread
	Enrolled   Kind = "enrolled" // a password was set (S09)
	OneCode    Kind = "code"     // a code that proves who holds the phone (S09)
	Helped     Kind = "help"     // the answer to HELP
	Stopped    Kind = "stopped"  // the answer to STOP
	Started    Kind = "started"  // the answer to START
)

// fallback is for languages that have no row, and for what does not fit.
const fallback = "en"

// wordings has a row a language, by its ISO 639 code, and in it the sentences of
// each kind: the first that fits is said. Adding a language is adding a row: a
// test holds every row to one segment. Health-care texts in the US name the
// provider and say how to end them (47 CFR 64.1200(a)(9)). GSM-7 lacks á í ó ú
// ç ê and the like: use words without them.
var wordings = map[string]map[Kind][]sentence{
	"en": {
		NewMessage: {"{org} ({word}): you have a secure message. STOP to end. {link}"},
		Reminder:   {"{org} ({word}): your message is waiting. STOP to end. {link}"},
		Enrolled: {
			"{org} ({word}): a password was set to read your secure messages. Not you? Call {phone}. Text STOP to end.",
			"{org} ({word}): a password was set to read your secure messages. Not you? Call us. Text STOP to end.",
		},
		OneCode: {"{org} ({word}): your code is {code}. It is good for 10 minutes. Nobody will call you to ask for it. Text STOP to end."},
		Helped: {
			"{org} ({word}): we text you links to secure messages. Questions? Call {phone}. Text STOP to end.",
			"{org} ({word}): we text you links to secure messages. Questions? Call us. Text STOP to end.",
		},
		Stopped: {"{org} ({word}): we will not text you again. Text START to get our texts again."},
		Started: {"{org} ({word}): you will get our texts again. Text STOP to end."},
	},
	"es": {
		NewMessage: {"{org} ({word}): tiene un mensaje seguro. STOP cancela. {link}"},
		Reminder:   {"{org} ({word}): su mensaje le espera. STOP cancela. {link}"},
		Enrolled: {
			"{org} ({word}): hay una contraseña nueva para sus mensajes. ¿No fue usted? Llame al {phone}. STOP para cancelar.",
			"{org} ({word}): hay una contraseña nueva para sus mensajes. ¿No fue usted? Avise por teléfono. STOP para cancelar.",
		},
		OneCode: {"{org} ({word}): su clave de un uso es {code}. Vale 10 minutos. Nadie se la va a pedir por teléfono. STOP para cancelar."},
		Helped: {
			"{org} ({word}): enviamos enlaces a mensajes seguros. ¿Preguntas? Llame al {phone}. STOP para cancelar.",
			"{org} ({word}): enviamos enlaces a mensajes seguros. ¿Preguntas? Llame por teléfono. STOP para cancelar.",
		},
		Stopped: {"{org} ({word}): ya no le enviaremos mensajes de texto. START para volver a recibirlos."},
		Started: {"{org} ({word}): le enviaremos mensajes de texto de nuevo. STOP para cancelar."},
	},
	"fr": {
		NewMessage: {"{org} ({word}) : message privé. Se désabonner : STOP. {link}"},
		Reminder:   {"{org} ({word}) : message non lu. Se désabonner : STOP. {link}"},
		Enrolled: {
			"{org} ({word}) : vos messages ont un nouveau mot de passe. Pas vous ? Appelez le {phone}. Se désabonner : STOP.",
			"{org} ({word}) : vos messages ont un nouveau mot de passe. Pas vous ? Appelez-nous. Se désabonner : STOP.",
		},
		OneCode: {"{org} ({word}) : votre code est {code}, valable 10 minutes. Personne ne le demande par téléphone. Se désabonner : STOP."},
		Helped: {
			"{org} ({word}) : nos SMS donnent accès à vos messages. Questions ? Appelez le {phone}. Se désabonner : STOP.",
			"{org} ({word}) : nos SMS donnent accès à vos messages. Questions ? Appelez-nous. Se désabonner : STOP.",
		},
		Stopped: {"{org} ({word}) : vous ne recevrez plus nos SMS. Pour les recevoir de nouveau : START."},
		Started: {"{org} ({word}) : vous recevrez de nouveau nos SMS. Se désabonner : STOP."},
	},
	"tl": {
		NewMessage: {"{org} ({word}): may mensahe po kayo. STOP para itigil. {link}"},
		Reminder:   {"{org} ({word}): pakibasa ang mensahe. STOP para itigil. {link}"},
		Enrolled: {
			"{org} ({word}): may bagong password ang mensahe ninyo. Kung hindi po kayo, tumawag sa {phone}. STOP para itigil.",
			"{org} ({word}): may bagong password ang mensahe ninyo. Kung hindi po kayo, tumawag sa amin. STOP para itigil.",
		},
		OneCode: {"{org} ({word}): {code} ang code ninyo. Magagamit ito nang 10 minuto. Walang tatawag para hingin ito. STOP para itigil."},
		Helped: {
			"{org} ({word}): nagpapadala kami ng link sa mensahe ninyo. May tanong? Tumawag sa {phone}. STOP para itigil.",
			"{org} ({word}): nagpapadala kami ng link sa mensahe ninyo. May tanong? Tumawag po sa amin. STOP para itigil.",
		},
		Stopped: {"{org} ({word}): hindi na po kami magpapadala ng text sa inyo. START para muling makatanggap."},
		Started: {"{org} ({word}): muli po kaming magpapadala ng text sa inyo. STOP para itigil."},
	},
	// Without the marks, as is usual in texts: with them it would be UCS-2.
	"vi": {
		NewMessage: {"{org} ({word}): quy vi co tin bao mat. STOP de ngung. {link}"},
		Reminder:   {"{org} ({word}): quy vi co tin chua doc. STOP de ngung. {link}"},
		Enrolled: {
			"{org} ({word}): da dat mat khau doc tin nhan cua quy vi. Khong phai quy vi? Goi {phone}. Soan STOP de ngung.",
			"{org} ({word}): da dat mat khau doc tin nhan cua quy vi. Khong phai quy vi? Goi cho chung toi. Soan STOP de ngung.",
		},
		OneCode: {"{org} ({word}): ma cua quy vi la {code}, dung trong 10 phut. Khong ai goi dien de hoi ma nay. Soan STOP de ngung."},
		Helped: {
			"{org} ({word}): chung toi gui lien ket den tin nhan bao mat. Can hoi? Goi {phone}. Soan STOP de ngung.",
			"{org} ({word}): chung toi gui lien ket den tin nhan bao mat. Can hoi? Goi cho chung toi. Soan STOP de ngung.",
		},
		Stopped: {"{org} ({word}): chung toi se khong gui tin cho quy vi nua. Soan START de nhan lai."},
		Started: {"{org} ({word}): chung toi se gui tin cho quy vi tro lai. Soan STOP de ngung."},
	},
	// Simplified. A link leaves little of 70, and English is said where it is
	// too little.
	"zh": {
		NewMessage: {"{org}({word})：新信息，回STOP退订 {link}"},
		Reminder:   {"{org}({word})：未读信息，回STOP退订 {link}"},
		Enrolled: {
			"{org}({word})：您的密码已设置。非本人操作请致电{phone}。回STOP退订",
			"{org}({word})：您的密码已设置。非本人操作请来电。回STOP退订",
		},
		OneCode: {
			"{org}({word})：验证码{code}，10分钟有效，无人会来电索要。回STOP退订",
			"{org}({word})：验证码{code}，10分钟有效，无人会来电索要",
		},
		Helped: {
			"{org}({word})：我们发送安全信息的链接。咨询请致电{phone}。回STOP退订",
			"{org}({word})：我们发送安全信息的链接。咨询请来电。回STOP退订",
		},
		Stopped: {"{org}({word})：我们不再给您发短信。回START恢复"},
		Started: {"{org}({word})：我们将恢复给您发短信。回STOP退订"},
	},
}
