package kanneltest

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// Outcome is what a carrier does with a text.
type Outcome struct {
	Status uint32 // the answer in SMPP; 0: it is taken
	Queued bool   // a receipt that it waits comes first
	Stat   string // of the receipt, such as DELIVRD; empty: none comes
}

// Carrier is a carrier of SMPP 3.4 on 127.0.0.1. It outlives the Kannel that it
// is for, and keeps receipts until one takes them.
type Carrier struct {
	outcome func(Text) Outcome
	port    int
	wake    chan struct{} // something is to be handed over

	mu      sync.Mutex
	texts   []Text
	pending []delivery // to Kannel, the oldest first
}

// delivery is what the carrier hands over: a receipt or a patient's text.
type delivery struct {
	from, to string
	receipt  bool
	words    string
}

// maxPending is how many deliveries a carrier keeps.
const maxPending = 100_000

// NewCarrier starts a carrier. outcome says what becomes of each text; it is
// called by many at once.
func NewCarrier(t testing.TB, outcome func(Text) Outcome) *Carrier {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &Carrier{outcome: outcome, port: l.Addr().(*net.TCPAddr).Port, wake: make(chan struct{}, 1)}
	var conns sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		conns.Wait()
	})
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() { c.serve(conn) })
		}
	}()
	return c
}

// Texts are those that the carrier took.
func (c *Carrier) Texts() []Text {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.texts)
}

// maxWords is how long the words of a delivery may be, which the carrier sends
// in one piece.
const maxWords = 254

func (c *Carrier) receive(text Text) error {
	if len(toUTF16(text.Body)) > maxWords {
		return errors.New("the carrier does not take a text that long")
	}
	return c.deliver(delivery{from: text.From, to: text.To, words: text.Body})
}

func (c *Carrier) deliver(d delivery) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.pending) == maxPending {
		return errors.New("the carrier has too much to hand over")
	}
	c.pending = append(c.pending, d)
	c.nudge()
	return nil
}

func (c *Carrier) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// oldest is the delivery to hand over next.
func (c *Carrier) oldest() (delivery, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.pending) == 0 {
		return delivery{}, false
	}
	return c.pending[0], true
}

func (c *Carrier) handedOver() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending = c.pending[1:]
}

// take decides upon a text, and which receipts follow once Kannel knows its id.
func (c *Carrier) take(text Text) (id string, status uint32, receipts []delivery) {
	o := c.outcome(text)
	if o.Status != 0 {
		return "", o.Status, nil
	}
	c.mu.Lock()
	c.texts = append(c.texts, text)
	id = fmt.Sprintf("%08x", len(c.texts))
	c.mu.Unlock()
	if o.Queued {
		receipts = append(receipts, receipt(id, text, "ENROUTE"))
	}
	if o.Stat != "" {
		receipts = append(receipts, receipt(id, text, o.Stat))
	}
	return id, 0, receipts
}

// receipt is what a carrier says of a text in the words of SMPP 3.4, appendix B.
func receipt(id string, text Text, stat string) delivery {
	at, done, code := time.Now().Format("0601021504"), "001", "000"
	if stat != "DELIVRD" && stat != "ENROUTE" {
		done, code = "000", "001"
	}
	first := []rune(text.Body)
	words := fmt.Sprintf("id:%s sub:001 dlvrd:%s submit date:%s done date:%s stat:%s err:%s text:%s",
		id, done, at, at, stat, code, string(first[:min(len(first), 20)]))
	return delivery{from: text.To, to: text.From, receipt: true, words: words}
}
