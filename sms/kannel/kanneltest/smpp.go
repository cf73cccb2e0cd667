package kanneltest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
)

// The commands of SMPP that Kannel uses; an answer has the highest bit too.
const (
	cmdBindReceiver    = 0x01
	cmdBindTransmitter = 0x02
	cmdSubmit          = 0x04
	cmdDeliver         = 0x05
	cmdUnbind          = 0x06
	cmdBindTransceiver = 0x09
	cmdEnquireLink     = 0x15
	answer             = 0x80000000
)

const (
	maxPDU        = 4 << 10
	headerLen     = 16
	international = 1 // type of number
	dcsUCS2       = 8 // data_coding
	isReceipt     = 4 // esm_class
)

// pdu is a message of SMPP.
type pdu struct {
	command, status, sequence uint32
	body                      []byte
}

func readPDU(r io.Reader) (pdu, error) {
	var head [headerLen]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return pdu{}, err
	}
	length := binary.BigEndian.Uint32(head[:])
	if length < headerLen || length > maxPDU {
		return pdu{}, errors.New("PDU of impossible length")
	}
	p := pdu{
		command:  binary.BigEndian.Uint32(head[4:]),
		status:   binary.BigEndian.Uint32(head[8:]),
		sequence: binary.BigEndian.Uint32(head[12:]),
		body:     make([]byte, length-headerLen),
	}
	_, err := io.ReadFull(r, p.body)
	return p, err
}

func (p pdu) bytes() []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(headerLen+len(p.body)))
	for _, n := range []uint32{p.command, p.status, p.sequence} {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return append(b, p.body...)
}

// session is one connection of Kannel's.
type session struct {
	*Carrier
	conn     net.Conn
	mu       sync.Mutex // for writing
	answered chan uint32
	ended    chan struct{}
}

func (c *Carrier) serve(conn net.Conn) {
	s := &session{Carrier: c, conn: conn, answered: make(chan uint32, 1), ended: make(chan struct{})}
	defer conn.Close()
	defer close(s.ended)
	for in := bufio.NewReader(conn); ; {
		p, err := readPDU(in)
		if err != nil || s.handle(p) != nil {
			return
		}
	}
}

func (s *session) write(p pdu) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.conn.Write(p.bytes())
	return err
}

func (s *session) handle(p pdu) error {
	reply := pdu{command: p.command | answer, sequence: p.sequence}
	switch p.command {
	case cmdBindReceiver, cmdBindTransmitter, cmdBindTransceiver:
		reply.body = []byte("carrier\x00")
		if p.command != cmdBindTransmitter {
			defer func() { go s.handOver() }()
		}
	case cmdSubmit:
		return s.submit(p)
	case cmdDeliver | answer:
		s.answered <- p.status
		return nil
	case cmdUnbind, cmdEnquireLink:
	default:
		return nil // an answer that we do not wait for
	}
	return s.write(reply)
}

func (s *session) submit(p pdu) error {
	text, err := submitted(p.body)
	if err != nil {
		return err
	}
	id, status, receipts := s.take(text)
	reply := pdu{command: p.command | answer, status: status, sequence: p.sequence, body: append([]byte(id), 0)}
	if err := s.write(reply); err != nil {
		return err
	}
	for _, r := range receipts {
		if err := s.deliver(r); err != nil {
			return err
		}
	}
	return nil
}

// handOver hands over what is pending, one after the other, as long as the
// session lasts. What Kannel did not confirm is handed over again, in the next.
func (s *session) handOver() {
	for sequence := uint32(1); ; sequence++ {
		d, ok := s.oldest()
		if !ok {
			select {
			case <-s.wake:
				continue
			case <-s.ended:
				return
			}
		}
		if s.write(pdu{command: cmdDeliver, sequence: sequence, body: d.bytes()}) != nil {
			return
		}
		select {
		case status := <-s.answered:
			if status == 0 {
				s.handedOver()
			}
		case <-s.ended:
			s.nudge()
			return
		}
	}
}

// bytes is the body of a deliver_sm.
func (d delivery) bytes() []byte {
	words, coding, class := []byte(d.words), byte(0), byte(0)
	if !d.receipt && !isPlain(d.words) {
		words, coding = toUTF16(d.words), dcsUCS2
	}
	if d.receipt {
		class = isReceipt
	}
	b := []byte{0} // service_type
	for _, number := range []string{d.from, d.to} {
		b = append(b, address(number)...)
	}
	b = append(b, class, 0, 0, 0, 0, 0, 0, coding, 0, byte(len(words)))
	return append(b, words...)
}

func address(number string) []byte {
	kind := byte(0)
	if bare, ok := strings.CutPrefix(number, "+"); ok {
		kind, number = international, bare
	}
	return append(append([]byte{kind, 1}, number...), 0)
}

// submitted reads the body of a submit_sm.
func submitted(body []byte) (Text, error) {
	f := fields{rest: bytes.NewBuffer(body)}
	f.word() // service_type
	text := Text{From: f.address(), To: f.address()}
	f.skip(3) // esm_class, protocol_id, priority_flag
	f.word()  // schedule_delivery_time
	f.word()  // validity_period
	f.skip(2) // registered_delivery, replace_if_present_flag
	coding := f.byte()
	f.skip(1) // sm_default_msg_id
	words := f.rest.Next(int(f.byte()))
	text.Body = string(words)
	if coding == dcsUCS2 {
		text.Body = fromUTF16(words)
	}
	if f.err != nil {
		return Text{}, fmt.Errorf("submit_sm: %w", f.err)
	}
	return text, nil
}

// fields reads a body field by field. The first error stays.
type fields struct {
	rest *bytes.Buffer
	err  error
}

func (f *fields) byte() byte {
	b, err := f.rest.ReadByte()
	f.err = errors.Join(f.err, err)
	return b
}

func (f *fields) word() string {
	s, err := f.rest.ReadString(0)
	f.err = errors.Join(f.err, err)
	return strings.TrimSuffix(s, "\x00")
}

func (f *fields) address() string {
	kind := f.byte()
	f.skip(1) // numbering plan
	number := f.word()
	if kind == international {
		return "+" + number
	}
	return number
}

func (f *fields) skip(n int) {
	for range n {
		f.byte()
	}
}
