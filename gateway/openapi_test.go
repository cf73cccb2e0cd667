package gateway

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"securetext/gateway/option"
	"securetext/store"
)

// inBraces finds what a route's path leaves open.
var inBraces = regexp.MustCompile(`:([a-z]+)`)

// TestTheDescriptionIsWhole holds openapi.yaml to the code, word by word: there
// is no YAML reader among our libraries.
func TestTheDescriptionIsWhole(t *testing.T) {
	b, err := os.ReadFile("openapi.yaml")
	must(t, err)
	description := string(b)
	h := newClinic(t).api().(*echo.Echo)
	for _, r := range h.Routes() {
		if path := inBraces.ReplaceAllString(r.Path, "{$1}"); !strings.Contains(description, "\n  "+path+":\n    "+strings.ToLower(r.Method)) {
			t.Errorf("%s %s is not described", r.Method, path)
		}
	}
	for _, p := range problems {
		if !strings.Contains(description, fmt.Sprint(p.status)) {
			t.Errorf("status %d is not described", p.status)
		}
	}
	for _, v := range verdicts {
		if !strings.Contains(description, fmt.Sprint(v.status)) || !strings.Contains(description, v.name) {
			t.Errorf("verdict %s, status %d, is not described", v.name, v.status)
		}
	}
	for _, row := range option.Table() {
		if row.JSON != "" && !strings.Contains(description, "        "+row.JSON+":") {
			t.Errorf("option %s is not described", row.JSON)
		}
	}
	for _, v := range []any{dryMessage{}, sentMessage{}, MessageStatus{}, StatusStep{}, StatusReason{}, StatusReply{}, StatusWait{}, StatusEvent{}, repliedMessage{}, repliedFile{}, problem{}, fieldError{}} {
		for i := range reflect.TypeOf(v).NumField() {
			name, _, _ := strings.Cut(reflect.TypeOf(v).Field(i).Tag.Get("json"), ",")
			if !strings.Contains(description, " "+name+":") {
				t.Errorf("%T: %s is not described", v, name)
			}
		}
	}
	for _, word := range []string{store.ScopeSend, store.ScopeRead, store.ScopeReplies, idempotencyHeader, "name: " + dryRunParam,
		fmt.Sprint("maxItems: ", maxTo), fmt.Sprint("maxItems: ", maxAttachments), fmt.Sprint("maxItems: ", store.MostReplies), "to, subject, text", "name, content", "html:"} {
		if !strings.Contains(description, word) {
			t.Errorf("%s is not described", word)
		}
	}
}
