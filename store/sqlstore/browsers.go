package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"securetext/store"
)

// browser is a known device of a recipient.
type browser struct {
	device []byte
	store.Browser
}

func browsersOf(ctx context.Context, q queryer, org store.OrgID, recipient store.RecipientID) ([]browser, error) {
	return collect(ctx, q, scanKnown, `
		SELECT device, label, known_at, seen_at
		  FROM devices
		 WHERE recipient_id = $1
		   AND org_id = $2
		   AND known_at <> 0
		 ORDER BY seen_at DESC, device`, recipient, org)
}

func scanKnown(r row) (b browser, err error) {
	var first, last int64
	err = r.Scan(&b.device, &b.Label, &first, &last)
	b.Handle, b.First, b.Last = store.HandleOf(store.DeviceHash(b.device)), Time(first), Time(last)
	return b, err
}

// Browsers implements [store.Admin].
func (db *DB) Browsers(ctx context.Context, org store.OrgID, recipient store.RecipientID) ([]store.Browser, error) {
	found, err := browsersOf(ctx, db.read, org, recipient)
	var list []store.Browser
	for _, b := range found {
		list = append(list, b.Browser)
	}
	return list, db.fault(ctx, "list browsers", err)
}

// ForgetBrowser implements [store.Admin]. The recipient is held first, then the codes,
// as by all who forget devices.
func (db *DB) ForgetBrowser(ctx context.Context, org store.OrgID, recipient store.RecipientID, handle string, by store.Actor, at time.Time) error {
	return db.Change(ctx, "forget browser", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE recipients
			   SET epoch = epoch + 1
			 WHERE id = $1
			   AND org_id = $2`, recipient, org)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		if err := dropDrafts(ctx, tx, ofRecipient, recipient, org); err != nil {
			return err
		}
		found, err := browsersOf(ctx, tx, org, recipient)
		if err != nil {
			return err
		}
		for _, b := range found {
			if b.Handle != handle {
				continue
			}
			if err := dropCodes(ctx, tx, recipient, "device = $2", store.DeviceHash(b.device)); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `
				DELETE FROM devices
				 WHERE recipient_id = $1
				   AND device = $2`, recipient, b.device); err != nil {
				return err
			}
			return AddEvent(ctx, tx, store.Event{Org: org, Recipient: recipient, Kind: store.BrowserForgot, By: by, Detail: handle, At: at})
		}
		return store.ErrNotFound
	})
}
