package twiliofake

import (
	"net/http"
	"net/url"
	"strconv"
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
		"messages": found[from:to], "page": page, "page_size": size, "uri": r.URL.RequestURI(),
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
func (f *Fake) matching(query url.Values) []any {
	f.mu.Lock()
	defer f.mu.Unlock()
	found := []any{}
	for i := len(f.texts) - 1; i >= 0; i-- {
		t := f.texts[i]
		hidden := t.AddressRetention == "obfuscate"
		if to := query.Get("To"); to != "" && (hidden || to != t.To) {
			continue
		}
		if after := query.Get("DateSent>"); after != "" && (waits(t) || t.Created.Before(date(after))) {
			continue
		}
		found = append(found, resource(t))
	}
	return found
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
