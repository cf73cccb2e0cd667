package storetest

import (
	"reflect"
	"testing"

	"securetext/store"
)

// orgless are the methods that are asked for no org, with the reason why they
// give nothing away.
var orgless = map[string]string{
	"Ping": "about the store", "Close": "about the store",
	"AppPassword": "by a secret", "APIKey": "by a key's id, and the caller compares the secret",
	"DueWatches": "the minder serves all orgs", "Watched": "a claim of the minder's",
	"Lines": "a road serves all orgs", "Pause": "a road serves all orgs", "Probe": "a road serves all orgs",
	"Flow": "a road serves all orgs", "Pace": "a road serves all orgs",
	"Unreported": "the courier serves all orgs", "Checked": "by the text's id",
	"Release": "a claim of the courier's", "Skip": "a claim of the courier's", "MayRemind": "a claim of the courier's",
	"Due": "the courier serves all orgs", "AddLinks": "a claim of the courier's", "Sent": "a claim of the courier's",
	"Retry": "a claim of the courier's", "Failed": "a claim of the courier's", "Backlog": "numbers alone",
	"Receipt": "the provider's callback, by the text's id", "KnownTexts": "by the provider's ids",
	"Link": "by a secret", "Opened": "by a secret", "Enrol": "by a secret", "TryUnlock": "by a secret",
	"Unlocked": "by a secret", "UnlockFailed": "by a secret", "AskAgain": "by a secret",
	"AskCode": "by a secret", "TryCode": "by a secret", "TryPasscode": "by a secret", "ResetPassword": "by a secret", "NotMine": "by a secret",
	"KeepChallenge": "by a secret", "TakeChallenge": "by a secret", "UnlockedByPasskey": "by a secret",
	"SenderByEmail": "a mail knows no org before its sender", "Smarthosts": "a connection knows no org before its client",
	"DueNotices": "the mailer serves all orgs", "NoticeSent": "a claim of the mailer's",
	"RetryNotice": "a claim of the mailer's", "DropNotice": "a claim of the mailer's",
	"ForgetTexts": "the service's own", "ForgetRecipients": "the service's own", "AnnounceRemoval": "the service's own",
	"RemoveAnnounced": "the service's own", "Overdue": "the service's own", "Removals": "the log is of all orgs",
	"Sequence": "the log is of all orgs", "LogState": "numbers alone", "LeafOf": "by an event's seq, which shows no event",
	"Leaves": "the operator's: the log is of all orgs", "Stray": "the operator's", "Tiles": "hashes alone",
	"AddCheckpoint": "the log is of all orgs", "Checkpoints": "hashes alone", "LastCheckpoint": "hashes alone",
	"ClaimPush": "the notary serves all orgs", "Pushed": "a claim of the notary's",
	"LookedAt": "a number alone", "Origins": "the lookout serves all orgs", "Places": "the lookout serves all orgs",
	"Observe": "the lookout serves all orgs", "DueAlerts": "the lookout serves all orgs", "AlertTold": "a claim of the lookout's",
	"WipeAsked":         "the service's own, for whom two admins of an org asked",
	"CredentialRefused": "who fails to sign in names no org",
	"StaffByEmail":      "who signs in names no org", "StaffByInvite": "by a secret", "SetUpStaff": "by a secret",
	"Logo":          "by an id that only its org's pages show",
	"BeginCeremony": "a browser knows no org before it signs in", "EndCeremony": "by a secret", "StaffByPasskey": "by a secret",
	"ProviderFor": "who signs in names no org",
	"AddOrg":      "the operator's", "Orgs": "the operator's", "OrgKeys": "the operator's", "Expire": "the service's own",
	"UsePhoneKey": "a key serves all orgs", "PhoneKeys": "ids of keys alone", "DropPhoneKey": "a key serves all orgs",
	"Unhashed": "the operator's", "Unfound": "a number alone", "TallyNumbers": "numbers alone",
}

func foreignComplete(t *testing.T, _ *Clinic) {
	all := reflect.TypeFor[store.Store]()
	for m := range all.Methods() {
		_, tried := foreign[m.Name]
		_, excused := orgless[m.Name]
		if tried == excused {
			t.Errorf("%s: want it tried with a foreign org, or excused with a reason", m.Name)
		}
	}
	if len(foreign)+len(orgless) != all.NumMethod() {
		t.Error("a method is tried or excused that is not there")
	}
}
