package store

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"securetext/store/seal"
)

// Content is what a message says, before it is sealed and after it is opened.
// It is sealed as one part; the bytes of the attachments are parts of their own.
// However it is formatted or logged it shows as "[content]".
type Content struct {
	Subject string
	From    string // the display name the sender wrote, for this message
	Text    string // UTF-8, lines ended by \n
	HTML    string // as it came: it must be sanitised before it is shown
	// TextFold and HTMLFold are where in Text and HTML a signature or the history
	// of a conversation begins, which may be opened on demand; 0: nowhere.
	TextFold, HTMLFold int
	Attachments        []ContentAttachment
}

// ContentAttachment names an attachment; the stored row knows its size.
type ContentAttachment struct {
	Part      int
	Name      string // a base name, never empty
	Type      string // media type without parameters, as found by looking at the bytes
	ContentID string // what cid: links in the HTML call it, without <>
	Inline    bool   // shown within the HTML
}

// content has the same fields without the methods that hide them.
type content Content

// Plaintext is the content as it is sealed.
func (c Content) Plaintext() seal.Plaintext {
	b, err := json.Marshal(content(c))
	if err != nil {
		panic(err) // strings, numbers and booleans always marshal
	}
	return b
}

// ParseContent reads what [Content.Plaintext] made.
func ParseContent(p seal.Plaintext) (Content, error) {
	var c content
	if err := json.Unmarshal(p, &c); err != nil {
		return Content{}, fmt.Errorf("read content of %v", p) // not err, which may quote it
	}
	if c.TextFold < 0 || c.TextFold > len(c.Text) || c.HTMLFold < 0 || c.HTMLFold > len(c.HTML) {
		return Content{}, fmt.Errorf("read content of %v: a fold is out of range", p)
	}
	return Content(c), nil
}

// Format implements [fmt.Formatter].
func (c Content) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[content]") }

// LogValue implements [slog.LogValuer].
func (c Content) LogValue() slog.Value { return slog.StringValue("[content]") }

// MarshalJSON implements [json.Marshaler]: only [Content.Plaintext] tells all.
func (c Content) MarshalJSON() ([]byte, error) { return []byte(`"[content]"`), nil }

// Open opens the message's content; the key opens its attachments too.
func (s Sealed) Open(ctx context.Context, keys *seal.Keyring) (Content, seal.Key, error) {
	return openContent(ctx, keys, s.Key, s.Content, s.Place(seal.PartContent))
}

// Open opens what was written back; the key opens its files too.
func (r SealedReply) Open(ctx context.Context, keys *seal.Keyring) (Content, seal.Key, error) {
	return openContent(ctx, keys, r.Key, r.Content, r.Place(seal.PartContent))
}

// Open opens what the viewer wrote and was not taken.
func (d Draft) Open(ctx context.Context, keys *seal.Keyring, v Viewer) (Content, error) {
	content, _, err := openContent(ctx, keys, d.Key, d.Content, d.Place(v, seal.PartContent))
	return content, err
}

func openContent(ctx context.Context, keys *seal.Keyring, wrapped seal.DataKey, sealed seal.Ciphertext, at seal.Place) (Content, seal.Key, error) {
	key, err := keys.DataKey(ctx, wrapped, at)
	if err != nil {
		return Content{}, seal.Key{}, fmt.Errorf("open key: %w", err)
	}
	p, err := key.Open(sealed, at)
	if err != nil {
		return Content{}, seal.Key{}, fmt.Errorf("open content: %w", err)
	}
	content, err := ParseContent(p)
	return content, key, err
}
