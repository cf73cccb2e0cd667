package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"securetext/sms"
	"securetext/sms/webhook/webhookfake"
)

func TestAnswersThatGoWrongOnTheWay(t *testing.T) {
	cases := []struct {
		name   string
		handle http.HandlerFunc
		want   error
		code   string
	}{
		{"no body", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, sms.ErrUnsure, "webhook_no_id"},
		{"an id that is a number", says(`{"id": 7}`), sms.ErrUnsure, "webhook_no_id"},
		{"an id with spaces", says(`{"id": "gw 1"}`), sms.ErrUnsure, "webhook_no_id"},
		{"an endless id", says(`{"id": "` + strings.Repeat("x", 129) + `"}`), sms.ErrUnsure, "webhook_no_id"},
		{"beyond the bound", says(`{"pad": "` + strings.Repeat("x", 64<<10) + `", "id": "gw-1"}`), sms.ErrUnsure, "webhook_no_id"},
		{"half a body", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"id": "gw-1"}`)
		}, sms.ErrUnsure, "webhook_broken_off"},
		{"a body that never ends", func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			io.WriteString(w, `{"id": "gw-1"`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, sms.ErrUnsure, "webhook_timeout"},
		{"another protocol", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Connection", "Upgrade")
			w.Header().Set("Upgrade", "websocket")
			w.WriteHeader(http.StatusSwitchingProtocols)
		}, sms.ErrUnsure, "webhook_http_101"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			base, _ := serve(t, c.handle)
			_, err := newWebhook(t, base, impatient).Send(t.Context(), newText(t, "txt_1"))
			checkError(t, err, c.want, c.code)
		})
	}
}

func says(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }
}

func TestRedirectsAreNeverFollowed(t *testing.T) {
	var followed atomic.Int32
	elsewhere, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		followed.Add(1)
		io.WriteString(w, `{"id": "gw-1"}`)
	}))
	for _, status := range []int{301, 302, 303, 307, 308} {
		base, _ := serve(t, http.RedirectHandler(elsewhere, status))
		_, err := newWebhook(t, base).Send(t.Context(), newText(t, "txt_1"))
		checkError(t, err, sms.ErrHalt, fmt.Sprintf("webhook_http_%d", status))
	}
	if followed.Load() != 0 {
		t.Errorf("%d redirects were followed", followed.Load())
	}
}

func TestATextThatWasNeverWrittenIsCertainlyNotSent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	plain := "https://" + l.Addr().String() // accepts, and never says a word of TLS
	defer l.Close()
	stranger := httptest.NewTLSServer(says(`{"id": "gw-1"}`)) // whose certificate nobody signed
	defer stranger.Close()
	stranger.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	for name, base := range map[string]string{
		"refused": "http://127.0.0.1:1", "no such host": "https://nobody.invalid", "no TLS": plain, "a stranger": stranger.URL,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newWebhook(t, base, impatient).Send(t.Context(), newText(t, "txt_1"))
			checkError(t, err, sms.ErrAway, "webhook_unreached")
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = newWebhook(t, "http://127.0.0.1:1").Send(ctx, newText(t, "txt_1"))
	checkError(t, err, nil, "webhook_unreached")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of ctx: got error %v", err)
	}
}

func TestErrorsDoNotLeakConnections(t *testing.T) {
	fake, base, conns := newFake(t)
	w := newWebhook(t, base)
	for _, status := range []int{422, 500, 429} {
		fake.Fail(webhookfake.Rule{Status: status, Times: 10})
	}
	for range 30 {
		if _, err := w.Send(t.Context(), newText(t, "txt_1")); err == nil {
			t.Fatal("sent")
		}
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("30 errors made %d connections", n)
	}
}
