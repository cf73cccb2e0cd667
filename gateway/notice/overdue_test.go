package notice

import (
	"bytes"
	"mime"
	"net/mail"
	"strings"
	"testing"
	"time"

	"securetext/store"
)

func TestEachRoundIsAMailOfItsOwn(t *testing.T) {
	r := newRig(t, newPeer(t))
	r.peer.on("lost", 1, errHangUp)
	r.overdue(t, store.Watched{Mail: true}, store.Watched{Mail: true})
	r.run(t)
	told := map[string]int{}
	r.pass(t, 10*time.Minute, "three mails", func() bool { return len(r.peer.mails()) == 3 })
	texts := map[string]bool{}
	for _, m := range r.peer.mails() {
		in, err := mail.ReadMessage(bytes.NewReader(m.text))
		if err != nil {
			t.Fatal(err)
		}
		told[in.Header.Get("Message-ID")[len("<msg_")+26:]]++
		texts[string(m.text)] = true
	}
	if told[".overdue.1@clinic.example>"]+told[".overdue.2@clinic.example>"] != 3 || len(told) != 2 || len(texts) != 2 {
		t.Errorf("told %v, in %d different mails; want two, one of them repeated byte for byte", told, len(texts))
	}
}

func TestIDsOfNotices(t *testing.T) {
	for _, c := range []struct {
		kind   store.Kind
		detail string
		want   string
	}{
		{store.Overdue, "2", "msg_01.overdue.2"},
		{store.Overdue, "12", "msg_01.overdue.12"},
		{store.Overdue, "", "msg_01.overdue"},
		{store.Overdue, "-1", "msg_01.overdue"},
		{store.Overdue, "1>\r\nBcc: x", "msg_01.overdue"},
		{store.Failed, "2", "msg_01.failed"},
	} {
		if got := idOf(store.DueNotice{Message: "msg_01", Kind: c.kind, Detail: c.detail}); got != c.want {
			t.Errorf("%s %q: got %s, want %s", c.kind, c.detail, got, c.want)
		}
	}
}

func TestMailsAboutTestMessagesSayThatTheyAre(t *testing.T) {
	k := newDesk(t)
	for lang, want := range map[string]string{"en": "[test] Message to the phone ending 89: not read in time", "zh": "[test] 发往尾号 89 手机的消息：未按时阅读"} {
		d := k.notice(t, store.Overdue, "1")
		d.Test, d.Org.Lang = true, lang
		in, err := mail.ReadMessage(bytes.NewReader(k.write(t, d)))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := new(mime.WordDecoder).DecodeHeader(in.Header.Get("Subject")); err != nil || got != want {
			t.Errorf("subject %q, %v; want %q", got, err, want)
		}
	}
}

func TestWithoutAMailServerMailsAreGivenUp(t *testing.T) {
	r := newRig(t, nil)
	ids := r.accepted(t, 3)
	r.run(t)
	r.until(t, "no_mail_server", ids...)
	if strings.Contains(r.log.String(), "level=ERROR") {
		t.Errorf("the log: %s", r.log.String())
	}
}
