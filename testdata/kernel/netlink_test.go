//go:build kernel && linux

package kernel_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"
)

// Netfilter's netlink subsystems and the messages of them that are used (linux/netfilter/nfnetlink*.h).
const (
	netlinkNetfilter = 12
	subsysCT         = 1
	subsysLog        = 4
	ctNew            = 0
	ctDelete         = 2
	logPacket        = 0
	logConfig        = 1
	nested           = 0x8000
)

// nfSocket is a netlink socket to the netfilter of the namespace it was opened in.
type nfSocket struct {
	fd     int
	seq    uint32
	buffer []byte
}

func openNetfilter() (*nfSocket, error) {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, netlinkNetfilter)
	if err != nil {
		return nil, fmt.Errorf("open netfilter's netlink: %w", err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return nil, fmt.Errorf("bind netfilter's netlink: %w", err)
	}
	return &nfSocket{fd: fd, buffer: make([]byte, 1<<17)}, nil
}

func (s *nfSocket) close() error { return syscall.Close(s.fd) }

// do sends one message and waits until the kernel has done what it asks.
func (s *nfSocket) do(subsystem, message uint8, flags uint16, family uint8, resource uint16, attributes []byte) error {
	s.seq++
	m := make([]byte, 20, 20+len(attributes))
	binary.NativeEndian.PutUint32(m, uint32(20+len(attributes)))
	binary.NativeEndian.PutUint16(m[4:], uint16(subsystem)<<8|uint16(message))
	binary.NativeEndian.PutUint16(m[6:], syscall.NLM_F_REQUEST|syscall.NLM_F_ACK|flags)
	binary.NativeEndian.PutUint32(m[8:], s.seq)
	m[16] = family
	binary.BigEndian.PutUint16(m[18:], resource)
	if err := syscall.Sendto(s.fd, append(m, attributes...), 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return fmt.Errorf("send to netfilter: %w", err)
	}
	for {
		n, _, err := syscall.Recvfrom(s.fd, s.buffer, 0)
		if err != nil {
			return fmt.Errorf("receive from netfilter: %w", err)
		}
		messages, err := syscall.ParseNetlinkMessage(s.buffer[:n])
		if err != nil {
			return fmt.Errorf("parse answer of netfilter: %w", err)
		}
		for _, m := range messages {
			if m.Header.Seq != s.seq || m.Header.Type != syscall.NLMSG_ERROR {
				continue
			}
			if code := int32(binary.NativeEndian.Uint32(m.Data)); code != 0 {
				return fmt.Errorf("netfilter: %w", syscall.Errno(-code))
			}
			return nil
		}
	}
}

// poll returns the messages that have arrived, and none if there are none.
func (s *nfSocket) poll() ([]syscall.NetlinkMessage, error) {
	n, _, err := syscall.Recvfrom(s.fd, s.buffer, syscall.MSG_DONTWAIT)
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("receive from netfilter: %w", err)
	}
	return syscall.ParseNetlinkMessage(append([]byte(nil), s.buffer[:n]...))
}

// attribute appends a netlink attribute with the given value.
func attribute(b []byte, kind uint16, value ...byte) []byte {
	b = binary.NativeEndian.AppendUint16(b, uint16(4+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// attributes returns the attributes of a message by their kinds.
func attributes(b []byte) map[uint16][]byte {
	all := map[uint16][]byte{}
	for len(b) >= 4 {
		n := int(binary.NativeEndian.Uint16(b))
		if n < 4 || n > len(b) {
			break
		}
		all[binary.NativeEndian.Uint16(b[2:])&^nested] = b[4:n]
		b = b[min((n+3)&^3, len(b)):]
	}
	return all
}
