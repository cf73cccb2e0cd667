package eventfile

import "securetext/store"

// meaning is what a kind of event is to FHIR: type and subtype of DICOM, the action
// (create, read, update, delete, execute), and how it ended.
type meaning struct{ action, what, more, outcome string }

// Outcomes: all went well; the one who acted may try again; it is over.
const success, minor, serious = "0", "4", "8"

// Codes of DICOM PS3.16, context groups 400 and 401, of which R4's value sets
// audit-event-type and audit-event-sub-type are made.
const (
	activity   = "110100"
	logUsed    = "110101"
	export     = "110106"
	record     = "110110"
	alarm      = "110113"
	signIn     = "110114"
	login      = "110122"
	logout     = "110123"
	emergency  = "110127"
	wiring     = "110128"
	security   = "110129"
	attributes = "110135"
	roles      = "110136"
	users      = "110137"
)

var displays = map[string]string{
	activity: "Application Activity", logUsed: "Audit Log Used", export: "Export", record: "Patient Record", alarm: "Security Alert",
	signIn: "User Authentication", login: "Login", logout: "Logout", emergency: "Emergency Override Started", wiring: "Network Configuration",
	security: "Security Configuration", attributes: "Object Security Attributes Changed", roles: "Security Roles Changed",
	users: "User Security Attributes Changed",
}

// meaningOf is what a kind is to FHIR. One that is nothing of what auditors look for
// is the service at work.
func meaningOf(k store.Kind) meaning {
	if m, ok := meanings[k]; ok {
		return m
	}
	return meaning{"E", activity, "", success}
}

var meanings = map[store.Kind]meaning{
	store.Accepted: {"C", record, "", success}, store.Replied: {"C", record, "", success}, store.Acknowledged: {"C", record, "", success},
	store.Read: {"R", record, "", success}, store.AttachmentRead: {"R", record, "", success}, store.ReplyRead: {"R", record, "", success},
	store.ShownToSender: {"R", record, "", success}, store.Extended: {"U", record, "", success},
	store.Expired: {"D", record, "", success}, store.Wiped: {"D", record, "", success},
	store.Refused: {"U", record, "", success}, store.Allowed: {"U", record, "", success}, store.Taken: {"U", record, "", success},
	store.Deferred: {"E", activity, "", minor}, store.Undelivered: {"E", activity, "", minor}, store.Failed: {"E", activity, "", serious},
	store.NotNotified: {"E", activity, "", minor},

	store.Unlocked: {"E", signIn, login, success}, store.Proved: {"E", signIn, login, success}, store.Vouched: {"E", signIn, login, success},
	store.UnlockFailed: {"E", signIn, login, minor}, store.CodeFailed: {"E", signIn, login, minor},
	store.PasscodeFailed: {"E", signIn, login, minor}, store.PasskeyRefused: {"E", signIn, login, serious},
	store.CredentialRefused: {"E", signIn, login, minor},
	store.StaffSignedIn:     {"E", signIn, login, success}, store.StaffSignInFailed: {"E", signIn, login, minor},
	store.StaffRefused: {"E", signIn, login, minor}, store.StaffPasskeyRefused: {"E", signIn, login, serious},
	store.StaffSignedOut: {"E", signIn, logout, success}, store.SessionEnded: {"E", signIn, logout, success},
	store.Revoked: {"E", signIn, logout, success}, store.StaffRevoked: {"E", signIn, logout, success},

	store.Enrolled: {"C", alarm, users, success}, store.Reset: {"U", alarm, users, success}, store.LockLifted: {"U", alarm, users, success},
	store.PasskeyAdded: {"C", alarm, users, success}, store.PasskeyRemoved: {"D", alarm, users, success},
	store.BrowserForgot: {"D", alarm, users, success},
	store.Disowned:      {"U", alarm, attributes, success}, store.Released: {"U", alarm, attributes, success},
	store.HoldPlaced: {"U", alarm, attributes, success}, store.HoldLifted: {"U", alarm, attributes, success},
	store.Removed: {"D", logUsed, "", success}, store.Forgotten: {"D", record, "", success}, store.BackupRestored: {"U", alarm, "", success},
	store.StaffAdded: {"C", alarm, users, success}, store.StaffInvited: {"U", alarm, users, success}, store.StaffSetUp: {"U", alarm, users, success},
	store.StaffProofsSet: {"U", alarm, users, success}, store.StaffSuspended: {"U", alarm, users, success},
	store.StaffResumed: {"U", alarm, users, success}, store.StaffRolesSet: {"U", alarm, roles, success},
	store.StaffPasskeyAdded: {"C", alarm, users, success}, store.StaffPasskeyRemoved: {"D", alarm, users, success}, store.StaffVouched: {"U", alarm, users, success},
	store.SenderAdded: {"C", alarm, users, success}, store.SenderSuspended: {"U", alarm, users, success}, store.SenderResumed: {"U", alarm, users, success},
	store.AppPasswordAdded: {"C", alarm, users, success}, store.APIKeyAdded: {"C", alarm, users, success},
	store.CredentialRevoked: {"D", alarm, users, success},

	store.OrgAdded: {"C", alarm, security, success}, store.PolicySet: {"U", alarm, security, success}, store.AlertRulesSet: {"U", alarm, security, success},
	store.ProviderSet: {"U", alarm, security, success}, store.ProviderRemoved: {"D", alarm, security, success},
	store.OrgKeyAdded: {"C", alarm, security, success}, store.OrgKeyRewrapped: {"U", alarm, security, success},
	store.SmarthostAdded: {"C", alarm, wiring, success}, store.SmarthostRemoved: {"D", alarm, wiring, success},
	store.WipeAsked: {"E", record, "", success}, store.WipeApproved: {"E", record, "", success}, store.BulkWiped: {"D", record, "", success},
	store.AskEnded: {"E", activity, "", success}, store.EmergencyAsked: {"E", alarm, emergency, success},
	store.EmergencyApproved: {"E", alarm, emergency, success}, store.EmergencyOpened: {"R", record, emergency, success},
	store.Exported: {"R", logUsed, "", success}, store.Alerted: {"E", alarm, "", serious}, store.AlertSeen: {"U", alarm, "", success},
}
