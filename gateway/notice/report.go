package notice

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"securetext/sms/reason"
	"securetext/store"
)

// isReport tells whether the mail is for the sender's program too: it is when
// the program asked, which shows by its own name for the message, by a step that
// no policy asks for, or by a policy that asks for nothing. Others get plain
// mails, since some mail programs put words of their own over a report's.
func (l letter) isReport() bool {
	switch l.Kind {
	case store.Delivered:
		return true
	case store.Failed:
		return l.EnvID != "" || l.Org.Policy.Confirm == "" || l.Org.Policy.Confirm == store.ConfirmNone
	}
	return false
}

// report writes the text, and the same for programs (RFC 3464). There is no
// third part: nothing of the message goes back.
func (l letter) report(out *bytes.Buffer) {
	boundary := fmt.Sprintf("=_%s.%s", l.Message, l.Kind) // cannot stand in quoted-printable
	fmt.Fprintf(out, "Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=%q\r\n\r\n--%[1]s\r\n", boundary)
	l.plain(out)
	fmt.Fprintf(out, "\r\n--%s\r\nContent-Type: message/delivery-status\r\n\r\n", boundary)
	l.status(out)
	fmt.Fprintf(out, "\r\n--%s--\r\n", boundary)
}

// status writes the fields of the message and those of its one recipient. The
// address that the mail went to is the phone number, so it is masked, in an
// address type of our own.
func (l letter) status(out *bytes.Buffer) {
	if id := l.envelopeID(); id != "" {
		fmt.Fprintf(out, "Original-Envelope-Id: %s\r\n", id)
	}
	fmt.Fprintf(out, "Reporting-MTA: dns; %s\r\n", l.hostname)
	fmt.Fprintf(out, "Arrival-Date: %s\r\n\r\n", l.Created.UTC().Format(time.RFC1123Z))
	fmt.Fprintf(out, "Final-Recipient: x-phone; %s\r\n", strings.NewReplacer(" ", "-", "•", "x").Replace(masked(l.number)))
	if l.Kind == store.Delivered {
		out.WriteString("Action: delivered\r\nStatus: 2.1.5\r\n")
	} else {
		fmt.Fprintf(out, "Action: failed\r\nStatus: %s\r\n", reason.Of(l.Detail).Status())
		if code := shown(l.Detail, l.number); code != "" && isASCII(code) {
			fmt.Fprintf(out, "Diagnostic-Code: x-securetext; %s\r\n", code)
		}
	}
	fmt.Fprintf(out, "Last-Attempt-Date: %s\r\n", l.At.UTC().Format(time.RFC1123Z))
}

// longestEnvID is RFC 3461's.
const longestEnvID = 100

// envelopeID is the program's own name for the message, as it gave it; empty
// where it may not be repeated.
func (l letter) envelopeID() string {
	if len(l.EnvID) > longestEnvID || !isASCII(l.EnvID) {
		return ""
	}
	return shown(l.EnvID, l.number)
}
