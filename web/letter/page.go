// Package letter makes of a message's content what a browser shows of it: the same
// for its patient and for its sender.
//
// [NewPage] fills what message.html shows, [Frame] is the document around a
// message's HTML, and a [File] is saved, or viewed in place where that is safe. It
// finds and records nothing: whoever shows something has its event first. Nothing
// that it makes runs, is loaded from elsewhere, or leads anywhere by itself.
package letter

import (
	"cmp"
	"strconv"
	"time"

	"securetext/store"
)

// Page is what message.html shows.
type Page struct {
	Path    string // where the link leads
	At      string // where this message is shown
	Subject string
	From    string
	Sent    time.Time
	Until   time.Time
	Text    []Segment
	Earlier []Segment // what is folded away
	Framed  bool      // show the HTML, in a frame, instead of Text
	Height  int       // of the frame, in CSS pixels
	Swap    string
	Files   []Listed
	Ack     *Ack // nil: no answer is asked for
	Written []Written
	Reply   *Form // nil: nothing more can be written back
	Thread  []Threaded
	Others  []Other
	Offer   bool // to make a passkey in this browser
}

// Listed is one file in a list.
type Listed struct {
	Href string // to save it; "/view" beneath it, to view it
	Name string
	Size int64 // bytes
	View bool  // it can be viewed in place
}

// Ack is the part of the page by which the patient answers.
type Ack struct {
	Action  string
	Ack     store.Ack
	Answers []store.Answer // a button each; once it is done, the one that was given
	Done    bool
}

// Written is what the patient wrote back before.
type Written struct {
	Sent  time.Time
	Text  []Segment
	Files []Listed
}

// Form is the part of the page by which the patient writes back.
type Form struct {
	Action  string
	Nonce   string // the same form sent twice is one reply
	Text    string // what was typed
	Accept  string // what files are offered
	Problem string // why it was not taken, as reply.html names it; empty: it was not sent
	File    string // which file is at fault
}

// Threaded is another message of a thread, or that its recipient wrote back to
// it. What either says is behind the link, and read there.
type Threaded struct {
	Href string
	From string // empty: the recipient
	Sent time.Time
	Read bool
}

// Other is one of the clinic's other messages. What it is about stays sealed until
// it is opened.
type Other struct {
	Href string
	From string
	Sent time.Time
	Read bool
}

// maxHTML is the longest HTML that is shown, in bytes: sanitising costs the
// server 0.2 s a megabyte. Of a longer message its text is shown.
const maxHTML = 1 << 20

// Shown is content as it is shown: without HTML that is too long.
func Shown(content store.Content) store.Content {
	if len(content.HTML) > maxHTML && content.Text != "" {
		content.HTML, content.HTMLFold = "", 0
	}
	return content
}

// NewPage is the page of a message at an address, with what the message alone
// tells; plain asks for its text in place of its HTML.
func NewPage(at string, sealed store.Sealed, content store.Content, plain bool) Page {
	p := Page{
		At: at, Subject: Upright(content.Subject), From: Upright(cmp.Or(content.From, sealed.SenderName, sealed.OrgName)),
		Sent: sealed.Created, Until: sealed.Expires, Ack: newAck(at, sealed),
		Framed: content.HTML != "" && (!plain || content.Text == ""),
	}
	if p.Framed {
		p.Height = frameHeight(content)
	} else {
		text, earlier := folded(content.Text, content.TextFold)
		p.Text, p.Earlier = Segments(text), Segments(earlier)
	}
	if content.HTML != "" && content.Text != "" {
		p.Swap = at
		if p.Framed {
			p.Swap += "?view=text"
		}
	}
	p.Files = filesOf(at, sealed, content, p.Framed)
	return p
}

// newAck is nil for a message that asks for no answer.
func newAck(at string, sealed store.Sealed) *Ack {
	if sealed.Ack == "" {
		return nil
	}
	a := &Ack{Action: at + "/ack", Ack: sealed.Ack, Answers: sealed.Ack.Answers()}
	if sealed.Answer != "" {
		a.Answers, a.Done = []store.Answer{sealed.Answer}, true
	}
	return a
}

// filesOf lists the attachments, without those that the frame shows.
func filesOf(at string, sealed store.Sealed, content store.Content, framed bool) []Listed {
	shown := map[int]bool{}
	if framed {
		for _, a := range inlined(sealed, content) {
			shown[a.Part] = true
		}
	}
	var files []Listed
	for _, a := range content.Attachments {
		if !shown[a.Part] {
			files = append(files, listed(at, a, sealed.Attachments))
		}
	}
	return files
}

// NewWritten is a reply as it is shown beneath a message at an address.
func NewWritten(at string, r store.SealedReply, content store.Content) Written {
	w := Written{Sent: r.Created, Text: Segments(content.Text)}
	for _, a := range content.Attachments {
		w.Files = append(w.Files, listed(at+"/reply/"+string(r.ID), a, r.Attachments))
	}
	return w
}

func listed(at string, a store.ContentAttachment, known []store.AttachmentInfo) Listed {
	f := Listed{Href: at + "/a/" + strconv.Itoa(a.Part), Name: SafeName(a.Name)}
	for _, info := range known {
		if info.Part == a.Part {
			f.Size = info.Size
		}
	}
	f.View = mayView(a, f.Size)
	return f
}

// folded cuts text where its fold begins.
func folded(text string, fold int) (first, rest string) {
	if fold == 0 {
		return text, ""
	}
	return text[:fold], text[fold:]
}
