package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"log"
	"os"
	"strings"
	"time"
)

const lifetime = 24 * time.Hour // as Talos' apid

// Caller is who asks: both its name and its roles are what the CA has signed.
type Caller struct {
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

func callerOf(state *tls.ConnectionState) Caller {
	caller := Caller{Roles: []string{}}
	if len(state.PeerCertificates) == 0 {
		return caller
	}
	subject := state.PeerCertificates[0].Subject
	caller.Name = subject.CommonName
	for _, organisation := range subject.Organization {
		if strings.HasPrefix(organisation, "os:") {
			caller.Roles = append(caller.Roles, organisation)
		}
	}
	return caller
}

// mutual TLS: no word without a certificate of a CA that is accepted.
func mutual(own tls.Certificate, clients []*x509.Certificate) *tls.Config {
	pool := x509.NewCertPool()
	for _, ca := range clients {
		pool.AddCert(ca)
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		NextProtos:   []string{"http/1.1"},
		Certificates: []tls.Certificate{own},
		ClientCAs:    pool,
		ClientAuth:   tls.RequireAndVerifyClientCert,
		// A resumed session would be trusted for a CA that is accepted no more.
		SessionTicketsDisabled: true,
	}
}

// maintenance: nobody is known yet, so nobody is asked for a certificate.
func maintenance() *tls.Config {
	key := newKey()
	self := &x509.Certificate{Subject: pkix.Name{CommonName: "maintenance"}}
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		NextProtos:   []string{"http/1.1"},
		Certificates: []tls.Certificate{sign(self, self, key, key)},
	}
}

func serverCertificate(ca tls.Certificate, hostname string) tls.Certificate {
	key := newKey()
	address, _ := os.Hostname()
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: hostname},
		DNSNames:    []string{hostname, address},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	return sign(template, ca.Leaf, key, ca.PrivateKey)
}

func newKey() ed25519.PrivateKey {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	return key
}

func sign(template, parent *x509.Certificate, key ed25519.PrivateKey, with any) tls.Certificate {
	now := time.Now()
	template.NotBefore, template.NotAfter = now.Add(-time.Minute), now.Add(lifetime)
	made, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), with)
	if err != nil {
		log.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{made}, PrivateKey: key}
}

// Authority is a CA as its certificates name it: clients of another name or another key are not its own.
type Authority struct {
	By  string `json:"by"`
	Key string `json:"caKey"`
}

func authority(ca *x509.Certificate) Authority {
	sum := sha256.Sum256(ca.RawSubjectPublicKeyInfo)
	return Authority{ca.Subject.String(), hex.EncodeToString(sum[:8])}
}

func authorities(cas []*x509.Certificate) []Authority {
	found := []Authority{}
	for _, ca := range cas {
		found = append(found, authority(ca))
	}
	return found
}
