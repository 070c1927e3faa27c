// Command service replaces the fake in a container: it responds with its environment and its arguments.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("GET /environment", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, os.Getenv("CUSTOMVISION_TRAINING_KEY"), os.Getenv("AZURE_STORAGE_CONNECTION_STRING"), os.Args[1:])
	})
	http.HandleFunc("GET /variable", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, os.Getenv(r.FormValue("name")))
	})
	http.HandleFunc("GET /resolve", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, lookup(r.FormValue("host")))
	})
	http.HandleFunc("POST /end", func(http.ResponseWriter, *http.Request) {
		fmt.Println("told to end")
		os.Exit(1)
	})
	if os.Getenv("FAIL") != "" {
		fmt.Println("no licence")
		os.Exit(3)
	}
	port := os.Getenv("PORT")
	if other := os.Getenv("ELSEWHERE"); other != "" {
		port = other
	}
	if second := os.Getenv("FURTHER"); second != "" {
		go func() { _ = http.ListenAndServe("0.0.0.0:"+second, nil) }()
	}
	fmt.Println("listening on", port)
	fmt.Fprintln(os.Stderr, http.ListenAndServe("0.0.0.0:"+port, nil))
	os.Exit(1)
}

func lookup(host string) any {
	found, err := net.LookupHost(host)
	if err != nil {
		return err
	}
	return found
}
