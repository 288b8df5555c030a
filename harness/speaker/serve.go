//go:build linux

package speaker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"

	"github.com/closlab/closlab/harness/daemons"
	"github.com/closlab/closlab/harness/kernel"
)

// argument is the hidden first argument of this binary that makes it a speaker.
const argument = "speaker"

// settings is the environment of a speaker besides: Go's runtime is to be content with one processor, and to collect garbage seldom.
var settings = []string{"GOMAXPROCS=1", "GOGC=400"}

// Hijack makes this process a speaker, and does not return, if Start or a container began it. A program that starts speakers calls it
// first of all in main; a test that does, in TestMain.
func Hijack() {
	if len(os.Args) < 3 || len(os.Args) > 4 || os.Args[1] != argument {
		return
	}
	runtime.MemProfileRate = 0 // its tables are larger than many a router's
	// As the first process of its pid namespace it inherits the orphans of what is run in there, which the kernel buries while their signal
	// is ignored.
	signal.Ignore(syscall.SIGCHLD)
	var err error
	if len(os.Args) == 3 {
		signal.Ignore(syscall.SIGINT, syscall.SIGTERM) // the parent ends it
		err = serve(os.Stdin, os.Stdout, false)
	} else {
		var lines io.ReadWriter
		if lines, err = report(os.Args[3]); err == nil {
			err = serve(lines, lines, true)
		}
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "router %s: %s\n", os.Args[2], err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serve does what the requests ask until they end. In a container the processes and file systems that it sees are its own already.
func serve(in io.Reader, out io.Writer, contained bool) error {
	lines := json.NewDecoder(in)
	var mu sync.Mutex
	answers := json.NewEncoder(out)
	say := func(r reply) {
		mu.Lock()
		defer mu.Unlock()
		answers.Encode(r)
	}
	var r engine
	for {
		var q request
		if err := lines.Decode(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("cannot read a request: %w", err)
		}
		a := reply{ID: q.ID}
		var err error
		switch {
		case q.Op == opStart && r == nil && q.Router != nil:
			r, a.Version, err = begin(*q.Router, contained, func(g Glance) { say(reply{Glance: &g}) })
		case r == nil:
			err = errors.New("not started")
		case q.Op == opRest:
			go shrink()
		default:
			err = r.do(&q, &a)
		}
		if err != nil {
			a.Error = err.Error()
		}
		say(a)
	}
}

// engine is the BGP daemon of a router.
type engine interface {
	// do carries out a request; what is asked for goes into the answer.
	do(*request, *reply) error
}

// begin starts the router's engine, and returns its name and version.
func begin(r Router, contained bool, changed func(Glance)) (engine, string, error) {
	if !contained {
		err := kernel.Confine(r.Hidden...)
		if err == nil && r.Engine == FRR {
			err = daemons.Seclude()
		}
		if err != nil {
			return nil, "", err
		}
	}
	if r.Engine == FRR {
		out, err := startFRR(r, changed)
		if err != nil {
			return nil, "", err
		}
		return out, "frr " + out.daemons.Version, nil
	}
	if r.Engine == Native {
		out, err := startNative(r, changed)
		if err != nil {
			return nil, "", err
		}
		return out, out.device.Version, nil
	}
	out, err := start(r, changed)
	if err != nil {
		return nil, "", err
	}
	return out, "gobgp 4.8.0", nil
}

func (r *router) do(q *request, a *reply) error {
	var err error
	switch q.Op {
	case opPolicy:
		a.Held, err = r.setPolicy(q.Policy, q.Assign)
	case opAdd:
		err = r.know(q.Peers)
	case opDrop:
		err = r.forget(q.Peers)
	case opOwn:
		err = r.setOwn(q.Own)
	case opResend:
		err = r.resend(q.Peers)
	case opReport:
		a.Report, err = r.report(q.Known)
	default:
		err = errors.New("no such request")
	}
	return err
}

// shrink gives memory back that was needed for coming up only, and has garbage collected from now on as soon as it is as much as the rest.
func shrink() {
	debug.SetGCPercent(100)
	debug.FreeOSMemory()
}
