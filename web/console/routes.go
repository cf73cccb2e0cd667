package console

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// handler serves somebody who is signed in.
type handler func(c echo.Context, v visit) error

// route is an address with who may have it. It has one of open and handler.
type route struct {
	method, path string
	roles        []store.Role     // any of them; none: everybody who is signed in
	fresh        bool             // they must have proved of late who they are (S32)
	handler      handler          // for who is signed in
	open         echo.HandlerFunc // for everybody
}

// Addresses beneath which there are several, and those that take or send files.
const (
	composePath = "/compose"
	lookPath    = "/messages/:id/look/page" // a message as its patient sees it
	replyPath   = "/messages/:id/reply/:reply"
	filePath    = "/a/:part"
)

const get, post = http.MethodGet, http.MethodPost

// Who does what.
var (
	senders    = []store.Role{store.RoleSender}
	ofMessages = []store.Role{store.RoleSender, store.RoleAdmin}
	admins     = []store.Role{store.RoleAdmin}
	auditors   = []store.Role{store.RoleAuditor}
	watchers   = []store.Role{store.RoleAdmin, store.RoleAuditor}
)

// routes is every address of the console.
func (s *Console) routes() []route {
	return slices.Concat(
		s.doorRoutes(), s.ownRoutes(), s.messageRoutes(), s.phraseRoutes(),
		s.patientRoutes(), s.peopleRoutes(), s.senderRoutes(), s.settingRoutes(),
		s.suppressionRoutes(), s.eventRoutes(), s.askRoutes(), s.watchRoutes(),
	)
}

// doorRoutes: where people come in, and what a browser asks for by itself.
func (s *Console) doorRoutes() []route {
	return []route{
		{method: get, path: "/signin", open: s.showSignIn},
		{method: post, path: "/signin", open: s.signIn},
		{method: post, path: "/signin/passkey/ask", open: s.askPasskey},
		{method: post, path: "/signin/passkey", open: s.signInByPasskey},
		{method: post, path: "/signin/provider", open: s.askProvider},
		{method: get, path: backPath, open: s.showBack},
		{method: post, path: backPath, open: s.comeBack},
		{method: get, path: "/setup/:token", open: s.showSetUp},
		{method: post, path: "/setup/:token", open: s.setUp},
		{method: get, path: "/static/:file", open: s.assets.Serve},
		{method: get, path: "/favicon.ico", open: s.assets.Icon},
		{method: get, path: "/robots.txt", open: refuseRobots},
	}
}

// ownRoutes: what everybody has who is signed in.
func (s *Console) ownRoutes() []route {
	return []route{
		{method: get, path: "/", handler: s.home},
		{method: post, path: "/signout", handler: s.signOut},
		{method: get, path: "/again", handler: s.showAgain},
		{method: post, path: "/again", handler: s.again},
		{method: post, path: "/again/passkey/ask", handler: s.ownProofs(s.askAgain)},
		{method: post, path: "/again/passkey", handler: s.ownProofs(s.againByPasskey)},
		{method: post, path: "/again/provider", handler: s.againByProvider},
		{method: get, path: "/account", handler: s.showAccount},
		{method: post, path: "/account/end", handler: s.endOwn},
		{method: get, path: "/account/password", fresh: true, handler: s.ownProofs(s.showPassword)},
		{method: post, path: "/account/password", fresh: true, handler: s.ownProofs(s.setPassword)},
		{method: get, path: "/account/app", fresh: true, handler: s.ownProofs(s.showApp)},
		{method: post, path: "/account/app", fresh: true, handler: s.ownProofs(s.setApp)},
		{method: post, path: "/account/recovery", fresh: true, handler: s.ownProofs(s.newRecovery)},
		{method: get, path: "/account/passkey", fresh: true, handler: s.ownProofs(s.showNewPasskey)},
		{method: post, path: "/account/passkey", fresh: true, handler: s.ownProofs(s.addPasskey)},
		{method: post, path: "/account/passkey/ask", fresh: true, handler: s.ownProofs(s.askNewPasskey)},
		{method: post, path: "/account/passkey/remove", fresh: true, handler: s.removePasskey},
	}
}

