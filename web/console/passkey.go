package console

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/pickup/passkey"
	"securetext/store"
)

// passkeyForm is the part of signin.html by which a passkey signs in.
type passkeyForm struct {
	Path, To string
	Failed   bool // the last one did not
}

// owner is a person as what holds their passkeys knows them, by a hash and by
// the name that they see when they choose one.
func (s *Console) owner(ctx context.Context, who store.Staff, kept []store.StaffPasskey) (passkey.Owner, error) {
	o := passkey.Owner{Handle: sha256.Sum256([]byte("passkeys of " + who.ID)), Name: who.Email}
	for _, p := range kept {
		record, err := p.Open(ctx, s.keys)
		if err != nil {
			return passkey.Owner{}, err
		}
		k, err := passkey.Parse(record)
		if err != nil {
			return passkey.Owner{}, err
		}
		o.Keys = append(o.Keys, k)
	}
	return o, nil
}

// takesPasskeys is nil where browsers make any for the console's address.
func (s *Console) takesPasskeys() error {
	if s.passkeys == nil {
		return store.ErrNotFound
	}
	return nil
}

// askPasskey serves POST /signin/passkey/ask: what a passkey is to sign, as JSON for
// the page's script. Whose it will be nobody knows yet.
func (s *Console) askPasskey(c echo.Context) error {
	if err := s.takesPasskeys(); err != nil {
		return err
	}
	r, err := s.begin(c, store.Ceremony{Purpose: store.ToSignIn})
	if err != nil {
		return fmt.Errorf("ask for passkey: %w", err)
	}
	asked, err := s.passkeys.UseAny(r.Value)
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, asked)
}

// signInByPasskey serves POST /signin/passkey. Whoever holds it was seen by what
// keeps it, so it stands for password and code, and what strangers did to the tries
// is not in the way.
func (s *Console) signInByPasskey(c echo.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	to := local(f.get("to"))
	who, err := s.signed(c, []byte(f.get("passkey")))
	if errors.Is(err, errWrong) {
		p := s.signInPage(to)
		p.Passkey.Failed = true
		return s.render(c, http.StatusUnprocessableEntity, "signin.html", visit{}, p)
	}
	if err != nil {
		return err
	}
	return s.admit(c, who, s.now(), to)
}

// signed finds whose passkey signed this browser's challenge, and records it.
func (s *Console) signed(c echo.Context, answer []byte) (store.Staff, error) {
	if err := s.takesPasskeys(); err != nil {
		return store.Staff{}, err
	}
	ctx := c.Request().Context()
	r, err := s.end(c, store.ToSignIn)
	if err != nil {
		return store.Staff{}, notSigned(err)
	}
	id, err := passkey.Which(answer)
	if err != nil {
		return store.Staff{}, notSigned(err)
	}
	a, p, err := s.store.StaffByPasskey(ctx, store.CredentialOf(id))
	if err != nil {
		return store.Staff{}, notSigned(err)
	}
	ok, err := s.mayProve(ctx, a, true)
	if err != nil {
		return store.Staff{}, err
	}
	if !ok || !a.Suspended.IsZero() {
		return store.Staff{}, errWrong
	}
	return s.signedBy(c, a.Staff, []store.StaffPasskey{p}, r, answer)
}

// signedBy checks the signature of one of a person's passkeys, and records it.
func (s *Console) signedBy(c echo.Context, who store.Staff, kept []store.StaffPasskey, r ceremony, answer []byte) (store.Staff, error) {
	ctx := c.Request().Context()
	o, err := s.owner(ctx, who, kept)
	if err != nil {
		return store.Staff{}, err
	}
	which, count, err := s.passkeys.Used(o, r.Value, answer)
	if err != nil {
		return store.Staff{}, s.wrong(c, who)
	}
	u := store.StaffPasskeyUse{Org: who.Org, ID: who.ID, Epoch: who.Epoch, Passkey: kept[which].ID, Counter: count}
	by := store.Actor{Kind: store.ByStaff, ID: string(who.ID), Addr: s.address(c.Request())}
	who, err = s.store.StaffSignedInByPasskey(ctx, u, by, s.now())
	return who, notSigned(err)
}

// notSigned is errWrong where a passkey is refused: too late, a second time, no right
// signature, nobody's, removed or changed meanwhile, or perhaps a copy.
func notSigned(err error) error {
	for _, reason := range []error{errOver, store.ErrGone, passkey.ErrRefused, store.ErrNotFound, store.ErrConflict} {
		if errors.Is(err, reason) {
			return errWrong
		}
	}
	if err != nil {
		return fmt.Errorf("sign in by passkey: %w", err)
	}
	return nil
}

// askAgain serves POST /again/passkey/ask: what one of the person's own is to sign.
func (s *Console) askAgain(c echo.Context, v visit) error {
	if err := s.takesPasskeys(); err != nil {
		return err
	}
	kept, err := s.store.StaffPasskeys(c.Request().Context(), v.Org.ID, v.ID)
	if err != nil {
		return fmt.Errorf("ask for passkey: %w", err)
	}
	if len(kept) == 0 {
		return store.ErrConflict
	}
	r, err := s.begin(c, store.Ceremony{Purpose: store.ToConfirm, Org: v.Org.ID, Staff: v.ID})
	if err != nil {
		return fmt.Errorf("ask for passkey: %w", err)
	}
	o, err := s.owner(c.Request().Context(), v.Staff, kept)
	if err != nil {
		return err
	}
	asked, err := s.passkeys.Use(o, r.Value)
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, asked)
}

// againByPasskey serves POST /again/passkey.
func (s *Console) againByPasskey(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	to := local(f.get("to"))
	who, err := s.confirmed(c, v, []byte(f.get("passkey")))
	if errors.Is(err, errWrong) {
		p, err := s.againPage(c, v, to)
		if err != nil {
			return err
		}
		if p.Passkey != nil {
			p.Passkey.Failed = true
		}
		return s.render(c, http.StatusUnprocessableEntity, "signin.html", v, p)
	}
	if err != nil {
		return err
	}
	return s.admit(c, who, s.now(), to)
}

// confirmed checks that a passkey of the person's own signed this browser's challenge,
// which was made for them.
func (s *Console) confirmed(c echo.Context, v visit, answer []byte) (store.Staff, error) {
	if err := s.takesPasskeys(); err != nil {
		return store.Staff{}, err
	}
	r, err := s.end(c, store.ToConfirm)
	if err == nil && (r.Staff != v.ID || r.Org != v.Org.ID) {
		err = errOver
	}
	if err != nil {
		return store.Staff{}, notSigned(err)
	}
	kept, err := s.store.StaffPasskeys(c.Request().Context(), v.Org.ID, v.ID)
	if err != nil {
		return store.Staff{}, fmt.Errorf("confirm by passkey: %w", err)
	}
	return s.signedBy(c, v.Staff, kept, r, answer)
}
