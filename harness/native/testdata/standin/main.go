// Command standin stands in for a vendor's router in tests, where no vendor's image can be had: it takes the vendor's commands,
// answers in the vendor's shapes, as documented, and really runs the configuration, on closlab's GoBGP router. It says nothing of how
// the vendor's own software behaves.
//
// Called as "standin KIND NAME" it is the router; by the name of a vendor's command it is that command.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	"github.com/closlab/closlab/harness/speaker"
)

// question is what a command asks the router, and answer what that prints.
type question struct {
	Args  []string
	Input string // to one that reads it
}

type answer struct{ Text string }

// socket is abstract: it belongs to the network namespace.
const socket = "@closlab-standin"

func main() {
	speaker.Hijack()
	if filepath.Base(os.Args[0]) == "standin" {
		if err := serve(os.Args[1], os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	conn, err := net.Dial("unix", socket)
	if err != nil {
		fmt.Println("error: could not open user interface connection")
		os.Exit(1)
	}
	q := question{Args: os.Args[1:]}
	if q.Args[0] == "-ed" {
		input, err := io.ReadAll(os.Stdin)
		if err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		q.Input = string(input)
	}
	json.NewEncoder(conn).Encode(q)
	var a answer
	if err := json.NewDecoder(conn).Decode(&a); err != nil {
		fmt.Println("error: connection lost")
		os.Exit(1)
	}
	fmt.Print(a.Text)
}

// serve is the router, until it is killed.
func serve(kind, name string) error {
	r, err := newRouter(name)
	if err != nil {
		return err
	}
	ask := map[string]func(*router, question) string{"juniper_crpd": junos, "arista_ceos": eos, "nokia_srlinux": srl}[kind]
	if ask == nil {
		return fmt.Errorf("no stand-in for kind %s", kind)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		var q question
		switch err := json.NewDecoder(conn).Decode(&q); {
		case err != nil:
		case r.mute:
			json.NewEncoder(conn).Encode(answer{})
		default:
			json.NewEncoder(conn).Encode(answer{ask(r, q)})
		}
		conn.Close()
	}
}
