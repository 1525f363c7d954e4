package main

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
)

// GET /report?certificate=BASE64 tells whether a certificate leads to an authority that this system trusts: what every
// call over https must know. Without a certificate it tells whether any authority is known.
func report(w http.ResponseWriter, r *http.Request) {
	_, err := x509.SystemCertPool()
	der, _ := base64.URLEncoding.DecodeString(r.FormValue("certificate"))
	if certificate, bad := x509.ParseCertificate(der); bad == nil {
		_, err = certificate.Verify(x509.VerifyOptions{KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprintf(w, "trusted: %x\n", sha256.Sum256(der))
}
