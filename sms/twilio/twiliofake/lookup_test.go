package twiliofake_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestFetchesATextBySID(t *testing.T) {
	r := newRig(t)
	_, taken := r.do(t, "POST", messages, r.form())
	r.Wait()
	at := strings.TrimSuffix(messages, ".json") + "/"
	status, text := r.do(t, "GET", at+taken["sid"].(string)+".json", nil)
	if status != http.StatusOK || text["status"] != "delivered" || text["sid"] != taken["sid"] || text["body"] != "hello" {
		t.Errorf("status %d: %v", status, text)
	}
	if status, answer := r.do(t, "GET", at+"SM0.json", nil); status != 404 || answer["code"] != 20404.0 {
		t.Errorf("a text that was never taken: status %d, %v", status, answer)
	}
	if status, _ := r.do(t, "GET", strings.Replace(at, "AC0", "AC1", 1)+taken["sid"].(string)+".json", nil); status != 404 {
		t.Errorf("of another account: status %d", status)
	}
	resp, err := http.Get(r.url + at + taken["sid"].(string) + ".json")
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without token: %v, %v", resp, err)
	}
}

func TestLookups(t *testing.T) {
	r := newRig(t)
	look := func(number, query string) string {
		t.Helper()
		status, answer := r.do(t, "GET", "/v2/PhoneNumbers/"+number+query, nil)
		if status != http.StatusOK {
			t.Fatalf("status %d: %v", status, answer)
		}
		said, _ := json.Marshal([]any{answer["valid"], answer["line_type_intelligence"]})
		return string(said)
	}
	const fields = "?Fields=caller_name,line_type_intelligence"
	for _, c := range []struct {
		number, kind string
		valid        bool
		query, want  string
	}{
		{"+15551230003", "landline", true, fields, `[true,{"error_code":null,"type":"landline"}]`},
		{"+15551230003", "landline", true, "", `[true,null]`},
		{"+15551230004", "", true, fields, `[true,{"error_code":60600,"type":null}]`},
		{"+15551230005", "mobile", false, fields, `[false,null]`},
	} {
		r.SetLine(c.number, c.kind, c.valid)
		if got := look(c.number, c.query); got != c.want {
			t.Errorf("%s%s: got %s, want %s", c.kind, c.query, got, c.want)
		}
	}
	if got := look(to, fields); got != `[true,{"error_code":null,"type":"mobile"}]` {
		t.Errorf("a number that nothing was said of: got %s", got)
	}
	if asked := r.Lookups(); len(asked) != 5 || asked[4] != to {
		t.Errorf("looked up %v", asked)
	}
	if status, _ := r.do(t, "GET", "/v2/PhoneNumbers/hello", nil); status != http.StatusNotFound {
		t.Errorf("no number: status %d", status)
	}
	resp, err := http.Get(r.url + "/v2/PhoneNumbers/" + to)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without token: %v, %v", resp, err)
	}
}

// Programs that cannot call the fake's methods post to it.
func TestControlOfPatientsAndLines(t *testing.T) {
	r := newRig(t)
	post := func(path, body string) int {
		t.Helper()
		resp, err := http.Post(r.url+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	url, got := newInbox(t, 200, "text/xml", "<Response/>")
	if status := post("/fake/inbound", `{"from": "`+to+`", "to": "`+from+`", "body": "stop", "url": "`+url+`"}`); status != http.StatusNoContent {
		t.Errorf("inbound: status %d", status)
	}
	if len(*got) != 1 || (*got)[0].form.Get("Body") != "stop" || !(*got)[0].signed {
		t.Errorf("posted %v", *got)
	}
	if _, answer := r.do(t, "POST", messages, r.form()); answer["code"] != 21610.0 {
		t.Errorf("after stop: %v", answer)
	}
	if status := post("/fake/lines", `{"number": "`+to+`", "type": "landline", "valid": true}`); status != http.StatusNoContent {
		t.Errorf("line: status %d", status)
	}
	_, answer := r.do(t, "GET", "/v2/PhoneNumbers/"+to+"?Fields=line_type_intelligence", nil)
	if said, _ := answer["line_type_intelligence"].(map[string]any); said["type"] != "landline" {
		t.Errorf("looked up %v", answer)
	}
	for path, body := range map[string]string{"/fake/inbound": `{"form": "x"}`, "/fake/lines": `{"nmber": "x"}`} {
		if status := post(path, body); status != http.StatusBadRequest {
			t.Errorf("%s misspelt: status %d", path, status)
		}
	}
	if status := post("/fake/inbound", `{"from": "`+to+`", "to": "`+from+`", "body": "x", "url": "http://127.0.0.1:1/"}`); status != http.StatusBadGateway {
		t.Errorf("inbound to nobody: status %d", status)
	}
}