// messageRoutes: what was sent, and what came back.
func (s *Console) messageRoutes() []route {
	return []route{
		{method: get, path: "/messages", roles: ofMessages, handler: s.listMessages},
		{method: post, path: "/messages/find", roles: ofMessages, handler: s.findMessages},
		{method: get, path: "/messages/:id", roles: ofMessages, handler: s.showMessage},
		{method: post, path: "/messages/:id/resend", roles: ofMessages, handler: s.resendMessage},
		{method: post, path: "/messages/:id/take", roles: ofMessages, handler: s.takeMessage},
		{method: post, path: "/messages/:id/extend", roles: ofMessages, handler: s.extendMessage},
		{method: post, path: "/messages/:id/release", roles: ofMessages, handler: s.releaseMessage},
		{method: get, path: "/messages/:id/wipe", roles: ofMessages, fresh: true, handler: s.askWipe},
		{method: post, path: "/messages/:id/wipe", roles: ofMessages, fresh: true, handler: s.wipe},
		{method: get, path: "/messages/:id/hold", roles: admins, fresh: true, handler: s.askHoldMessage},
		{method: post, path: "/messages/:id/hold", roles: admins, fresh: true, handler: s.holdMessage},
		{method: get, path: "/messages/:id/emergency", roles: admins, fresh: true, handler: s.showEmergency},
		{method: post, path: "/messages/:id/emergency", roles: admins, fresh: true, handler: s.askToRead},
		{method: get, path: "/messages/:id/look", roles: senders, handler: s.look},
		{method: get, path: lookPath, roles: senders, handler: s.showSent},
		{method: get, path: lookPath + "/html", roles: senders, handler: s.showSentHTML},
		{method: get, path: lookPath + filePath, roles: senders, handler: s.saveSentFile},
		{method: get, path: lookPath + filePath + "/view", roles: senders, handler: s.viewSentFile},
		{method: get, path: lookPath + filePath + "/shown", roles: senders, handler: s.showSentFile},
		{method: get, path: "/messages/:id/replies", roles: senders, handler: s.readReplies},
		{method: get, path: replyPath + filePath, roles: senders, handler: s.saveReplyFile},
		{method: get, path: replyPath + filePath + "/view", roles: senders, handler: s.viewReplyFile},
		{method: get, path: replyPath + filePath + "/shown", roles: senders, handler: s.showReplyFile},
		{method: get, path: composePath, roles: senders, handler: s.showCompose},
		{method: post, path: composePath, roles: senders, handler: s.compose},
	}
}

// phraseRoutes: what stands ready to be put in.
func (s *Console) phraseRoutes() []route {
	return []route{
		{method: get, path: "/phrases", roles: admins, handler: s.listPhrases},
		{method: get, path: "/phrases/new", roles: admins, handler: s.showNewPhrase},
		{method: post, path: "/phrases/new", roles: admins, handler: s.addPhrase},
		{method: get, path: "/phrases/:id", roles: admins, handler: s.showPhrase},
		{method: post, path: "/phrases/:id", roles: admins, handler: s.changePhrase},
		{method: post, path: "/phrases/:id/remove", roles: admins, handler: s.removePhrase},
	}
}

// patientRoutes: the patients, and what is kept of them.
func (s *Console) patientRoutes() []route {
	return []route{
		{method: get, path: "/recipients", roles: admins, handler: s.showRecipients},
		{method: post, path: "/recipients/find", roles: admins, handler: s.findRecipient},
		{method: get, path: "/recipients/:id", roles: admins, handler: s.showRecipient},
		{method: post, path: "/recipients/:id/revoke", roles: admins, handler: s.revokeRecipient},
		{method: post, path: "/recipients/:id/end", roles: admins, handler: s.endSession},
		{method: post, path: "/recipients/:id/forget", roles: admins, handler: s.forgetBrowser},
		{method: post, path: "/recipients/:id/unlock", roles: admins, handler: s.unlockRecipient},
		{method: post, path: "/recipients/:id/reset", roles: admins, handler: s.resetRecipient},
		{method: post, path: "/recipients/:id/block", roles: admins, handler: s.blockRecipient},
		{method: post, path: "/recipients/:id/allow", roles: admins, handler: s.allowRecipient},
		{method: get, path: "/recipients/:id/hold", roles: admins, fresh: true, handler: s.askHoldRecipient},
		{method: post, path: "/recipients/:id/hold", roles: admins, fresh: true, handler: s.holdRecipient},
		{method: get, path: "/holds", roles: admins, handler: s.listHolds},
		{method: post, path: "/holds/:id/lift", roles: admins, fresh: true, handler: s.liftHold},
	}
}

// peopleRoutes: who signs in.
func (s *Console) peopleRoutes() []route {
	return []route{
		{method: get, path: "/people", roles: admins, handler: s.listPeople},
		{method: get, path: "/people/new", roles: admins, fresh: true, handler: s.showNewPerson},
		{method: post, path: "/people/new", roles: admins, fresh: true, handler: s.addPerson},
		{method: get, path: "/people/:id", roles: admins, handler: s.showPerson},
		{method: post, path: "/people/:id/roles", roles: admins, fresh: true, handler: s.setRoles},
		{method: post, path: "/people/:id/suspend", roles: admins, handler: s.suspendPerson},
		{method: post, path: "/people/:id/resume", roles: admins, fresh: true, handler: s.resumePerson},
		{method: post, path: "/people/:id/invite", roles: admins, fresh: true, handler: s.invitePerson},
		{method: post, path: "/people/:id/end", roles: admins, handler: s.endPerson},
	}
}

