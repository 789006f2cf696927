//go:build kernel && linux

package kernel_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"unsafe"
)

// iface is an interface of the router: the data of both the namespace and the site profile.
type iface struct {
	Name, Zone string
	Addresses  []string
	Routes     []string
}

// interfaces are those of the router of the conformance examples, with IPv6 beside.
var interfaces = []iface{
	{"eth0", "internet", []string{"203.0.113.1/24", "2001:db8::1/64"}, []string{"0.0.0.0/0", "::/0"}},
	{"eth1", "dmz", []string{"192.0.2.1/24", "2001:db8:1::1/64"}, nil},
	{"eth2", "internal", []string{"10.0.0.1/24", "2001:db8:2::1/64"}, []string{"10.0.0.0/8", "2001:db8:2::/48"}},
}

// facing returns the interface behind which an address lies, and sent for an address of the router.
func facing(a netip.Addr) string {
	name, bits := sent, -1
	for _, i := range interfaces {
		for _, text := range i.Addresses {
			p := netip.MustParsePrefix(text)
			if p.Addr() == a {
				return sent
			}
			if p.Contains(a) && p.Bits() > bits {
				name, bits = i.Name, p.Bits()
			}
		}
		for _, text := range i.Routes {
			if p := netip.MustParsePrefix(text); p.Contains(a) && p.Bits() > bits {
				name, bits = i.Name, p.Bits()
			}
		}
	}
	return name
}

// device is the near end of an interface: what is written to it arrives at the router.
type device struct {
	file *os.File
	mac  [6]byte
}

// router is a network namespace of its own, which lives as long as the process. It is used by one goroutine.
type router struct {
	jobs    chan func() // run on the thread that lives in the namespace
	devices map[string]device
	names   map[int]string // interface names by their indexes
	control *nfSocket      // for connection tracking
	log     *nfSocket      // what the observers say
	raw     map[bool]int   // raw sockets, by whether they are for IPv6
	sets    bool           // there may be sets of an earlier ruleset
	dirty   bool           // connections may be known that the next packet must not meet
}

// newRouter returns a router with its interfaces, addresses and routes.
func newRouter() (*router, error) {
	r := &router{
		jobs: make(chan func()), devices: map[string]device{},
		names: map[int]string{}, raw: map[bool]int{},
	}
	ready := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with its goroutine, and the namespace with it
		ready <- syscall.Unshare(syscall.CLONE_NEWNET)
		for job := range r.jobs {
			job()
		}
	}()
	if err := <-ready; err != nil {
		return nil, fmt.Errorf("make a network namespace: %w", err)
	}
	err := r.inside(r.setUp)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// close ends the namespace.
func (r *router) close() error {
	var all []error
	for _, d := range r.devices {
		all = append(all, d.file.Close())
	}
	for _, fd := range r.raw {
		all = append(all, syscall.Close(fd))
	}
	all = append(all, r.log.close(), r.control.close())
	close(r.jobs)
	return errors.Join(all...)
}

// inside runs f in the namespace.
func (r *router) inside(f func() error) error {
	done := make(chan error)
	r.jobs <- func() { done <- f() }
	return <-done
}

// command runs a program in the namespace; its error holds what the program said.
func (r *router) command(input, name string, arguments ...string) error {
	return r.inside(func() error { return run(input, name, arguments...) })
}

// run runs a program; its error holds what the program said.
func run(input, name string, arguments ...string) error {
	var said bytes.Buffer
	c := exec.Command(name, arguments...)
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(input), &said, &said
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(said.String()))
	}
	return nil
}

// settings are the values of /proc/sys/net that the router needs: forward everything, answer at once and always,
// and send nothing unasked.
var settings = []struct{ name, value string }{
	{"ipv4/ip_forward", "1"},
	{"ipv4/conf/all/rp_filter", "0"},
	{"ipv4/conf/default/rp_filter", "0"},
	{"ipv4/conf/all/send_redirects", "0"},
	{"ipv4/conf/default/send_redirects", "0"},
	{"ipv4/icmp_ratelimit", "0"},
	{"ipv4/icmp_msgs_per_sec", "1000000"},
	{"ipv4/icmp_msgs_burst", "1000000"},
	{"ipv4/icmp_echo_ignore_broadcasts", "1"},
	{"ipv6/conf/all/forwarding", "1"},
	{"ipv6/conf/default/forwarding", "1"},
	{"ipv6/conf/default/accept_dad", "0"},
	{"ipv6/conf/default/accept_ra", "0"},
	{"ipv6/conf/default/autoconf", "0"},
	{"ipv6/icmp/ratelimit", "0"},
}

func (r *router) setUp() error {
	for _, s := range settings {
		if err := os.WriteFile("/proc/sys/net/"+s.name, []byte(s.value), 0); err != nil {
			return fmt.Errorf("set net/%s: %w", s.name, err)
		}
	}
	var batch strings.Builder
	batch.WriteString("link set lo up\n")
	for _, i := range interfaces {
		file, err := openTAP(i.Name)
		if err != nil {
			return err
		}
		r.devices[i.Name] = device{file: file}
		fmt.Fprintf(&batch, "link set %s addrgenmode none\nlink set %s up\n", i.Name, i.Name)
		for _, a := range i.Addresses {
			if strings.Contains(a, ":") {
				fmt.Fprintf(&batch, "address add %s dev %s nodad\n", a, i.Name)
			} else {
				fmt.Fprintf(&batch, "address add %s brd + dev %s\n", a, i.Name)
			}
		}
		for _, route := range i.Routes {
			fmt.Fprintf(&batch, "route replace %s dev %s\n", route, i.Name)
		}
	}
	if err := run(batch.String(), "ip", "-batch", "-"); err != nil {
		return err
	}
	all, err := net.Interfaces()
	if err != nil {
		return fmt.Errorf("list interfaces: %w", err)
	}
	for _, i := range all {
		r.names[i.Index] = i.Name
		if d, ok := r.devices[i.Name]; ok {
			copy(d.mac[:], i.HardwareAddr)
			r.devices[i.Name] = d
		}
	}
	return r.openSockets()
}

// openTAP makes the TAP device of the given name and returns its near end.
func openTAP(name string) (*os.File, error) {
	const (
		setInterface = 0x400454ca // TUNSETIFF
		tap          = 0x0002     // IFF_TAP
		noInfo       = 0x1000     // IFF_NO_PI
	)
	file, err := os.OpenFile("/dev/net/tun", os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open TAP device: %w", err)
	}
	var request [40]byte
	copy(request[:15], name)
	binary.NativeEndian.PutUint16(request[16:], tap|noInfo)
	connection, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	var errno syscall.Errno
	err = connection.Control(func(fd uintptr) {
		_, _, errno = syscall.Syscall(syscall.SYS_IOCTL, fd, setInterface, uintptr(unsafe.Pointer(&request)))
	})
	if err == nil && errno != 0 {
		err = errno
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make TAP device %s: %w", name, err), file.Close())
	}
	return file, nil
}

func (r *router) openSockets() (err error) {
	if r.control, err = openNetfilter(); err != nil {
		return err
	}
	if r.log, err = openLog(); err != nil {
		return err
	}
	for _, six := range []bool{false, true} {
		family := syscall.AF_INET
		if six {
			family = syscall.AF_INET6
		}
		fd, err := syscall.Socket(family, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, syscall.IPPROTO_RAW)
		if err != nil {
			return fmt.Errorf("open raw socket: %w", err)
		}
		r.raw[six] = fd
		if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_BROADCAST, 1); err != nil {
			return fmt.Errorf("allow broadcasts: %w", err)
		}
	}
	return nil
}
