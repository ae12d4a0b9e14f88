// A fast registry and a Git server for the benchmark: `server registry NAMES TAGS PAGE UNASKED TOKENS LAG` and
// `server git FOLDER`. Each says its address on the first line of its output, and ends with its input.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const zone = 9 * 60 * 60
const manifestType = "application/vnd.oci.image.manifest.v1+json"

type stored struct {
	kind string
	body []byte
}

// One registry: all that it answers is made before it is asked.
type registry struct {
	lock     sync.RWMutex
	tags     map[string][]string // by repository, in order
	lists    map[string][]byte   // whole bodies, by repository
	digests  map[string]string   // by tag: every repository has the same images
	contents map[string]stored   // by digest
	page     int                 // the most tags at once
	unasked  int                 // how many, where nobody says how many
	tokens   bool
	lag      time.Duration
	requests atomic.Int64
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Printf("http://%s\n", listener.Addr())
	go func() {
		_, _ = os.Stdin.Read(make([]byte, 1)) // whoever started us is gone
		os.Exit(0)
	}()
	if os.Args[1] == "git" {
		check(http.Serve(listener, gitHandler(os.Args[2])))
	}
	check(http.Serve(listener, newRegistry(os.Args[2:])))
}

func gitHandler(folder string) http.Handler {
	path, err := exec.Command("git", "--exec-path").Output()
	check(err)
	backend := &cgi.Handler{
		Path: strings.TrimSpace(string(path)) + "/git-http-backend",
		Env:  []string{"GIT_PROJECT_ROOT=" + folder, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=bench"},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, asked *http.Request) {
		if asked.ContentLength < 0 { // CGI wants to know how much a large push is
			body, err := io.ReadAll(asked.Body)
			check(err)
			asked.Body, asked.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			asked.TransferEncoding = nil
		}
		backend.ServeHTTP(w, asked)
	})
}

func newRegistry(words []string) *registry {
	made := &registry{
		tags: map[string][]string{}, lists: map[string][]byte{}, digests: map[string]string{},
		contents: map[string]stored{}, page: number(words[2]), unasked: number(words[3]), tokens: words[4] == "tokens",
		lag: time.Duration(number(words[5])) * time.Millisecond,
	}
	tags := []string{"buildcache", "latest", "sha-1234567"}
	first := time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("KST", zone))
	for index := 0; len(tags) < number(words[1]); index++ {
		tags = append(tags, first.Add(time.Duration(index)*17*time.Minute).Format("20060102-150405"))
	}
	for index := 0; index < number(words[0]); index++ {
		made.put(fmt.Sprintf("org/app-%d", index), tags)
	}
	return made
}

func (r *registry) put(name string, tags []string) {
	sorted := append([]string{}, tags...)
	sort.Strings(sorted)
	body, err := json.Marshal(map[string]any{"name": name, "tags": sorted})
	check(err)
	r.tags[name], r.lists[name] = sorted, body
	for _, tag := range sorted {
		if _, known := r.digests[tag]; !known {
			r.digests[tag] = r.image(tag)
		}
	}
}

func (r *registry) image(tag string) string {
	created, err := time.ParseInLocation("20060102-150405", tag, time.FixedZone("KST", zone))
	if err != nil {
		created = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	config := []byte(fmt.Sprintf(`{"architecture":"amd64","os":"linux","created":%q,"config":{}}`,
		created.UTC().Format(time.RFC3339)))
	configType := "application/vnd.oci.image.config.v1+json"
	digest := r.store(configType, config)
	manifest := fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"config":{"mediaType":%q,"digest":%q,"size":%d},"layers":[]}`,
		manifestType, configType, digest, len(config))
	return r.store(manifestType, []byte(manifest))
}

func (r *registry) store(kind string, body []byte) string {
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256(body))
	r.contents[digest] = stored{kind, body}
	return digest
}

func (r *registry) ServeHTTP(w http.ResponseWriter, asked *http.Request) {
	switch asked.URL.Path {
	case "/token":
		answer(w, "application/json", []byte(`{"token":"bench"}`))
		return
	case "/count":
		answer(w, "text/plain", []byte(strconv.FormatInt(r.requests.Swap(0), 10)))
		return
	case "/push": // ?tag=&names=&step=: one new tag of so many images
		query := asked.URL.Query()
		r.push(query.Get("tag"), number(query.Get("names")), number(query.Get("step")))
		return
	}
	r.requests.Add(1)
	time.Sleep(r.lag)
	if r.tokens && asked.Header.Get("Authorization") != "Bearer bench" {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token",service="bench"`, asked.Host))
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	r.lock.RLock()
	defer r.lock.RUnlock()
	path := strings.TrimPrefix(asked.URL.Path, "/v2/")
	if path == "" { // whether it is a registry
		answer(w, "application/json", []byte("{}"))
		return
	}
	if name, found := strings.CutSuffix(path, "/tags/list"); found {
		r.list(w, asked, name)
		return
	}
	parts := strings.Split(path, "/")
	reference := parts[len(parts)-1]
	if digest, found := r.digests[reference]; found {
		reference = digest
	}
	content, found := r.contents[reference]
	if !found {
		http.NotFound(w, asked)
		return
	}
	w.Header().Set("Docker-Content-Digest", reference)
	answer(w, content.kind, content.body)
}

func (r *registry) list(w http.ResponseWriter, asked *http.Request, name string) {
	tags, found := r.tags[name]
	query := asked.URL.Query()
	size, last := number(query.Get("n")), query.Get("last")
	if size == 0 {
		size = r.unasked
	}
	size = min(size, r.page)
	start := sort.Search(len(tags), func(index int) bool { return tags[index] > last })
	switch {
	case !found:
		http.NotFound(w, asked)
	case start == 0 && len(tags) <= size:
		answer(w, "application/json", r.lists[name])
	default:
		end := min(start+size, len(tags))
		if end < len(tags) {
			w.Header().Set("Link", fmt.Sprintf(`</v2/%s/tags/list?n=%d&last=%s>; rel="next"`, name, size, tags[end-1]))
		}
		body, err := json.Marshal(map[string]any{"name": name, "tags": tags[start:end]})
		check(err)
		answer(w, "application/json", body)
	}
}

func (r *registry) push(tag string, names, step int) {
	r.lock.Lock()
	defer r.lock.Unlock()
	for index := 0; index < names; index++ {
		name := fmt.Sprintf("org/app-%d", index*step)
		r.put(name, append(append([]string{}, r.tags[name]...), tag))
	}
}

func answer(w http.ResponseWriter, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

func number(text string) int {
	found, _ := strconv.Atoi(text)
	return found
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
