package console_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/store"
)

// details are those of an org's events of a kind, in turn.
func (o *office) details(kind store.Kind) (list []string) {
	o.Helper()
	for _, e := range o.events(o.own, kind) {
		list = append(list, e.Detail)
	}
	return list
}

func TestS33ASenderReadsRepliesOnRecord(t *testing.T) {
	o := newOffice(t)
	b, id, reply := o.as(o.own.sends), o.own.message.ID, string(o.own.reply)
	b.get("/messages").wants(t, http.StatusOK, "1 new reply", "New reply")
	b.get(path("/messages/", id)).wants(t, http.StatusOK, "Written back", "Once, 1 not read yet", "Read what the patient wrote")
	got := b.get(path("/messages/", id, "/replies")).wants(t, http.StatusOK, "It itches.", "Is that right?", "Wound.png", "That you read it is on record")
	if strings.Contains(got.text, "A secret of the patient") {
		t.Error("a page with a reply quotes the message")
	}
	if e := o.wantBy(o.own.sends, store.ReplyRead); e.Detail != reply {
		t.Errorf("event: got %+v, want that of the reply", e)
	}
	got = b.get(path("/messages/", id)).wants(t, http.StatusOK, "Once")
	if strings.Contains(got.text, "not read yet") || strings.Contains(got.text, "new reply") {
		t.Error("a reply that was read is new")
	}
}

func TestS20FilesOfRepliesAreDead(t *testing.T) {
	o := newOffice(t)
	b, reply := o.as(o.own.sends), string(o.own.reply)
	at := path("/messages/", o.own.message.ID, "/reply/", reply, "/a/")
	got := b.get(at+"1").wants(t, http.StatusOK)
	if got.text != string(dot) || got.Header.Get("Content-Disposition") != `attachment; filename="Wound.png"; filename*=UTF-8''Wound.png` ||
		got.Header.Get("Content-Security-Policy") != "sandbox; default-src 'none'" || got.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("saved: got %d bytes under %v", len(got.text), got.Header)
	}
	b.get(at+"1/view").wants(t, http.StatusOK, "Wound.png", "Show it in its own size")
	got = b.get(at+"1/shown").wants(t, http.StatusOK)
	if got.Header.Get("Content-Type") != "image/png" || got.Header.Get("Content-Security-Policy") != "sandbox; default-src 'none'; frame-ancestors 'self'" {
		t.Errorf("shown: under %v", got.Header)
	}
	b.get(at+"2/view").wants(t, http.StatusOK, "cannot be shown here")
	b.get(at+"2/shown").wants(t, http.StatusNotFound)
	if got := b.get(at + "2"); got.Header.Get("Content-Type") != "image/png" || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("a file that is not what it says: under %v", got.Header)
	}
	before := o.count()
	for _, none := range []string{"3", "0", "x", "-1"} {
		b.get(at+none).wants(t, http.StatusNotFound)
	}
	if o.count() != before {
		t.Error("what is not there was recorded as read")
	}
	want := []string{reply + " part 1", reply + " part 1", reply + " part 1", reply + " part 2", reply + " part 2", reply + " part 2"}
	if got := o.details(store.ReplyRead); !slices.Equal(got, want) {
		t.Errorf("events: got %v, want one each time: %v", got, want)
	}
}

func TestASenderSeesTheMessageAsThePatientDoes(t *testing.T) {
	o := newOffice(t)
	b, id := o.as(o.own.sends), o.own.message.ID
	at := path("/messages/", id, "/look/page")
	b.get(path("/messages/", id, "/look")).wants(t, http.StatusOK, "As the patient sees it", "does not count as read")
	if n := len(o.events(o.own, store.ShownToSender)); n != 0 {
		t.Errorf("the page around it wrote %d events, want none", n)
	}
	got := b.get(at).wants(t, http.StatusOK, "Your results", "Lakeside Family Clinic", "Result.pdf", "Write to Lakeside Family Clinic")
	if !strings.Contains(got.text, `<iframe src="`+at+`/html"`) || !strings.Contains(got.text, `<html lang="en">`) || strings.Contains(got.text, "/sessions") {
		t.Errorf("it is not the patient's page:\n%s", got.text)
	}
	if csp := got.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'self'") || !strings.Contains(csp, "; sandbox allow-same-origin ") || strings.Contains(csp, "allow-scripts") || strings.Contains(csp, "allow-forms") {
		t.Errorf("Content-Security-Policy is %q", csp)
	}
	b.get(at+"?view=text").wants(t, http.StatusOK, "A secret of the patient's.")
	framed := b.get(at+"/html").wants(t, http.StatusOK, "A secret of the patient's.")
	if strings.Contains(framed.text, "script") || !strings.Contains(framed.text, `src="data:image/png;base64,`) || !strings.Contains(framed.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("the frame is %s", framed.text)
	}
	b.get(at+"/a/2/view").wants(t, http.StatusOK, "Result.pdf")
	if got := b.get(at + "/a/2/shown"); got.text != "%PDF-1.4 of the patient's" || got.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("the file is %q under %v", got.text, got.Header)
	}
	b.get(at+"/a/2").wants(t, http.StatusOK)
	if got, want := o.details(store.ShownToSender), []string{"", "", "", "part 1", "part 2", "part 2", "part 2"}; !slices.Equal(got, want) {
		t.Errorf("events: got %q, want one each time: %q", got, want)
	}
	o.wantBy(o.own.sends, store.ShownToSender)
	if b.get("/messages?status=read").wants(t, http.StatusOK); strings.Contains(b.get("/messages?status=read").text, string(id)) {
		t.Error("it counts as read by the patient")
	}
	ahead := b.do(http.MethodGet, at, nil, func(r *http.Request) { r.Header.Set("Sec-Purpose", "prefetch") })
	ahead.wants(t, http.StatusServiceUnavailable)
	b.post(path("/messages/", id, "/wipe")).goesTo(t, path("/messages/", id, "?done=wipe"))
	for _, gone := range []string{"/look", "/replies"} {
		b.get(path("/messages/", id, gone)).goesTo(t, path("/messages/", id, "?done=over"))
	}
	if got := b.get(at); got.StatusCode != http.StatusGone || strings.Contains(got.text, "Your results") {
		t.Errorf("after it was taken back: got %d", got.StatusCode)
	}
}

