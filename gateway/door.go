package gateway

// Door is how mail gets in, and by which rule (S26).
type Door int

// The doors.
const (
	// DoorSubmission is for senders' mail programs, usually at port 587: TLS by
	// STARTTLS, then AUTH.
	DoorSubmission Door = iota
	// DoorSubmissionTLS is the same with TLS from the first byte, usually at
	// port 465.
	DoorSubmissionTLS
	// DoorRelay is for mail systems on the internet, usually at port 25: TLS by
	// STARTTLS, no AUTH, and then a registered smarthost or a pass of DMARC.
	DoorRelay
	// DoorLMTP is for a mail server on this machine, by a Unix socket (RFC 2033):
	// who may open the socket is trusted to have looked where mail comes from.
	DoorLMTP
)

// signsIn reports whether senders are known by AUTH; otherwise each mail is its
// author's.
func (d Door) signsIn() bool { return d == DoorSubmission || d == DoorSubmissionTLS }

// needsTLS reports whether no mail is begun in the clear.
func (d Door) needsTLS() bool { return d != DoorLMTP }

func (d Door) via() Via {
	switch d {
	case DoorRelay:
		return ViaRelay
	case DoorLMTP:
		return ViaLMTP
	}
	return ViaSMTP
}
