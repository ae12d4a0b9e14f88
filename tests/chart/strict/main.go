// Reads objects, a JSON list on standard input, strictly into the types that their operators publish.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	helm "github.com/fluxcd/helm-controller/api/v2"
	source "github.com/fluxcd/source-controller/api/v1"
	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"
)

var types = map[string]func() any{
	"GitRepository":  func() any { return &source.GitRepository{} },
	"HTTPRoute":      func() any { return &gateway.HTTPRoute{} },
	"HelmRelease":    func() any { return &helm.HelmRelease{} },
	"PrometheusRule": func() any { return &monitoring.PrometheusRule{} },
	"ServiceMonitor": func() any { return &monitoring.ServiceMonitor{} },
}

func main() {
	var objects []json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&objects); err != nil {
		panic(err)
	}
	failed := false
	for _, object := range objects {
		var kind struct{ Kind string }
		if err := json.Unmarshal(object, &kind); err != nil {
			panic(err)
		}
		if err := yaml.UnmarshalStrict(object, types[kind.Kind]()); err != nil {
			fmt.Printf("%s: %s\n", kind.Kind, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
	fmt.Printf("%d objects\n", len(objects))
}
