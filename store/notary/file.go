package notary

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"securetext/store/audit"
	"securetext/store/merkle"
)

// ToFile appends checkpoints to a file, one behind the other.
func ToFile(host, path string) Target {
	return Target{Kind: "file", Name: "file " + host + " " + path, Push: func(_ context.Context, _ merkle.Checkpoint, signed string) error {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644) // no secret
		if err != nil {
			return err
		}
		_, err = f.WriteString(signed + "\n")
		return errors.Join(err, f.Sync(), f.Close())
	}}
}

// InFile are the checkpoints that were pushed to a file, by size; none when there is
// no file.
func InFile(path string, keys ...merkle.PublicKey) ([]merkle.Checkpoint, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	return audit.ReadCheckpoints(f, keys...)
}

// lastPart is how much of a file holds its last checkpoint for sure.
const lastPart = 8 << 10

// LastInFile is the last checkpoint that was pushed to a file; the zero one when
// there is no file.
func LastInFile(path string, keys ...merkle.PublicKey) (merkle.Checkpoint, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return merkle.Checkpoint{}, nil
	} else if err != nil {
		return merkle.Checkpoint{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return merkle.Checkpoint{}, err
	}
	b, err := io.ReadAll(io.NewSectionReader(f, max(0, info.Size()-lastPart), lastPart))
	if err != nil || len(b) == 0 {
		return merkle.Checkpoint{}, err
	}
	_, c, ok := audit.LastCheckpoint(string(b), keys...)
	if !ok {
		return c, fmt.Errorf("%s does not end with a checkpoint of this log: put it away, and find out who changed it", path)
	}
	return c, nil
}