// contents are the addresses that show what was said.
func contents(g org) (list []string) {
	for route, right := range rights {
		if method, path := at(route, g); method == http.MethodGet && right == "sender" && (strings.Contains(path, "/look") || strings.Contains(path, "/repl")) {
			list = append(list, path)
		}
	}
	return list
}

// What a message says its own sender alone sees: no colleague, and no admin, who
// sees how it got on.
func TestS32WhatWasSaidIsTheSendersAlone(t *testing.T) {
	o := newOffice(t)
	colleague := o.hire(o.own, "lab@lakeside.example", "Lab", store.AllRoles...) // who sends as the laboratory
	if n := len(contents(o.own)); n < 9 {
		t.Fatalf("only %d addresses show content: the search for them is broken", n)
	}
	before := o.count()
	for _, page := range contents(o.own) {
		for who, b := range map[string]*browser{
			"a colleague who may do all": o.as(colleague), "an admin": o.as(o.own.rules), "an auditor": o.as(o.own.audits), "a sender of no address": o.as(o.own.another),
			"another org's": o.as(o.other.sends),
		} {
			got := b.get(page)
			if got.StatusCode != http.StatusNotFound && got.StatusCode != http.StatusForbidden || strings.Contains(got.text, "secret") || strings.Contains(got.text, "itches") {
				t.Errorf("%s gets %d of %s", who, got.StatusCode, page)
			}
		}
	}
	if o.count() != before {
		t.Error("what was refused is on record as seen")
	}
}

func TestASuspendedSenderLooksAndSendsNothing(t *testing.T) {
	o := newOffice(t)
	b, id := o.as(o.own.sends), o.own.message.ID
	must(t, "SuspendSender", o.store.SuspendSender(t.Context(), o.own.ID, o.own.sender.ID, true, operator, o.clock()))
	b.get(path("/messages/", id, "/replies")).wants(t, http.StatusOK, "It itches.")
	b.get(path("/messages/", id, "/look/page")).wants(t, http.StatusOK)
	b.post(path("/messages/", id, "/extend"), "expires_in", "999h").wants(t, http.StatusForbidden, "You may not send at present")
}

func TestAMessageIsExtended(t *testing.T) {
	o := newOffice(t)
	at := path("/messages/", o.own.message.ID)
	for _, s := range []store.Staff{o.own.sends, o.own.rules} {
		o.later(time.Hour)
		o.as(s).post(at+"/extend", "expires_in", "999h").goesTo(t, at+"?done=extend")
		o.wantBy(s, store.Extended)
	}
	b := o.as(o.own.sends)
	b.post(at+"/extend", "expires_in", "2h").goesTo(t, at+"?done=longer")
	b.post(at+"/extend", "expires_in", "x").wants(t, http.StatusUnprocessableEntity, "This must be hours.")
	must(t, "Wipe", o.store.Wipe(t.Context(), o.own.ID, o.own.message.ID, operator, o.clock()))
	b.post(at+"/extend", "expires_in", "999h").goesTo(t, at+"?done=over")
}

// letter is the form of a message as a browser sends it.
func (b *browser) letter(files map[string][]byte, pairs ...string) answer {
	b.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		must(b, "WriteField", w.WriteField(pairs[i], pairs[i+1]))
	}
	for name, data := range files {
		part, err := w.CreateFormFile("attachments", name)
		must(b, "CreateFormFile", err)
		_, err = part.Write(data)
		must(b, "Write", err)
	}
	must(b, "Close", w.Close())
	return b.do(http.MethodPost, "/compose", nil, func(r *http.Request) {
		r.Header.Set("Content-Type", w.FormDataContentType())
		r.Body, r.ContentLength = http.NoBody, int64(body.Len())
		r.Body = readCloser{&body}
	})
}

