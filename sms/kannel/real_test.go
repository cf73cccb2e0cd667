package kannel_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/kannel"
	"securetext/sms/kannel/kanneltest"
)

func TestRealKannelDeliversTexts(t *testing.T) {
	t.Parallel()
	s := newService(t)
	box := kanneltest.Start(t)
	k := s.with(box)
	texts := []sms.Text{newText(t, "txt%2F /é?&=+%d")} // what Kannel might take for a placeholder
	for _, lang := range sms.Languages() {
		texts = append(texts, newTextTo(t, lang, patient, sms.Voice{Lang: lang}))
	}
	for _, text := range texts {
		receipt, err := k.Send(t.Context(), text)
		if err != nil || receipt != (sms.Receipt{ProviderID: "kannel_" + text.ID()}) {
			t.Fatalf("Send %s: %+v, %v", text.ID(), receipt, err)
		}
	}
	for _, text := range texts {
		s.until(text.ID()+" was reported", func() bool { return len(s.states(text.ID())) == 2 })
		if !s.was(text.ID(), sms.Sent) || !s.was(text.ID(), sms.Delivered) {
			t.Errorf("%s was %v", text.ID(), s.states(text.ID()))
		}
		want := kanneltest.Text{From: clinic, To: patient, Body: text.Body()}
		s.until("the carrier has "+text.ID(), func() bool { return slices.Contains(box.Texts(), want) })
	}
	s.calledRight()
}

func TestRealKannelReportsWhatBecameOfATextAtTheCarrier(t *testing.T) {
	t.Parallel()
	cases := []struct {
		outcome kanneltest.Outcome
		states  []sms.State
		want    sms.Status // the last
	}{
		{kanneltest.Outcome{Stat: "DELIVRD"}, []sms.State{sms.Sent, sms.Delivered}, sms.Status{}},
		{kanneltest.Outcome{Stat: "DELIVRD", Queued: true}, []sms.State{sms.Sent, "", sms.Delivered}, sms.Status{}},
		{kanneltest.Outcome{}, []sms.State{sms.Sent}, sms.Status{}},
		{kanneltest.Outcome{Stat: "UNDELIV"}, []sms.State{sms.Sent, sms.Undelivered}, sms.Status{Code: "kannel_undeliv", Transient: true}},
		{kanneltest.Outcome{Stat: "EXPIRED"}, []sms.State{sms.Sent, sms.Undelivered}, sms.Status{Code: "kannel_expired", Transient: true}},
		{kanneltest.Outcome{Stat: "DELETED"}, []sms.State{sms.Sent, sms.Undelivered}, sms.Status{Code: "kannel_deleted"}},
		{kanneltest.Outcome{Stat: "UNKNOWN"}, []sms.State{sms.Sent, sms.Undelivered}, sms.Status{Code: "kannel_unknown"}},
		{kanneltest.Outcome{Stat: "REJECTD"}, []sms.State{sms.Sent, sms.Undelivered}, sms.Status{Code: "kannel_rejectd"}},
		{kanneltest.Outcome{Status: 0x0b}, []sms.State{sms.Failed}, sms.Status{Code: "kannel_invalid", Means: sms.ErrDead}},
		{kanneltest.Outcome{Status: 0x0a}, []sms.State{sms.Failed}, sms.Status{Code: "kannel_sender", Means: sms.ErrHalt}},
		{kanneltest.Outcome{Status: 0x45}, []sms.State{sms.Failed}, sms.Status{Code: "kannel_nack"}},
	}
	outcomes := map[string]kanneltest.Outcome{}
	for i, c := range cases {
		outcomes[number(i)] = c.outcome
	}
	s := newService(t)
	carrier := kanneltest.NewCarrier(t, func(text kanneltest.Text) kanneltest.Outcome { return outcomes[text.To] })
	k := s.with(kanneltest.Start(t, kanneltest.To(carrier)))
	for i := range cases {
		if _, err := k.Send(t.Context(), newTextTo(t, fmt.Sprint(i), number(i), sms.Voice{})); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range cases {
		id := fmt.Sprint(i)
		s.until(fmt.Sprintf("%+v is reported", c.outcome), func() bool { return len(s.states(id)) >= len(c.states) })
		c.want.Text, c.want.ProviderID, c.want.State = id, "kannel_"+id, c.states[len(c.states)-1]
		got := s.states(id)
		slices.Sort(got)
		slices.Sort(c.states)
		if !slices.Equal(got, c.states) {
			t.Errorf("%+v: was %q, want %q", c.outcome, got, c.states)
		}
		s.mu.Lock()
		if !slices.Contains(s.statuses[id], c.want) {
			t.Errorf("%+v: reported %+v, want %+v", c.outcome, s.statuses[id], c.want)
		}
		s.mu.Unlock()
	}
	s.calledRight()
}

func TestRealKannelSaysWhyItTakesNoText(t *testing.T) {
	t.Parallel()
	s := newService(t)
	box := kanneltest.Start(t)
	for name, c := range map[string]struct {
		change func(*kannel.Config)
		want   error
		code   string
	}{
		"wrong password":  {func(c *kannel.Config) { c.Password = "wrong" }, sms.ErrHalt, "kannel_auth"},
		"wrong path":      {func(c *kannel.Config) { c.URL += "x" }, sms.ErrHalt, "kannel_http_404"},
		"no such carrier": {func(c *kannel.Config) { c.SMSC = "nobody" }, sms.ErrHalt, "kannel_not_routable"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.with(box, c.change).Send(t.Context(), newText(t, "txt_1"))
			checkError(t, err, c.want, c.code)
		})
	}
	s.until("Kannel reports what it could not route", func() bool { return s.was("txt_1", sms.Failed) })
	s.calledRight()
}

