package kanneltest

import (
	"fmt"
	"strings"
)

const adminPassword = "only-for-tests"

// config is Kannel's configuration: what the comment of package kannel asks for,
// made impatient. fakesmsc's port is on every interface, which Kannel gives no
// choice of; it refuses all but 127.0.0.1. Texts for the smsc-id "nobody" are
// not routable.
func (k *Kannel) config() string {
	var b strings.Builder
	fmt.Fprintf(&b, `group = core
admin-port = %d
admin-interface = 127.0.0.1
admin-password = %s
smsbox-port = %d
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
store-type = spool
store-location = %[4]s/store
dlr-storage = spool
dlr-spool = %[4]s/dlr
unified-prefix = "+,00"
sms-resend-freq = 1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = %[3]d
sendsms-port = %[5]d
sendsms-interface = 127.0.0.1
mo-recode = true
http-request-retry = 1000
http-queue-delay = 1
max-pending-requests = 20
reply-couldnotfetch = ""

group = sendsms-user
username = %[6]s
password = %[7]s
max-messages = 1

`, k.ports.admin, adminPassword, k.ports.box, k.dir, k.ports.send, k.User, k.Password)
	b.WriteString(k.smsc())
	if k.inbound != "" {
		fmt.Fprintf(&b, `group = sms-service
keyword = default
catch-all = true
get-url = "%s"
accept-x-kannel-headers = true
max-messages = 1
omit-empty = true
`, k.inbound)
	}
	return b.String()
}

func (k *Kannel) smsc() string {
	if k.carrier == nil {
		return fmt.Sprintf(`group = smsc
smsc = fake
smsc-id = %s
port = %d
connect-allow-ip = 127.0.0.1
denied-smsc-id = nobody

`, k.SMSC, k.ports.smsc)
	}
	return fmt.Sprintf(`group = smsc
smsc = smpp
smsc-id = %s
host = 127.0.0.1
port = %d
transceiver-mode = true
smsc-username = clinic
smsc-password = clinic
system-type = ""
source-addr-autodetect = true
alt-charset = UTF-8
reconnect-delay = 1
denied-smsc-id = nobody

`, k.SMSC, k.carrier.port)
}
