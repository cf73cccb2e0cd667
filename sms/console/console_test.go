package console_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"securetext/sms"
	"securetext/sms/console"
	"securetext/sms/phone"
	"securetext/store/token"
)

var (
	_ sms.Sender = (*console.Console)(nil)
	_ sms.Finder = (*console.Console)(nil)
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func TestSendPrintsTheTextWithoutTheNumber(t *testing.T) {
	var out bytes.Buffer
	text := newText(t, "txt_1", "+15551230001")
	receipt, err := newConsole(&out).Send(t.Context(), text)
	if err != nil || receipt != (sms.Receipt{ProviderID: "console_txt_1", Delivered: true}) {
		t.Fatalf("Send: %+v, %v", receipt, err)
	}
	if !strings.Contains(out.String(), text.Body()+"\n") || strings.Contains(out.String(), "5551230001") {
		t.Errorf("printed %q", out.String())
	}
}

func TestSendFailsWhenItCannotPrint(t *testing.T) {
	c := newConsole(brokenPipe{})
	_, err := c.Send(t.Context(), newText(t, "txt_1", "+15551230001"))
	if sms.Code(err) != "console_write" || len(c.Texts()) != 0 {
		t.Errorf("got error %v and %d texts", err, len(c.Texts()))
	}
}

func TestWithoutOutputItOnlyKeeps(t *testing.T) {
	c := console.New(nil, func() time.Time { return noon })
	text := newText(t, "txt_1", "+15551230001")
	send(t, c, text)
	if texts := c.Texts(); len(texts) != 1 || texts[0].Text.Body() != text.Body() {
		t.Errorf("kept %d texts", len(texts))
	}
}

func TestKeepsTheLastTexts(t *testing.T) {
	c := newConsole(&bytes.Buffer{})
	for i := range console.Keep + 5 {
		send(t, c, newText(t, fmt.Sprintf("txt_%d", i+1), "+15551230001"))
	}
	texts := c.Texts()
	if len(texts) != console.Keep || texts[0].Text.ID() != "txt_205" || texts[console.Keep-1].Seq != 6 {
		t.Errorf("kept %d, the newest %s, the oldest %d", len(texts), texts[0].Text.ID(), texts[len(texts)-1].Seq)
	}
}

func TestNextWaitsForAText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConsole(&bytes.Buffer{})
		send(t, c, newText(t, "txt_1", "+15551230001"))
		send(t, c, newText(t, "txt_2", "+15551230002"))
		go func() {
			time.Sleep(time.Minute)
			send(t, c, newText(t, "txt_3", "+15551230001"))
		}()
		to := number(t, "+15551230001")
		first, err := c.Next(t.Context(), to, 0)
		if err != nil || first.Text.ID() != "txt_1" {
			t.Fatalf("first: %s, %v", first.Text.ID(), err)
		}
		second, err := c.Next(t.Context(), to, first.Seq)
		if err != nil || second.Text.ID() != "txt_3" {
			t.Fatalf("second: %s, %v", second.Text.ID(), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := c.Next(ctx, to, second.Seq); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("third: got error %v, want DeadlineExceeded", err)
		}
	})
}

func TestFind(t *testing.T) {
	c := newConsole(&bytes.Buffer{})
	text := newText(t, "txt_1", "+15551230001")
	send(t, c, text)
	send(t, c, newText(t, "txt_2", "+15551230002"))
	found, err := c.Find(t.Context(), sms.Query{To: text.To(), Since: noon})
	if err != nil || len(found) != 1 || found[0].ProviderID != "console_txt_1" || found[0].Body != text.Body() {
		t.Errorf("Find: %d texts, %v", len(found), err)
	}
	if found, _ := c.Find(t.Context(), sms.Query{To: text.To(), Since: noon.Add(time.Second)}); len(found) != 0 {
		t.Errorf("Find later: %d texts", len(found))
	}
}