func TestRealKannelThatIsGoneIsAway(t *testing.T) {
	t.Parallel()
	s := newService(t)
	box := kanneltest.Start(t)
	k := s.with(box)
	if _, err := k.Send(t.Context(), newText(t, "txt_1")); err != nil {
		t.Fatal(err)
	}
	box.Kill(t)
	s.until("the connection is known to be dead", func() bool {
		_, err := k.Send(t.Context(), newText(t, "txt_2"))
		return errors.Is(err, sms.ErrAway)
	})
	box.Start(t)
	if _, err := k.Send(t.Context(), newText(t, "txt_3")); err != nil {
		t.Errorf("after the restart: %v", err)
	}
	s.until("a text after the restart is delivered", func() bool { return s.was("txt_3", sms.Delivered) })
}

func TestRealKannelLosesNothingInARestart(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a restart takes its time")
	}
	for _, c := range []struct {
		name string
		end  func(*kanneltest.Kannel, testing.TB)
		// What was on its way just then: texts that the carrier gets twice, which
		// are ten at most, and reports that smsbox was about to call us with.
		twice, lost int
	}{
		{name: "stopped", end: (*kanneltest.Kannel).Stop},
		{name: "killed", end: (*kanneltest.Kannel).Kill, twice: 10, lost: 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newService(t)
			carrier := kanneltest.NewCarrier(t, func(kanneltest.Text) kanneltest.Outcome { return kanneltest.Outcome{Stat: "DELIVRD"} })
			box := kanneltest.Start(t, kanneltest.To(carrier))
			sent := s.sendAcross(box, func() {
				c.end(box, t)
				box.Start(t)
			})
			s.until("Kannel has nothing left to do", func() bool { return box.Queued() == 0 })
			s.until("all is reported", func() bool { return s.unreported(sent) <= c.lost })
			for id, text := range sent {
				switch n := count(carrier.Texts(), text.Body()); {
				case n == 0:
					t.Errorf("%s was taken, and is not at the carrier", id)
				case n > 1:
					c.twice--
				}
			}
			if c.twice < 0 {
				t.Errorf("%d texts more than expected reached the carrier twice", -c.twice)
			}
			s.calledRight()
		})
	}
}

// sendAcross sends texts, in the middle of which something happens, and returns
// those that were taken.
func (s *service) sendAcross(box *kanneltest.Kannel, happens func()) map[string]sms.Text {
	s.Helper()
	k := s.with(box)
	sent := map[string]sms.Text{}
	const texts = 300
	for i := range texts {
		if i == texts/2 {
			happens()
		}
		text := newText(s, fmt.Sprintf("txt_%d", i))
		_, err := k.Send(s.Context(), text)
		if err == nil {
			sent[text.ID()] = text
		} else if !errors.Is(err, sms.ErrAway) && !errors.Is(err, sms.ErrUnsure) {
			s.Fatal(err)
		}
	}
	if len(sent) < texts-5 {
		s.Errorf("only %d of %d texts were taken", len(sent), texts)
	}
	return sent
}

// unreported is how many texts have not been said to be delivered.
func (s *service) unreported(sent map[string]sms.Text) int {
	n := 0
	for id := range sent {
		if !s.was(id, sms.Delivered) {
			n++
		}
	}
	return n
}

func count(texts []kanneltest.Text, body string) int {
	n := 0
	for _, text := range texts {
		if text.Body == body {
			n++
		}
	}
	return n
}

func TestRealKannelPassesOnWhatPatientsText(t *testing.T) {
	t.Parallel()
	s := newService(t)
	box := kanneltest.Start(t, kanneltest.Inbound(s.getURL()))
	s.with(box)
	s.fail = 2 // Kannel asks again, and says nothing to the patient
	for i, c := range []struct {
		words string
		want  sms.Keyword
		reply string
	}{
		{"stop", sms.Stop, ""},
		{"  Stop. ", sms.Stop, "You will get no more texts."},
		{"停止", sms.Stop, "不再发送短信。"},
		{"Arrêt!", sms.Stop, "Vous ne recevrez plus de textos."},
		{"50% & more? a+b=c #1", "", ""},
		{"START", sms.Start, ""},
	} {
		s.mu.Lock()
		s.reply = c.reply
		s.mu.Unlock()
		box.Receive(t, kanneltest.Text{From: patient, To: clinic, Body: c.words})
		s.until(c.words+" comes", func() bool { return len(s.received()) == i+1 })
		got := s.received()[i]
		if got.From.E164() != patient || !slices.Contains(got.To, clinic) || got.Keyword != c.want {
			t.Errorf("%q came as %q to %q", c.words, got.Keyword, got.To)
		}
		if c.reply != "" {
			want := kanneltest.Text{From: clinic, To: patient, Body: c.reply}
			s.until("the patient is answered "+c.reply, func() bool { return slices.Contains(box.Texts(), want) })
		}
	}
	time.Sleep(1500 * time.Millisecond) // fakesmsc reads once a second
	if got := box.Texts(); len(got) != 3 {
		t.Errorf("the patient got %d texts, want 3: %q", len(got), got)
	}
	s.calledRight()
}

func number(i int) string { return fmt.Sprintf("+1555123%04d", 1+i) }
