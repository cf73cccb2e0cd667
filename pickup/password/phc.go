package password

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	saltSize = 16
	tagSize  = 32
)

// errStored is for a stored hash that is no argon2id PHC string of this
// package, or one that costs more than the ceiling.
var errStored = errors.New("stored password hash is unusable")

// raw is the PHC string format's base64: no padding, one spelling per value.
var raw = base64.RawStdEncoding.Strict()

// record is a PHC string taken apart:
// $argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>.
type record struct {
	params Params
	salt   []byte
	tag    []byte // HMAC-SHA-256(pepper, argon2id output)
}

// String returns the PHC string.
func (r record) String() string {
	return fmt.Sprintf("$argon2id$v=19$%s$%s$%s", r.params, raw.EncodeToString(r.salt), raw.EncodeToString(r.tag))
}

// parseRecord takes a PHC string apart. Only the spelling that String writes is
// read, and only costs this package is willing to compute.
func parseRecord(phc string) (record, error) {
	f := strings.Split(phc, "$")
	if len(f) != 6 || f[0] != "" || f[1] != "argon2id" || f[2] != "v=19" {
		return record{}, errStored
	}
	r := record{params: parseParams(f[3])}
	r.salt, _ = raw.DecodeString(f[4])
	r.tag, _ = raw.DecodeString(f[5])
	if !r.params.computable() || len(r.salt) != saltSize || len(r.tag) != tagSize || r.String() != phc {
		return record{}, errStored
	}
	return r, nil
}

// parseParams reads "m=,t=,p=". What it cannot read becomes zero, which is not
// computable.
func parseParams(s string) Params {
	m, rest, _ := strings.Cut(s, ",")
	t, p, _ := strings.Cut(rest, ",")
	return Params{
		Memory:  uint32(cost(m, "m=", 32)),
		Time:    uint32(cost(t, "t=", 32)),
		Threads: uint8(cost(p, "p=", 8)),
	}
}

func cost(s, name string, bits int) uint64 {
	digits, ok := strings.CutPrefix(s, name)
	if !ok {
		return 0
	}
	n, err := strconv.ParseUint(digits, 10, bits)
	if err != nil {
		return 0
	}
	return n
}
