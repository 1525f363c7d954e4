// A small server: GET / answers with a word, /report with what report.go knows.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
)

const word = "@WORD@"

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	http.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, word) })
	http.HandleFunc("/report", report)
	log.Fatal(http.ListenAndServe(":"+port, nil))
}
