package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// Config is the machine config, with a few of the fields of Talos' and their names.
type Config struct {
	Machine struct {
		CA          CA                `json:"ca"`
		AcceptedCAs []Accepted        `json:"acceptedCAs,omitempty"`
		Network     Network           `json:"network"`
		Sysctls     map[string]string `json:"sysctls,omitempty"`
		Files       []File            `json:"files,omitempty"`
	} `json:"machine"`
}

// CA issues the node's own certificate; client certificates of it are accepted.
type CA struct {
	Crt string `json:"crt"`
	Key string `json:"key"`
}

// Accepted is a CA whose client certificates are accepted as well.
type Accepted struct {
	Crt string `json:"crt"`
}

// Network has the hostname alone.
type Network struct {
	Hostname string `json:"hostname"`
}

// File is written below /var when the node boots.
type File struct {
	Path        string `json:"path"`
	Permissions string `json:"permissions"`
	Content     string `json:"content"`
}

var hostname = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// parse reads a config and refuses all of it for any mistake in it.
func parse(text []byte) (*Config, error) {
	reader := json.NewDecoder(bytes.NewReader(text))
	reader.DisallowUnknownFields()
	config := &Config{}
	if err := reader.Decode(config); err != nil {
		return nil, err
	}
	if _, err := reader.Token(); err != io.EOF {
		return nil, errors.New("there is something after the end of the config")
	}
	return config, config.mistakes()
}

func (c *Config) mistakes() error {
	var found []error
	wrong := func(format string, values ...any) { found = append(found, fmt.Errorf(format, values...)) }

	machine := c.Machine
	if pair, err := tls.X509KeyPair([]byte(machine.CA.Crt), []byte(machine.CA.Key)); err != nil {
		wrong("machine.ca: %v", err)
	} else if !pair.Leaf.IsCA {
		wrong("machine.ca: %v is no CA", pair.Leaf.Subject)
	}
	for i, accepted := range machine.AcceptedCAs {
		if certificate, err := readCertificate(accepted.Crt); err != nil {
			wrong("machine.acceptedCAs[%d]: %v", i, err)
		} else if !certificate.IsCA {
			wrong("machine.acceptedCAs[%d]: %v is no CA", i, certificate.Subject)
		}
	}
	if !hostname.MatchString(machine.Network.Hostname) {
		wrong("machine.network.hostname: %q: small letters, digits and dashes only", machine.Network.Hostname)
	}
	for name := range machine.Sysctls {
		if _, err := fs.Stat(os.DirFS("/proc/sys"), strings.ReplaceAll(name, ".", "/")); err != nil {
			wrong("machine.sysctls: the kernel has no %q", name)
		}
	}
	for i, file := range machine.Files {
		if path.Clean(file.Path) != file.Path || !strings.HasPrefix(file.Path, ephemeral+"/") {
			wrong("machine.files[%d]: create operation not allowed outside of /var: %q", i, file.Path)
		}
		if _, err := strconv.ParseUint(file.Permissions, 8, 9); err != nil {
			wrong("machine.files[%d]: permissions %q: octal digits, as in \"0644\"", i, file.Permissions)
		}
	}
	return errors.Join(found...)
}

func readCertificate(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("is no PEM text")
	}
	return x509.ParseCertificate(block.Bytes)
}

// issuer of a config without mistakes.
func (c *Config) issuer() tls.Certificate {
	pair, _ := tls.X509KeyPair([]byte(c.Machine.CA.Crt), []byte(c.Machine.CA.Key))
	return pair
}

// clients are the CAs whose client certificates are accepted.
func (c *Config) clients() []*x509.Certificate {
	found := []*x509.Certificate{c.issuer().Leaf}
	for _, accepted := range c.Machine.AcceptedCAs {
		certificate, _ := readCertificate(accepted.Crt)
		found = append(found, certificate)
	}
	return found
}

// needsReboot: files are written when the node boots, all else can be changed while it runs.
func (c *Config) needsReboot(running *Config) bool {
	return !reflect.DeepEqual(c.Machine.Files, running.Machine.Files)
}
