package kannel_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/kannel"
)

// asked is a request that smsbox got.
type asked struct {
	method, path, body string
	header             http.Header
}

// newSmsbox answers so to all texts. conns counts the connections made to it.
func newSmsbox(t *testing.T, status int, said string) (url string, got *[]asked, conns *atomic.Int32) {
	t.Helper()
	got, conns = new([]asked), new(atomic.Int32)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*got = append(*got, asked{r.Method, r.URL.String(), string(body), r.Header})
		w.WriteHeader(status)
		io.WriteString(w, said)
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	return server.URL + "/cgi-bin/sendsms", got, conns
}

// TestSendSaysAllThatKannelNeeds also holds that nothing of it stands in a URL.
func TestSendSaysAllThatKannelNeeds(t *testing.T) {
	url, got, _ := newSmsbox(t, 202, "0: Accepted for delivery")
	k := newKannel(t, url, func(c *kannel.Config) {
		c.Validity, c.SMSC, c.CallbackURL = 90*time.Minute+59*time.Second, "carrier-1", "https://clinic.example/é?v=%2F&type=9"
	})
	text := newText(t, "txt/1")
	receipt, err := k.Send(t.Context(), text)
	if err != nil || receipt != (sms.Receipt{ProviderID: "kannel_txt/1"}) {
		t.Fatalf("Send: %+v, %v", receipt, err)
	}
	first := (*got)[0]
	if first.method+" "+first.path != "POST /cgi-bin/sendsms" || first.body != text.Body() {
		t.Errorf("asked %s %s: %q", first.method, first.path, first.body)
	}
	want := map[string]string{
		"Content-Type":      "text/plain; charset=UTF-8",
		"X-Kannel-Username": user,
		"X-Kannel-Password": password,
		"X-Kannel-From":     clinic,
		"X-Kannel-To":       patient,
		"X-Kannel-Coding":   "0",
		"X-Kannel-Validity": "90",
		"X-Kannel-Dlr-Mask": "31",
		"X-Kannel-Smsc":     "carrier-1",
		"X-Kannel-Dlr-Url": "https://clinic.example/%%C3%%A9?sig=" + signature(secret, "txt/1") +
			"&text=txt%%2F1&v=%%2F&type=%d&answer=%A",
	}
	for name, value := range want {
		if got := first.header.Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
}

func TestSendLeavesTheCarrierToKannel(t *testing.T) {
	url, got, _ := newSmsbox(t, 202, "3: Queued for later delivery")
	if _, err := newKannel(t, url).Send(t.Context(), newText(t, "txt_1")); err != nil {
		t.Fatal(err)
	}
	header := (*got)[0].header
	if _, set := header["X-Kannel-Smsc"]; set || header.Get("X-Kannel-Validity") != "240" {
		t.Errorf("sent %v", maps.Clone(header))
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	cases := []struct {
		status int
		said   string
		want   error // nil: temporary
		code   string
	}{
		{403, "Authorization failed for sendsms", sms.ErrHalt, "kannel_auth"},
		{403, "Not routable. Do not try again.", sms.ErrHalt, "kannel_not_routable"},
		{403, "<h1>Forbidden</h1> +15551230001", sms.ErrHalt, "kannel_http_403"},
		{401, "", sms.ErrHalt, "kannel_http_401"},
		{404, "Unknown request.", sms.ErrHalt, "kannel_http_404"},
		{405, "", sms.ErrHalt, "kannel_http_405"},
		{400, "Number(s) has/have been denied by white- and/or black-lists.", sms.ErrPermanent, "kannel_denied"},
		{400, "Empty receiver number not allowed, rejected", sms.ErrPermanent, "kannel_denied"},
		{400, "Missing receiver number, rejected", sms.ErrPermanent, "kannel_denied"},
		{400, "Charset or body misformed, rejected", sms.ErrPermanent, "kannel_body"},
		{400, "DLR-URL field misformed, rejected", sms.ErrHalt, "kannel_http_400"},
		{400, "Sender missing and no global set, rejected", sms.ErrHalt, "kannel_http_400"},
		{503, "Temporal failure, try again later.", sms.ErrBusy, "kannel_busy"},
		{429, "", sms.ErrBusy, "kannel_http_429"},
		{503, "no backend", sms.ErrUnsure, "kannel_http_503"},
		{500, "Sending failed.", sms.ErrUnsure, "kannel_http_500"},
		{502, "Temporal failure", sms.ErrUnsure, "kannel_http_502"},
		{504, "", sms.ErrUnsure, "kannel_http_504"},
		{200, "Welcome", sms.ErrUnsure, "kannel_http_200"},
		{302, "", sms.ErrHalt, "kannel_http_302"},
		{413, "", nil, "kannel_http_413"},
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%d %s", c.status, c.code), func(t *testing.T) {
			url, _, _ := newSmsbox(t, c.status, c.said)
			receipt, err := newKannel(t, url).Send(t.Context(), newText(t, "txt_1"))
			checkError(t, err, c.want, c.code)
			if receipt != (sms.Receipt{}) {
				t.Errorf("receipt %+v", receipt)
			}
		})
	}
}

