package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
)

const (
	admin    = "os:admin"
	operator = "os:operator"
	reader   = "os:reader"
)

// Call is something that the node can be asked.
type Call struct {
	pattern string
	about   string
	roles   []string
	serve   func(Caller, *http.Request) ([]byte, error)
}

// Refusal is an answer that the caller can do something about.
type Refusal struct {
	code int
	text string
}

func (r Refusal) Error() string { return r.text }

func refuse(code int, format string, values ...any) error {
	return Refusal{code, fmt.Sprintf(format, values...)}
}

func (n *Node) calls() []Call {
	everybody := []string{admin, operator, reader}
	return []Call{
		{"GET /v1/status", "what runs, since when, with which certificates, and who you are", everybody,
			func(you Caller, _ *http.Request) ([]byte, error) { return pretty(n.status(you)), nil }},
		{"GET /v1/processes", "every process of the node", everybody,
			func(Caller, *http.Request) ([]byte, error) { return pretty(processes()), nil }},
		{"GET /v1/files", "every file of the node, without its content", everybody,
			func(Caller, *http.Request) ([]byte, error) { return pretty(listing()), nil }},
		{"GET /v1/read", "the content of a file: ?path=/var/...", []string{admin}, read},
		{"GET /v1/config", "the machine config, with the key of the CA in it", []string{admin},
			func(Caller, *http.Request) ([]byte, error) { return pretty(n.config), nil }},
		{"POST /v1/config", "apply a config: ?mode=auto|no-reboot|reboot|staged, &dry-run=true", []string{admin}, n.apply},
		{"POST /v1/reboot", "reboot: ?mode=default", []string{admin, operator}, n.rebootCall},
	}
}

func (n *Node) routes() http.Handler {
	mux := http.NewServeMux()
	help := "Calls, and the roles that may make them:\n\n"
	for _, call := range n.calls() {
		mux.HandleFunc(call.pattern, func(w http.ResponseWriter, r *http.Request) { n.answer(w, r, call) })
		help += fmt.Sprintf("%-18s %s\n%18s %s\n", call.pattern, call.about, "", strings.Join(call.roles, ", "))
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, help) })
	return mux
}

// answer one caller at a time: who it is, whether it may, and what it wants to know.
func (n *Node) answer(w http.ResponseWriter, r *http.Request, call Call) {
	n.mu.Lock()
	defer n.mu.Unlock()
	caller := callerOf(r.TLS)
	var text []byte
	err := n.permitted(caller, call)
	if err == nil {
		text, err = call.serve(caller, r)
	}
	var refusal Refusal
	switch {
	case errors.As(err, &refusal):
		http.Error(w, refusal.text, refusal.code)
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	default:
		w.Write(text)
	}
}

func (n *Node) permitted(caller Caller, call Call) error {
	if n.config == nil {
		if call.pattern == "POST /v1/config" {
			return nil
		}
		return refuse(http.StatusServiceUnavailable, "maintenance mode: the node waits for its first config")
	}
	if slices.ContainsFunc(caller.Roles, func(role string) bool { return slices.Contains(call.roles, role) }) {
		return nil
	}
	return refuse(http.StatusForbidden, "not authorized: %s is for %s; the certificate of %q says %v",
		call.pattern, strings.Join(call.roles, ", "), caller.Name, caller.Roles)
}

func read(_ Caller, r *http.Request) ([]byte, error) {
	text, err := os.ReadFile(r.FormValue("path"))
	if err != nil {
		return nil, refuse(http.StatusNotFound, "%v", err)
	}
	return text, nil
}

func (n *Node) rebootCall(_ Caller, r *http.Request) ([]byte, error) {
	if mode := r.FormValue("mode"); mode != "" && mode != "default" {
		return nil, refuse(http.StatusBadRequest, "no such mode: %q; there is: default", mode)
	}
	n.reboot()
	return []byte("rebooting\n"), nil
}

// apply a config: all of it or nothing.
func (n *Node) apply(_ Caller, r *http.Request) ([]byte, error) {
	query := r.URL.Query()
	text, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, 1<<20))
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%v", err)
	}
	config, err := parse(text)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the config is refused, nothing is changed:\n%v", err)
	}
	needed := n.config != nil && config.needsReboot(n.config)
	mode := query.Get("mode")
	if mode == "" || mode == "auto" {
		mode = "no-reboot"
		if needed {
			mode = "reboot"
		}
	}
	switch {
	case mode == "no-reboot" && needed:
		return nil, refuse(http.StatusConflict, "nothing is changed: a change of machine.files needs a reboot")
	case mode != "no-reboot" && mode != "reboot" && mode != "staged":
		return nil, refuse(http.StatusBadRequest, "no such mode: %q; there are: auto, no-reboot, reboot, staged", mode)
	}
	if query.Get("dry-run") == "true" {
		return []byte("dry run: would be applied, mode " + mode + "\n"), nil
	}
	return []byte("applied, mode " + mode + "\n"), n.keep(config, mode)
}

// keep a config and act on it. What was staged before is forgotten.
func (n *Node) keep(config *Config, mode string) error {
	if mode == "staged" {
		return write(staged, pretty(config), 0o600)
	}
	if err := write(stored, pretty(config), 0o600); err != nil {
		return err
	}
	if err := os.RemoveAll(staged); err != nil {
		return err
	}
	if mode == "reboot" {
		n.reboot()
		return nil
	}
	n.become(config)
	return nil
}
