package twiliofake

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxPage is the most texts that a page of the list may have.
const maxPage = 1000

// list answers with a page of the texts, newest first.
func (f *Fake) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	size := number(query.Get("PageSize"), 50)
	page := number(query.Get("Page"), 0)
	if size < 1 || size > maxPage || page < 0 {
		refuse(w, http.StatusBadRequest, 20001, "Invalid page")
		return
	}
	found := f.matching(query)
	from := min(page*size, len(found))
	to := min(from+size, len(found))
	body := map[string]any{
		"messages": f.resources(found[from:to]), "page": page, "page_size": size, "uri": r.URL.RequestURI(),
		"next_page_uri": nil,
	}
	if to < len(found) {
		query.Set("Page", strconv.Itoa(page+1))
		query.Set("PageToken", "PA"+strconv.Itoa(page+1))
		body["next_page_uri"] = r.URL.Path + "?" + query.Encode()
	}
	answer(w, http.StatusOK, body)
}

func number(s string, otherwise int) int {
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

// matching returns the texts that the list is asked for. A text that waits to
// be sent has no date to compare, and is never found by one.
func (f *Fake) matching(query url.Values) []*Text {
	f.mu.Lock()
	defer f.mu.Unlock()
	to, after := query.Get("To"), query.Get("DateSent>")
	all := f.texts
	if to != "" {
		all = f.byTo[to]
	}
	var found []*Text
	for _, t := range slices.Backward(all) {
		hidden := to != "" && t.AddressRetention == "obfuscate"
		early := after != "" && (waits(t) || t.Created.Before(date(after)))
		if !hidden && !early {
			found = append(found, t)
		}
	}
	return found
}

func (f *Fake) resources(texts []*Text) []any {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]any, len(texts))
	for i, t := range texts {
		list[i] = resource(t)
	}
	return list
}

// fetch answers with one text.
func (f *Fake) fetch(w http.ResponseWriter, r *http.Request) {
	sid, _ := strings.CutSuffix(r.PathValue("text"), ".json")
	f.mu.Lock()
	t := f.bySID[sid]
	f.mu.Unlock()
	if t == nil {
		notFound(w)
		return
	}
	answer(w, http.StatusOK, f.resource(t))
}

func date(s string) time.Time {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, s); err == nil {
			return at
		}
	}
	return time.Time{}
}

func waits(t *Text) bool { return t.Status == "queued" || t.Status == "accepted" }

func (f *Fake) resource(t *Text) map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return resource(t)
}

// resource is a text as the API shows it.
func resource(t *Text) map[string]any {
	r := map[string]any{
		"sid": t.SID, "to": t.To, "from": t.From, "body": t.Body, "status": t.Status,
		"date_created": t.Created.UTC().Format(time.RFC1123Z), "date_sent": nil,
		"error_code": nil, "num_segments": "1", "direction": "outbound-api", "api_version": "2010-04-01",
	}
	if !waits(t) {
		r["date_sent"] = r["date_created"]
	}
	if t.ContentRetention == "discard" && final(t.Status) {
		r["body"] = ""
	}
	if t.ErrorCode != 0 {
		r["error_code"] = t.ErrorCode
	}
	return r
}

func final(status string) bool {
	return status == "delivered" || status == "undelivered" || status == "failed"
}
