package sms

import "strings"

// Keyword is a word that patients text to us, with a fixed meaning. The empty
// Keyword is anything else.
type Keyword string

// The keywords.
const (
	Stop  Keyword = "stop"  // no more texts
	Start Keyword = "start" // texts again
	Help  Keyword = "help"  // who is this
)

// keywords are those that carriers and the law know (CTIA; 47 CFR 64.1200(a)(10)),
// and what patients write in the languages that there is wording for.
var keywords = map[string]Keyword{
	"STOP": Stop, "STOPALL": Stop, "UNSUBSCRIBE": Stop, "END": Stop, "QUIT": Stop, "CANCEL": Stop, "REVOKE": Stop, "OPTOUT": Stop,
	"ALTO": Stop, "PARAR": Stop, "CANCELAR": Stop, "ARRET": Stop, "ARRÊT": Stop, "DUNG": Stop, "DỪNG": Stop, "TIGIL": Stop, "停止": Stop, "退订": Stop,
	"START": Start, "YES": Start, "UNSTOP": Start,
	"HELP": Help, "INFO": Help, "AYUDA": Help, "AIDE": Help, "TROGIUP": Help, "TULONG": Help, "帮助": Help,
}

// ParseKeyword reads a text from a patient: the whole of it must be a keyword,
// in any case, with spaces, full stops and the like around or within it.
func ParseKeyword(body string) Keyword {
	const most = 64 // bytes; more is a sentence
	if len(body) > most {
		return ""
	}
	word := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n.,!?-'\"\u00a0\u200b\ufeff。！", r) {
			return -1
		}
		return r
	}, body)
	return keywords[strings.ToUpper(word)]
}