// TestATextThatWasTakenIsSent holds whatever becomes of the rest of the answer.
func TestATextThatWasTakenIsSent(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "24")
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, "0: Acc")
	}))
	defer server.Close()
	if _, err := newKannel(t, server.URL).Send(t.Context(), newText(t, "txt_1")); err != nil {
		t.Errorf("Send: %v", err)
	}
}

func TestATextWithoutAnAnswerIsInDoubt(t *testing.T) {
	hang := make(chan struct{})
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		code   string
	}{
		"broken off": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "kannel_broken_off"},
		"silence":    {func(http.ResponseWriter, *http.Request) { <-hang }, "kannel_timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(c.answer)
			defer server.Close()
			if name == "silence" {
				defer close(hang)
			}
			k := newKannel(t, server.URL, func(c *kannel.Config) { c.Timeout = 100 * time.Millisecond })
			_, err := k.Send(t.Context(), newText(t, "txt_1"))
			checkError(t, err, sms.ErrUnsure, c.code)
		})
	}
}

func TestATextThatWasNeverWrittenIsCertainlyNotSent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	plain := "https://" + l.Addr().String() // accepts, and never says a word of TLS
	for name, url := range map[string]string{"refused": "http://127.0.0.1:1", "no such host": "http://nobody.invalid", "no TLS": plain} {
		t.Run(name, func(t *testing.T) {
			k := newKannel(t, url, func(c *kannel.Config) { c.Timeout = 200 * time.Millisecond })
			_, err := k.Send(t.Context(), newText(t, "txt_1"))
			checkError(t, err, sms.ErrAway, "kannel_unreached")
		})
	}
}

func TestSendHeedsItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newKannel(t, "http://127.0.0.1:1").Send(ctx, newText(t, "txt_1"))
	checkError(t, err, nil, "kannel_unreached")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want that it was called off", err)
	}
}

func TestErrorsDoNotLeakConnections(t *testing.T) {
	url, _, conns := newSmsbox(t, 400, "Number(s) has/have been denied by white- and/or black-lists.")
	k := newKannel(t, url)
	for range 30 {
		if _, err := k.Send(t.Context(), newText(t, "txt_1")); err == nil {
			t.Fatal("sent")
		}
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("30 errors made %d connections", n)
	}
}

// FuzzCallbackURL holds that Kannel calls back with the id that it was given,
// whatever stands in it, and that we know it again.
func FuzzCallbackURL(f *testing.F) {
	f.Add("txt_1", 1, "id:1 stat:DELIVRD")
	f.Add("%d %A %%", 2, "%41")
	f.Add("&type=1#", 16, "NACK/a&b=c")
	f.Fuzz(func(t *testing.T, id string, kind int, answer string) {
		if id == "" || len(id)+len(answer) > 1000 {
			return
		}
		var dlrURL string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			dlrURL = r.Header.Get("X-Kannel-DLR-URL")
			w.WriteHeader(http.StatusAccepted)
		}))
		defer server.Close()
		k := newKannel(t, server.URL)
		if _, err := k.Send(t.Context(), newText(t, id)); err != nil {
			t.Fatal(err)
		}
		filled := fill(dlrURL, map[byte]string{'d': fmt.Sprint(kind), 'A': url.QueryEscape(answer)})
		status, err := k.Callback(httptest.NewRequest(http.MethodGet, filled, nil))
		if err != nil || status.Text != id {
			t.Errorf("%q called back: %+v, %v", id, status, err)
		}
	})
}

// fill does as Kannel does with a URL.
func fill(pattern string, with map[byte]string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' || i+1 == len(pattern) {
			b.WriteByte(pattern[i])
			continue
		}
		i++
		value, known := with[pattern[i]]
		switch {
		case known:
			b.WriteString(value)
		case pattern[i] == '%':
			b.WriteByte('%')
		default:
			b.WriteString("%" + pattern[i:i+1])
		}
	}
	return b.String()
}
