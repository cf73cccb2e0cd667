package pickup

import (
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/store/seal"
)

// messagePage is what message.html shows.
type messagePage struct {
	Path    string // where the link leads
	At      string // where this message is shown
	Subject string
	From    string
	Sent    time.Time
	Until   time.Time
	Text    []segment
	Earlier []segment // what is folded away
	Framed  bool      // show the HTML, in a frame, instead of Text
	Height  int       // of the frame, in CSS pixels
	Swap    string
	Files   []messageFile
	Ack     *ackForm // nil: no answer is asked for
	Written []sentReply
	Reply   *replyForm // nil: nothing more can be written back
	Thread  []threadedMessage
	Others  []listedMessage
	Offer   bool // to make a passkey in this browser
}

// messageFile is one attachment in the list.
type messageFile struct {
	Href string // to save it; "/view" beneath it, to view it
	Name string
	Size int64 // bytes
	View bool  // it can be viewed in place
}

// showMessage serves GET /m/:token to the message's recipient, and their other
// messages beneath it. The Read event
// is stored before the text is sent, so no text is ever shown without one.
func (s *Site) showMessage(c echo.Context, v visit, viewer store.Viewer) error {
	ctx := c.Request().Context()
	sealed, err := s.sealed(c, v, viewer)
	if err != nil {
		return fmt.Errorf("show message: %w", err)
	}
	content, _, err := s.open(c, sealed)
	if err != nil {
		return fmt.Errorf("show message %s: %w", sealed.ID, err)
	}
	p := newMessagePage(v, sealed, content, c.QueryParam("view") == "text")
	if p.Written, p.Reply, err = s.thread(c, v, viewer, sealed); err != nil {
		return fmt.Errorf("show message %s: %w", sealed.ID, err)
	}
	var threaded map[store.MessageID]bool
	if p.Thread, threaded, err = s.conversation(c, v, viewer); err != nil {
		return fmt.Errorf("show message %s: %w", sealed.ID, err)
	}
	if p.Others, err = s.listed(c, v, viewer, threaded); err != nil {
		return fmt.Errorf("show message %s: %w", sealed.ID, err)
	}
	p.Offer = s.takesPasskeys(v) && v.Other == "" && v.Device != (store.DeviceHash{}) && !v.Link.Device.Passkey
	if err := s.store.Read(ctx, sealed.ID, viewer, s.now()); err != nil {
		return fmt.Errorf("show message %s: %w", sealed.ID, err)
	}
	s.logRead(c, v)
	return c.Render(http.StatusOK, "message.html", v.page(p))
}

// maxHTML is the longest HTML that is shown, in bytes: sanitising costs the
// server 0.2 s a megabyte. Of a longer message its text is shown.
const maxHTML = 1 << 20

// open opens a message's content; the key opens its attachments too.
func (s *Site) open(c echo.Context, sealed store.Sealed) (store.Content, seal.Key, error) {
	at := sealed.Place(seal.PartContent)
	key, err := s.keys.DataKey(c.Request().Context(), sealed.Key, at)
	if err != nil {
		return store.Content{}, seal.Key{}, fmt.Errorf("open key: %w", err)
	}
	p, err := key.Open(sealed.Content, at)
	if err != nil {
		return store.Content{}, seal.Key{}, fmt.Errorf("open content: %w", err)
	}
	content, err := store.ParseContent(p)
	if len(content.HTML) > maxHTML && content.Text != "" {
		content.HTML, content.HTMLFold = "", 0
	}
	return content, key, err
}

func newMessagePage(v visit, sealed store.Sealed, content store.Content, plain bool) messagePage {
	p := messagePage{
		Path: v.path(), At: v.at(), Subject: upright(content.Subject), From: upright(firstOf(content.From, sealed.SenderName, sealed.OrgName)),
		Sent: sealed.Created, Until: sealed.Expires,
		Ack:    newAckForm(v, sealed),
		Framed: content.HTML != "" && (!plain || content.Text == ""),
	}
	if p.Framed {
		p.Height = frameHeight(content)
	} else {
		text, earlier := folded(content.Text, content.TextFold)
		p.Text, p.Earlier = segments(text), segments(earlier)
	}
	if content.HTML != "" && content.Text != "" {
		p.Swap = p.At
		if p.Framed {
			p.Swap += "?view=text"
		}
	}
	p.Files = messageFiles(v, sealed, content, p.Framed)
	return p
}

// messageFiles lists the attachments, without those that the frame shows.
func messageFiles(v visit, sealed store.Sealed, content store.Content, framed bool) []messageFile {
	sizes := map[int]int64{}
	for _, a := range sealed.Attachments {
		sizes[a.Part] = a.Size
	}
	shown := map[int]bool{}
	if framed {
		for _, a := range inlined(sealed, content) {
			shown[a.Part] = true
		}
	}
	var files []messageFile
	for _, a := range content.Attachments {
		if !shown[a.Part] {
			size := sizes[a.Part]
			files = append(files, messageFile{Href: v.file(a.Part), Name: safeName(a.Name), Size: size, View: mayView(a, size)})
		}
	}
	return files
}

// folded cuts text where its fold begins.
func folded(text string, fold int) (first, rest string) {
	if fold == 0 {
		return text, ""
	}
	return text[:fold], text[fold:]
}

func firstOf(names ...string) string {
	for _, n := range names {
		if n != "" {
			return n
		}
	}
	return ""
}
