package main

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// The only places that can be written to: the config outlives a reboot, what is in /var does not.
const (
	stored    = "/system/state/config.json"
	staged    = "/system/state/staged.json"
	ephemeral = "/var"
)

// Node is the running state.
type Node struct {
	boot   Boot
	reboot func()
	tls    atomic.Pointer[tls.Config]

	mu     sync.Mutex
	config *Config // nil: maintenance mode, it waits for the first one
	issued []Issued
	trust  []Trust
}

// Boot is different after each start.
type Boot struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

// Issued is a server certificate that the node has made for itself since it booted.
type Issued struct {
	Authority
	At time.Time `json:"at"`
}

// Trust is whose clients the node has let in from a moment on, since it booted.
type Trust struct {
	In []Authority `json:"in"`
	At time.Time   `json:"at"`
}

func newBoot() Boot { return Boot{rand.Text(), time.Now().UTC()} }

// start is what happens at each boot: what was staged becomes the config.
func (n *Node) start() {
	if err := os.Rename(staged, stored); err != nil && !errors.Is(err, fs.ErrNotExist) {
		log.Fatal(err)
	}
	text, err := os.ReadFile(stored)
	if err != nil {
		log.Print("maintenance mode: whoever comes first configures this node")
		n.tls.Store(maintenance())
		return
	}
	config, err := parse(text)
	if err != nil {
		log.Fatal(err)
	}
	n.become(config)
}

// become makes the running state what the config says, as far as that needs no reboot; all of it at first.
func (n *Node) become(config *Config) {
	old := n.config
	if old == nil {
		writeFiles(config.Machine.Files)
	}
	certificate := n.certificate(old, config)
	n.tls.Store(mutual(certificate, config.clients()))
	n.trust = append(n.trust, Trust{authorities(config.clients()), time.Now().UTC()})
	n.config = config
}

// certificate is the one that the node has, or a new one where the CA or the name is another.
func (n *Node) certificate(old, config *Config) tls.Certificate {
	if old != nil && old.Machine.CA == config.Machine.CA && old.Machine.Network == config.Machine.Network {
		return n.tls.Load().Certificates[0]
	}
	ca := config.issuer()
	n.issued = append(n.issued, Issued{authority(ca.Leaf), time.Now().UTC()})
	return serverCertificate(ca, config.Machine.Network.Hostname)
}

// writeFiles empties /var and puts there what the config names.
func writeFiles(wanted []File) {
	left, err := os.ReadDir(ephemeral)
	if err != nil {
		log.Fatal(err)
	}
	for _, entry := range left {
		if err := os.RemoveAll(filepath.Join(ephemeral, entry.Name())); err != nil {
			log.Print(err)
		}
	}
	for _, file := range wanted {
		mode, _ := strconv.ParseUint(file.Permissions, 8, 9)
		if err := write(file.Path, []byte(file.Content), fs.FileMode(mode)); err != nil {
			log.Print(err)
		}
	}
}

// write puts a file in its place at once, or not at all.
func write(path string, content []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	beside := path + ".new"
	if err := os.WriteFile(beside, content, mode); err != nil {
		return err
	}
	return os.Rename(beside, path)
}

// Status is what everybody may know who may know anything.
type Status struct {
	Hostname     string            `json:"hostname"`
	Sysctls      map[string]string `json:"sysctls"`
	Staged       bool              `json:"staged"`
	Boot         Boot              `json:"boot"`
	Certificates []Issued          `json:"serverCertificates"`
	Trust        []Trust           `json:"trust"`
	You          Caller            `json:"you"`
}

func (n *Node) status(you Caller) Status {
	_, err := os.Stat(staged)
	machine := n.config.Machine
	return Status{machine.Network.Hostname, machine.Sysctls, err == nil, n.boot, n.issued, n.trust, you}
}

func pretty(value any) []byte {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		log.Fatal(err)
	}
	return append(text, '\n')
}
