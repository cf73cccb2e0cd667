// Package seal encrypts what must not be read at rest.
//
// Every message has its own random data [Key], wrapped by the key of its org,
// which is wrapped by the root key that never enters the database; the
// [Keyring] holds that chain. A ciphertext is bound to one [Place]: moved to
// another message, part or recipient it no longer opens. Long content is
// sealed in chunks whose order and end are authenticated, so it can neither be
// cut nor reordered.
//
// A [Plaintext] never prints: not in a log, an error or JSON. string(p) is the
// one way in.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// ErrTampered is returned when a ciphertext does not open: it was altered,
// moved to another place, or sealed under another key.
var ErrTampered = errors.New("sealed data does not open")

// ErrNotKey is returned by [ParseKey] for anything but 32 bytes in base64.
var ErrNotKey = errors.New("not a key: want 32 bytes in base64 (make one with: openssl rand -base64 32)")

// Plaintext is message text, which may hold health information. However it is
// formatted, logged or marshalled it shows as "[n bytes]".
type Plaintext []byte

// Format implements [fmt.Formatter] for every verb.
func (p Plaintext) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "[%d bytes]", len(p)) }

// LogValue implements [slog.LogValuer].
func (p Plaintext) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(p)) }

// MarshalText implements [encoding.TextMarshaler]; it shows the length alone.
func (p Plaintext) MarshalText() ([]byte, error) { return []byte(fmt.Sprint(p)), nil }

// Ciphertext is a 12-byte nonce, the encrypted bytes and a 16-byte tag.
type Ciphertext []byte

// Format implements [fmt.Formatter]: ciphertexts are noise in a log.
func (c Ciphertext) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "[%d sealed bytes]", len(c)) }

// Overhead is how many bytes longer a [Ciphertext] is than its [Plaintext].
const Overhead = 12 + 16

// Parts of a message that are sealed apart. Attachments count up from
// [FirstAttachment].
const (
	PartPerson  = -5 // a recipient's name, under the key of its number
	PartHint    = -4 // which passcode a message asks for
	PartPasskey = -3 // its passkey, likewise
	PartWord    = -2 // its word, likewise
	PartKey     = -1 // the data key itself, wrapped
	PartContent = 0  // subject, text, HTML and the names of the attachments
	// FirstAttachment is the part of a message's first attachment.
	FirstAttachment = 1
)

// Place says where a ciphertext belongs. It is authenticated with it, so that
// no ciphertext can be moved (S21). Message is empty for what belongs to the
// recipient, and Recipient too for what belongs to the org. Reply is set for
// what the recipient wrote back to the message, taken or not.
type Place struct {
	Org, Message, Recipient, Reply string
	Part                           int
}

// version is the first byte of all associated data: a later format takes the next.
const version = 1

// bytes is the place as associated data, each field with its length before it. A
// reply stands last, where a place without one has ended.
func (p Place) bytes(chunk uint32, last bool) []byte {
	b := make([]byte, 0, 24+len(p.Org)+len(p.Message)+len(p.Recipient))
	b = append(b, version)
	for _, s := range []string{p.Org, p.Message, p.Recipient} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(int32(p.Part)))
	b = binary.BigEndian.AppendUint32(b, chunk)
	if last {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	if p.Reply == "" {
		return b
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(p.Reply)))
	return append(b, p.Reply...)
}

// Key is an AES-256 key. It shows as "[key]" wherever it is printed.
type Key struct {
	aead cipher.AEAD
	raw  [32]byte
}

// NewKey makes a random key.
func NewKey() Key {
	var raw [32]byte
	rand.Read(raw[:])
	return KeyFrom(raw)
}

// ParseKey reads a key of 32 bytes in standard base64. Its error never shows
// the text.
func ParseKey(s string) (Key, error) {
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(s))
	if err != nil || len(b) != 32 {
		return Key{}, ErrNotKey
	}
	return KeyFrom([32]byte(b)), nil
}

// KeyFrom is the key of those bytes.
func KeyFrom(raw [32]byte) Key {
	block, err := aes.NewCipher(raw[:])
	if err != nil {
		panic(err) // 32 bytes are always a key
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return Key{aead: aead, raw: raw}
}

// ID names the key without giving anything of it away: 12 hex digits.
func (k Key) ID() string {
	sum := sha256.Sum256(append([]byte("securetext key id\x00"), k.raw[:]...))
	return fmt.Sprintf("%x", sum[:6])
}

// Format implements [fmt.Formatter]: a key never prints.
func (k Key) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[key]") }

// LogValue implements [slog.LogValuer].
func (k Key) LogValue() slog.Value { return slog.StringValue("[key]") }

// Seal encrypts p for one place, under a fresh random nonce.
func (k Key) Seal(p Plaintext, at Place) Ciphertext { return k.seal(p, at, 0, true) }

// Open decrypts what [Key.Seal] made for the same place. Anything else is
// [ErrTampered].
func (k Key) Open(c Ciphertext, at Place) (Plaintext, error) { return k.open(c, at, 0, true) }

// Wrap seals another key.
func (k Key) Wrap(inner Key, at Place) Ciphertext {
	at.Part = PartKey
	return k.Seal(inner.raw[:], at)
}

// Unwrap opens what [Key.Wrap] made.
func (k Key) Unwrap(c Ciphertext, at Place) (Key, error) {
	at.Part = PartKey
	raw, err := k.Open(c, at)
	if err != nil {
		return Key{}, err
	}
	if len(raw) != 32 {
		return Key{}, ErrTampered
	}
	return KeyFrom([32]byte(raw)), nil
}

func (k Key) seal(p []byte, at Place, chunk uint32, last bool) Ciphertext {
	return k.aead.Seal(make([]byte, 0, len(p)+Overhead), nil, p, at.bytes(chunk, last))
}

func (k Key) open(c Ciphertext, at Place, chunk uint32, last bool) (Plaintext, error) {
	if k.aead == nil {
		return nil, ErrTampered
	}
	p, err := k.aead.Open(nil, nil, c, at.bytes(chunk, last))
	if err != nil {
		return nil, ErrTampered
	}
	return p, nil
}
