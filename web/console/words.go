package console

import (
	"fmt"

	"securetext/store"
)

// kinds are what events are called. A test holds that each has words.
var kinds = map[store.Kind]string{
	store.Accepted: "Accepted", store.Deferred: "Text put off", store.Sent: "Text sent", store.Undelivered: "Text not delivered",
	store.Failed: "No text will go out", store.Delivered: "Text delivered", store.Opened: "Link opened", store.Enrolled: "First password set",
	store.Unlocked: "Password given", store.Read: "Read", store.UnlockFailed: "Wrong password", store.AttachmentRead: "Attachment opened",
	store.Acknowledged: "Answered", store.Replied: "Written back", store.ReplyRead: "Reply read", store.Asked: "Asked for again", store.ShownToSender: "Looked at by its sender", store.Extended: "Can be read for longer", store.CodeAsked: "Code asked for",
	store.Proved: "Code given", store.CodeFailed: "Wrong code", store.Disowned: "“Not for me”", store.LockLifted: "Unlocked by staff",
	store.Released: "Released", store.Resent: "Texted again by staff", store.Skipped: "Reminder left out", store.Overdue: "Overdue", store.Taken: "Taken charge of",
	store.Refused: "Texts stopped", store.Allowed: "Texts allowed", store.Notified: "Sender told", store.NotNotified: "Sender could not be told",
	store.HoldPlaced: "Put on legal hold", store.HoldLifted: "Legal hold lifted", store.Removed: "Old events removed", store.Forgotten: "Old records removed",
	store.BackupRestored: "Backup put back",
	store.Expired:        "Expired", store.Wiped: "Wiped", store.Revoked: "Sessions ended", store.Reset: "Password reset", store.SessionEnded: "One session ended", store.BrowserForgot: "Browser forgotten",
	store.Vouched: "Passcode given", store.PasscodeFailed: "Wrong passcode", store.PasskeyAdded: "Passkey added",
	store.PasskeyRemoved: "Passkey removed", store.PasskeyRefused: "Passkey refused",

	store.OrgAdded: "Organisation added", store.PolicySet: "Settings changed", store.SenderAdded: "Sender added", store.SenderSuspended: "Sender suspended",
	store.SenderResumed: "Sender may send again", store.SmarthostAdded: "Mail system added", store.SmarthostRemoved: "Mail system removed",
	store.CredentialRefused: "Wrong app password or key", store.WipeAsked: "Wipe of many asked for",
	store.WipeApproved: "Wipe of many approved", store.BulkWiped: "Wipe of many done", store.AskEnded: "Ask withdrawn", store.EmergencyAsked: "Emergency access asked for",
	store.EmergencyApproved: "Emergency access approved", store.EmergencyOpened: "Read by emergency access", store.Alerted: "Alert", store.AlertSeen: "Alert taken note of", store.AlertRulesSet: "Alert rules set",
	store.AppPasswordAdded: "App password made", store.APIKeyAdded: "API key made", store.CredentialRevoked: "App password or key ended",
	store.OrgKeyAdded: "Key rotated", store.OrgKeyRewrapped: "Key wrapped anew", store.Exported: "Exported",
	store.PhraseAdded: "Ready text added", store.PhraseChanged: "Ready text changed", store.PhraseRemoved: "Ready text removed",

	store.StaffAdded: "Person added", store.StaffInvited: "New set-up link", store.StaffSetUp: "Set up", store.StaffSignedIn: "Signed in",
	store.StaffSignInFailed: "Sign-in failed", store.StaffSignedOut: "Signed out", store.StaffProofsSet: "Password or app changed",
	store.StaffRolesSet: "Roles set", store.StaffSuspended: "Person suspended", store.StaffResumed: "Person let in again",
	store.StaffRevoked: "Person’s sessions ended", store.StaffVouched: "Bound to the organisation’s sign-in",
	store.StaffRefused: "Not let in by the organisation’s sign-in", store.StaffPasskeyAdded: "Person’s passkey added",
	store.StaffPasskeyRemoved: "Person’s passkey removed", store.StaffPasskeyRefused: "Person’s passkey refused",
	store.ProviderSet: "Organisation’s sign-in set", store.ProviderRemoved: "Organisation’s sign-in removed",
}

// kindWords is what an event is called.
func kindWords(k store.Kind) string {
	if words, ok := kinds[k]; ok {
		return words
	}
	return string(k)
}

// statuses are how far a message got, in the ladder's order, as the list's filter
// has them.
var statuses = []store.Kind{
	store.Accepted, store.Sent, store.Undelivered, store.Failed, store.Delivered, store.Opened, store.Unlocked, store.Read,
}

