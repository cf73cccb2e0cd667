package sms_test

import (
	"strings"
	"testing"

	"securetext/sms"
)

func TestParseKeyword(t *testing.T) {
	for want, bodies := range map[sms.Keyword][]string{
		sms.Stop: {
			"STOP", "stop", "Stop.", " s t o p \n", "STOP!", "'stop'", "\"Stop\"", "\ufeffstop\u200b", "stop\u00a0", "stop all", "STOPALL",
			"unsubscribe", "End", "quit", "Cancel", "REVOKE", "opt-out", "Opt Out", "optout",
			"alto", "Parar", "cancelar", "arret", "Arrêt", "ARRÊT", "dung", "Dừng", "tigil", "停止", "停止。", "退订", " 退订！",
		},
		sms.Start: {"START", "start", "Start?", "yes", "Yes!", "unstop", "UN-STOP"},
		sms.Help:  {"HELP", "help", "Help?", "info", "ayuda", "aide", "帮助"},
		"": {
			"", " ", "?", "stop it", "please stop", "don't stop", "stopp", "no", "restart", "yes please", "st0p", "STOP 1",
			"\xff", "stop\x00", strings.Repeat(" ", 61) + "stop", strings.Repeat("stop ", 100),
		},
	} {
		for _, body := range bodies {
			if got := sms.ParseKeyword(body); got != want {
				t.Errorf("ParseKeyword(%q) = %q, want %q", body, got, want)
			}
		}
	}
}

func FuzzParseKeyword(f *testing.F) {
	for _, s := range []string{"stop", "Arrêt", "退订。", "\xff", "start\u200b", "ſtop"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		k := sms.ParseKeyword(body)
		switch k {
		case sms.Stop, sms.Start, sms.Help, "":
		default:
			t.Fatalf("ParseKeyword(%q) = %q", body, k)
		}
		if len(body) < 60 && sms.ParseKeyword(" "+body+".\n") != k {
			t.Fatalf("spaces and a full stop turn %q from %q into something else", body, k)
		}
	})
}
