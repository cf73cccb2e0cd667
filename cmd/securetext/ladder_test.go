package main

import (
	"bytes"
	"testing"
	"time"

	"securetext/gateway"
	"securetext/store"
)

func TestALadderReadsAsLines(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	east := time.FixedZone("", 3600)
	s := gateway.MessageStatus{
		ID: "msg_1", Status: store.Undelivered, Reference: "lab-4711", Passcode: gateway.PasscodeAsked, Created: noon, Expires: noon.Add(24 * time.Hour),
		Ladder: []gateway.StatusStep{
			{Step: store.Accepted, At: noon.In(east)},
			{Step: store.Sent, At: noon.Add(time.Second)},
			{Step: store.Undelivered, At: noon.Add(time.Minute), Reason: &gateway.StatusReason{Code: "twilio_30003", Why: "It is off.", Next: "Wait."}},
		},
		Waiting: &gateway.StatusWait{Code: "quiet_hours", Why: "It is night.", Since: noon.Add(time.Hour)},
	}
	const steps = `msg_1: undelivered, reference lab-4711, passcode asked
2026-11-23 12:00:00 UTC  accepted
2026-11-23 12:00:01 UTC  sent
2026-11-23 12:01:00 UTC  undelivered: It is off. Wait. (twilio_30003)
2026-11-23 13:00:00 UTC  waits: It is night. (quiet_hours)
`
	wiped, expired := s, s
	wiped.Wiped, expired.Expired = noon.Add(2*time.Hour), noon.Add(24*time.Hour)
	for want, s := range map[string]gateway.MessageStatus{
		"2026-11-24 12:00:00 UTC  expires\n": s,
		"2026-11-23 14:00:00 UTC  wiped\n":   wiped,
		"2026-11-24 12:00:00 UTC  expired\n": expired,
	} {
		var out bytes.Buffer
		if err := printStatus(&out, s); err != nil || out.String() != steps+want {
			t.Errorf("got error %v and\n%s", err, out.String())
		}
	}
}
