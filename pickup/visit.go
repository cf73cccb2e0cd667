package pickup

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/store/person"
	"securetext/store/seal"
	"securetext/store/token"
	"securetext/web"
)

// visit is a request for a link that leads somewhere. Its fields are exported
// so that the types that hide their contents do so within it too.
type visit struct {
	Token  token.Token
	Link   store.Link
	Device store.DeviceHash // the browser; zero: nobody knows it
	For    person.Name      // which of those who share the number it is for; zero: whoever has it
	Other  store.MessageID  // of the recipient's, that it is about; empty: the link's own
}

// known reports whether the browser has a cookie of ours.
func (v visit) known() bool { return v.Device != store.DeviceHash{} }

// path is where the link leads.
func (v visit) path() string { return "/m/" + v.Token.Secret() }

// message is what the visit is about.
func (v visit) message() store.MessageID {
	if v.Other == "" {
		return v.Link.Message
	}
	return v.Other
}

// about is the visit, about a message of the recipient's.
func (v visit) about(id store.MessageID) visit {
	v.Other = ""
	if id != v.Link.Message {
		v.Other = id
	}
	return v
}

// at is where the message is shown that the visit is about.
func (v visit) at() string {
	if v.Other == "" {
		return v.path()
	}
	return v.path() + "/other/" + string(v.Other)
}

// file is where a part of that message is saved from.
func (v visit) file(part int) string { return v.at() + "/a/" + strconv.Itoa(part) }

// page is a page of the clinic whose link it is.
func (v visit) page(data any) web.Page {
	return web.Page{Org: v.Link.OrgName, Phone: v.Link.OrgPhone, Logo: logoOf(v.Link.OrgLogo), For: v.For.Written(), Data: data}
}

// visitKey is where the visit stands in an echo context, for the error page.
const visitKey = "pickup.visit"

// visit is known, for links whose message can be read: all others end here.
func (s *Site) visit(next func(echo.Context, visit) error) echo.HandlerFunc {
	return s.known(func(c echo.Context, v visit) error {
		switch {
		case v.Link.State != store.LinkLive:
			return store.ErrGone
		case v.Link.Disowned:
			return s.showDisowned(c, v, http.StatusForbidden)
		case v.Link.Held:
			return store.ErrHeld
		}
		return next(c, v)
	})
}

// posted is visit for what patients write: that its message can no longer be read is
// told by the message's own page, and never in answer to the form (S13).
func (s *Site) posted(next func(echo.Context, visit) error) echo.HandlerFunc {
	return s.known(func(c echo.Context, v visit) error {
		if v.Link.State != store.LinkLive || v.Link.Disowned || v.Link.Held {
			return toLink(c, v)
		}
		err := next(c, v)
		if closed(err) && !c.Response().Committed {
			about, _ := visitOf(c)
			return c.Redirect(http.StatusSeeOther, about.at())
		}
		return err
	})
}

// closed reports whether an error means that a message cannot be read, for now or
// any more.
func closed(err error) bool { return errors.Is(err, store.ErrGone) || errors.Is(err, store.ErrHeld) }

// known looks the token up before next. Every token that leads nowhere, for
// whatever reason, ends here in the same way (S04).
func (s *Site) known(next func(echo.Context, visit) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		tok, err := token.Parse(c.Param("token"))
		if err != nil {
			return err
		}
		device := deviceOf(c.Request())
		link, err := s.store.Link(c.Request().Context(), tok.Hash(), device, s.now())
		if err != nil {
			return fmt.Errorf("find link: %w", err)
		}
		v := visit{Token: tok, Link: link, Device: device}
		if v.For, err = s.person(c, v); err != nil {
			return err
		}
		c.Set(visitKey, v)
		web.SetLanguage(c, link.Lang)
		return next(c, v)
	}
}

// visitOf returns the visit of a request, if it came so far.
func visitOf(c echo.Context) (visit, bool) {
	v, ok := c.Get(visitKey).(visit)
	return v, ok
}

// back serves GET of the addresses that forms post to, which a browser asks for
// when a page is restored or shared.
func (s *Site) back(c echo.Context, v visit) error { return toLink(c, v) }

// toLink sends the browser to the link, by GET.
func toLink(c echo.Context, v visit) error { return toPage(c, v, "") }

// toPage sends the browser to a page beneath the link, likewise.
func toPage(c echo.Context, v visit, page string) error {
	return c.Redirect(http.StatusSeeOther, v.path()+page)
}

// visitor is who sent a request, as events name somebody who is not signed in.
func (s *Site) visitor(c echo.Context) store.Actor {
	return store.Actor{Kind: store.ByVisitor, Addr: s.address(c.Request())}
}

// numberKey opens the key of the recipient's phone number.
func (s *Site) numberKey(c echo.Context, v visit) (seal.Key, error) {
	key, err := s.keys.DataKey(c.Request().Context(), v.Link.NumberKey, v.Link.Place())
	if err != nil {
		return seal.Key{}, fmt.Errorf("open key of number: %w", err)
	}
	return key, nil
}

// number opens the recipient's phone number.
func (s *Site) number(c echo.Context, v visit) (seal.Plaintext, error) {
	key, err := s.numberKey(c, v)
	if err != nil {
		return nil, err
	}
	n, err := key.Open(v.Link.Number, v.Link.Place())
	if err != nil {
		return nil, fmt.Errorf("open number: %w", err)
	}
	return n, nil
}

// person opens the name of whom the message is for, if it is for one of several
// people who share the number.
func (s *Site) person(c echo.Context, v visit) (person.Name, error) {
	if v.Link.Person == nil {
		return person.Name{}, nil
	}
	key, err := s.numberKey(c, v)
	if err != nil {
		return person.Name{}, err
	}
	return store.OpenPerson(key, v.Link.Person, v.Link.Place())
}

// ending is what a page may show of the number, so that its owner knows which
// of their phones is meant: the last two digits.
func (s *Site) ending(c echo.Context, v visit) (string, error) {
	n, err := s.number(c, v)
	if err != nil {
		return "", err
	}
	return string(n[max(0, len(n)-2):]), nil
}
