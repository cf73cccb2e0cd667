package notice

import "securetext/store"

// answer is what of an answer by a button stands in a mail: its name, and the
// words of the button.
type answer struct{ label, question, call string }

// answers has the words of each language.
var answers = map[string]answer{
	"en":      {"Answer", "I have a question", "Please call me"},
	"es":      {"Respuesta", "Tengo una pregunta", "Llámenme, por favor"},
	"fr":      {"Réponse\u00a0", "J’ai une question", "Appelez-moi, s’il vous plaît"},
	"vi":      {"Câu trả lời", "Tôi có câu hỏi", "Xin gọi cho tôi"},
	"tl":      {"Sagot", "May tanong po ako", "Pakitawagan po ako"},
	"zh-Hans": {"答复", "我有问题", "请给我打电话"},
}

// answered is the line of a mail that says what was answered; empty: none was.
func (l letter) answered() string {
	a := answers[l.words.lang]
	if l.Kind != store.Acknowledged {
		return ""
	}
	switch store.Answer(l.Detail) {
	case store.AnswerQuestion:
		return a.label + ": " + a.question + "\r\n\r\n"
	case store.AnswerCall:
		return a.label + ": " + a.call + "\r\n\r\n"
	}
	return ""
}
