package reason_test

import (
	"slices"
	"strings"
	"testing"

	"securetext/sms/reason"
	"securetext/store"
)

func TestReasonOfACode(t *testing.T) {
	for code, want := range map[string]reason.Reason{
		string(store.OptedOut): reason.OptedOut, string(store.Blocked): reason.Blocked, string(store.Landline): reason.Landline,
		string(store.Dead): reason.Dead, string(store.NotMine): reason.NotMine, string(store.Expired): reason.Expired, string(store.Wiped): reason.Wiped,

		"twilio_21211": reason.NotNumber, "twilio_30003": reason.Unreachable, "twilio_30005": reason.Dead,
		"twilio_30034": reason.Barred, "twilio_30450": reason.Barred, "twilio_30459": reason.Barred, "twilio_30008": reason.Unknown,

		"kannel_undeliv": reason.Unreachable, "kannel_expired": reason.Unreachable, "kannel_unknown": reason.Unknown,
		"kannel_invalid": reason.Dead, "kannel_rejectd": reason.Barred, "kannel_nack": reason.Unknown,
		"kannel_denied": reason.Unknown, "kannel_barred": reason.Barred, "kannel_sender": reason.Barred, "kannel_failed": reason.Unreachable,
		"kannel_auth": reason.Barred, "kannel_not_routable": reason.Barred, "kannel_carrier": reason.Unreachable,
		"kannel_retries": reason.Unreachable, "kannel_body": reason.Unknown, "kannel_deleted": reason.Unknown,

		"webhook_opted_out": reason.OptedOut, "webhook_landline": reason.Landline, "webhook_dead": reason.Dead,
		"webhook_unreachable": reason.Unreachable, "webhook_refused": reason.Barred, "webhook_expired": reason.Unreachable,
		"webhook_unknown": reason.Unknown, "sandbox_opted_out": reason.OptedOut, "sandbox_landline": reason.Landline,
		"webhook_filtered": reason.Barred, "sandbox_barred": reason.Barred, "webhook_congested": reason.Unknown,

		// What waited until the message's life was over.
		"quiet_hours": reason.Expired, "too_often": reason.Expired, "line_paused": reason.Expired, "twilio_20429": reason.Expired,
		"webhook_timeout": reason.Expired, "kannel_unreached": reason.Expired, "twilio_http_503": reason.Expired,

		"": reason.Unknown, "unknown": reason.Unknown, "twilio_99999": reason.Unknown, "enrolled twilio_30005": reason.Unknown,
		"twilio_http_400": reason.Unknown, "dead_line": reason.Unknown,
	} {
		if got := reason.Of(code); got != want {
			t.Errorf("%q: %s, want %s", code, got, want)
		}
	}
}

func TestEveryReasonHasWordsOfItsOwn(t *testing.T) {
	seen := map[reason.Explanation]reason.Reason{}
	for _, r := range reason.All() {
		e := r.Explain()
		if !strings.HasSuffix(e.Why, ".") || !strings.HasSuffix(e.Next, ".") || !strings.HasPrefix(r.Status(), "5.") {
			t.Errorf("%s: %q, %q, %q", r, e.Why, e.Next, r.Status())
		}
		if other, ok := seen[e]; ok {
			t.Errorf("%s reads as %s", r, other)
		}
		seen[e] = r
	}
	if got := reason.Reason("moon").Explain(); got != reason.Unknown.Explain() {
		t.Errorf("what is no reason reads %q", got)
	}
}

// Whoever could only wait is not told to send again.
func TestALostTextMayBeFollowedByAnother(t *testing.T) {
	for _, r := range reason.All() {
		final, lost := r.Explain(), r.ExplainLost()
		again := strings.HasPrefix(lost.Next, "Another text may follow")
		if lost.Why != final.Why || again != (r == reason.Unreachable || r == reason.Unknown) || !again && lost != final {
			t.Errorf("%s: %q", r, lost.Next)
		}
	}
}

func TestWhatATextWaitsFor(t *testing.T) {
	for words, codes := range map[string][]string{
		"quiet hours":         {"quiet_hours"},
		"as many texts":       {"too_often"},
		"are held up":         {"line_paused", "too_slow", "stopped"},
		"takes no more texts": {"twilio_20429", "busy", "kannel_busy", "webhook_http_429"},
		"cannot be reached":   {"twilio_unreached", "kannel_unreached", "webhook_bad_answer"},
		"did not say whether": {"twilio_timeout", "twilio_broken_off", "twilio_http_502", "kannel_timeout", "webhook_no_id", "sandbox_unsure"},
		"has to mend":         {"org_name", "number_unreadable", "webhook_private_address", "webhook_http_401", "webhook_http_302"},
		"refuse texts":        {"twilio_20003", "twilio_30450", "kannel_auth", "kannel_not_routable"},
		"tried again":         {"unknown", "", "twilio_http_400", "2114367789"},
	} {
		for _, code := range codes {
			got := reason.Waits(code)
			if !strings.Contains(got, words) || !strings.HasSuffix(got, ".") {
				t.Errorf("%q: %q, want %q in it", code, got, words)
			}
			if code != "" && strings.Contains(got, code) {
				t.Errorf("%q repeats its code", got)
			}
		}
	}
}

func FuzzOf(f *testing.F) {
	for _, code := range []string{"twilio_21610", "kannel_expired", "quiet_hours", "_", "http_5"} {
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code string) {
		if r := reason.Of(code); !slices.Contains(reason.All(), r) {
			t.Errorf("%q: %q is no reason", code, r)
		}
		if reason.Waits(code) == "" {
			t.Errorf("%q: no words", code)
		}
	})
}
