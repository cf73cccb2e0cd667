package notice

import "securetext/sms/reason"

// explain puts the code of a failed message in the words of a language. The
// English ones are those that programs get as well.
func (w wording) explain(code string) explanation {
	r := reason.Of(code)
	if e, ok := w.reasons[r]; ok {
		return e
	}
	e := r.Explain()
	return explanation{e.Why, e.Next}
}
