package courier_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/courier"
	"securetext/store"
	"securetext/store/storetest"
)

// twoRoads are a first and a second that keep one diary.
func twoRoads(first, second sms.Sender) lanes {
	return lanes{"first": {Sender: first}, "second": {Sender: second}}
}

func TestATextThatTheFirstRoadDoesNotTakeGoesByTheSecond(t *testing.T) {
	odd := errors.New("odd")
	cases := []struct {
		name   string
		err    error
		events string
		diary  []string
	}{
		{"busy", sms.ErrBusy, "accepted:api deferred:told sent", []string{"first sends to +12125550001", "second sends to +12125550001"}},
		{"away", sms.ErrAway, "accepted:api deferred:told sent", []string{"first sends to +12125550001", "second sends to +12125550001"}},
		{"halted", sms.ErrHalt, "accepted:api deferred:told sent", []string{"first sends to +12125550001", "second sends to +12125550001"}},
		{"refused for ever", sms.ErrPermanent, "accepted:api failed:told", []string{"first sends to +12125550001"}},
		{"no error that is known", odd, "accepted:api deferred:told sent", []string{"first sends to +12125550001", "first sends to +12125550001"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := &diary{}
			first := &teller{"first", map[string][]error{numbered(1): {c.err}}, d}
			travel(t, twoRoads(first, &teller{"second", nil, d}), func(t *testing.T, j *journey) {
				id := j.letter(t, 1)
				j.run(t, 30*time.Second)
				j.wantEvents(t, id, c.events)
				wantDiary(t, d, c.diary...)
			})
		})
	}
}

func TestWhileTheFirstRoadIsStoppedTheSecondIsTaken(t *testing.T) {
	d := &diary{}
	first := &teller{"first", map[string][]error{numbered(1): {sms.ErrHalt}}, d}
	travel(t, twoRoads(first, &teller{"second", nil, d}), func(t *testing.T, j *journey) {
		for n := 1; n <= 4; n++ {
			j.letter(t, n)
		}
		j.run(t, 4*time.Second)
		if got, _ := d.about("first"); len(got) != 1 {
			t.Errorf("the first road was asked %d times", len(got))
		}
		if got, _ := d.about("second"); len(got) != 4 {
			t.Errorf("the second road took %d texts, want 4", len(got))
		}
		time.Sleep(10 * time.Second)
		for n := 5; n <= 8; n++ {
			j.letter(t, n)
			j.run(t, time.Second)
		}
		if got, _ := d.about("first"); len(got) != 1+4 {
			t.Errorf("after the pause the first road was asked %q", got)
		}
	})
}

func TestADoubtIsAskedAboutOnTheRoadItWent(t *testing.T) {
	for _, c := range []struct {
		name   string
		took   bool
		events string
		diary  []string
	}{
		{"it went out", true, "accepted:api deferred:told sent", []string{"first sends to +12125550001", "first looks for +12125550001"}},
		{"it did not", false, "accepted:api deferred:told sent", []string{"first sends to +12125550001", "first looks for +12125550001", "first sends to +12125550001"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &diary{}
			first := &finder{teller{"first", map[string][]error{numbered(1): {sms.ErrUnsure}}, d}, c.took, nil}
			travel(t, twoRoads(first, &teller{"second", nil, d}), func(t *testing.T, j *journey) {
				id := j.letter(t, 1)
				j.run(t, 3*time.Minute)
				j.wantEvents(t, id, c.events)
				wantDiary(t, d, c.diary...)
			})
		})
	}
}

// While the road of a doubt is stopped, its text does not go by another: it waits
// until that road says what became of it.
func TestADoubtOnAStoppedRoadWaits(t *testing.T) {
	d := &diary{}
	first := &finder{teller{"first", map[string][]error{numbered(1): {sms.ErrUnsure}, numbered(2): {sms.ErrHalt}}, d}, false, nil}
	travel(t, twoRoads(first, &teller{"second", nil, d}), func(t *testing.T, j *journey) {
		id := j.letter(t, 1)
		j.run(t, time.Second)
		first.err = &sms.Error{Code: "told", RetryAfter: 10 * time.Minute, Err: sms.ErrAway}
		j.run(t, 2*time.Minute)
		looks, _ := d.about("first looks")
		if sent, _ := d.about("second"); len(sent) != 0 || len(looks) != 1 {
			t.Errorf("asked %d times, and %q, while nobody knows what became of the first", len(looks), sent)
		}
		first.err = nil
		j.run(t, 20*time.Minute)
		j.wantEvents(t, id, "accepted:api deferred:told deferred:told sent")
		wantDiary(t, d, "first sends to +12125550001", "first looks for +12125550001", "first looks for +12125550001",
			"first sends to +12125550001")
	})
}

func TestADoubtOnARoadThatCannotBeAskedKeepsThatRoad(t *testing.T) {
	d := &diary{}
	first := &teller{"first", map[string][]error{numbered(1): {sms.ErrUnsure, sms.ErrAway}}, d}
	travel(t, twoRoads(first, &finder{teller{"second", nil, d}, false, nil}), func(t *testing.T, j *journey) {
		id := j.letter(t, 1)
		j.run(t, 10*time.Minute)
		j.wantEvents(t, id, "accepted:api deferred:told deferred:told sent")
		wantDiary(t, d, "first sends to +12125550001", "first sends to +12125550001", "first sends to +12125550001")
		if _, at := d.about("first"); at[1].Sub(at[0]) < 5*time.Minute {
			t.Errorf("it was sent again after %v, though its report might still come", at[1].Sub(at[0]))
		}
	})
}

func TestAnOrgWithoutARoadIsToldOf(t *testing.T) {
	travel(t, lanes{}, func(t *testing.T, j *journey) {
		id := j.letter(t, 1)
		j.run(t, 10*time.Second)
		j.wantEvents(t, id, "accepted:api")
		if n := strings.Count(j.log.String(), "no road for the texts of an org"); n != 1 {
			t.Errorf("logged %d times within a minute, want once", n)
		}
		j.lanes["second"] = courier.Road{Sender: &teller{"second", nil, &diary{}}}
		j.run(t, time.Minute)
		j.wantEvents(t, id, "accepted:api sent")
	})
}

func TestTestMessagesGoToTheSandbox(t *testing.T) {
	d := &diary{}
	l := twoRoads(&teller{"first", nil, d}, &teller{"second", nil, d})
	l["sandbox"] = courier.Road{Sender: &teller{"sandbox", nil, d}}
	travel(t, l, func(t *testing.T, j *journey) {
		j.letter(t, 1, func(m *store.Message) { m.Test = true })
		j.run(t, time.Second)
		storetest.SetPolicy(t, j, j.org.ID, store.Policy{Roads: "first", Test: true})
		j.letter(t, 2)
		j.run(t, time.Second)
		wantDiary(t, d, "sandbox sends to +12125550001", "sandbox sends to +12125550002")
	})
}
