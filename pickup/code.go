package pickup

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// codePage is what code.html shows.
type codePage struct {
	Path    string
	Form    string       // where a code is asked for; "/check" beneath it, where it is given
	Have    string       // the page that asks for the code at once; empty: the browser can have none
	Ending  string       // last digits of the number the text goes to
	Why     string       // the code is asked for: device, again, first, forgot
	Typing  bool         // ask for the code; else offer to text one
	Problem string       // wrong, gone, asked, passcode; empty: there is none
	Minutes int          // to wait before another is asked for
	Passkey *passkeyForm // as in unlockPage
}

// errand is what a code is texted for. Both its addresses are beneath the link.
type errand struct {
	form string // as in codePage
	page string // where what the code proves leads
}

var (
	toSignIn = errand{form: "/code"}
	toReset  = errand{form: "/forgot", page: "/forgot"}
)

// codeTexted, after a page's address, has it ask for the code at once. That way
// the page is still there when the phone drops it while its owner reads the text.
const codeTexted = "?code=texted"

// errNoTexts is for a recipient whom no text may reach.
var errNoTexts = errors.New("recipient gets no texts")

// proved reports whether the browser proved of late that it holds the phone.
func (s *Site) proved(v visit) bool { return s.now().Before(v.Link.Device.Proved) }

// owes reports whether the browser must prove by a code that it holds the phone
// (S09, S10, S11). Until then it is asked for no password, so that who has the
// link alone can neither guess one nor use up the patient's tries (S08). A passcode
// comes first, and takes a code only after too many wrong ones.
func (s *Site) owes(v visit, e errand) bool {
	switch {
	case v.Link.Passcode != store.PasscodeNone:
		return v.Link.Passcode == store.PasscodeUnproved
	case s.proved(v):
		return false
	case e == toReset:
		return v.Link.Password != ""
	case v.Link.Password == "":
		return v.Link.CodeFirst || s.now().Sub(v.Link.Texted) > s.grace
	}
	return v.Link.MustProve
}

// askCode shows the page that texts a code and takes it.
func (s *Site) askCode(c echo.Context, v visit, e errand, status int, page codePage) error {
	ending, err := s.ending(c, v)
	if err != nil {
		return fmt.Errorf("ask for code: %w", err)
	}
	page.Path, page.Form = v.path(), v.path()+e.form
	if v.known() {
		page.Have = v.path() + e.page + codeTexted
	}
	page.Ending, page.Why = ending, why(v, e)
	if e == toSignIn {
		page.Passkey = s.passkeyForm(c, v)
	}
	if page.Passkey != nil {
		page.Passkey.Code = true
	}
	return c.Render(status, "code.html", v.page(page))
}

// why a code is asked for, as code.html tells it.
func why(v visit, e errand) string {
	switch {
	case e == toReset:
		return "forgot"
	case v.Link.Password == "":
		return "first"
	case v.Link.Device.Known:
		return "again"
	}
	return "device"
}

// sendCode serves POST /m/:token/code and /m/:token/forgot: a code is texted to
// the number on record, good in this browser alone.
func (s *Site) sendCode(e errand) func(echo.Context, visit) error {
	return func(c echo.Context, v visit) error {
		if !s.owes(v, e) {
			return toPage(c, v, e.page)
		}
		if err := s.opened(c, v); err != nil {
			return err
		}
		err := s.store.AskCode(c.Request().Context(), v.Token.Hash(), keepDevice(c), s.visitor(c), s.now())
		switch {
		case errors.Is(err, store.ErrThrottled):
			c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(store.CodeEvery.Seconds())))
			page := codePage{Typing: true, Problem: "asked", Minutes: int(math.Ceil(store.CodeEvery.Minutes()))}
			return s.askCode(c, v, e, http.StatusTooManyRequests, page)
		case errors.Is(err, store.ErrConflict):
			return errNoTexts
		case err != nil:
			return fmt.Errorf("send code: %w", err)
		}
		s.nudge()
		s.logCodeAsked(c, v)
		return toPage(c, v, e.page+codeTexted)
	}
}