// statusWords is how far a message got.
func statusWords(k store.Kind) string {
	switch k {
	case store.Accepted:
		return "Waiting to be texted"
	case store.Failed:
		return "Could not be texted"
	case store.Opened:
		return "Link opened, not read"
	case store.Unlocked:
		return "Signed in, not read"
	}
	return kindWords(k)
}

func refusalWords(r store.Refusal) string {
	return map[store.Refusal]string{
		store.OptedOut: "The patient asked for no more texts", store.Blocked: "Staff stopped them", store.Landline: "The number is a landline",
		store.Dead: "Nobody has the number", store.NotMine: "Who has the number is not the patient",
	}[r]
}

func roleWords(r store.Role) string {
	return map[store.Role]string{store.RoleSender: "Sender", store.RoleAdmin: "Admin", store.RoleAuditor: "Auditor"}[r]
}

func ruleWords(r store.Rule) string {
	return map[store.Rule]string{
		store.UnusualVolume: "Far more messages than usual", store.ManyRefusals: "Many wrong passwords or codes",
		store.NewPlace: "Signed in from a new place", store.BulkReading: "Many messages read at once", store.ManyWipes: "Many messages destroyed",
		store.Emergency: "Emergency access to a message",
	}[r]
}

func answerWords(a store.Answer) string {
	words, ok := map[store.Answer]string{
		store.AnswerRead: "“I have read this”", store.AnswerQuestion: "“I have a question”",
		store.AnswerCall: "“Please call me”",
	}[a]
	if !ok {
		return string(a)
	}
	return words
}

// doneWords say what was just done, by the word for it in the address. Any other
// word says nothing.
var doneWords = map[string]string{
	"sent":      "Your message is stored, and the patient will be texted.",
	"take":      "You have charge of this message. The patient is not reminded any more.",
	"settled":   "Nobody needs to take charge of this message: it was read, taken already, or is gone.",
	"release":   "The message can be read again.",
	"notheld":   "The message is not sealed, or is gone.",
	"wipe":      "The message is wiped. Nobody can read it any more.",
	"wiped":     "There was nothing left to wipe.",
	"onhold":    "The message is on legal hold. An admin has to lift that first.",
	"hold":      "The hold is in force.",
	"held":      "There is a hold for that case already.",
	"lift":      "The hold is lifted.",
	"lifted":    "That hold was lifted before.",
	"resend":    "Another text is on its way.",
	"waits":     "No other text: one waits already, or the patient gets none.",
	"again":     "A text was sent again a short while ago. Please wait a little.",
	"extend":    "The message can be read for longer now.",
	"longer":    "The message can be read for as long as that already.",
	"phrase":    "The text is ready for everybody who writes.",
	"unphrased": "The text is gone. What was sent with it stays as it is.",
	"over":      "The message is over: there is nothing left to read.",
	"revoke":    "All sessions of this recipient are over.",
	"end":       "That session is over.",
	"forget":    "That browser is forgotten, and all sessions are over.",
	"unlock":    "The password can be tried again.",
	"reset":     "The password is forgotten, all sessions are over, and what was sent before is sealed.",
	"block":     "No more texts go to this recipient.",
	"allow":     "Texts go to this recipient again.",
	"changed":   "Something changed at that moment. Please look again.",
	"verify":    "Say how the patient agreed to get texts again.",
	"password":  "Your password is changed, and you are signed out everywhere else.",
	"app":       "Your authenticator app is set up, and you are signed out everywhere else.",
	"passkey":   "Your passkey is set up.",
	"nopasskey": "The passkey is removed, and you are signed out everywhere else.",
	"lastway":   "That is the last thing you can sign in by. Set up something else first.",
	"roles":     "The roles are set.",
	"suspend":   "Suspended, and signed out at once.",
	"resume":    "No longer suspended.",
	"ended":     "All sessions of this person are over.",
	"already":   "It was so already.",
	"stopped":   "This sender may not send any more.",
	"resumed":   "This sender may send again.",
	"credended": "It is no longer good.",
	"asked":     "Another admin has to approve this now.",
	"approve":   "Approved. It is on record that you did.",
	"withdraw":  "Withdrawn.",
	"notyours":  "That is not possible: it was decided or withdrawn already, is your own, or one of you is no admin any more.",
	"toolate":   "It is too late for that.",
	"settings":  "The settings are changed.",
	"seen":      "It is on record that you took note of this alert.",
	"seenby":    "Somebody took note of it before you.",
	"rules":     "The rules are set. They count from now on.",
}

// sizeWords is a number of bytes as people say it.
func sizeWords(bytes int64) string {
	const kilo, mega = 1 << 10, 1 << 20
	if bytes < mega {
		return fmt.Sprintf("%d KB", max(1, (bytes+kilo/2)/kilo))
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/mega)
}
