package option

import (
	"errors"
	"testing"
	"time"
)

func TestWhatCannotBeTogetherIsRefused(t *testing.T) {
	now := time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		place Place
		asked Options
		want  string // empty: nothing
	}{
		{Address, Options{}, ""},
		{JSON, Options{SendAt: now.Add(time.Second), ReadBy: MaxReadBy, Remind: "1d.3d"}, ""},
		{JSON, Options{SendAt: now.Add(MaxAhead)}, ""},
		{JSON, Options{SendAt: now.Add(-time.Hour)}, ""},
		{JSON, Options{SendAt: now.Add(-time.Hour - time.Second)}, "refused option send_at: must be in the future"},
		{Address, Options{SendAt: now.Add(-2 * time.Hour)}, "refused option X-SecureText-Send-At: must be in the future"},
		{Header, Options{SendAt: now.Add(MaxAhead + time.Second)}, "refused option X-SecureText-Send-At: must be at most 90 days ahead"},
		{Address, Options{Life: 4 * time.Hour, ReadBy: 4 * time.Hour}, ""},
		{Address, Options{Life: 3 * time.Hour, ReadBy: 4 * time.Hour}, "refused option by: must be before the end of the message, which can be read for 3h"},
		{JSON, Options{Remind: "1d.14d"}, "refused option remind: must be before the end of the message, which can be read for 14d"},
		{JSON, Options{Remind: "1d.14d", Life: 15 * day}, ""},
		{Header, Options{Remind: "1h.23h", Life: day}, ""},
		{Header, Options{Remind: "1h.1d", Life: day}, "refused option X-SecureText-Remind: must be before the end of the message, which can be read for 1d"},
		{Header, Options{Remind: NoRemind, Life: time.Hour}, ""},
		{JSON, Options{Hint: "your pet"}, "refused option passcode_hint: needs a passcode beside it"},
		{Address, Options{Hint: "your pet"}, "refused option X-SecureText-Passcode-Hint: needs a passcode beside it"},
		{JSON, Options{Hint: "it is 47-11", Passcode: passcodeOf(t, "4711")}, "refused option passcode_hint: must not hold the passcode"},
		{JSON, Options{Hint: "your pet", Passcode: passcodeOf(t, "4711")}, ""},
		{JSON, Options{Passcode: passcodeOf(t, "4711")}, ""},
	} {
		err := c.asked.Check(c.place, 14*day, now)
		if c.want == "" && err == nil {
			continue
		}
		if !errors.Is(err, ErrValue) || err.Error() != c.want {
			t.Errorf("in %s, %+v: error %v, want %q", c.place, c.asked, err, c.want)
		}
	}
}

// The examples of the manual can be asked for together.
func TestTheExamplesGoTogether(t *testing.T) {
	form := NewForm(JSON, languages)
	for _, row := range Table() {
		if err := form.Set(row.JSON, row.Example); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Options.Check(JSON, 14*day, form.Options.SendAt.Add(-day)); err != nil {
		t.Error(err)
	}
}

func TestRemindAt(t *testing.T) {
	for want, spans := range map[Remind][]time.Duration{
		NoRemind: nil, "1d": {day}, "1h.25h.3d": {time.Hour, 25 * time.Hour, 3 * day},
	} {
		if got := RemindAt(spans); got != want {
			t.Errorf("%v: got %q, want %q", spans, got, want)
		}
	}
}
