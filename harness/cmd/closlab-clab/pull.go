package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/pkg/jsonmessage"
	"github.com/srl-labs/containerlab/runtime/docker"
)

// Pulled is how far an image has been pulled.
type Pulled struct {
	Image   string
	Percent int // of its layers, half of each for download, half for unpacking; 100 when it is there
}

// pull has Docker pull images, all at once, with the credentials of docker login. For each tenth of an image it writes how far that is, as JSON.
func (e engine) pull(ctx context.Context, names []string, out io.Writer) error {
	errs := make([]error, len(names))
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i, name := range names {
		say := func(percent int) {
			mu.Lock()
			defer mu.Unlock()
			json.NewEncoder(out).Encode(Pulled{name, percent})
		}
		wg.Go(func() {
			if err := e.fetch(ctx, name, say); err != nil {
				errs[i] = fmt.Errorf("image %s: cannot be pulled: %w", name, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// fetch pulls one image.
func (e engine) fetch(ctx context.Context, name string, say func(percent int)) error {
	var auth string
	if config, err := docker.GetDockerConfig(""); err == nil { // else nobody has logged in
		if auth, err = docker.GetDockerAuth(config, name); err != nil {
			return fmt.Errorf("credentials in ~/.docker/config.json: %w", err)
		}
	}
	answer, err := e.ImagePull(ctx, name, image.PullOptions{RegistryAuth: auth})
	if err != nil {
		return err
	}
	defer answer.Close()
	layers, told := map[string]int{}, 0
	for lines := json.NewDecoder(answer); ; {
		var line jsonmessage.JSONMessage
		switch err := lines.Decode(&line); {
		case errors.Is(err, io.EOF):
			say(100)
			return nil
		case err != nil:
			return err
		case line.Error != nil:
			return line.Error
		case line.ID == "" || line.Status == "Pulling from "+line.ID: // of the image itself
			continue
		}
		layers[line.ID] = max(layers[line.ID], percent(line))
		if now := mean(layers) / 10 * 10; now > told && now < 100 {
			told = now
			say(now)
		}
	}
}

// percent returns how far a layer is, by what Docker says of it.
func percent(line jsonmessage.JSONMessage) int {
	part := 0
	if p := line.Progress; p != nil && p.Total > 0 {
		part = int(min(50, 50*p.Current/p.Total))
	}
	switch line.Status {
	case "Downloading":
		return part
	case "Verifying Checksum", "Download complete":
		return 50
	case "Extracting":
		return 50 + part
	case "Pull complete", "Already exists":
		return 100
	}
	return 0
}

func mean(layers map[string]int) int {
	sum := 0
	for _, percent := range layers {
		sum += percent
	}
	return sum / max(len(layers), 1)
}
