package seal

import (
	"io"
	"iter"
)

// ChunkSize is how many bytes of plaintext each chunk holds, all but the last.
const ChunkSize = 64 << 10

// Chunks is the number of chunks that size bytes make: at least one, so that
// an empty attachment has an end too.
func Chunks(size int64) int {
	return int(max(1, (size+ChunkSize-1)/ChunkSize))
}

// SealChunks seals p piece by piece, as the loop asks for them, so that a large
// attachment is never held sealed as a whole. The sequence may be walked again.
func (k Key) SealChunks(p Plaintext, at Place) iter.Seq[Ciphertext] {
	return func(yield func(Ciphertext) bool) {
		n := Chunks(int64(len(p)))
		for i := range n {
			piece := p[i*ChunkSize : min((i+1)*ChunkSize, len(p))]
			if !yield(k.seal(piece, at, uint32(i), i == n-1)) {
				return
			}
		}
	}
}

// OpenChunks writes to w the plaintext of the chunks of one attachment of size
// bytes. A chunk that is missing, moved, altered or left over is
// [ErrTampered]; what was written before it was authentic, but not all.
func (k Key) OpenChunks(w io.Writer, chunks iter.Seq2[Ciphertext, error], size int64, at Place) error {
	n, i := Chunks(size), 0
	for c, err := range chunks {
		if err != nil {
			return err
		}
		p, err := k.open(c, at, uint32(i), i == n-1)
		if err != nil {
			return err
		}
		if _, err := w.Write(p); err != nil {
			return err
		}
		i++
	}
	if i != n {
		return ErrTampered
	}
	return nil
}