func TestOutboxPageShowsTextsWithTheirLinks(t *testing.T) {
	c := newConsole(&bytes.Buffer{})
	if page := get(t, c, "/outbox"); !strings.Contains(page, "None yet.") {
		t.Errorf("empty page: %s", page)
	}
	text := newText(t, "txt_1", "+15551230001")
	send(t, c, text)
	page := get(t, c, "/outbox")
	_, link, _ := strings.Cut(text.Body(), "STOP to end. ")
	for _, want := range []string{`<a href="` + link + `"`, "5551230001", "A&lt;b&gt;&amp;c: you have"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q: %s", want, page)
		}
	}
	if strings.Contains(page, "<b>") || strings.Contains(page, "<script") {
		t.Errorf("the page is not escaped, or has a script: %s", page)
	}
}

// A text with a code has no link, and ends with none.
func TestATextWithoutALinkIsShownAndFound(t *testing.T) {
	var out bytes.Buffer
	c := newConsole(&out)
	linked := newText(t, "txt_1", "+15551230001")
	send(t, c, linked)
	code := sms.NewCode()
	org, _ := sms.ParseOrgName("A<b>&c")
	send(t, c, sms.CodeText("txt_2", linked.To(), sms.Voice{Org: org, Lang: "en"}, code))
	next, err := c.Next(t.Context(), linked.To(), 1)
	if err != nil || next.Text.ID() != "txt_2" || !strings.Contains(out.String(), code.Secret()) {
		t.Fatalf("Next: %s, %v; printed %q", next.Text.ID(), err, &out)
	}
	page := get(t, c, "/outbox")
	if want := "<p>A&lt;b&gt;&amp;c: your code is " + code.Secret() + "."; !strings.Contains(page, want) || strings.Count(page, "<a ") != 1 {
		t.Errorf("the page lacks %q, or has another link: %s", want, page)
	}
	var list []map[string]any
	if err := json.Unmarshal([]byte(get(t, c, "/outbox.json")), &list); err != nil || len(list) != 2 {
		t.Fatalf("list of %d, %v", len(list), err)
	}
	if _, has := list[0]["link"]; has || list[0]["body"] != next.Text.Body() {
		t.Errorf("list %v", list[0])
	}
}

func TestOutboxListShowsOneNumber(t *testing.T) {
	c := newConsole(&bytes.Buffer{})
	send(t, c, newText(t, "txt_1", "+15551230001"))
	send(t, c, newText(t, "txt_2", "+15551230002"))
	for _, query := range []string{"?to=%2B15551230002", "?to=+15551230002"} {
		var list []struct{ ID, To, Body, Link string }
		if err := json.Unmarshal([]byte(get(t, c, "/outbox.json"+query)), &list); err != nil {
			t.Fatal(err)
		}
		if len(list) != 1 || list[0].ID != "txt_2" || list[0].To != "+15551230002" || !strings.HasSuffix(list[0].Body, list[0].Link) {
			t.Errorf("%s: list %+v", query, list)
		}
	}
}

func TestOutboxRefusesWhatIsNoNumber(t *testing.T) {
	for _, path := range []string{"/outbox?to=x", "/outbox.json?to=x"} {
		w := httptest.NewRecorder()
		newConsole(&bytes.Buffer{}).Handler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != http.StatusBadRequest {
			t.Errorf("%s: status %d", path, w.Code)
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func newConsole(out interface{ Write([]byte) (int, error) }) *console.Console {
	return console.New(out, func() time.Time { return noon })
}

func get(t *testing.T, c *console.Console, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: status %d", path, w.Code)
	}
	return w.Body.String()
}

func send(t *testing.T, c *console.Console, text sms.Text) {
	t.Helper()
	if _, err := c.Send(t.Context(), text); err != nil {
		t.Error(err)
	}
}

func newText(t *testing.T, id, to string) sms.Text {
	t.Helper()
	org, err := sms.ParseOrgName("A<b>&c")
	if err != nil {
		t.Fatal(err)
	}
	base, err := sms.ParsePublicURL("https://localhost:8443")
	if err != nil {
		t.Fatal(err)
	}
	return sms.LinkText(id, number(t, to), sms.Voice{Org: org, Lang: "en"}, sms.NewMessage, base.Link(token.New()))
}

func number(t *testing.T, s string) phone.Number {
	t.Helper()
	n, err := phone.Parse(s, "")
	if err != nil {
		t.Fatal(err)
	}
	return n
}
