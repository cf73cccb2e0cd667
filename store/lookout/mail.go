package lookout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"regexp"
	"time"

	"securetext/store"
)

// Mail is how alerts are mailed.
type Mail struct {
	From, Hostname string
	Console        string // the address of the staff's site; empty: mails do not name it
	Send           func(ctx context.Context, to string, mail []byte) error
}

const (
	// mailLease is when a mail that did not go is tried again, and mailLife how long.
	mailLease, mailLife = 5 * time.Minute, 24 * time.Hour
	// mostMails is how many go in one round: an org has no more than so many a day.
	mostMails = store.MostAlerts
)

var blockOfSubject = regexp.MustCompile(`^[0-9a-f.:]+/\d+$`)

// tell mails the alerts that are due. One that did not go is tried again when its
// claim ends.
func (l *Lookout) tell(ctx context.Context) {
	if l.Mail == nil {
		return
	}
	due, err := l.Store.DueAlerts(ctx, mostMails, mailLease, l.Now())
	if err != nil {
		if ctx.Err() == nil {
			l.Log.Warn("alerts not mailed", "err", err)
		}
		return
	}
	for _, d := range due {
		org, err := l.orgs.Find(ctx, l.Store, d.Org, l.Now())
		if err == nil {
			err = l.send(ctx, d, l.write(d, org.Name))
		}
		if err != nil && l.Now().Sub(d.At) < mailLife {
			l.Log.Warn("alert not mailed", "alert", d.ID, "err", err)
			continue
		}
		if err := l.Store.AlertTold(ctx, d.ID); err != nil {
			l.Log.Warn("alert mailed, and not recorded", "alert", d.ID, "err", err)
		}
	}
}

// errNotSent hides what the mail server said, in which the address may stand.
var errNotSent = errors.New("the mail server did not take it")

func (l *Lookout) send(ctx context.Context, d store.DueAlert, text []byte) error {
	bound, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if l.Mail.Send(bound, d.To, text) != nil {
		return errNotSent
	}
	return nil
}

// words say what each rule found.
var words = map[store.Rule]string{
	store.UnusualVolume: "A sender sends far more than on its other days.",
	store.ManyRefusals:  "There were many wrong passwords, codes or keys within an hour.",
	store.NewPlace:      "Somebody of the staff signed in from a place where they never did before.",
	store.BulkReading:   "One reader looked at many messages within an hour.",
	store.ManyWipes:     "One person destroyed many messages within a day.",
	store.Emergency:     "Emergency access: two admins opened a message. Its sender sees it in the timeline.",
}

// write writes the mail, which nothing should answer. A second try is the first, byte
// for byte.
func (l *Lookout) write(d store.DueAlert, org string) []byte {
	var out bytes.Buffer
	for _, f := range [][2]string{
		{"From", l.from.String()},
		{"To", d.To},
		{"Subject", mime.QEncoding.Encode("utf-8", "Security alert: "+org)},
		{"Date", d.At.UTC().Format(time.RFC1123Z)},
		{"Message-ID", fmt.Sprintf("<%s@%s>", d.ID, l.Mail.Hostname)},
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
	fmt.Fprintf(w, "%s\n\nAbout: %s\nHow many: %d\nNoticed: %s\nAlert: %s\n", words[d.Rule], d.Subject, d.Count, d.At.UTC().Format("2006-01-02 15:04 UTC"), d.ID)
	if l.Mail.Console != "" {
		fmt.Fprintf(w, "Look at it: %s/alerts\n", l.Mail.Console)
	}
	fmt.Fprint(w, "\nPlease do not answer this mail.\n")
	w.Close()
	return out.Bytes()
}
