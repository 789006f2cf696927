//go:build kernel && linux

package kernel_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"
)

// logGroup is the NFLOG group of the observers.
const logGroup = 5

// observers are the rules that say what becomes of a packet; see the package's comment.
const observers = `flush ruleset
table inet oracle {
	chain first {
		type filter hook prerouting priority -500
		log prefix "R" group 5 queue-threshold 1
	}
	chain tracked {
		type filter hook prerouting priority -199
		ct state new log prefix "n" group 5 queue-threshold 1
		ct state established log prefix "e" group 5 queue-threshold 1
		ct state related log prefix "r" group 5 queue-threshold 1
		ct state invalid log prefix "i" group 5 queue-threshold 1
		ct state untracked log prefix "u" group 5 queue-threshold 1
	}
	chain sent {
		type filter hook output priority -500
		meta skuid 0 log prefix "S" group 5 queue-threshold 1 accept
		log prefix "J" group 5 queue-threshold 1 drop
	}
	chain sentTracked {
		type filter hook output priority -199
		ct state new log prefix "n" group 5 queue-threshold 1
		ct state established log prefix "e" group 5 queue-threshold 1
		ct state related log prefix "r" group 5 queue-threshold 1
		ct state invalid log prefix "i" group 5 queue-threshold 1
		ct state untracked log prefix "u" group 5 queue-threshold 1
	}
	chain gone {
		type filter hook postrouting priority 1000
		oif lo log prefix "P" group 5 queue-threshold 1 accept
		log prefix "P" group 5 queue-threshold 1 drop
	}
	chain local {
		type filter hook input priority 1000
		log prefix "L" group 5 queue-threshold 1 drop
	}
}
`

// An event is a packet at an observer.
type event struct {
	At      byte // the observer's letter
	Out     string
	Mark    uint32
	Payload []byte // from the IP header on
}

// openLog returns a socket at which the events of the namespace arrive.
func openLog() (*nfSocket, error) {
	s, err := openNetfilter()
	if err != nil {
		return nil, err
	}
	if err := syscall.SetsockoptInt(s.fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 1<<20); err != nil {
		return nil, fmt.Errorf("enlarge the log's buffer: %w", err)
	}
	const command, mode = 1, 2 // NFULA_CFG_CMD, NFULA_CFG_MODE
	bind := attribute(nil, command, 1)
	if err := s.do(subsysLog, logConfig, 0, syscall.AF_INET, logGroup, bind); err != nil {
		return nil, fmt.Errorf("bind to the log: %w", err)
	}
	whole := attribute(nil, mode, 0, 0, 0xff, 0xff, 2, 0) // copy whole packets
	if err := s.do(subsysLog, logConfig, 0, syscall.AF_INET, logGroup, whole); err != nil {
		return nil, fmt.Errorf("set the log's mode: %w", err)
	}
	return s, nil
}

// events returns what the observers have said since it was last asked.
func (r *router) events() ([]event, error) {
	var all []event
	for {
		messages, err := r.log.poll()
		if err != nil || messages == nil {
			return all, err
		}
		for _, m := range messages {
			if m.Header.Type == subsysLog<<8|logPacket && len(m.Data) > 4 {
				all = append(all, r.event(attributes(m.Data[4:])))
			}
		}
	}
}

func (r *router) event(a map[uint16][]byte) event {
	const mark, outDevice, payload, prefix = 2, 5, 9, 10 // NFULA_…
	e := event{Payload: a[payload]}
	if len(a[prefix]) > 0 {
		e.At = a[prefix][0]
	}
	if b := a[mark]; len(b) == 4 {
		e.Mark = binary.BigEndian.Uint32(b)
	}
	if b := a[outDevice]; len(b) == 4 {
		e.Out = r.names[int(binary.BigEndian.Uint32(b))]
	}
	return e
}

// send lets the packet into the router and returns what the observers say of it.
func (r *router) send(p *testPacket) ([]event, error) {
	if p.State == stateEstablished || p.State == stateReply || p.State == stateRelated {
		if err := r.control.establish(p); err != nil {
			return nil, fmt.Errorf("open the connection of %s: %w", p, err)
		}
		r.dirty = true
	}
	if _, err := r.events(); err != nil { // what came without being asked
		return nil, err
	}
	if err := r.transmit(p); err != nil {
		return nil, fmt.Errorf("send %s: %w", p, err)
	}
	all, err := r.events()
	if err != nil {
		return nil, err
	}
	if looped(all) {
		// The loopback device hands the packet on in a soft interrupt, which a thread may have to run.
		r.dirty = true
		for range 20 {
			r.await()
			if ended(all) {
				break
			}
			more, err := r.events()
			if err != nil {
				return nil, err
			}
			all = append(all, more...)
		}
	}
	if r.dirty {
		r.dirty = false
		return all, r.control.flushConnections()
	}
	return all, nil
}

// await waits for an event, but not for long.
func (r *router) await() {
	var set syscall.FdSet
	set.Bits[r.log.fd/64] |= 1 << (r.log.fd % 64)
	timeout := syscall.Timeval{Usec: 2000}
	_, _ = syscall.Select(r.log.fd+1, &set, nil, nil, &timeout) // an interrupted wait is only a shorter one
}

func looped(all []event) bool {
	for _, e := range all {
		if e.At == 'P' && e.Out == "lo" {
			return true
		}
	}
	return false
}

func ended(all []event) bool {
	for _, e := range all {
		if e.At == 'L' {
			return true
		}
	}
	return false
}

func (r *router) transmit(p *testPacket) error {
	if p.In != sent {
		d, ok := r.devices[p.In]
		if !ok {
			return fmt.Errorf("no interface %s", p.In)
		}
		for _, frame := range p.frames(d.mac) {
			if _, err := d.file.Write(frame); err != nil {
				return err
			}
		}
		return nil
	}
	fd := r.raw[p.is6()]
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_MARK, int(p.Mark)); err != nil {
		return err
	}
	var to syscall.Sockaddr
	if p.is6() {
		to = &syscall.SockaddrInet6{Addr: p.Dst.As16()}
	} else {
		to = &syscall.SockaddrInet4{Addr: p.Dst.As4()}
	}
	err := syscall.Sendto(fd, p.bytes(), 0, to)
	// A dropped packet of one's own is an error to the sender: that is an answer, not a fault.
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		switch errno {
		case syscall.EPERM, syscall.ECONNREFUSED, syscall.EHOSTUNREACH, syscall.ENOBUFS, syscall.EINVAL:
			return nil
		}
	}
	return err
}
