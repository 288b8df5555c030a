package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"github.com/srl-labs/containerlab/constants"
)

// Labels of containers and images that are closlab's.
const (
	processLabel = "closlab-process" // of a container: whose lab it belongs to
	sourceLabel  = "closlab-source"  // of an image: what it was made of
)

// patience is how long Docker may take to do one thing.
const patience = 2 * time.Minute

// engine is the Docker daemon that containerlab uses, too.
type engine struct{ *client.Client }

// connect returns the daemon, which answers. The error says what to do.
func connect(ctx context.Context) (engine, error) {
	c, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err == nil {
		_, err = c.Ping(ctx)
	}
	if err != nil {
		return engine{}, fmt.Errorf("Docker does not answer: start its daemon, or use another runtime: %w", err)
	}
	return engine{c}, nil
}

// Container is a container that closlab has made.
type Container struct {
	Name    string
	Lab     string
	Process string // that its lab belongs to, as closlab wrote it
	ImageID string
	Running bool
	Status  string // in Docker's words
}

// list writes closlab's containers, running or not, as JSON.
func (e engine) list(ctx context.Context, out io.Writer) error {
	all, err := e.ContainerList(ctx, container.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("label", processLabel))})
	if err != nil {
		return fmt.Errorf("containers: %w", err)
	}
	list := []Container{}
	for _, c := range all {
		list = append(list, Container{strings.TrimPrefix(c.Names[0], "/"), c.Labels[constants.Containerlab], c.Labels[processLabel], c.ImageID,
			c.State == "running", c.Status})
	}
	return json.NewEncoder(out).Encode(list)
}

// free returns an error if containerlab has a lab of that name, whoever made it: the two would be one to its command.
func (e engine) free(ctx context.Context, lab string) error {
	all, err := e.ContainerList(ctx, container.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("label", constants.Containerlab+"="+lab))})
	if err != nil {
		return fmt.Errorf("containers: %w", err)
	}
	if len(all) > 0 {
		return fmt.Errorf("containerlab has another lab %s, of %s: containerlab destroy --name %s ends it, and closlab lab clean what a killed closlab has left",
			lab, strings.TrimPrefix(all[0].Names[0], "/"), lab)
	}
	return nil
}

// wait waits until a container has ended, unless its first process is already another one than pid, and writes how. 0 is any process.
func (e engine) wait(ctx context.Context, name, pid string, out io.Writer) error {
	answers, errs := e.ContainerWait(ctx, name, container.WaitConditionNotRunning)
	if c, err := e.ContainerInspect(ctx, name); err == nil && c.State.Running && pid != "0" && strconv.Itoa(c.State.Pid) != pid { // asked for later than the wait began
		fmt.Fprintln(out, "somebody started it again")
		return nil
	}
	select {
	case err := <-errs:
		if errdefs.IsNotFound(err) {
			_, err = fmt.Fprintln(out, "somebody removed it")
		}
		return err
	case answer := <-answers:
		fmt.Fprintf(out, "exit status %d\n", answer.StatusCode)
		return nil
	}
}

// run starts a command in a container, and does not wait for it.
func (e engine) run(ctx context.Context, name string, argv []string) error {
	x, err := e.ContainerExecCreate(ctx, name, container.ExecOptions{User: "0", Cmd: argv, Detach: true})
	if err == nil {
		err = e.ContainerExecStart(ctx, x.ID, container.ExecStartOptions{Detach: true})
	}
	if err != nil {
		return fmt.Errorf("%s in container %s: %w", argv[0], name, err)
	}
	return nil
}

// remove removes containers, all at once, with the names of their network namespaces. Those that are gone are no error. An interrupt does
// not stop it.
func (e engine) remove(names []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	errs := make([]error, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		wg.Go(func() {
			errs[i] = e.ContainerRemove(ctx, name, container.RemoveOptions{Force: true, RemoveVolumes: true})
			if errdefs.IsNotFound(errs[i]) || errdefs.IsConflict(errs[i]) { // IsConflict: it is being removed already
				errs[i] = nil
			}
			if err := os.Remove(filepath.Join("/run/netns", name)); err != nil && !errors.Is(err, os.ErrNotExist) {
				errs[i] = errors.Join(errs[i], err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// images writes, for each image, a line with the value of its source label, with "-" if it has none, and an empty line if there is no such image.
func (e engine) images(ctx context.Context, names []string, out io.Writer) error {
	for _, name := range names {
		i, err := e.ImageInspect(ctx, name)
		switch {
		case errdefs.IsNotFound(err):
			fmt.Fprintln(out)
		case err != nil:
			return fmt.Errorf("image %s: %w", name, err)
		case i.Config == nil || i.Config.Labels[sourceLabel] == "":
			fmt.Fprintln(out, "-")
		default:
			fmt.Fprintln(out, i.Config.Labels[sourceLabel])
		}
	}
	return nil
}

// take makes an image of a file system in tar form, configured by lines as in a Dockerfile.
func (e engine) take(ctx context.Context, tar io.Reader, name string, changes []string) error {
	before, _ := e.ImageInspect(ctx, name)
	answer, err := e.ImageImport(ctx, image.ImportSource{Source: tar, SourceName: "-"}, name, image.ImportOptions{Changes: changes})
	if err != nil {
		return fmt.Errorf("image %s: %w", name, err)
	}
	defer answer.Close()
	for lines := json.NewDecoder(answer); ; {
		var line struct{ Error string }
		switch err := lines.Decode(&line); {
		case errors.Is(err, io.EOF):
			if before.ID != "" && slices.Equal(before.RepoTags, []string{name}) { // the one that it replaces, unless it is in use
				e.ImageRemove(ctx, before.ID, image.RemoveOptions{})
			}
			return nil
		case err != nil:
			return fmt.Errorf("image %s: %w", name, err)
		case line.Error != "":
			return fmt.Errorf("image %s: %s", name, line.Error)
		}
	}
}
