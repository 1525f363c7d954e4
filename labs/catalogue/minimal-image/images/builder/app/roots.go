package main

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
)

// GET /report?certificate=BASE64 tells whether a certificate leads to an authority that this system trusts: what every
// call over https must know. Without a certificate it tells whether any authority is known.
func report(w http.ResponseWriter, r *http.Request) {
	said, err := trusted(r.FormValue("certificate"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprintln(w, said)
}

func trusted(encoded string) (string, error) {
	roots, err := x509.SystemCertPool()
	if err != nil {
		return "", err
	}
	if roots.Equal(x509.NewCertPool()) {
		return "", errors.New("x509: certificate signed by unknown authority: no authority is known here")
	}
	if encoded == "" {
		return "some authorities are known", nil
	}
	der, err := base64.URLEncoding.DecodeString(encoded)
	if err != nil {
		return "", err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return "", err
	}
	_, err = certificate.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return fmt.Sprintf("trusted: %x", sha256.Sum256(der)), err
}
