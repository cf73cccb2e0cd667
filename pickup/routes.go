package pickup

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

type route struct {
	method, path string
	handler      echo.HandlerFunc
}

// What stands beneath a link, and beneath another message of the recipient's.
const (
	linkPath      = "/m/:token"
	otherPath     = linkPath + "/other/:id"
	filePath      = "/a/:part"          // to save it, beneath the address of its message
	shownPath     = filePath + "/shown" // to show it
	replyPath     = "/reply"
	replyFilePath = replyPath + "/:reply" + filePath
)

// routes is every address of the site.
func (s *Site) routes() []route {
	return []route{
		{http.MethodGet, "/", s.showHome},
		{http.MethodGet, "/senders", s.showSenders},
		{http.MethodGet, "/m/:token", s.visit(s.openLink)},
		{http.MethodHead, "/m/:token", s.visit(s.peek)},
		{http.MethodPost, "/m/:token/opened", s.visit(s.recordOpened)},
		{http.MethodPost, "/m/:token/passcode", s.visit(s.givePasscode)},
		{http.MethodGet, "/m/:token/passcode", s.visit(s.back)},
		{http.MethodPost, "/m/:token/enrol", s.visit(s.vouched(s.enrol))},
		{http.MethodGet, "/m/:token/enrol", s.visit(s.back)},
		{http.MethodPost, "/m/:token/unlock", s.visit(s.vouched(s.unlock))},
		{http.MethodGet, "/m/:token/unlock", s.visit(s.back)},
		{http.MethodPost, "/m/:token/passkey/ask", s.visit(s.vouched(s.askPasskey))},
		{http.MethodPost, "/m/:token/passkey", s.visit(s.vouched(s.unlockByPasskey))},
		{http.MethodGet, "/m/:token/passkey", s.visit(s.back)},
		{http.MethodPost, "/m/:token/code", s.visit(s.sendCode(toSignIn))},
		{http.MethodGet, "/m/:token/code", s.visit(s.back)},
		{http.MethodPost, "/m/:token/code/check", s.visit(s.checkCode(toSignIn))},
		{http.MethodGet, "/m/:token/code/check", s.visit(s.back)},
		{http.MethodGet, "/m/:token/forgot", s.visit(s.vouched(s.forgot))},
		{http.MethodPost, "/m/:token/forgot", s.visit(s.vouched(s.sendCode(toReset)))},
		{http.MethodPost, "/m/:token/forgot/check", s.visit(s.vouched(s.checkCode(toReset)))},
		{http.MethodGet, "/m/:token/forgot/check", s.visit(s.back)},
		{http.MethodPost, "/m/:token/reset", s.visit(s.vouched(s.reset))},
		{http.MethodGet, "/m/:token/reset", s.visit(s.back)},
		{http.MethodGet, "/m/:token/notmine", s.visit(s.askNotMine)},
		{http.MethodPost, "/m/:token/notmine", s.visit(s.notMine)},
		{http.MethodPost, "/m/:token/ask", s.known(s.askAgain)},
		{http.MethodGet, "/m/:token/ask", s.known(s.back)},
		{http.MethodGet, "/m/:token/html", s.visit(s.signedIn(s.showHTML))},
		{http.MethodGet, linkPath + filePath, s.visit(s.signedIn(s.saveAttachment))},
		{http.MethodGet, linkPath + filePath + "/view", s.visit(s.signedIn(s.viewAttachment))},
		{http.MethodGet, linkPath + shownPath, s.visit(s.signedIn(s.showAttachment))},
		{http.MethodPost, linkPath + replyPath, s.posted(s.signedIn(s.reply))},
		{http.MethodGet, linkPath + replyPath, s.visit(s.signedIn(s.showDraft))},
		{http.MethodGet, linkPath + replyFilePath, s.visit(s.signedIn(s.sendReplyFile))},
		{http.MethodPost, "/m/:token/ack", s.visit(s.signedIn(s.acknowledge))},
		{http.MethodGet, "/m/:token/ack", s.visit(s.back)},
		{http.MethodGet, otherPath, s.visit(s.other(s.showMessage))},
		{http.MethodGet, otherPath + "/html", s.visit(s.other(s.showHTML))},
		{http.MethodGet, otherPath + filePath, s.visit(s.other(s.saveAttachment))},
		{http.MethodGet, otherPath + filePath + "/view", s.visit(s.other(s.viewAttachment))},
		{http.MethodGet, otherPath + shownPath, s.visit(s.other(s.showAttachment))},
		{http.MethodPost, otherPath + replyPath, s.posted(s.other(s.reply))},
		{http.MethodGet, otherPath + replyPath, s.visit(s.other(s.showDraft))},
		{http.MethodGet, otherPath + replyFilePath, s.visit(s.other(s.sendReplyFile))},
		{http.MethodPost, otherPath + "/ack", s.visit(s.other(s.acknowledge))},
		{http.MethodGet, otherPath + "/ack", s.visit(s.other(s.backToMessage))},
		{http.MethodGet, "/m/:token/sessions", s.visit(s.signedIn(s.showSessions))},
		{http.MethodPost, "/m/:token/sessions/end", s.visit(s.signedIn(s.endSession))},
		{http.MethodGet, "/m/:token/sessions/end", s.visit(s.back)},
		{http.MethodPost, "/m/:token/sessions/end-all", s.visit(s.signedIn(s.endSessions))},
		{http.MethodGet, "/m/:token/sessions/end-all", s.visit(s.back)},
		{http.MethodGet, "/m/:token/passkeys", s.visit(s.signedIn(s.showPasskeys))},
		{http.MethodPost, "/m/:token/passkeys/ask", s.visit(s.signedIn(s.askNewPasskey))},
		{http.MethodPost, "/m/:token/passkeys/add", s.visit(s.signedIn(s.addPasskey))},
		{http.MethodGet, "/m/:token/passkeys/add", s.visit(s.back)},
		{http.MethodPost, "/m/:token/passkeys/remove", s.visit(s.signedIn(s.removePasskey))},
		{http.MethodGet, "/m/:token/passkeys/remove", s.visit(s.back)},
		{http.MethodPost, "/m/:token/passkeys/decline", s.visit(s.signedIn(s.declinePasskey))},
		{http.MethodGet, "/m/:token/passkeys/decline", s.visit(s.back)},
		{http.MethodPost, "/signout", s.signOut},
		{http.MethodGet, logoPath + ":id", s.showLogo},
		{http.MethodGet, "/static/:file", s.assets.Serve},
		{http.MethodGet, "/favicon.ico", s.assets.Icon},
		{http.MethodGet, "/robots.txt", refuseRobots},
	}
}

// refuseRobots serves GET /robots.txt.
func refuseRobots(c echo.Context) error {
	return c.String(http.StatusOK, "User-agent: *\nDisallow: /\n")
}
