package pickup_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"securetext/pickup"
	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

// unrecorded is a store that loads messages and fails to record that they are read.
type unrecorded struct{ store.Reader }

var errDisk = errors.New("disk is full")

func (unrecorded) Read(context.Context, store.MessageID, store.Viewer, time.Time) error {
	return errDisk
}

func (unrecorded) AttachmentRead(context.Context, store.MessageID, int, store.Viewer, time.Time) error {
	return errDisk
}

func TestNothingIsShownWithoutItsEvent(t *testing.T) {
	c := newClinic(t, func(cfg *pickup.Config) { cfg.Store = unrecorded{cfg.Store} })
	d := c.deliver(rich(t))
	b := c.enrolled(d)
	for _, path := range []string{"", "?view=text", "/html", "/a/2", "/a/2/view", "/a/2/shown"} {
		p := b.get(d.path() + path)
		p.want(t, 500, "Something went wrong on our side")
		p.wantNo(t, "prepare for your visit", "medicines", "%PDF", "data:image", "disk")
		if p.Header.Get("Content-Disposition") != "" {
			t.Errorf("%s: a file name was given away", path)
		}
	}
}

// throttled is a store that lets nobody try, with a password hash that nothing
// can be verified against.
type throttled struct{ store.Reader }

func (s throttled) Link(ctx context.Context, hash token.Hash, device store.DeviceHash, now time.Time) (store.Link, error) {
	link, err := s.Reader.Link(ctx, hash, device, now)
	link.Password = "no hash at all"
	return link, err
}

func (throttled) TryUnlock(context.Context, token.Hash, store.DeviceHash, time.Time) error {
	return store.ErrThrottled
}

func TestS07NothingIsHashedForWhoMustWait(t *testing.T) {
	c := newClinic(t, func(cfg *pickup.Config) { cfg.Store = throttled{cfg.Store} })
	d := c.deliver(plain("Hello"))
	c.browser().post(d.path()+"/unlock", secret).want(t, 429) // had it been hashed, 500
}

// torn is a store in which the second piece of every attachment was altered.
type torn struct{ store.Reader }

func (s torn) Attachment(ctx context.Context, h token.Hash, part int, v store.Viewer, now time.Time) (store.SealedAttachment, error) {
	att, err := s.Reader.Attachment(ctx, h, part, v, now)
	whole := att.Chunks
	att.Chunks = func(yield func(seal.Ciphertext, error) bool) {
		n := 0
		for chunk, err := range whole {
			if n == 1 {
				chunk[20] ^= 1
			}
			if !yield(chunk, err) {
				return
			}
			n++
		}
	}
	return att, err
}

func TestAttachmentsThatDoNotOpenBreakOff(t *testing.T) {
	c := newClinic(t, func(cfg *pickup.Config) { cfg.Store = torn{cfg.Store} })
	l := rich(t)
	d := c.deliver(l)
	p := c.enrolled(d).get(d.path() + "/a/2")
	if len(p.text) != seal.ChunkSize || p.ContentLength != int64(len(l.Files[1])) {
		t.Errorf("got %d bytes of %d announced, want the first piece alone", len(p.text), p.ContentLength)
	}
	if p.text != string(l.Files[1][:len(p.text)]) {
		t.Error("what was sent is not what was sealed")
	}
}

// Had any of so many at once been hashed, some would have been told to come
// again later: the queue for it is bounded.
func TestS07NothingIsHashedForWhoMustProveFirst(t *testing.T) {
	c := newClinic(t)
	c.policy(store.Policy{StepUp: store.StepUpNewDevice, CodeFirst: true})
	fresh := plain("Hello")
	fresh.To = "+12114367700"
	first, d := c.deliver(fresh), c.deliver(plain("Hello"))
	b := c.browser()
	b.prove(d, "/code")
	b.post(d.path()+"/enrol", secret).want(t, 303)

	const many = 200
	var wg sync.WaitGroup
	for _, path := range []string{first.path() + "/enrol", d.path() + "/unlock", d.path() + "/reset"} {
		for range many {
			wg.Go(func() {
				stranger := c.browser()
				if p := stranger.post(path, "a long enough guess"); p.StatusCode != http.StatusSeeOther || stranger.session() != "" {
					t.Errorf("got %d with session %t, want to be sent for a code", p.StatusCode, stranger.session() != "")
				}
			})
		}
		wg.Wait()
	}
}
