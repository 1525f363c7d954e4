package main

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const zone = "@ZONE@"

// GET /report?at=1700000000 tells what the clock on the wall says at that moment, where the customers are.
func report(w http.ResponseWriter, r *http.Request) {
	at, err := strconv.ParseInt(r.FormValue("at"), 10, 64)
	if err != nil {
		at = time.Now().Unix()
	}
	place, err := time.LoadLocation(zone)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprintln(w, time.Unix(at, 0).In(place).Format(time.RFC3339))
}
