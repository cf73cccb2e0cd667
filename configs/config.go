// Package configs reads how the service is to run.
//
// With no setting at all it runs embedded: everything in one process, for a
// desk or a demo. A setting is a line KEY=value of an optional file, or the
// environment variable SECURETEXT_KEY, which wins. File keys carry no prefix
// and environment keys always do. A secret KEY may instead be given as
// KEY_FILE, the path of a file that holds it. An empty value means not set.
//
// The fields of [Config] are the manual: unit, default and, where a value has
// to be made, the command that makes it. embedded.env and production.env show
// every one of them.
//
// Nothing is guessed and nothing is passed over: an unknown key, a bad value
// and, in production, any part meant for a desk stop the program, all of them
// reported at once, each with its line, the reason and the fix. A secret is
// never printed, in an error or otherwise.
package configs

import (
	"log/slog"
	"net/netip"
	"time"
)

// Config is how the service runs, complete and checked. [Load] makes it; it is
// not changed afterwards, so it may be read concurrently.
//
// The tags are the reader's: key, def (the default), oneof, min, max and, in
// check, the name of a rule for the shape of the text.
type Config struct {
	// Mode is embedded (the default) or production. Production refuses to
	// start with any part that is meant for a desk.
	Mode Mode `key:"MODE" def:"embedded" oneof:"embedded,production"`

	// Roles are the parts this process runs, comma separated. Several
	// processes that share one Postgres and one Redis may split them.
	// Default: all.
	Roles []Role `key:"ROLES" def:"smtp,api,pickup,courier,console" oneof:"smtp,api,pickup,courier,console"`

	// PublicURL is the base of every link that patients get and of the
	// addresses that the provider calls back: https, a host and maybe a port,
	// nothing else. It ends without a slash. Default: this machine.
	PublicURL string `key:"PUBLIC_URL" def:"https://localhost:8443"`

	// DataDir is the folder of the embedded parts: the SQLite file and the
	// keys made at the first start. Default: securetext-data, below the folder
	// the program is started in.
	DataDir string `key:"DATA_DIR" def:"./securetext-data"`

	// DatabaseURL is a Postgres (15 or later) connection URL such as
	// postgres://securetext:PASSWORD@db.example:5432/securetext?sslmode=verify-full
	// and a secret, as it holds the password. Not set: SQLite in DataDir.
	DatabaseURL Secret `key:"DATABASE_URL" check:"postgres"`

	// RedisURL says where sessions are kept; a secret, as it holds the
	// password. rediss in place of redis means TLS. Not set: in the memory of
	// this process.
	//
	//	one server  redis://USER:PASSWORD@HOST:6379/0
	//	a socket    unix:///run/redis/redis.sock
	//	Cluster     redis+cluster://USER:PASSWORD@HOST:6379,HOST2:6379
	//	Sentinel    redis+sentinel://USER:PASSWORD@HOST:26379,HOST2:26379/0?master=NAME
	RedisURL Secret `key:"REDIS_URL" check:"redis"`

	// Texts are the roads that texts go, comma separated, in the order in which
	// they are tried: twilio, kannel or webhook, with :NUMBER behind it where
	// another than the provider's own FROM is meant, and @RATE where it may carry
	// only so many texts a second, as in twilio:+15551230000@1,kannel. console
	// (the default) prints texts and keeps them for the outbox page of OpsAddr.
	// An org may have roads of its own: securetext org set --texts.
	Texts string `key:"TEXTS" def:"console" check:"roads"`

	// TwilioAccountSID is the account: AC and 32 hexadecimal digits.
	TwilioAccountSID string `key:"TWILIO_ACCOUNT_SID" check:"accountsid"`

	// TwilioAuthToken is the account's token; it also signs callbacks.
	TwilioAuthToken Secret `key:"TWILIO_AUTH_TOKEN"`

	// TwilioFrom is the number that texts come from, as +15551230000. Give
	// either this or TwilioMessagingServiceSID.
	TwilioFrom string `key:"TWILIO_FROM" check:"textsfrom"`

	// TwilioMessagingServiceSID is the Messaging Service that picks the
	// number: MG and 32 hexadecimal digits.
	TwilioMessagingServiceSID string `key:"TWILIO_MESSAGING_SERVICE_SID" check:"servicesid"`

	// TwilioBaseURL is where the API is called. Default: Twilio's own.
	TwilioBaseURL string `key:"TWILIO_BASE_URL" def:"https://api.twilio.com"`

	// TwilioContentRetention is whether Twilio keeps the body of a text once
	// it is sent: discard (the default) or retain. Discard needs the account's
	// Message Redaction, which a BAA account has.
	TwilioContentRetention string `key:"TWILIO_CONTENT_RETENTION" def:"discard" oneof:"discard,retain"`

	// TwilioAddressRetention is whether Twilio keeps the patient's number:
	// retain (the default) or obfuscate. With obfuscate a text whose sending
	// timed out cannot be looked up, and may go out twice.
	TwilioAddressRetention string `key:"TWILIO_ADDRESS_RETENTION" def:"retain" oneof:"retain,obfuscate"`

	// TwilioValidity is how long Twilio may hold a text it cannot hand over
	// yet. 1m to 4h, default 4h.
	TwilioValidity time.Duration `key:"TWILIO_VALIDITY" def:"4h" min:"1m" max:"4h"`

	// TwilioLookup is whether Twilio is asked, for money, what sort of line a
	// number is before the first text goes there: off (the default) or on.
	TwilioLookup string `key:"TWILIO_LOOKUP" def:"off" oneof:"off,on"`

	// KannelURL is where Kannel's smsbox takes texts, as
	// http://127.0.0.1:13013/cgi-bin/sendsms
	KannelURL string `key:"KANNEL_URL" check:"sendurl"`

	// KannelUser is the sendsms-user.
	KannelUser string `key:"KANNEL_USER"`

	// KannelPassword is KannelUser's.
	KannelPassword Secret `key:"KANNEL_PASSWORD"`

	// KannelFrom is the number, short code or name that texts come from.
	KannelFrom string `key:"KANNEL_FROM" check:"sendername"`

	// KannelSecret proves that a delivery report or an inbound text is
	// Kannel's, which signs nothing. A key made from it stands in kannel.conf, as
	// securetext kannel prints. 16 characters or more, by openssl rand -hex 16
	KannelSecret Secret `key:"KANNEL_SECRET" check:"secret16"`

	// WebhookURL is where a gateway of your own takes texts, over https.
	WebhookURL string `key:"WEBHOOK_URL" check:"sendurl"`

	// WebhookSecret signs what passes between it and us: 32 characters or more,
	// by openssl rand -hex 32
	WebhookSecret Secret `key:"WEBHOOK_SECRET" check:"secret32"`

	// WebhookFrom is the number or name that texts come from there.
	WebhookFrom string `key:"WEBHOOK_FROM" check:"sendername"`

	// RootProvider is who keeps the root key, which wraps the key of every org: key
	// (the default) is RootKey, vault a key of HashiCorp Vault's or OpenBao's transit
	// engine, kms one of AWS KMS. Whatever else is set of the three still opens what it
	// wrapped, until securetext keys rotate has wrapped it all anew.
	RootProvider string `key:"ROOT_PROVIDER" def:"key" oneof:"key,vault,kms"`

	// RootKey wraps the key of every org, and is in no database. 32 bytes in
	// base64: openssl rand -base64 32
	// Lost, all messages are lost. Embedded, not set: see [Config.Keys].
	RootKey Key `key:"ROOT_KEY"`

	// RootKeyOld are other root keys, comma separated, that still open what
	// they wrapped, until securetext keys rotate has rewrapped it all.
	RootKeyOld []Key `key:"ROOT_KEY_OLD"`

	// VaultAddr is where Vault or OpenBao is, as https://vault.clinic.example:8200
	VaultAddr string `key:"VAULT_ADDR" check:"sendurl"`

	// VaultNamespace is the namespace there. Not set: none.
	VaultNamespace string `key:"VAULT_NAMESPACE"`

	// VaultCAFile is a PEM file of the authorities that its certificate is of. Not
	// set: those of this machine.
	VaultCAFile string `key:"VAULT_CA_FILE"`

	// VaultMount is where the transit engine is mounted. Default: transit.
	VaultMount string `key:"VAULT_MOUNT" def:"transit" check:"vaultpath"`

	// VaultKey is the name of the key there, of the type aes256-gcm96.
	VaultKey string `key:"VAULT_KEY" check:"vaultname"`

	// VaultKeyOld are other keys there, comma separated, that still open what they
	// wrapped.
	VaultKeyOld []string `key:"VAULT_KEY_OLD" check:"vaultname"`

	// VaultAuth is how we sign in: token (the default), approle or kubernetes.
	VaultAuth string `key:"VAULT_AUTH" def:"token" oneof:"token,approle,kubernetes"`

	// VaultAuthPath is where approle or kubernetes is mounted. Not set: at its name.
	VaultAuthPath string `key:"VAULT_AUTH_PATH" check:"vaultpath"`

	// VaultRole is the role id for approle, the role's name for kubernetes.
	VaultRole string `key:"VAULT_ROLE"`

	// VaultCredentialFile holds the token, approle's secret id, or the service
	// account's token. It is read anew each time, so it may be renewed in place.
	VaultCredentialFile string `key:"VAULT_CREDENTIAL_FILE"`

	// KMSKey is the ARN of a symmetric key of AWS KMS; not an alias, which may come to
	// mean another key.
	KMSKey string `key:"KMS_KEY" check:"kmskey"`

	// KMSKeyOld are other keys there, comma separated, that still open what they
	// wrapped.
	KMSKeyOld []string `key:"KMS_KEY_OLD" check:"kmskey"`

	// KMSEndpoint is where KMS is called. Not set: AWS's own of the key's region.
	KMSEndpoint string `key:"KMS_ENDPOINT" check:"sendurl"`

	// KMSAccessKeyID is the id of an access key that may encrypt and decrypt with the
	// key. Give either this or KMSCredentialsFile.
	KMSAccessKeyID string `key:"KMS_ACCESS_KEY_ID"`

	// KMSAccessSecret is its secret.
	KMSAccessSecret Secret `key:"KMS_ACCESS_SECRET"`

	// KMSCredentialsFile holds passing credentials as a credential_process prints
	// them. It is read anew each time, so it may be renewed in place.
	KMSCredentialsFile string `key:"KMS_CREDENTIALS_FILE"`

	// PhoneKey keys the hash by which a phone number is found. 32 bytes in
	// base64: openssl rand -base64 32
	// Lost, no recipient is found again.
	PhoneKey Key `key:"PHONE_KEY"`

	// PhoneKeyNext is the phone key to come, while not all processes have it yet:
	// numbers are found by it too.
	PhoneKeyNext Key `key:"PHONE_KEY_NEXT"`

	// PhoneKeyOld are former phone keys, comma separated, by which numbers are still
	// found, until securetext keys rotate --phones has hashed them all anew.
	PhoneKeyOld []Key `key:"PHONE_KEY_OLD"`

	// Pepper keys the HMAC over every password hash. 32 bytes in base64:
	// openssl rand -base64 32
	// Lost, every patient has to reset.
	Pepper Key `key:"PEPPER"`

	// PepperOld are other peppers, comma separated, that passwords are still right
	// with. Each is hashed with Pepper at its owner's next sign-in.
	PepperOld []Key `key:"PEPPER_OLD"`

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

	// SMTPAddr is where mail is taken in (submission: STARTTLS, then AUTH).
	// Default: loopback. All interfaces, the usual port: 0.0.0.0:587
	SMTPAddr string `key:"SMTP_ADDR" def:"127.0.0.1:2587" check:"hostport"`

	// SMTPSAddr is where mail is taken in over TLS from the first byte (implicit
	// TLS, then AUTH). Not set: nowhere. The usual port: 0.0.0.0:465
	SMTPSAddr string `key:"SMTPS_ADDR" check:"hostport"`

	// RelayAddr is where mail comes in from other mail servers: STARTTLS, then
	// DMARC or a registered smarthost, and a registered sender. Not set:
	// nowhere. The usual port: 0.0.0.0:25
	RelayAddr string `key:"RELAY_ADDR" check:"hostport"`

	// LMTPSocket is the path of a Unix socket for a mail server in front, such
	// as Postfix, that is trusted with what it hands in. Not set: none.
	LMTPSocket string `key:"LMTP_SOCKET"`

	// ProxyFrom are the networks, comma separated as 10.0.0.0/8, of balancers
	// that must begin every mail connection with the PROXY protocol. Default:
	// none.
	ProxyFrom []netip.Prefix `key:"PROXY_FROM"`

	// DefaultRegion is the country (ISO 3166) of numbers written without a
	// country code, until the sender's org is known. Default: US.
	DefaultRegion string `key:"DEFAULT_REGION" def:"US" check:"region"`

	// DNSServer is who is asked about SPF, DKIM and DMARC. Not set: the
	// machine's own resolver.
	DNSServer string `key:"DNS_SERVER" check:"hostport"`

	// RegisterURL is the page that tells an unknown sender how to be registered.
	// Not set: the page /senders of PublicURL.
	RegisterURL string `key:"REGISTER_URL" check:"page"`

	// VirusScanner looks at every mail and attachment: clamd://HOST:3310,
	// unix:///run/clamav/clamd.ctl or icap://HOST:1344/SERVICE. Not set: none.
	VirusScanner string `key:"VIRUS_SCANNER" check:"scanner"`

	// MailServer is where mails to senders are handed in, HOST:PORT; what they
	// say is up to the org's policy. Not set: none are sent.
	MailServer string `key:"MAIL_SERVER" check:"hostport"`

	// MailUser signs in to MailServer. Not set: nobody does.
	MailUser string `key:"MAIL_USER"`

	// MailPassword is MailUser's.
	MailPassword Secret `key:"MAIL_PASSWORD"`

	// MailFrom is the address that mails to senders come from.
	MailFrom string `key:"MAIL_FROM" check:"address"`

	// MailTLS is required (the default), or off for a MailServer on this
	// machine.
	MailTLS string `key:"MAIL_TLS" def:"required" oneof:"required,off"`

	// SMTPDomains are the domains taken, comma separated: <number>@<domain>.
	SMTPDomains []string `key:"SMTP_DOMAINS" def:"secure.text" check:"domains"`

	// SMTPHostname is the name in the SMTP greeting. Default: the host of
	// PublicURL.
	SMTPHostname string `key:"SMTP_HOSTNAME" check:"domains"`

	// HTTPAddr serves patients, the API and the provider's callbacks, over
	// TLS. Default: loopback.
	HTTPAddr string `key:"HTTP_ADDR" def:"127.0.0.1:8443" check:"hostport"`

	// ConsoleURL is where staff reach the console: https, a host of its own and
	// maybe a port. In production its host is not that of PublicURL, since browsers
	// give the cookies of a host to all of its ports. Default: this machine.
	ConsoleURL string `key:"CONSOLE_URL" def:"https://localhost:8444"`

	// ConsoleAddr serves the console, over TLS. Default: loopback.
	ConsoleAddr string `key:"CONSOLE_ADDR" def:"127.0.0.1:8444" check:"hostport"`

	// ProviderPrivate is whether the identity providers of orgs, by which staff
	// sign in, may have private addresses: on or off (the default). Whoever sets
	// one up is the operator, so this is for a provider in your own network.
	ProviderPrivate string `key:"PROVIDER_PRIVATE" def:"off" oneof:"off,on"`

	// OpsAddr serves metrics, health and, with console texts, the outbox page,
	// without any sign-in: only a loopback address is taken.
	OpsAddr string `key:"OPS_ADDR" def:"127.0.0.1:9090" check:"loopback"`

	// TLSCertFile is a PEM file: the certificate, then its chain. Not set:
	// embedded mode signs its own at every start.
	TLSCertFile string `key:"TLS_CERT_FILE"`

	// TLSKeyFile is the PEM file of that certificate's private key.
	TLSKeyFile string `key:"TLS_KEY_FILE"`

	// TrustedProxies are the networks, comma separated as 10.0.0.0/8, whose
	// word on the client's address is believed. Default: none.
	TrustedProxies []netip.Prefix `key:"TRUSTED_PROXIES"`

	// MessageLife is how long a message can be read unless its sender says
	// otherwise. 1h to 90d, default 14d.
	MessageLife time.Duration `key:"MESSAGE_LIFE" def:"14d" min:"1h" max:"90d"`

	// SenderRate is how many messages one sender may send in an hour, 100 to
	// 10000000, or 0 for any number. Default 5000. (An org's own limit of a day
	// is set by securetext org set.)
	SenderRate uint32 `key:"SENDER_RATE" def:"5000" min:"0" max:"10000000"`

	// BlockRate is how many messages one org may send in an hour to numbers that
	// differ in their last four digits only, 100 to 10000000, or 0 for any
	// number. Default 500: it stops those who earn by texts to their own numbers.
	BlockRate uint32 `key:"BLOCK_RATE" def:"500" min:"0" max:"10000000"`

	// Argon2Memory is the memory of one password hash, in KiB. 19456 (the
	// default, and the least that is safe) to 262144.
	Argon2Memory uint32 `key:"ARGON2_MEMORY" def:"19456" min:"19456" max:"262144"`

	// Argon2Time is the number of passes over it, 2 (the default) to 16.
	Argon2Time uint32 `key:"ARGON2_TIME" def:"2" min:"2" max:"16"`

	// Argon2Threads is the number of lanes, 1 (the default) to 16.
	Argon2Threads uint8 `key:"ARGON2_THREADS" def:"1" min:"1" max:"16"`

	// LogLevel is the least that is logged: debug, info (the default), warn
	// or error.
	LogLevel slog.Level `key:"LOG_LEVEL" def:"info" oneof:"debug,info,warn,error"`

	// ShutdownGrace is how long a stop waits for what is in hand. 1s to 15m,
	// default 30s; the container's stop time has to be longer.
	ShutdownGrace time.Duration `key:"SHUTDOWN_GRACE" def:"30s" min:"1s" max:"15m"`

	origins map[string]origin // by key: where its value came from
}

// Load reads the file at path, if path is not empty, and environ (as
// [os.Environ] gives it; of a variable given twice the last one counts). An
// empty path means the file that SECURETEXT_CONFIG names, if it is set.
//
// What is wrong with the settings is returned as one [Problems].
func Load(path string, environ []string) (*Config, error) {
	return load(path, environ, readFile)
}

func load(path string, environ []string, read func(string) ([]byte, error)) (*Config, error) {
	in := newSettings(read)
	in.addFile(path, environ)
	in.addEnviron(environ)
	in.openSecretFiles()
	c := &Config{origins: in.origins}
	bad := append(in.problems, c.bind(in.values)...)
	bad = append(bad, c.check(bad)...)
	if len(bad) > 0 {
		return nil, bad.sorted()
	}
	return c, nil
}
