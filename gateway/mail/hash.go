package mail

import (
	"bufio"
	"bytes"
	"crypto/sha256"
)

// hashBody hashes what follows the header of a mail. Line ends and the blanks
// before them do not count, as servers on the way may change both, nor do blank
// lines at the end.
func hashBody(body []byte) (sum [32]byte) {
	hash := sha256.New()
	out := bufio.NewWriterSize(hash, 8<<10)
	ends := 0 // line ends that count once something follows
	for len(body) > 0 {
		var line []byte
		line, body, _ = bytes.Cut(body, []byte("\n"))
		if line = bytes.TrimRight(line, " \t\r"); len(line) > 0 {
			for ; ends > 0; ends-- {
				out.WriteByte('\n')
			}
			out.Write(line)
		}
		ends++
	}
	out.Flush() // a hash takes all that is written to it
	return [32]byte(hash.Sum(sum[:0]))
}
