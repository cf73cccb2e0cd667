package archive

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"
)

// Manifest is what belongs together: two parts of one moment. The one holds all
// records, the other the keys that open messages, which is kept for days.
type Manifest struct {
	Name       string    // that of its files, by its time
	At         time.Time // whole seconds
	Schema     int64     // of the tables
	Checkpoint string    // the last that was signed, if any: the log has at least this
	Records    Part
	Keys       Part
}

// Part is one file.
type Part struct {
	SHA256 [32]byte
	Size   int64
}

const (
	manifestHead = "securetext backup v1"
	none         = "-" // stands for no checkpoint while it is read
	nameLayout   = "20060102T150405Z"
)

// NewName is the name of a backup of that time.
func NewName(at time.Time) string { return at.UTC().Format(nameLayout) }

// TimeOf is when a backup of that name was taken.
func TimeOf(name string) (time.Time, error) { return time.Parse(nameLayout, name) }

// Text is the manifest for signing, a line a fact.
func (m Manifest) Text() string {
	return fmt.Sprintf("%s\nname %s\nat %s\nschema %d\ncheckpoint %s\nrecords %x %d\nkeys %x %d\n",
		manifestHead, m.Name, m.At.UTC().Format(time.RFC3339), m.Schema, base64.StdEncoding.EncodeToString([]byte(m.Checkpoint)),
		m.Records.SHA256, m.Records.Size, m.Keys.SHA256, m.Keys.Size)
}

// ParseManifest reads what [Manifest.Text] wrote.
func ParseManifest(text string) (Manifest, error) {
	var m Manifest
	var at, checkpoint, records, keys string
	n, err := fmt.Sscanf(strings.Replace(text, "checkpoint \n", "checkpoint "+none+"\n", 1),
		manifestHead+"\nname %s\nat %s\nschema %d\ncheckpoint %s\nrecords %s %d\nkeys %s %d\n",
		&m.Name, &at, &m.Schema, &checkpoint, &records, &m.Records.Size, &keys, &m.Keys.Size)
	if err != nil || n != 8 {
		return m, ErrBroken
	}
	m.At, err = time.Parse(time.RFC3339, at)
	if err != nil {
		return m, ErrBroken
	}
	note, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(checkpoint, none))
	m.Checkpoint = string(note)
	if err != nil || !sum(&m.Records, records) || !sum(&m.Keys, keys) || m.Text() != text {
		return m, ErrBroken
	}
	return m, nil
}

func sum(p *Part, written string) bool {
	b, err := hex.DecodeString(written)
	return err == nil && copy(p.SHA256[:], b) == len(p.SHA256)
}

// Measure reads a part to its end, and says what it is.
func Measure(r io.Reader) (Part, error) {
	h := sha256.New()
	n, err := io.Copy(h, r)
	return Part{[32]byte(h.Sum(nil)), n}, err
}
