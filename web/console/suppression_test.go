package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"securetext/store"
)

func TestTheListOfWhoGetsNoTexts(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.rules)
	b.get("/suppression").wants(t, http.StatusOK, "Nobody: texts go to everybody")
	b.post("/suppression/find", "number", "(201) 555-0147").wants(t, http.StatusOK, "Texts go to that number")
	b.post("/suppression/find", "number", "12").wants(t, http.StatusUnprocessableEntity, "no phone number")
	b.post("/suppression/add", "number", "(201) 555-0199", "why", "nonsense").wants(t, http.StatusUnprocessableEntity, "no phone number")
	added := b.post("/suppression/add", "number", "(201) 555-0199", "why", "opted_out")
	added.wants(t, http.StatusSeeOther)
	if e := o.wantBy(o.own.rules, store.Refused); e.Detail != "opted_out" {
		t.Errorf("event: %s", e.Detail)
	}
	page := b.get("/suppression").wants(t, http.StatusOK, "··· 0199", "The patient asked for no more texts")
	if strings.Contains(page.text, "5550199") || strings.Contains(page.text, "555-0199") {
		t.Error("the page shows a number")
	}
	who, _, _ := strings.Cut(added.Header.Get("Location"), "?")
	b.post("/suppression/find", "number", "2015550199").goesTo(t, who)
	b.post(who+"/allow", "verified", "").goesTo(t, who+"?done=verify")
	b.post(who+"/allow", "verified", "signed_form").goesTo(t, who+"?done=allow")
	if e := o.wantBy(o.own.rules, store.Allowed); e.Detail != "signed_form" {
		t.Errorf("event: %s", e.Detail)
	}
	b.get("/suppression").wants(t, http.StatusOK, "Nobody")
	if page := o.as(o.other.rules).get("/suppression"); strings.Contains(page.plain(), "0199") {
		t.Error("another org's list is shown")
	}
}

const list = "phone,reason,since\n+12015550111,blocked,\n2015550112,opted_out,2026-01-31T09:00:00Z\n2015550113,landline,\n"

func TestTheListGoesInAndOutAsAFile(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.rules)
	b.send("/suppression/import", []byte(list+"123,dead,\n2015550114,moved,\n")).wants(t, http.StatusUnprocessableEntity,
		"Nothing was taken", "Line 5:", "Line 6: the reason is not")
	if n := len(o.events(o.own, store.Refused)); n != 0 {
		t.Fatalf("%d were taken of a list that is wrong", n)
	}
	b.send("/suppression/import", []byte(list+"123,dead,\n"), "skip", "yes").wants(t, http.StatusOK, "texts stop to 3 more, 0 got none before, and 1 wrong lines were left out")
	b.send("/suppression/import", []byte(list)).wants(t, http.StatusOK, "texts stop to 0 more, 3 got none before.")
	o.wantBy(o.own.rules, store.Refused)
	for _, none := range [][]byte{nil, []byte("phone;reason\n"), []byte("phone,reason,since\n" + strings.Repeat("x", 600<<10))} {
		b.send("/suppression/import", none).wants(t, http.StatusUnprocessableEntity, "no such list")
	}
	got := b.post("/suppression/export")
	if got.wants(t, http.StatusOK); !strings.HasPrefix(got.text, "phone,reason,since\n") || strings.Count(got.text, "\n") != 4 ||
		!strings.Contains(got.text, "+12015550112,opted_out,") || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the file is %q", got.text)
	}
	if e := o.wantBy(o.own.rules, store.Exported); e.Detail != "suppression" {
		t.Errorf("event: %s", e.Detail)
	}
	if strings.Contains(o.logged(), "555011") {
		t.Error("a number stands in the log")
	}
	o.later(6 * time.Minute)
	for _, path := range []string{"/suppression/export", "/suppression/import"} {
		b.send(path, []byte(list)).goesTo(t, "/again?to=%2Fsuppression")
	}
}

func TestALongListHasPages(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.rules)
	var long strings.Builder
	long.WriteString("phone,reason,since\n")
	for i := range 60 {
		long.WriteString("20155501" + string(rune('0'+i/10)) + string(rune('0'+i%10)) + ",dead,\n")
	}
	b.send("/suppression/import", []byte(long.String())).wants(t, http.StatusOK, "texts stop to 60 more")
	first := b.get("/suppression").wants(t, http.StatusOK, "More")
	_, next, _ := strings.Cut(first.text, `href="/suppression?after=`)
	next, _, _ = strings.Cut(next, `"`)
	second := b.get("/suppression?after="+next).wants(t, http.StatusOK)
	if a, b := strings.Count(first.text, "Nobody has the number</span>"), strings.Count(second.text, "Nobody has the number</span>"); a != 50 || b != 10 {
		t.Errorf("the pages have %d and %d rows", a, b)
	}
}
