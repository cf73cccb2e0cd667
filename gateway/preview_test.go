package gateway

import (
	"strings"
	"testing"
)

func TestPreviewRefusesAsTheDoorsDo(t *testing.T) {
	for header, want := range map[string]string{
		"From: a@x.example, b@x.example\r\n":                                  "The From and Sender",
		"From: a@x.example\r\nSender: b@x.example\r\nSender: c@x.example\r\n": "The From and Sender",
		"X-SecureText-Flavour: mild\r\n":                                      "Unknown option",
	} {
		_, refusal := Preview([]byte(header + "Subject: x\r\n\r\nbody\r\n"))
		if refusal == nil || !strings.HasPrefix(refusal.Message, want) {
			t.Errorf("%q: got %v, want %q", header, refusal, want)
		}
	}
	content, refusal := Preview([]byte("From: a@x.example\r\nX-SecureText-Lang: es\r\nSubject: x\r\n\r\nbody\r\n"))
	if refusal != nil || strings.TrimSpace(content.Text) != "body" {
		t.Errorf("got %v", refusal)
	}
}
