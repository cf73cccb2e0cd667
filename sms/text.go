package sms

import (
	"fmt"
	"log/slog"

	"securetext/sms/phone"
)

// Text is one SMS: one segment of fixed words. It cannot hold anything of a
// message, since nothing that makes one takes it. It shows as "[text]" wherever
// it is printed; what it says stands behind a pointer, so that even a print that
// cannot call the methods below shows none of it. The zero Text is none.
type Text struct {
	id   string
	to   phone.Number
	body *string
}

// LinkText says that there is a message, or that it is still unread, and ends
// with the link to it (S02). id is ours, for the provider's callbacks; kind is
// [NewMessage] or [Reminder].
func LinkText(id string, to phone.Number, v Voice, kind Kind, link Link) Text {
	if kind != Reminder {
		kind = NewMessage
	}
	var url string
	if link.url != nil {
		url = *link.url
	}
	body := v.say(kind, url)
	return Text{id, to, &body}
}

// EnrolledText says that a password was set (S09), and whom to call if that was
// somebody else.
func EnrolledText(id string, to phone.Number, v Voice) Text {
	body := v.say(Enrolled, "")
	return Text{id, to, &body}
}

// CodeText brings the code that proves who holds the phone, and says that nobody
// will ask for it by phone. No template of an org's takes its place.
func CodeText(id string, to phone.Number, v Voice, c OneTimeCode) Text {
	body := v.say(OneCode, c.Secret())
	return Text{id, to, &body}
}

// ID is our id of the text.
func (t Text) ID() string { return t.id }

// To is the patient's number.
func (t Text) To() phone.Number { return t.to }

// Body is the words, with the link: for the phone alone.
func (t Text) Body() string {
	if t.body == nil {
		return ""
	}
	return *t.body
}

// Segments is how many the text takes. It is 1.
func (t Text) Segments() int {
	n, _ := Measure(t.Body())
	return n
}

// Encoding is how the text travels.
func (t Text) Encoding() Encoding {
	_, e := Measure(t.Body())
	return e
}

// Format implements [fmt.Formatter] for every verb.
func (t Text) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[text]") }

// LogValue implements [slog.LogValuer].
func (t Text) LogValue() slog.Value { return slog.StringValue("[text]") }

// MarshalText implements [encoding.TextMarshaler], which JSON uses too.
func (t Text) MarshalText() ([]byte, error) { return []byte("[text]"), nil }
