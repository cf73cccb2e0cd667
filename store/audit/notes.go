package audit

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"securetext/store/merkle"
)

// ReadCheckpoints reads signed checkpoints that stand one behind the other, as they
// are pushed to a file, and gives them by size. One that is not signed by any of the
// keys is an error, for somebody changed the file.
func ReadCheckpoints(in io.Reader, keys ...merkle.PublicKey) ([]merkle.Checkpoint, error) {
	var all []merkle.Checkpoint
	var signed strings.Builder
	add := func() error {
		text := strings.TrimLeft(signed.String(), "\n")
		signed.Reset()
		if text == "" {
			return nil
		}
		c, err := merkle.Open(text, keys...)
		if err != nil {
			return fmt.Errorf("checkpoint %d of the file: %w", len(all)+1, err)
		}
		all = append(all, c)
		return nil
	}
	lines, inSignatures := bufio.NewScanner(in), false
	for lines.Scan() {
		isSignature := strings.HasPrefix(lines.Text(), "— ")
		if inSignatures && !isSignature {
			if err := add(); err != nil {
				return nil, err
			}
		}
		inSignatures = isSignature
		signed.WriteString(lines.Text() + "\n")
	}
	if err := errors.Join(lines.Err(), add()); err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b merkle.Checkpoint) int { return cmp.Compare(a.Size, b.Size) })
	return all, nil
}

// LastCheckpoint finds the checkpoint that a text ends with, and gives it as it was
// signed.
func LastCheckpoint(text string, keys ...merkle.PublicKey) (signed string, c merkle.Checkpoint, ok bool) {
	parts := strings.Split(strings.TrimRight(text, "\n"), "\n\n")
	if len(parts) < 2 { // what is signed, and the signatures
		return "", c, false
	}
	parts = parts[len(parts)-2:]
	signed = strings.TrimLeft(parts[0], "\n") + "\n\n" + parts[1] + "\n"
	c, err := merkle.Open(signed, keys...)
	return signed, c, err == nil
}
