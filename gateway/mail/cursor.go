package mail

import "encoding/binary"

// cursor reads the little-endian numbers of Microsoft's formats from front to
// back. Once something is longer than what is left, short is set and all that
// it returns is zero: no length that a file states is ever believed.
type cursor struct {
	rest  []byte
	short bool
}

func (c *cursor) take(n uint32) []byte {
	if uint64(n) > uint64(len(c.rest)) {
		c.short, c.rest = true, nil
		return nil
	}
	b := c.rest[:n:n]
	c.rest = c.rest[n:]
	return b
}

// padded takes n bytes and steps over those that fill them up to a multiple of four.
func (c *cursor) padded(n uint32) []byte {
	b := c.take(n)
	c.take(min(-n&3, uint32(min(len(c.rest), 3)))) // the last one may lack them
	return b
}

func (c *cursor) u8() byte {
	if b := c.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) u16() uint16 {
	if b := c.take(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (c *cursor) u32() uint32 {
	if b := c.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}
