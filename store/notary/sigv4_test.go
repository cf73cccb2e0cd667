package notary_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"strings"
)

// signatureV4 is a signature as AWS's page "Create a signed AWS API request" has it
// made, step by step.
func signatureV4(amzDate, region, secret, method, uri, host string, payload []byte) string {
	hash := func(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }
	sign := func(key, msg string) string {
		h := hmac.New(sha256.New, []byte(key))
		h.Write([]byte(msg))
		return string(h.Sum(nil))
	}
	canonicalHeaders := "host:" + host + "\n" + "x-amz-content-sha256:" + hash(payload) + "\n" + "x-amz-date:" + amzDate + "\n"
	canonicalRequest := strings.Join([]string{
		method, uri, "", canonicalHeaders, "host;x-amz-content-sha256;x-amz-date", hash(payload),
	}, "\n")
	date := amzDate[:8]
	credentialScope := strings.Join([]string{date, region, "s3", "aws4_request"}, "/")
	stringToSign := strings.Join([]string{"AWS4-HMAC-SHA256", amzDate, credentialScope, hash([]byte(canonicalRequest))}, "\n")
	signingKey := sign(sign(sign(sign("AWS4"+secret, date), region), "s3"), "aws4_request")
	return fmt.Sprintf("%x", sign(signingKey, stringToSign))
}
