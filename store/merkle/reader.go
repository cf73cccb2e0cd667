package merkle

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Read loads the bytes of tiles. One that is not there is missing in the map.
type Read func(tiles ...Tile) (map[Tile][]byte, error)

// Root computes the root of the first size leaves from stored tiles. Whether they
// are those of any checkpoint is for the caller to compare.
func Root(size int64, read Read) (Hash, error) {
	tiles, err := read(Edge(size)...)
	if err != nil {
		return Hash{}, err
	}
	t, err := Load(size, tiles)
	if err != nil {
		return Hash{}, err
	}
	return t.Root(), nil
}

// Reader reads the hashes of the tree that a checkpoint describes, for proofs. Tiles
// that are not that tree's are an error.
func Reader(c Checkpoint, read Read) tlog.HashReader {
	return tlog.TileHashReader(tlog.Tree{N: c.Size, Hash: c.Root}, &tileReader{read: read, kept: map[Tile][]byte{}})
}

// tileReader implements [tlog.TileReader]. It keeps what was authenticated.
type tileReader struct {
	read Read
	kept map[Tile][]byte
}

// mostKept is how many tiles are kept: those of a certificate of thousands of
// events, in 8 MB.
const mostKept = 8192

func (r *tileReader) Height() int { return Height }

func (r *tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var missing []Tile
	for _, t := range tiles {
		id := Tile{t.L, t.N}
		if len(r.kept[id]) < t.W*tlog.HashSize {
			missing = append(missing, id)
		}
	}
	found, err := r.read(missing...)
	if err != nil {
		return nil, err
	}
	data := make([][]byte, len(tiles))
	for i, t := range tiles {
		id := Tile{t.L, t.N}
		b := r.kept[id]
		if len(b) < t.W*tlog.HashSize {
			b = found[id]
		}
		if len(b) < t.W*tlog.HashSize {
			return nil, fmt.Errorf("tile %d/%d: %w", t.L, t.N, ErrBroken)
		}
		data[i] = b[:t.W*tlog.HashSize]
	}
	return data, nil
}

func (r *tileReader) SaveTiles(tiles []tlog.Tile, data [][]byte) {
	for i, t := range tiles {
		if len(r.kept) < mostKept {
			r.kept[Tile{t.L, t.N}] = data[i]
		}
	}
}

// Prove proves that a leaf stands in the tree of a checkpoint.
func Prove(c Checkpoint, leaf int64, r tlog.HashReader) ([]Hash, error) {
	return tlog.ProveRecord(c.Size, leaf, r)
}

// Check checks such a proof.
func Check(c Checkpoint, leaf int64, hash Hash, proof []Hash) error {
	if leaf < 0 || leaf >= c.Size {
		return fmt.Errorf("leaf %d is not in a log of %d", leaf, c.Size)
	}
	return tlog.CheckRecord(proof, c.Size, c.Root, leaf, hash)
}

// Compare proves that the newer tree is the older one with more behind it.
func Compare(old, newer Checkpoint, r tlog.HashReader) ([]Hash, error) {
	if old.Size == 0 || old.Size == newer.Size {
		return nil, nil
	}
	return tlog.ProveTree(newer.Size, old.Size, r)
}

// CheckCompare checks such a proof.
func CheckCompare(old, newer Checkpoint, proof []Hash) error {
	switch {
	case old.Size > newer.Size:
		return fmt.Errorf("the log shrank from %d to %d", old.Size, newer.Size)
	case old.Size == newer.Size && old.Root != newer.Root:
		return fmt.Errorf("two logs of %d: their roots differ", old.Size)
	case old.Size == newer.Size || old.Size == 0:
		return nil
	}
	return tlog.CheckTree(proof, newer.Size, newer.Root, old.Size, old.Root)
}