type readCloser struct{ *bytes.Buffer }

func (readCloser) Close() error { return nil }

func TestFilesAndChoicesOfAFormArrive(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.sends)
	fields := []string{
		"once", "ABC", "to", "+12015550123", "subject", "Your results", "text", "All is well.", "reply", "yes", "remind", "24h", "send_at", "2026-11-24T09:00",
		"time_zone", "America/Denver", "passcode", "4711", "act",
	}
	files := map[string][]byte{"Result.pdf": []byte("%PDF-1.4")}
	looked := b.letter(files, append(fields, "preview")...).wants(t, http.StatusOK, "nothing is in the way", "Please choose again", "Result.pdf", "One text: ", " of 160 characters")
	if looked.field("once") != "ABC" || looked.field("send_at") != "2026-11-24T09:00" || looked.field("passcode") != "4711" {
		t.Error("what was written is lost")
	}
	if to := b.letter(files, append(fields, "send")...).Header.Get("Location"); !strings.HasSuffix(to, "?done=sent") {
		t.Fatalf("sent to %q", to)
	}
	d := o.drafts[0]
	if len(d.Files) != 1 || d.Files[0].Name != "Result.pdf" || string(d.Files[0].Data) != "%PDF-1.4" || d.Options["send_at"] != "2026-11-24T09:00:00-06:00" || d.Options["reply"] != "yes" || d.Once != "ABC" {
		t.Errorf("the draft came as %d files and %q", len(d.Files), d.Options)
	}
	if strings.Contains(o.logged(), "Result") || strings.Contains(o.logged(), "4711") {
		t.Error("what was written stands in the log")
	}
}

func TestFilesThatAreTooMuchLoseNoWords(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.sends)
	got := b.letter(map[string][]byte{"scan.tiff": make([]byte, 25<<20+1)}, "to", "+12015550123", "subject", "Your results", "text", "All is well.", "act", "send")
	got.wants(t, http.StatusUnprocessableEntity, "Files may have 25 MB together.")
	if !strings.Contains(got.text, ">All is well.</textarea>") || got.field("subject") != "Your results" || got.field("once") == "" {
		t.Error("what was written is lost")
	}
	if len(o.drafts) != 0 {
		t.Error("it was sent all the same")
	}
	b.letter(nil, "text", strings.Repeat("x", 600<<10), "act", "send").wants(t, http.StatusBadRequest)
}

func TestReadyTexts(t *testing.T) {
	o := newOffice(t)
	admin, b := o.as(o.own.rules), o.as(o.own.sends)
	admin.get("/phrases").wants(t, http.StatusOK, "Result is ready", "Your result")
	admin.post("/phrases/new", "name", "Feed <b>", "subject", "Your visit", "text", "Please fast.").goesTo(t, "/phrases?done=phrase")
	added := o.wantBy(o.own.rules, store.PhraseAdded).Detail
	admin.post("/phrases/new", "name", " ", "text", "x").wants(t, http.StatusUnprocessableEntity, "Please give a name")
	admin.post("/phrases/"+added, "name", "Fasting", "subject", "Your visit", "text", "Please fast from midnight.").goesTo(t, "/phrases?done=phrase")
	o.wantBy(o.own.rules, store.PhraseChanged)

	b.get("/compose").wants(t, http.StatusOK, "Result is ready", "Fasting")
	got := b.letter(nil, "subject", "Tomorrow", "text", "Dear Mrs. Bell,", "phrase", added, "act", "phrase").wants(t, http.StatusOK)
	if got.field("subject") != "Tomorrow" || !strings.Contains(got.text, "Dear Mrs. Bell,\n\nPlease fast from midnight.</textarea>") {
		t.Errorf("what was written is lost, or the text is not put in:\n%s", got.text)
	}
	got = b.letter(nil, "phrase", added, "act", "phrase").wants(t, http.StatusOK)
	if got.field("subject") != "Your visit" || !strings.Contains(got.text, ">Please fast from midnight.</textarea>") {
		t.Error("the text is not put in")
	}
	admin.post("/phrases/"+added+"/remove").goesTo(t, "/phrases?done=unphrased")
	o.wantBy(o.own.rules, store.PhraseRemoved)
	admin.get("/phrases/"+added).wants(t, http.StatusNotFound)
	admin.post("/phrases/"+added, "name", "x", "text", "x").wants(t, http.StatusNotFound)
	o.as(o.other.rules).get(path("/phrases/", o.own.phrase)).wants(t, http.StatusNotFound)
	if file, err := o.store.Phrases(t.Context(), o.own.ID); err != nil || len(file) != 1 || bytes.Contains(file[0].Sealed, []byte("result")) {
		t.Errorf("kept: %d, %v, want one, sealed", len(file), err)
	}
}
