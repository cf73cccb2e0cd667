package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"slices"
	"strings"

	"securetext/store"
	"securetext/store/merkle"
)

// Tiles implements [store.ProvedLog].
func (db *DB) Tiles(ctx context.Context, wanted ...merkle.Tile) (map[merkle.Tile]store.MarkedTile, error) {
	found, err := tiles(ctx, db.read, wanted)
	return found, db.fault(ctx, "read tiles", err)
}

// mostTiles is how many tiles one query names.
const mostTiles = 100

func tiles(ctx context.Context, q queryer, wanted []merkle.Tile) (map[merkle.Tile]store.MarkedTile, error) {
	found := make(map[merkle.Tile]store.MarkedTile, len(wanted))
	for some := range slices.Chunk(wanted, mostTiles) {
		c := new(conditions)
		var these []string
		for _, t := range some {
			these = append(these, "(level = "+c.arg(t.Level)+" AND n = "+c.arg(t.N)+")")
		}
		rows, err := collect(ctx, q, scanTile, `
			SELECT level, n, hashes, marks
			  FROM log_tiles
			 WHERE `+strings.Join(these, " OR "), c.args...)
		if err != nil {
			return nil, err
		}
		for _, t := range rows {
			found[t.at] = t.MarkedTile
		}
	}
	return found, nil
}

type storedTile struct {
	at merkle.Tile
	store.MarkedTile
}

func scanTile(r row) (t storedTile, err error) {
	err = r.Scan(&t.at.Level, &t.at.N, &t.Hashes, &t.Marks)
	return t, err
}

func hashesOf(tiles map[merkle.Tile]store.MarkedTile) map[merkle.Tile][]byte {
	hashes := make(map[merkle.Tile][]byte, len(tiles))
	for at, t := range tiles {
		hashes[at] = t.Hashes
	}
	return hashes
}

// tilesAtOnce is how many tiles one statement stores: those of a usual batch.
const tilesAtOnce = 32

// saveTiles stores the tiles that differ from what is there.
func saveTiles(ctx context.Context, tx *sql.Tx, changed, there map[merkle.Tile]store.MarkedTile) error {
	var differ []merkle.Tile
	for at, t := range changed {
		if !bytes.Equal(there[at].Hashes, t.Hashes) {
			differ = append(differ, at)
		}
	}
	for some := range slices.Chunk(differ, tilesAtOnce) {
		c := new(conditions)
		var rows []string
		for _, at := range some {
			t := changed[at]
			rows = append(rows, "("+c.arg(at.Level)+", "+c.arg(at.N)+", "+c.arg(t.Hashes)+", "+c.arg(bytesOrNull(t.Marks))+")")
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO log_tiles (level, n, hashes, marks)
			VALUES `+strings.Join(rows, ", ")+`
			    ON CONFLICT (level, n) DO UPDATE
			   SET hashes = excluded.hashes, marks = excluded.marks`, c.args...); err != nil {
			return err
		}
	}
	return nil
}
