package configs

import "time"

// Audit is who signs the checkpoints of the event log, and who gets them.
type Audit struct {
	// AuditKey signs the checkpoints of the event log, by which others can prove
	// that nothing in it was changed. 32 bytes in base64: openssl rand -base64 32
	// Lost, the log goes on under a new one; what was signed stays provable by the
	// public key: securetext audit key. Embedded, not set: made at the first start.
	AuditKey Key `key:"AUDIT_KEY"`

	// AuditKeyOld are former audit keys, comma separated, whose checkpoints still
	// count.
	AuditKeyOld []Key `key:"AUDIT_KEY_OLD"`

	// AuditFile is a file to which each checkpoint is appended, best on a disk that
	// the database's administrators cannot write to. Not set: none.
	AuditFile string `key:"AUDIT_FILE"`

	// AuditWebhook is where each checkpoint is posted to, signed, over https, at a
	// public address. Not set: nowhere.
	AuditWebhook string `key:"AUDIT_WEBHOOK" check:"page"`

	// AuditMail is the address that gets the checkpoint of the time by MailServer.
	// Not set: nobody does.
	AuditMail string `key:"AUDIT_MAIL" check:"address"`

	// AuditMailEvery is how often, 1h to 30d, default 1d.
	AuditMailEvery time.Duration `key:"AUDIT_MAIL_EVERY" def:"1d" min:"1h" max:"30d"`

	// AuditBucket is a bucket of S3, or of what speaks its protocol, that each
	// checkpoint is put into, with what the names begin with:
	// https://s3.eu-central-1.amazonaws.com/BUCKET/clinic
	// Let it lock objects. Not set: none.
	AuditBucket string `key:"AUDIT_BUCKET" check:"sendurl"`

	// AuditBucketRegion is its region, default us-east-1.
	AuditBucketRegion string `key:"AUDIT_BUCKET_REGION" def:"us-east-1"`

	// AuditBucketKeyID is the id of the access key, which need only put objects.
	AuditBucketKeyID string `key:"AUDIT_BUCKET_KEY_ID"`

	// AuditBucketSecret is the access key's secret.
	AuditBucketSecret Secret `key:"AUDIT_BUCKET_SECRET"`
}
