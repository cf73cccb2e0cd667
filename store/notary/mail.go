package notary

import (
	"bytes"
	"context"
	"fmt"
	"mime/quotedprintable"
	"time"

	"securetext/store/merkle"
)

// Mail is who gets checkpoints by mail, and how.
type Mail struct {
	To, From, Hostname string
	Every              time.Duration
	Now                func() time.Time
	Send               func(ctx context.Context, to string, mail []byte) error
}

// ToMail mails the checkpoint of the time.
func ToMail(m Mail) Target {
	return Target{Kind: "mail", Name: "mail " + m.To, Every: m.Every, Push: func(ctx context.Context, c merkle.Checkpoint, signed string) error {
		return m.Send(ctx, m.To, m.write(c, signed))
	}}
}

// write writes the mail, which nothing should answer.
func (m Mail) write(c merkle.Checkpoint, signed string) []byte {
	var out bytes.Buffer
	for _, f := range [][2]string{
		{"From", m.From},
		{"To", m.To},
		{"Subject", fmt.Sprintf("Log of %s: checkpoint of %d events", c.Origin, c.Size)},
		{"Date", m.Now().UTC().Format(time.RFC1123Z)},
		{"Message-ID", fmt.Sprintf("<checkpoint.%d@%s>", c.Size, m.Hostname)},
		{"Auto-Submitted", "auto-generated"},
		{"X-Auto-Response-Suppress", "All"},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&out, "%s: %s\r\n", f[0], f[1])
	}
	out.WriteString("\r\n")
	w := quotedprintable.NewWriter(&out)
	fmt.Fprintf(w, "Keep this mail: by what stands below, somebody can prove one day that the audit log was not changed.\n"+
		"Save the lines below the rule as a file, and run: securetext audit verify --checkpoint FILE\n\n----\n%s", signed)
	w.Close()
	return out.Bytes()
}
