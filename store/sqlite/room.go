package sqlite

import (
	"path/filepath"

	"securetext/store"
)

// reserve is how many bytes of the disk Accept and Reply leave free: to wipe, to revoke
// and to record a reading take room too, and must not fail for new messages.
const reserve = 64 << 20

// room is [store.ErrFull] when the disk that holds the file is nearly full.
func (f file) room(reserve uint64) error {
	free, err := freeBytes(filepath.Dir(string(f)))
	if err != nil {
		return err
	}
	if free < reserve {
		return store.ErrFull
	}
	return nil
}
