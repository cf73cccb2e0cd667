package twiliofake

import (
	"encoding/json"
	"net/http"
	"strings"
)

// showTexts serves GET /fake/texts: what was taken, oldest first, as JSON.
// ?to=+15551230001 shows those to one number.
func (f *Fake) showTexts(w http.ResponseWriter, r *http.Request) {
	to := strings.Replace(r.URL.Query().Get("to"), " ", "+", 1)
	texts := []Text{}
	for _, t := range f.Texts() {
		if to == "" || t.To == to {
			texts = append(texts, t)
		}
	}
	answer(w, http.StatusOK, texts)
}

// takeRule serves POST /fake/rules: a [Rule] as JSON; an empty body drops all.
func (f *Fake) takeRule(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength == 0 {
		f.Mend()
		w.WriteHeader(http.StatusNoContent)
		return
	}
	in := json.NewDecoder(r.Body)
	in.DisallowUnknownFields()
	var rule Rule
	if err := in.Decode(&rule); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	f.Fail(rule)
	w.WriteHeader(http.StatusNoContent)
}
