package redis

import (
	"context"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"securetext/pickup/session"
	"securetext/pickup/session/sessiontest"
)

// The rights that the manual gives to the service are enough for it.
func TestTheRightsOfTheManualAreEnough(t *testing.T) {
	page, err := os.ReadFile("../../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^user securetext on >PASSWORD resetchannels ~securetext:\* (.+)$`).FindSubmatch(page)
	if line == nil {
		t.Fatal("the manual has no such line")
	}
	const user, password = "securetext-rights", "secret"
	all := open(t)
	rule := []any{"ACL", "SETUSER", user, "reset", "on", ">" + password, "~*"}
	for right := range strings.FieldsSeq(string(line[1])) {
		rule = append(rule, right)
	}
	if err := all.client.Do(t.Context(), rule...).Err(); err != nil {
		t.Fatalf("set the rights: %v", err)
	}
	t.Cleanup(func() { all.client.Do(context.WithoutCancel(t.Context()), "ACL", "DELUSER", user) })
	at, err := url.Parse(testURL(t))
	if err != nil {
		t.Fatal(err)
	}
	at.User = url.UserPassword(user, password)
	sessiontest.Run(t, func(t *testing.T) session.Store {
		st := openAt(t, withPrefix(at.String(), all.prefix+session.NewID().Key().String()+":"))
		if err := st.Ping(t.Context()); err != nil {
			t.Fatalf("Ping: %v", err)
		}
		return st
	})
}