// senderRoutes: who sends.
func (s *Console) senderRoutes() []route {
	return []route{
		{method: get, path: "/senders", roles: admins, handler: s.listSenders},
		{method: get, path: "/senders/new", roles: admins, fresh: true, handler: s.showNewSender},
		{method: post, path: "/senders/new", roles: admins, fresh: true, handler: s.addSender},
		{method: get, path: "/senders/:id", roles: admins, handler: s.showSender},
		{method: post, path: "/senders/:id/suspend", roles: admins, handler: s.suspendSender},
		{method: post, path: "/senders/:id/resume", roles: admins, fresh: true, handler: s.resumeSender},
		{method: post, path: "/senders/:id/password", roles: admins, fresh: true, handler: s.addAppPassword},
		{method: post, path: "/senders/:id/key", roles: admins, fresh: true, handler: s.addAPIKey},
		{method: post, path: "/senders/:id/revoke", roles: admins, handler: s.revokeCredential},
	}
}

// settingRoutes: what the clinic asks for; the sections of settings share three.
func (s *Console) settingRoutes() []route {
	list := []route{
		{method: get, path: settingsPath, roles: admins, handler: s.showSettings},
		{method: get, path: settingsPath + "/history", roles: admins, handler: s.showHistory},
		{method: get, path: settingsPath + "/history/:version", roles: admins, handler: s.showVersion},
		{method: post, path: settingsPath + "/history/:version/set", roles: admins, fresh: true, handler: s.goBack},
		{method: get, path: logoPath, roles: admins, fresh: true, handler: s.showLogo},
		{method: get, path: logoPath + "/picture", roles: admins, handler: s.showPicture},
		{method: post, path: logoPath, roles: admins, handler: s.previewLogo},
		{method: post, path: logoPath + "/set", roles: admins, fresh: true, handler: s.setLogo},
	}
	for _, sec := range append(sections(), wording(":lang")) {
		list = append(list,
			route{method: get, path: sec.Path, roles: admins, fresh: true, handler: s.section(sec, s.showSection)},
			route{method: post, path: sec.Path, roles: admins, handler: s.section(sec, s.previewSection)},
			route{method: post, path: sec.Path + "/set", roles: admins, fresh: true, handler: s.section(sec, s.setSection)})
	}
	return list
}

// suppressionRoutes: who gets no texts.
func (s *Console) suppressionRoutes() []route {
	return []route{
		{method: get, path: suppressionPath, roles: admins, handler: s.listSuppressed},
		{method: post, path: suppressionPath + "/find", roles: admins, handler: s.findSuppressed},
		{method: post, path: suppressionPath + "/add", roles: admins, handler: s.addSuppressed},
		{method: post, path: suppressionExport, roles: admins, fresh: true, handler: s.exportSuppressed},
		{method: post, path: suppressionImport, roles: admins, fresh: true, handler: s.importSuppressed},
	}
}

// eventRoutes: what is on record.
func (s *Console) eventRoutes() []route {
	return []route{
		{method: get, path: "/events", roles: auditors, handler: s.listEvents},
		{method: post, path: "/events/find", roles: auditors, handler: s.findEvents},
		{method: get, path: "/events/export", roles: auditors, fresh: true, handler: s.showExport},
		{method: post, path: "/events/export", roles: auditors, fresh: true, handler: s.export},
		{method: get, path: accountingPath, roles: auditors, fresh: true, handler: s.showAccounting},
		{method: post, path: accountingPath, roles: auditors, fresh: true, handler: s.accountFor},
	}
}

// askRoutes: what takes two.
func (s *Console) askRoutes() []route {
	return []route{
		{method: get, path: "/asks", roles: admins, handler: s.listAsks},
		{method: get, path: "/asks/new", roles: admins, fresh: true, handler: s.showNewWipe},
		{method: post, path: "/asks/new", roles: admins, fresh: true, handler: s.askToWipe},
		{method: get, path: "/asks/:id", roles: admins, handler: s.showAsk},
		{method: get, path: "/asks/:id/messages", roles: admins, handler: s.listAsked},
		{method: post, path: "/asks/:id/approve", roles: admins, fresh: true, handler: s.approve},
		{method: post, path: "/asks/:id/withdraw", roles: admins, handler: s.withdraw},
		{method: post, path: "/asks/:id/open", roles: admins, fresh: true, handler: s.openAsked},
	}
}

// watchRoutes: how it all goes.
func (s *Console) watchRoutes() []route {
	return []route{
		{method: get, path: "/dashboard", roles: admins, handler: s.showDashboard},
		{method: get, path: "/alerts", roles: watchers, handler: s.listAlerts},
		{method: get, path: "/alerts/rules", roles: admins, fresh: true, handler: s.showAlertRules},
		{method: post, path: "/alerts/rules", roles: admins, fresh: true, handler: s.setAlertRules},
		{method: post, path: "/alerts/:id/seen", roles: watchers, handler: s.seeAlert},
	}
}

// refuseRobots serves GET /robots.txt.
func refuseRobots(c echo.Context) error {
	return c.String(http.StatusOK, "User-agent: *\nDisallow: /\n")
}
