// noded is all that runs on a node: it takes a machine config over mutual TLS and is what the config says.
// It stands in for machined, the first process of Talos Linux.
package main

import (
	"context"
	"crypto/tls"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const address = ":50000" // as Talos' apid

func main() {
	log.SetFlags(0)
	leaveWhenAsked()
	node := &Node{boot: newBoot()}

	listener, err := tls.Listen("tcp", address, &tls.Config{
		// Asked anew for each connection, so that a new certificate or another CA needs no restart.
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return node.tls.Load(), nil },
	})
	if err != nil {
		log.Fatal(err) // a second noded ends here, before it touches anything
	}
	node.start()
	server := &http.Server{Handler: node.routes(), ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second}
	// A connection is trusted as it was when it began: each request shall begin one.
	server.SetKeepAlivesEnabled(false)
	node.reboot = func() { listener.Close() }
	server.Serve(listener) // until a reboot closes it: who is told of one meets the new boot or nobody
	again(server)
}

// leaveWhenAsked: the kernel spares a process 1 that does not handle a signal.
func leaveWhenAsked() {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM, syscall.SIGINT)
	go func() { <-asked; os.Exit(0) }()
}

// again from the image, as kexec does without the firmware. The answer to who asked goes out first.
func again(server *http.Server) {
	patience, done := context.WithTimeout(context.Background(), time.Second)
	defer done()
	server.Shutdown(patience)
	log.Fatal(syscall.Exec("/noded", os.Args, os.Environ()))
}
