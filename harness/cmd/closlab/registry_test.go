package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// registry is a read-only registry of images for Docker, as far as `docker pull` asks one (OCI Distribution Specification 1.1). What is asked for under these
// names gets special answers; all others are the same image.
//
//	gone/…    there is no such image
//	broken/…  the registry has an internal error
//	hangs/…   half of a layer, and then nothing
//	both/…    the image, once two tags of it have been asked for
type registry struct {
	mu       sync.Mutex
	asked    []string // tags, each once
	blobs    map[string][]byte
	manifest []byte
	both     chan struct{} // closed once two tags of both/… have been asked for
}

const ociManifest = "application/vnd.oci.image.manifest.v1+json"

// serves IMAGE starts a registry with an image that closlab makes, for the rest of the script. It is at $REGISTRY.
func serves(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: serves IMAGE")
	}
	if exec.Command("docker", "image", "inspect", args[0]).Run() != nil { // else others may be using it
		ts.Check(ts.Exec("closlab", "lab", "images"))
	}
	saved, err := exec.Command("docker", "save", args[0]).Output()
	ts.Check(err)
	r := &registry{blobs: map[string][]byte{}, both: make(chan struct{})}
	server := httptest.NewServer(r)
	ts.Check(r.take(saved, server.URL))
	ts.Defer(server.Close)
	ts.Defer(server.CloseClientConnections) // ahead of that: who is left hanging
	ts.Setenv("REGISTRY", strings.TrimPrefix(server.URL, "http://"))
	registries.Store(ts.Getenv("REGISTRY"), r)
}

var registries sync.Map // by address

// asked TAG... wants the registry to have been asked for these images, and no others, since it was asked that last.
func asked(ts *testscript.TestScript, neg bool, args []string) {
	v, _ := registries.Load(ts.Getenv("REGISTRY"))
	r := v.(*registry)
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.Sort(r.asked)
	if slices.Equal(r.asked, args) == neg {
		ts.Fatalf("the registry was asked for %q", r.asked)
	}
	r.asked = nil
}

// take takes an image in that Docker has saved (Docker Image Specification 1.2), with a layer more, which Docker cannot have yet.
func (r *registry) take(saved []byte, own string) error {
	files := map[string][]byte{}
	for in := tar.NewReader(bytes.NewReader(saved)); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if files[h.Name], err = io.ReadAll(in); err != nil {
			return err
		}
	}
	var images []struct {
		Config string
		Layers []string
	}
	if err := json.Unmarshal(files["manifest.json"], &images); err != nil {
		return err
	}
	var layer bytes.Buffer
	out, text := tar.NewWriter(&layer), strings.Repeat(own, 1<<16)
	out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "etc/registry", Mode: 0o644, Size: int64(len(text))})
	io.WriteString(out, text)
	out.Close()
	files["own"], images[0].Layers = layer.Bytes(), append(images[0].Layers, "own")
	var config map[string]any
	if err := json.Unmarshal(files[images[0].Config], &config); err != nil {
		return err
	}
	root := config["rootfs"].(map[string]any)
	root["diff_ids"] = append(root["diff_ids"].([]any), fmt.Sprintf("sha256:%x", sha256.Sum256(files["own"])))
	delete(config, "history")
	var err error
	if files["config"], err = json.Marshal(config); err != nil {
		return err
	}
	type blob struct {
		MediaType string `json:"mediaType"`
		Digest    string `json:"digest"`
		Size      int    `json:"size"`
	}
	add := func(sort, file string) blob {
		digest := fmt.Sprintf("sha256:%x", sha256.Sum256(files[file]))
		r.blobs[digest] = files[file]
		return blob{"application/vnd.oci.image." + sort, digest, len(files[file])}
	}
	var layers []blob
	for _, l := range images[0].Layers {
		layers = append(layers, add("layer.v1.tar", l))
	}
	r.manifest, err = json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": ociManifest, "config": add("config.v1+json", "config"), "layers": layers})
	return err
}

func (r *registry) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	name, rest, _ := strings.Cut(strings.TrimPrefix(q.URL.Path, "/v2/"), "/")
	_, what, _ := strings.Cut(rest, "/")
	sort, which, _ := strings.Cut(what, "/")
	switch {
	case q.URL.Path == "/v2/":
	case sort == "manifests":
		r.ask(name, which)
		switch name {
		case "gone":
			http.Error(w, `{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}`, http.StatusNotFound)
			return
		case "broken":
			http.Error(w, "out of order", http.StatusInternalServerError)
			return
		case "both":
			select {
			case <-r.both:
			case <-q.Context().Done():
			}
		}
		w.Header().Set("Content-Type", ociManifest)
		w.Header().Set("Docker-Content-Digest", fmt.Sprintf("sha256:%x", sha256.Sum256(r.manifest)))
		w.Write(r.manifest)
	case sort == "blobs" && r.blobs[which] != nil:
		blob := r.blobs[which]
		w.Header().Set("Content-Length", fmt.Sprint(len(blob)))
		if name == "hangs" && len(blob) > 1<<20 {
			w.Write(blob[:len(blob)/2])
			w.(http.Flusher).Flush()
			<-q.Context().Done()
			return
		}
		w.Write(blob)
	default:
		http.NotFound(w, q)
	}
}

// ask notes that an image was asked for: by its tag, and then by its digest.
func (r *registry) ask(name, tag string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if strings.Contains(tag, ":") || slices.Contains(r.asked, name+":"+tag) {
		return
	}
	r.asked = append(r.asked, name+":"+tag)
	if name == "both" && len(r.asked) == 2 {
		close(r.both)
	}
}
