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
// Those of one matter that are many stand in a struct of their own.
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

	Carriers // who carries texts

	RootKeys // who keeps the root key

	// PhoneKey keys the hash by which a phone number is found. 32 bytes in
	// base64: openssl rand -base64 32
	// Lost, nothing starts until all numbers are hashed with a new one.
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

	Audit // who signs the log, and who gets its checkpoints

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
