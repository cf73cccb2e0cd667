package outbound

import (
	"errors"
	"net/netip"
	"testing"
)

func TestS30OnlyPublicAddressesAreDialled(t *testing.T) {
	for address, public := range map[string]bool{
		"8.8.8.8:443": true, "1.1.1.1:80": true, "100.128.0.1:443": true, "172.32.0.1:443": true, "192.169.0.1:443": true,
		"[2606:4700::1]:443": true, "[2a00:1450::1]:443": true, "[::ffff:8.8.8.8]:443": true,
		"[64:ff9b::808:808]:443": true, // 8.8.8.8, translated

		"127.0.0.1:443": false, "127.255.0.1:443": false, "0.0.0.0:80": false, "0.1.2.3:80": false,
		"10.1.2.3:443": false, "172.16.0.1:443": false, "172.31.255.255:443": false, "192.168.1.1:443": false,
		"100.64.0.1:443": false, "100.127.255.255:443": false, "169.254.169.254:80": false,
		"192.0.0.8:443": false, "192.0.2.1:443": false, "192.88.99.1:443": false, "198.18.0.1:443": false,
		"198.19.255.255:443": false, "198.51.100.1:443": false, "203.0.113.1:443": false,
		"224.0.0.1:80": false, "239.255.255.250:80": false, "240.0.0.1:80": false, "255.255.255.255:80": false,

		"[::]:443": false, "[::1]:443": false, "[::127.0.0.1]:443": false, "[fc00::1]:443": false, "[fd00:ec2::254]:80": false,
		"[fe80::1]:443": false, "[fe80::1%eth0]:443": false, "[2606:4700::1%eth0]:443": false, "[fec0::1]:443": false,
		"[ff02::1]:443": false, "[100::1]:443": false, "[5f00::1]:443": false, "[2001:db8::1]:443": false, "[3fff::1]:443": false,

		"[::ffff:127.0.0.1]:443": false, "[::ffff:10.0.0.1]:443": false, "[::ffff:169.254.169.254]:80": false,
		"[64:ff9b::7f00:1]:443": false, "[64:ff9b::a00:1]:443": false, "[64:ff9b::a9fe:a9fe]:80": false, "[64:ff9b::6440:1]:443": false,
		"[64:ff9b:1::808:808]:443": false, "[2002:7f00:1::1]:443": false, "[2002:a00:1::1]:443": false, "[2001:0:a00:1::1]:443": false,

		"gateway": false, "gateway:443": false, "": false,
	} {
		if err := PublicOnly("tcp", address, nil); (err == nil) != public || err != nil && !errors.Is(err, ErrPrivate) {
			t.Errorf("%s: got error %v", address, err)
		}
	}
	if IsPublic(netip.Addr{}) {
		t.Error("no address is a public one")
	}
}

// Whatever form an IPv4 address takes in IPv6, it is public or not as itself.
func FuzzIsPublic(f *testing.F) {
	f.Add([]byte{127, 0, 0, 1})
	f.Add([]byte{8, 8, 8, 8})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) != 4 {
			return
		}
		plain := netip.AddrFrom4([4]byte(b))
		mapped := netip.AddrFrom16([16]byte(append([]byte{10: 0xff, 11: 0xff}, b...)))
		nat64 := netip.AddrFrom16([16]byte(append([]byte{0, 0x64, 0xff, 0x9b, 11: 0}, b...)))
		want := IsPublic(plain)
		if want && (!plain.IsGlobalUnicast() || plain.IsPrivate()) {
			t.Errorf("%v is public", plain)
		}
		if IsPublic(mapped) != want || IsPublic(nat64) != want {
			t.Errorf("%v: as itself %v, mapped %v, translated %v", plain, want, IsPublic(mapped), IsPublic(nat64))
		}
	})
}
