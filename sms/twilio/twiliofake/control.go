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
	if to == "" {
		answer(w, http.StatusOK, f.Texts())
		return
	}
	answer(w, http.StatusOK, f.TextsTo(to))
}

// takeRule serves POST /fake/rules: a [Rule] as JSON; an empty body drops all.
func (f *Fake) takeRule(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength == 0 {
		f.Mend()
		w.WriteHeader(http.StatusNoContent)
		return
	}
	var rule Rule
	if readJSON(w, r, &rule) {
		f.Fail(rule)
		w.WriteHeader(http.StatusNoContent)
	}
}

// takeInbound serves POST /fake/inbound: see [Fake.Text]. What goes wrong with
// the URL is 502.
func (f *Fake) takeInbound(w http.ResponseWriter, r *http.Request) {
	var in struct{ From, To, Body, URL string }
	if !readJSON(w, r, &in) {
		return
	}
	if err := f.Text(in.From, in.To, in.Body, in.URL); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// takeLine serves POST /fake/lines: see [Fake.SetLine].
func (f *Fake) takeLine(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Number, Type string
		Valid        bool
	}
	if readJSON(w, r, &in) {
		f.SetLine(in.Number, in.Type, in.Valid)
		w.WriteHeader(http.StatusNoContent)
	}
}

// readJSON reads a request whole, or answers what is wrong with it.
func readJSON(w http.ResponseWriter, r *http.Request, v any) bool {
	in := json.NewDecoder(r.Body)
	in.DisallowUnknownFields()
	if err := in.Decode(v); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}
